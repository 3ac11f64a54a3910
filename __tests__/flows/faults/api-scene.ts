/** The scene of the tests of an API: it stands before the function of `scene.ts`, and a deploy of commit 2 is to go through it. */
import { expect } from '@jest/globals';
import {
  seedHttpApi,
  seedRestApi,
  type SeedApiOptions,
  type SeededApi,
} from '../../../local/aws/api-seeds.ts';
import type { Program } from '../../../local/aws/runtime.ts';
import { commit } from '../../harness/world.ts';
import { released, type Scene } from './scene.ts';

export interface ApiScene extends Scene {
  readonly api: SeededApi;
  readonly inputs: Readonly<Record<string, string>>;
}

const answer: Program = (event) => {
  const isProxy = typeof event === 'object' && event !== null && 'requestContext' in event;
  return isProxy ? { statusCode: 200, body: JSON.stringify({ ok: true }) } : { ok: true };
};

export async function withRestApi(options: Partial<SeedApiOptions> = {}): Promise<ApiScene> {
  const scene = await released();
  const api = seedRestApi(scene.world.aws, { functionName: 'iris', alias: 'live', ...options });
  return { ...answering(scene), api, inputs: { 'rest-api-id': api.id, 'api-stage': api.stage } };
}

export async function withHttpApi(
  options: Partial<Parameters<typeof seedHttpApi>[1]> = {},
): Promise<ApiScene> {
  const scene = await released();
  const api = seedHttpApi(scene.world.aws, { functionName: 'iris', alias: 'live', ...options });
  return { ...answering(scene), api, inputs: { 'http-api-id': api.id, 'api-url': `${api.url}/predict` } };
}

/** Both images answer plain events and events of an API. */
function answering(scene: Scene): Scene {
  for (const n of [1, 2]) scene.world.image(commit(n), { program: answer });
  return scene;
}

export const restStage = ({ world, api }: ApiScene) => world.aws.state.restApis[api.id]?.stages[api.stage];
export const variables = ({ world, api }: ApiScene) =>
  (world.aws.state.restApis[api.id] ?? world.aws.state.httpApis[api.id])?.stages[api.stage]?.variables;
export const deployments = ({ world, api }: ApiScene) =>
  Object.values((world.aws.state.restApis[api.id] ?? world.aws.state.httpApis[api.id])?.deployments ?? {});
export const released2 = { release_alias: 'live', release_version: '2', release_commit: commit(2) };
export const REPAIR = { 'api-repair': 'true' };

export function expectConnected(scene: ApiScene, { result }: Awaited<ReturnType<Scene['deploy']>>): void {
  expect(result).toMatchObject({ outcome: 'ok', error: undefined, apiVerdict: 'answers with 200' });
  expect(variables(scene)).toEqual(released2);
  expect(scene.alias().functionVersion).toBe('2');
}

/** The API did not work before: the release stays, what was seen is warned of, and nothing calls the API checked. */
export function expectNotBlamed(
  { result, runner }: Awaited<ReturnType<Scene['deploy']>>,
  warnings: readonly RegExp[],
): void {
  expect(result).toMatchObject({
    outcome: 'ok',
    error: undefined,
    apiVerdict: expect.stringMatching(/^not checked: /),
  });
  expect(runner.annotations.map(({ message }) => message)).toEqual(
    warnings.map((pattern) => expect.stringMatching(pattern) as unknown),
  );
  expect(runner.summaryText).toMatch(/^## [^\n]*API not checked, because /);
  expect(runner.summaryText).not.toMatch(/✅|✓ (?:Try the API|Check through the API)/);
  expect(runner.exitCode ?? 0).toBe(0);
}

/** `POST /predict` goes to something else than the alias; everything else of the API stays on it. */
export function detour({ world, api, fn }: ApiScene, qualifier: string): void {
  const target = `function:${fn().name}${qualifier}`;
  const rest = world.aws.state.restApis[api.id];
  for (const resources of rest ? [rest, ...Object.values(rest.deployments)].map((it) => it.resources) : [])
    for (const { pathPart, methods } of Object.values(resources)) {
      const integration = pathPart === undefined ? undefined : methods['ANY']?.integration;
      if (integration?.uri) integration.uri = integration.uri.replace(/function:iris:live/, target);
    }
  const http = world.aws.state.httpApis[api.id];
  for (const { integrations, routes } of http ? [http, ...Object.values(http.deployments)] : []) {
    const [first] = Object.values(integrations);
    if (first === undefined) throw new Error('no integration');
    const integrationUri = first.integrationUri?.replace(/function:iris:live/, target) ?? '';
    integrations['detour'] = { ...first, id: 'detour', integrationUri };
    routes['detour'] = { id: 'detour', routeKey: 'POST /predict', target: 'integrations/detour' };
  }
}

/** What the stage's own deployment calls: qualifiers of the function, in any order. */
export function called({ world, api }: ApiScene): readonly string[] {
  const rest = world.aws.state.restApis[api.id];
  const http = world.aws.state.httpApis[api.id];
  const resources = rest?.deployments[rest.stages[api.stage]?.deploymentId ?? '']?.resources ?? {};
  const integrations = http?.deployments[http.stages[api.stage]?.deploymentId ?? '']?.integrations ?? {};
  const uris = [
    ...Object.values(resources).map(({ methods }) => methods['ANY']?.integration?.uri),
    ...Object.values(integrations).map(({ integrationUri }) => integrationUri),
  ];
  return uris.map((uri) => /function:iris:?([^/]*)/.exec(uri ?? '')?.[1] ?? 'nothing').sort();
}
