/** What the check through the API says of a release, by the routes that the API itself names. */
import { expect, test } from '@jest/globals';
import type { SeedRoute } from '../../../local/aws/api-seeds.ts';
import type { Misbehaviour } from '../../../local/aws/state.ts';
import { commit } from '../../harness/world.ts';
import { withHttpApi, withRestApi, type ApiScene } from './api-scene.ts';
import { expectFailure } from './scene.ts';

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

test('a path that no route fits is named', async () => {
  const scene = await rest({ path: '/predict', method: 'POST' });
  const run = await checked(scene, { 'api-url': `${scene.api.url}/typo` });
  expectFailure(run, 'not-verified', [/no route of the API fits the request \(status 403\): check its path/]);
});

test('the routes of an HTTP API are not read: a sample without a path is not checked', async () => {
  const scene = await withHttpApi({ routes: [{ path: '/predict' }] });
  expect((await checked(scene)).result.apiVerdict).toMatch(
    /^not checked: the routes of the API are not known; name it/,
  );
  expect(scene.calls()).not.toContain('GetRoutes');
});

test('the routes of an HTTP API are not read: a refusal is not judged', async () => {
  const scene = await withHttpApi({ routes: [{ path: '/predict', authorizationType: 'JWT' }] });
  const { result } = await scene.deploy(scene.inputs);
  expect(result).toMatchObject({
    outcome: 'ok',
    apiVerdict: 'not checked: it answers 401, and whether its route requires authorization is not known',
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
