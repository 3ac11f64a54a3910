/** What the check through the API says of a release, by the routes that the API itself names. */
import { describe, expect, test } from '@jest/globals';
import { seedRestApi, type SeedRoute } from '../../../local/aws/api-seeds.ts';
import type { Misbehaviour } from '../../../local/aws/state.ts';
import { commit, FIRST } from '../../harness/world.ts';
import { expectNotBlamed, withHttpApi, withRestApi, type ApiScene } from './api-scene.ts';
import { expectFailure, unreleased } from './scene.ts';

const checked = async (scene: ApiScene, more: Readonly<Record<string, string>> = {}) => {
  const { 'api-url': _, ...inputs } = scene.inputs;
  return scene.deploy({ ...inputs, ...more });
};

/** A REST API, whose sample names no path. */
const rest = (...routes: readonly SeedRoute[]) => withRestApi({ routes });

test.each<[string, SeedRoute, RegExp]>([
  [
    'IAM',
    { path: '/predict', authorizationType: 'AWS_IAM' },
    /^not checked: ANY \/predict requires authorization \(iam, status 403\)$/,
  ],
  [
    'an authorizer',
    { path: '/predict', method: 'POST', authorizationType: 'CUSTOM' },
    /^not checked: POST \/predict requires authorization \(custom, status 40[13]\)$/,
  ],
  [
    'a user pool',
    { path: '/predict', authorizationType: 'COGNITO_USER_POOLS' },
    /^not checked: .*\(jwt, status 401\)$/,
  ],
  ['a key', { path: '/predict', apiKeyRequired: true }, /^not checked: .*\(api-key, status 403\)$/],
])('a REST route that asks for %s: not checked, and the reason is said', async (_name, route, verdict) => {
  const { result } = await checked(await rest(route));
  expect(result).toMatchObject({ outcome: 'ok', error: undefined });
  expect(result.apiVerdict).toMatch(verdict);
});

test('a sample without a path is sent to the only route of a REST API', async () => {
  const scene = await rest({ path: '/health', method: 'GET' }, { path: '/predict', method: 'POST' });
  expect((await checked(scene)).result).toMatchObject({ outcome: 'ok', apiVerdict: 'answers with 200' });
});

test('several routes and none that is named: nothing is guessed', async () => {
  const { result } = await checked(await rest({ path: '/a' }, { path: '/b' }));
  expect(result.apiVerdict).toMatch(/^not checked: several routes call the function \(\/a, \/b\); name it/);
});

test.each([401, 403])('an open route that answers %i: the release is taken back', async (statusCode) => {
  const scene = await rest({ path: '/predict', method: 'POST' });
  const program = (event: unknown) =>
    JSON.stringify(event).includes('requestContext') ? { statusCode, body: '{}' } : { ok: true };
  scene.world.image(commit(2), { program });
  for (const more of [{}, { 'api-url': `${scene.api.url}/predict` }]) {
    const run = await checked(scene, more);
    expectFailure(run, 'not-verified', [
      /POST \/predict is open, and the API answers with the status 40[13]/,
    ]);
    expect(scene.alias()).toMatchObject({ functionVersion: '1' });
  }
});

describe('what did not work before the shift is no fault of the release', () => {
  test.each([
    ['REST', withRestApi, 403],
    ['HTTP', withHttpApi, 404],
  ] as const)('a path that no route of a %s API fits: warned of, and the release stays', async (...row) => {
    const [, withApi, status] = row;
    const scene = await withApi({ routes: [{ path: '/predict', method: 'POST' }] });
    const started = scene.world.aws.now();
    const run = await checked(scene, { 'api-url': `${scene.api.url}/typo` });
    expectNotBlamed(run, [
      new RegExp(`was not checked: no route of the API fits .*status ${status}.*api-url`),
    ]);
    expect(scene.alias()).toMatchObject({ functionVersion: '2' });
    expect(scene.world.aws.now() - started).toBeLessThan(30_000);
  });

  test('another stage in api-url: warned of, and the release stays', async () => {
    const scene = await withRestApi();
    const run = await checked(scene, { 'api-url': `${scene.api.url.replace('/prod', '/prd')}/predict` });
    expectNotBlamed(run, [/was not checked: no route of the API fits .*status 403.*api-url/]);
  });

  test('a host that cannot be reached: warned of, and the release stays', async () => {
    const scene = await withRestApi();
    scene.world.aws.faults.add({ kind: 'drop-before', service: 'execute-api', times: null });
    const run = await checked(scene);
    expectNotBlamed(run, [/was not checked: .*The release stays\. Check the host of api-url/]);
    expect(scene.alias()).toMatchObject({ functionVersion: '2' });
  });

  test('nor where the previous release answered wrongly by itself', async () => {
    const scene = await withRestApi();
    const fails = () => ({ statusCode: 500, body: '{}' });
    const program = (event: unknown) => (isProxy(event) ? fails() : { ok: true });
    scene.world.image(commit(1), { program });
    expect((await checked(scene)).result).toMatchObject({ outcome: 'ok', apiVerdict: 'answers with 200' });
  });

  test('nothing was live: a first release is not tried before', async () => {
    const scene = unreleased();
    const seed = { functionName: 'iris', alias: 'live', permission: false };
    const api = seedRestApi(scene.world.aws, { ...seed, routes: [{ path: '/predict', method: 'POST' }] });
    const answer = { statusCode: 404, body: '{}' };
    scene.world.image(commit(1), { program: (event) => (isProxy(event) ? answer : { ok: true }) });
    const run = await scene.deploy(
      { ...FIRST, 'rest-api-id': api.id, 'api-stage': api.stage },
      { commit: commit(1) },
    );
    expect(run.result.plan.map(({ name }) => name)).not.toContain('Try the API');
    expectFailure(run, 'not-verified', [/status 404: \{\}, and so does the version itself/]);
  });
});

