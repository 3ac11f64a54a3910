/** The API in front of the alias: REST and HTTP, connected, repaired, and never what a release depends on. */
import { describe, expect, test } from '@jest/globals';
import { CallerProcess } from '../../../local/faults.ts';
import {
  called,
  deployments,
  detour,
  expectConnected,
  released2,
  REPAIR,
  restStage,
  variables,
  withHttpApi,
  withRestApi,
  type ApiScene,
} from './api-scene.ts';
import { begin, expectFailure, expectVersion1Serves, refused } from './scene.ts';

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
    expect(run.result.outcome).toBe('rolled-back');
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
  const { result } = await again.deploy(scene.inputs, { runId: 5000 });
  expect(result).toMatchObject({ outcome: 'ok:noop', error: undefined });
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
    const { result } = await scene.deploy({ ...scene.inputs, ...more });
    expect(result).toMatchObject({ outcome: 'ok', error: undefined });
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
  const { result } = await again.deploy(scene.inputs, { runId: 2000, attempt: 2 });
  expect(result).toMatchObject({ outcome: 'ok:noop', error: undefined });
  expect(again.writes()).toEqual(['UpdateStage']);
  expect(variables(scene)).toEqual(released2);
});

test('row 95: deployments are made and pointed to, and never deleted', async () => {
  const scene = await withRestApi({ qualifier: '' });
  expectConnected(scene, await scene.deploy({ ...scene.inputs, ...REPAIR }));
  expect(deployments(scene).map(({ id }) => id)).toContain(scene.api.deploymentId);
  expect(scene.calls()).not.toContain('DeleteDeployment');
});

describe('repairs', () => {
  test('rows 87, 90: an HTTP API whose integration names the function is pointed to the alias, and no mark of it stays', async () => {
    const scene = await withHttpApi({ qualifier: '' });
    const run = await scene.deploy({ ...scene.inputs, ...REPAIR });
    expectConnected(scene, run);
    const again = begin(scene);
    expect((await again.deploy(scene.inputs)).result).toMatchObject({ outcome: 'ok:noop' });
    expect(again.writes()).toEqual([]);
  });
});

describe.each([
  ['REST', withRestApi],
  ['HTTP', withHttpApi],
] as const)('a %s API with one integration on the alias and another one beside it', (kind, withApi) => {
  const beside = kind === 'REST' ? 'ANY /{proxy+}' : 'integration detour';

  test.each(['', ':$LATEST'])('iris%s is pointed to the alias with api-repair', async (qualifier) => {
    const scene = await withApi();
    detour(scene, qualifier);
    expectConnected(scene, await scene.deploy({ ...scene.inputs, ...REPAIR }));
    expect(called(scene)).toEqual(['live', 'live']);
  });

  test('without api-repair $LATEST is warned of, and the API stays as it is', async () => {
    const scene = await withApi();
    detour(scene, '');
    const { result, runner } = await scene.deploy({ ...scene.inputs, 'api-url': `${scene.api.url}/` });
    expect(result).toMatchObject({ outcome: 'ok', error: undefined, apiVerdict: 'answers with 200' });
    expect(runner.annotations.map(({ message }) => message)).toEqual([
      `${beside} of the API: $LATEST is called, which serves every image before its samples are checked. Point it to the alias live, or set api-repair: true to have it done here.`,
    ]);
    expect(called(scene)).toEqual(['', 'live']);
  });

  test('another alias is somebody’s intention: neither changed nor warned of', async () => {
    const scene = await withApi();
    detour(scene, ':test');
    const { runner } = await scene.deploy({ ...scene.inputs, ...REPAIR, samples: 'none' });
    expect(runner.annotations).toEqual([]);
    expect(called(scene)).toEqual(['live', 'test']);
  });

  /** The integration names the alias by now, and what the stage serves does not yet. */
  async function cutOff(): Promise<ApiScene> {
    const scene = await withApi();
    detour(scene, '');
    const says = refused('no', 'BadRequestException');
    scene.world.aws.faults.add({ kind: 'denied', operation: 'CreateDeployment', says, times: 1 });
    const run = await scene.deploy({ ...scene.inputs, ...REPAIR });
    expectFailure(run, 'aws-refused', [/CreateDeployment/]);
    expect(called(scene)).toEqual(['', 'live']);
    return scene;
  }

  test('a repair that was cut off before its deployment is brought to its end by the next run', async () => {
    const scene = await cutOff();
    expectConnected(scene, await scene.deploy(scene.inputs, { role: 'create' }));
    expect(called(scene)).toEqual(['live', 'live']);
  });

  test('another alias stays as it is when a repair that was cut off is brought to its end', async () => {
    const scene = await cutOff();
    detour(scene, ':test');
    await scene.deploy({ ...scene.inputs, samples: 'none' }, { role: 'create' });
    expect(called(scene)).toEqual(['live', 'test']);
  });
});
