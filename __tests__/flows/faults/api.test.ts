/** The API in front of the alias: REST and HTTP, connected, repaired, and never what a release depends on. */
import { AddPermissionCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { describe, expect, test } from '@jest/globals';
import {
  seedHttpApi,
  seedRestApi,
  type SeedApiOptions,
  type SeededApi,
} from '../../../local/aws/api-seeds.ts';
import type { Program } from '../../../local/aws/runtime.ts';
import { CallerProcess } from '../../../local/faults.ts';
import { requestHandlerFor } from '../../../local/transports/in-process.ts';
import { commit, REGION } from '../../harness/world.ts';
import { begin, expectFailure, expectVersion1Serves, refused, released, type Scene } from './scene.ts';

interface ApiScene extends Scene {
  readonly api: SeededApi;
  readonly inputs: Readonly<Record<string, string>>;
}

const answer: Program = (event) => {
  const isProxy = typeof event === 'object' && event !== null && 'requestContext' in event;
  return isProxy ? { statusCode: 200, body: JSON.stringify({ ok: true }) } : { ok: true };
};

/** A REST API before the released function; a deploy of commit 2 is to go through it. */
async function withRestApi(options: Partial<SeedApiOptions> = {}): Promise<ApiScene> {
  const scene = await released();
  const api = seedRestApi(scene.world.aws, { functionName: 'iris', alias: 'live', ...options });
  return { ...answering(scene), api, inputs: { 'rest-api-id': api.id, 'api-stage': api.stage } };
}

async function withHttpApi(options: Partial<Parameters<typeof seedHttpApi>[1]> = {}): Promise<ApiScene> {
  const scene = await released();
  const api = seedHttpApi(scene.world.aws, { functionName: 'iris', alias: 'live', ...options });
  return { ...answering(scene), api, inputs: { 'http-api-id': api.id, 'api-url': `${api.url}/predict` } };
}

/** Both images answer plain events and events of an API. */
function answering(scene: Scene): Scene {
  for (const n of [1, 2]) scene.world.image(commit(n), { program: answer });
  return scene;
}

const restStage = ({ world, api }: ApiScene) => world.aws.state.restApis[api.id]?.stages[api.stage];
const variables = ({ world, api }: ApiScene) =>
  (world.aws.state.restApis[api.id] ?? world.aws.state.httpApis[api.id])?.stages[api.stage]?.variables;
const deployments = ({ world, api }: ApiScene) =>
  Object.values((world.aws.state.restApis[api.id] ?? world.aws.state.httpApis[api.id])?.deployments ?? {});
const released2 = { release_alias: 'live', release_version: '2', release_commit: commit(2) };
const REPAIR = { 'api-repair': 'true' };

function expectConnected(scene: ApiScene, { story }: Awaited<ReturnType<Scene['deploy']>>): void {
  expect(story).toMatchObject({ outcome: 'ok', error: undefined, apiVerdict: 'answers with 200' });
  expect(variables(scene)).toEqual(released2);
  expect(scene.alias().functionVersion).toBe('2');
}

describe('row 86: one deployment per five seconds and account', () => {
  test('row 86: 429 on CreateDeployment: tried again in steps of five seconds', async () => {
    const scene = await withRestApi({ qualifier: '' });
    const { aws } = scene.world;
    aws.state.lastApiDeploymentAt = aws.now() + 12_000;
    const started = aws.now();
    expectConnected(scene, await scene.deploy({ ...scene.inputs, ...REPAIR }));
    expect(aws.now() - started).toBeGreaterThanOrEqual(15_000);
    expect(scene.calls().filter((name) => name === 'CreateDeployment').length).toBeLessThanOrEqual(5);
  });

  test('row 86: 429 for ever: gives up after two minutes and takes the release back', async () => {
    const scene = await withRestApi({ qualifier: '' });
    scene.world.aws.faults.add({ kind: 'throttle', operation: 'CreateDeployment', times: null });
    const started = scene.world.aws.now();
    const run = await scene.deploy({ ...scene.inputs, ...REPAIR });
    expectFailure(run, 'aws-throttled', [/APIGateway CreateDeployment/, /few minutes/]);
    expect(scene.world.aws.now() - started).toBeLessThanOrEqual(125_000);
    expect(run.story.outcome).toBe('rolled-back');
    expect(scene.alias()).toMatchObject({ functionVersion: '1' });
  });
});

describe('row 87: concurrent modification', () => {
  test.each([409, 400] as const)('row 87: as %i, three times: tried again', async (status) => {
    const scene = await withRestApi();
    Object.assign(scene.world.aws.state.settings, { apiConflicts: 3, apiConflictStatus: status });
    expectConnected(scene, await scene.deploy(scene.inputs));
  });

  test('row 87: for ever: fails, and the alias is taken back', async () => {
    const scene = await withRestApi();
    Object.assign(scene.world.aws.state.settings, { apiConflicts: 10_000 });
    const run = await scene.deploy(scene.inputs);
    expectFailure(run, 'aws-refused', [/UpdateStage/, /concurrent modification/]);
    expect(scene.alias()).toMatchObject({ functionVersion: '1' });
  });
});

test('row 88: CreateDeployment takes effect, the reply is lost: found by its description, not made twice', async () => {
  const scene = await withRestApi({ qualifier: '' });
  scene.world.aws.faults.add({ kind: 'drop-after', operation: 'CreateDeployment' });
  expectConnected(scene, await scene.deploy({ ...scene.inputs, ...REPAIR }));
  expect(deployments(scene)).toHaveLength(2);
  const ours = deployments(scene).find(({ id }) => id === restStage(scene)?.deploymentId);
  expect(ours).toMatchObject({ description: expect.stringMatching(/^model-release \d+\.1\.[0-9a-f]{4}$/) });
});

test('row 89: too many deployments: not taken for a throttle, fails at once and says what to delete', async () => {
  const scene = await withRestApi({ qualifier: '' });
  const says = refused(
    'Maximum number of deployments for this API has been reached.',
    'LimitExceededException',
    429,
  );
  scene.world.aws.faults.add({ kind: 'denied', operation: 'CreateDeployment', says });
  const run = await scene.deploy({ ...scene.inputs, ...REPAIR });
  expectFailure(run, 'aws-refused', [/CreateDeployment/, /LimitExceeded/, /Delete what nothing points to/]);
  expect(scene.calls().filter((name) => name === 'CreateDeployment')).toHaveLength(1);
  expect(scene.alias()).toMatchObject({ functionVersion: '1' });
});

test('row 90: a method of the API has no integration: fails with AWS’s words and goes back', async () => {
  const scene = await withRestApi({ qualifier: '' });
  const [resource] = Object.values(scene.world.aws.state.restApis[scene.api.id]?.resources ?? {});
  Object.assign(resource?.methods ?? {}, { GET: { httpMethod: 'GET', authorizationType: 'NONE' } });
  const run = await scene.deploy({ ...scene.inputs, ...REPAIR });
  expectFailure(run, 'aws-refused', [
    /CreateDeployment/,
    /No integration defined for method/,
    /run this again/,
  ]);
  expect(scene.alias()).toMatchObject({ functionVersion: '1' });
});

describe('row 91: the stage', () => {
  test.each(['deploy', 'rollback'] as const)(
    'row 91: %s: a missing stage is named before any write',
    async (action) => {
      const scene = await withRestApi();
      const run = await scene[action]({ ...scene.inputs, 'api-stage': 'produ' });
      expectFailure(run, 'stage-missing', [/REST API \w+ has no stage produ/, /api-stage/]);
      expect(scene.writes()).toEqual([]);
      expectVersion1Serves(scene);
    },
  );

  test('row 91: a missing API is named before any write', async () => {
    const scene = await withHttpApi();
    const run = await scene.deploy({ 'http-api-id': 'gone', 'api-url': scene.api.url });
    expectFailure(run, 'stage-missing', [/HTTP API gone has no stage \$default/]);
    expect(scene.writes()).toEqual([]);
  });
});

test('row 92: somebody else wrote the stage: it follows the alias again, one write, and the record is not asked', async () => {
  const scene = await withRestApi();
  expectConnected(scene, await scene.deploy(scene.inputs));
  Object.assign(variables(scene) ?? {}, { release_version: '77', theirs: 'stays' });
  const again = begin(scene);
  const { story } = await again.deploy(scene.inputs, { runId: 5000 });
  expect(story).toMatchObject({ outcome: 'ok:noop', error: undefined });
  expect(again.writes()).toEqual(['UpdateStage']);
  expect(variables(scene)).toEqual({ ...released2, theirs: 'stays' });
});

test.each([
  ['connected', {}, {}],
  ['repaired', { qualifier: '' }, REPAIR],
])(
  'row 92: somebody else writes an HTTP stage between our read and our write, %s: both changes stay',
  async (_, options, more) => {
    const scene = await withHttpApi(options);
    const now = () => variables(scene) ?? {};
    Object.assign(now(), { theirs: 'old', dropped: 'by them' });
    scene.world.aws.beforeCall = async ({ operation }) => {
      if (operation !== 'UpdateStage') return;
      now()['theirs'] = 'new';
      delete now()['dropped'];
    };
    const { story } = await scene.deploy({ ...scene.inputs, ...more });
    expect(story).toMatchObject({ outcome: 'ok', error: undefined });
    expect(now()).toEqual({ ...released2, theirs: 'new' });
  },
);

test('row 93: the stage has a canary of its own: its deployment moves along, its share stays', async () => {
  const scene = await withRestApi({ qualifier: '' });
  const stage = restStage(scene);
  if (stage === undefined) throw new Error('no stage');
  stage.canary = { deploymentId: scene.api.deploymentId, percentTraffic: 10 };
  expectConnected(scene, await scene.deploy({ ...scene.inputs, ...REPAIR }));
  const { deploymentId, canary } = restStage(scene) ?? {};
  expect(deploymentId).not.toBe(scene.api.deploymentId);
  expect(canary).toEqual({ deploymentId, percentTraffic: 10 });
});

test('row 94: the runner dies between alias and stage: the next run brings the stage to the alias', async () => {
  const scene = await withRestApi();
  const died = new Promise<void>((resolve) => {
    scene.world.aws.beforeCall = async ({ operation }) =>
      void (operation === 'UpdateStage' && setImmediate(resolve));
  });
  scene.world.aws.faults.add({ kind: 'crash-before', operation: 'UpdateStage', process: 'dying' });
  void scene.deploy(scene.inputs, { runId: 2000, caller: new CallerProcess('dying') });
  await died;
  expect(scene.alias().functionVersion).toBe('2');
  expect(variables(scene)).toEqual({});
  const again = begin(scene);
  const { story } = await again.deploy(scene.inputs, { runId: 2000, attempt: 2 });
  expect(story).toMatchObject({ outcome: 'ok:noop', error: undefined });
  expect(again.writes()).toEqual(['UpdateStage']);
  expect(variables(scene)).toEqual(released2);
});

test('row 95: deployments are made and pointed to, and never deleted', async () => {
  const scene = await withRestApi({ qualifier: '' });
  expectConnected(scene, await scene.deploy({ ...scene.inputs, ...REPAIR }));
  expect(deployments(scene).map(({ id }) => id)).toContain(scene.api.deploymentId);
  expect(scene.calls()).not.toContain('DeleteDeployment');
});

describe('rows 96 to 99: the permission of the alias', () => {
  const policy = ({ fn }: Scene) => fn().policies['live']?.statements.map(({ Sid }) => Sid) ?? [];

  test('row 96: the statement is there already (409): the policy is read, and it is enough', async () => {
    const scene = await withRestApi({ permission: false });
    scene.world.aws.faults.add({ kind: 'drop-after', operation: 'AddPermission' });
    expectConnected(scene, await scene.deploy({ ...scene.inputs, ...REPAIR }));
    expect(policy(scene)).toEqual([`model-release-${scene.api.id}`]);
  });

  test('row 96: the statement is there and allows another API: fails and says how to remove it', async () => {
    const scene = await withRestApi({ permission: false });
    await other(scene).send(permission(`model-release-${scene.api.id}`, 'otherapi'));
    const run = await scene.deploy({ ...scene.inputs, ...REPAIR });
    expectFailure(run, 'api-permission', [/exists and does not allow API/, /aws lambda remove-permission/]);
    expect(scene.alias()).toMatchObject({ functionVersion: '1' });
  });

  test('row 97: a parallel AddPermission loses ours: seen by reading it back', async () => {
    const scene = await withRestApi({ permission: false });
    scene.world.aws.afterEffect = ({ call }) => {
      if (call.operation === 'AddPermission') delete scene.fn().policies['live'];
    };
    const run = await scene.deploy({ ...scene.inputs, ...REPAIR });
    expectFailure(run, 'api-permission', [/does not allow API/]);
    expect(scene.alias()).toMatchObject({ functionVersion: '1' });
  });

  test('row 98: the policy is full: fails with a way out, the alias is taken back', async () => {
    const scene = await withRestApi({ permission: false });
    const says = refused(
      'The final policy size (20521) is bigger than the limit (20480).',
      'PolicyLengthExceededException',
    );
    scene.world.aws.faults.add({ kind: 'denied', operation: 'AddPermission', says });
    const run = await scene.deploy({ ...scene.inputs, ...REPAIR });
    expectFailure(run, 'aws-refused', [/AddPermission/, /PolicyLengthExceeded/, /Remove statements/]);
    expect(scene.alias()).toMatchObject({ functionVersion: '1' });
  });

  test('row 99: without api-repair a missing permission is named with its command, and the release is taken back', async () => {
    const scene = await withRestApi({ permission: false });
    const run = await scene.deploy(scene.inputs);
    expectFailure(run, 'api-permission', [/may not call iris:live/, /--qualifier live/, /answer 500/]);
    expect(scene.writes()).not.toContain('AddPermission');
    expect(scene.alias()).toMatchObject({ functionVersion: '1' });
  });

  test('row 99: with api-repair it is added for the alias, not for the function', async () => {
    const scene = await withHttpApi({ permission: false });
    const run = await scene.deploy({ ...scene.inputs, ...REPAIR });
    expectConnected(scene, run);
    expect(policy(scene)).toEqual([`model-release-${scene.api.id}`]);
    expect(scene.fn().policies['']).toBeUndefined();
  });
});

function other({ world }: Scene): LambdaClient {
  return new LambdaClient({
    region: REGION,
    credentials: { accessKeyId: 'other', secretAccessKey: 'other' },
    requestHandler: requestHandlerFor(world.aws, new CallerProcess('other')),
  });
}

function permission(StatementId: string, apiId: string): AddPermissionCommand {
  return new AddPermissionCommand({
    FunctionName: 'iris',
    Qualifier: 'live',
    StatementId,
    Action: 'lambda:InvokeFunction',
    Principal: 'apigateway.amazonaws.com',
    SourceArn: `arn:aws:execute-api:${REGION}:123456789012:${apiId}/*`,
  });
}

describe('repairs', () => {
  test('rows 87, 90: an HTTP API whose integration names the function is pointed to the alias, and no mark of it stays', async () => {
    const scene = await withHttpApi({ qualifier: '' });
    const run = await scene.deploy({ ...scene.inputs, ...REPAIR });
    expectConnected(scene, run);
    const again = begin(scene);
    expect((await again.deploy(scene.inputs)).story).toMatchObject({ outcome: 'ok:noop' });
    expect(again.writes()).toEqual([]);
  });
});