const isProxy = (event: unknown) => JSON.stringify(event).includes('requestContext');

describe('what worked before and fails after the shift takes the release back', () => {
  test.each<[string, unknown, RegExp]>([
    ['a wrong answer', { statusCode: 200, body: '{"ok":false}' }, /expected true at ok, got false/],
    ['an error', { statusCode: 500, body: '{}' }, /status 500/],
    ['what is no proxy response', 'nonsense', /status 502/],
  ])('%s', async (_name, answer, why) => {
    const scene = await withRestApi();
    scene.world.image(commit(2), { program: (event) => (isProxy(event) ? answer : { ok: true }) });
    expectFailure(await checked(scene), 'not-verified', [why]);
    expect(scene.alias()).toMatchObject({ functionVersion: '1' });
  });

  test('an API that hangs since the shift', async () => {
    const scene = await withRestApi();
    const api = scene.world.aws.state.restApis[scene.api.id];
    scene.world.aws.beforeCall = async ({ operation }) => {
      if (operation === 'UpdateAlias' && api !== undefined) api.misbehaviour = { kind: 'hang' };
    };
    const run = await checked(scene);
    expectFailure(run, 'not-verified', [/no complete answer came within 35 s, and it answered before/]);
    expect(scene.alias()).toMatchObject({ functionVersion: '1' });
  });
});

describe('what the version itself answers wrongly takes the release back', () => {
  test.each([
    ['REST', withRestApi],
    ['HTTP', withHttpApi],
  ] as const)('through a %s API that answered wrongly before', async (_kind, withApi) => {
    const scene = await withApi({ routes: [{ path: '/predict', method: 'POST' }] });
    const wrong = { statusCode: 200, body: '{"ok":false}' };
    const program = (event: unknown) => (isProxy(event) ? wrong : { ok: true });
    scene.world.image(commit(2), { program });
    await failBefore(scene);
    expectFailure(await checked(scene), 'not-verified', [/got false, and so does the version itself/]);
    expect(scene.alias()).toMatchObject({ functionVersion: '1' });
  });
});

/** The API answers 500 until the traffic shifts. */
async function failBefore(scene: ApiScene): Promise<void> {
  const policies = scene.fn().policies;
  const { live } = policies;
  delete policies['live'];
  scene.world.aws.beforeCall = async ({ operation }) => {
    if (operation === 'UpdateAlias' && live !== undefined) policies['live'] = live;
  };
}

test('the API is tried once before the shift, by the plan', async () => {
  const scene = await rest({ path: '/predict', method: 'POST' });
  const dry = await checked(scene, { 'dry-run': 'true' });
  expect(dry.runner.summaryText).toMatch(/\(reads only\) send a sample through the REST API \w+, stage prod/);
  const sent = () => scene.world.aws.calls.filter(({ service }) => service === 'execute-api').length;
  expect(sent()).toBe(0);
  const seen: string[] = [];
  scene.world.aws.beforeCall = async ({ service, operation }) =>
    void (service === 'execute-api' || operation === 'UpdateAlias' ? seen.push(operation) : undefined);
  await checked(scene);
  expect(seen).toHaveLength(3);
  expect(seen[1]).toBe('UpdateAlias');
});

describe('the routes of an HTTP API', () => {
  test('lead a sample without a path to the only one', async () => {
    const scene = await withHttpApi({
      routes: [
        { path: '/health', method: 'GET' },
        { path: '/predict', method: 'POST' },
      ],
    });
    expect((await checked(scene)).result.apiVerdict).toBe('answers with 200');
    expect(scene.calls().filter((name) => name === 'GetRoutes')).toHaveLength(1);
  });

  test('tell that one of them requires authorization', async () => {
    const scene = await withHttpApi({ routes: [{ path: '/predict', authorizationType: 'JWT' }] });
    expect((await scene.deploy(scene.inputs)).result).toMatchObject({
      outcome: 'ok',
      apiVerdict: 'not checked: ANY /predict requires authorization (jwt, status 401)',
    });
  });

  test('are not read where a sample says where it goes and the answer is right', async () => {
    const scene = await withHttpApi();
    expect((await scene.deploy(scene.inputs)).result.apiVerdict).toBe('answers with 200');
    expect(scene.calls()).not.toContain('GetRoutes');
  });

  test('stay unknown to a role that may not read them', async () => {
    const scene = await withHttpApi({ routes: [{ path: '/predict', authorizationType: 'JWT' }] });
    scene.world.aws.faults.add({ kind: 'denied', operation: 'GetRoutes', times: null });
    expect((await scene.deploy(scene.inputs)).result).toMatchObject({
      outcome: 'ok',
      apiVerdict: 'not checked: it answers 401, and whether its route requires authorization is not known',
    });
  });
});

test.each<[Misbehaviour, string]>([
  [{ kind: 'hang' }, 'no complete answer came within 35 s'],
  [{ kind: 'drip', everyMs: 1000 }, 'no complete answer came within 35 s'],
  [{ kind: 'redirect' }, 'it redirected more than 5 times'],
])('an API that misbehaves (%j) ends the check with one sentence', async (how, why) => {
  const scene = await rest({ path: '/predict' });
  const api = scene.world.aws.state.restApis[scene.api.id];
  if (api) api.misbehaviour = how;
  const started = scene.world.aws.now();
  expect((await checked(scene)).result).toMatchObject({ outcome: 'ok', apiVerdict: `not checked: ${why}` });
  expect(scene.world.aws.now() - started).toBeLessThan(90_000);
});
