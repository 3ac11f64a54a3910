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

export function expectConnected(scene: ApiScene, { story }: Awaited<ReturnType<Scene['deploy']>>): void {
  expect(story).toMatchObject({ outcome: 'ok', error: undefined, apiVerdict: 'answers with 200' });
  expect(variables(scene)).toEqual(released2);
  expect(scene.alias().functionVersion).toBe('2');
}
