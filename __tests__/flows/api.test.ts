import { describe, expect, test } from '@jest/globals';
import { seedHttpApi, seedRestApi, type SeedApiOptions, type SeededApi } from '../../local/aws/api-seeds.ts';
import type { Program } from '../../local/aws/runtime.ts';
import { commit, FIRST } from '../harness/world.ts';
import { begin, released, unreleased, type Scene } from './faults/scene.ts';

const answer: Program = (event) => {
  const isProxy = typeof event === 'object' && event !== null && 'requestContext' in event;
  return isProxy ? { statusCode: 200, body: JSON.stringify({ ok: true }) } : { ok: true };
};

interface Door {
  readonly api: SeededApi;
  readonly inputs: Readonly<Record<string, string>>;
}

function openDoor({ world }: Scene, kind: 'REST' | 'HTTP', options: Partial<SeedApiOptions> = {}): Door {
  for (const n of [1, 2]) world.image(commit(n), { program: answer });
  const seed = kind === 'REST' ? seedRestApi : seedHttpApi;
  const api = seed(world.aws, { functionName: 'iris', alias: 'live', ...options });
  const ids = kind === 'REST' ? { 'rest-api-id': api.id, 'api-stage': 'prod' } : { 'http-api-id': api.id };
  return { api, inputs: { ...ids, 'api-url': `${api.url}/predict` } };
}

const variables = ({ world }: Scene, { api }: Door) =>
  (world.aws.state.restApis[api.id] ?? world.aws.state.httpApis[api.id])?.stages[api.stage]?.variables;
const KINDS = ['REST', 'HTTP'] as const;

describe.each(KINDS)('a %s API', (kind) => {
  test('that calls the alias: a release is one write more, and people get the new version', async () => {
    const scene = await released();
    const door = openDoor(scene, kind);
    const { result, runner } = await scene.deploy(door.inputs);
    expect(result).toMatchObject({ outcome: 'ok', error: undefined, apiVerdict: 'answers with 200' });
    expect(scene.writes()).toEqual(['UpdateFunctionCode', 'PublishVersion', 'UpdateAlias', 'UpdateStage']);
    expect(variables(scene, door)).toEqual({
      release_alias: 'live',
      release_version: '2',
      release_commit: commit(2),
    });
    expect(runner.outputs['api-url']).toBe(`${door.api.url}/predict`);
  });

  test('that names its alias by a stage variable needs no repair', async () => {
    const scene = await released();
    const door = openDoor(scene, kind, { qualifier: '${stageVariables.release_alias}' });
    const { result } = await scene.deploy(door.inputs);
    expect(result).toMatchObject({ outcome: 'ok', error: undefined });
    expect(scene.calls()).not.toContain('UpdateIntegration');
  });

  test('that calls the function itself: refused without api-repair, before anything is written', async () => {
    const scene = await released();
    const door = openDoor(scene, kind, { qualifier: '' });
    const { result } = await scene.deploy(door.inputs);
    expect(result.error).toMatchObject({
      code: 'api-not-connected',
      message: expect.stringMatching(/calls \$LATEST instead of the alias live.*api-repair: true/s),
    });
    expect(scene.writes()).toEqual([]);
    expect(scene.alias().functionVersion).toBe('1');
    const dry = await scene.deploy({ ...door.inputs, 'dry-run': 'true' });
    expect(dry.result.error?.code).toBe('api-not-connected');
  });

  test('that does not call the alias any more: a repeat fails, and says that nothing was done to the API', async () => {
    const scene = await released();
    const door = openDoor(scene, kind);
    await scene.deploy(door.inputs);
    const { restApis, httpApis } = scene.world.aws.state;
    const states = [restApis[door.api.id]?.resources, httpApis[door.api.id]?.integrations];
    for (const state of states)
      for (const one of Object.values(state ?? {})) {
        const text = JSON.stringify(one).replaceAll('function:iris:live', 'function:iris');
        Object.assign(one, JSON.parse(text) as object);
      }
    const again = begin(scene);
    const { result } = await again.deploy(door.inputs);
    expect(result).toMatchObject({ outcome: 'failed', changed: false, error: { code: 'api-not-connected' } });
    expect(again.writes()).toEqual([]);
  });

  test('at a first deploy: created, connected and answering in one run', async () => {
    const scene = unreleased();
    const door = openDoor(scene, kind, { qualifier: '', permission: false });
    const { result } = await scene.deploy({ ...FIRST, ...door.inputs });
    expect(result).toMatchObject({ outcome: 'ok', error: undefined, apiVerdict: 'answers with 200' });
    expect(variables(scene, door)).toMatchObject({ release_alias: 'live', release_version: '1' });
    const again = begin(scene);
    expect((await again.deploy(door.inputs)).result).toMatchObject({ outcome: 'ok:noop' });
    expect(again.writes()).toEqual([]);
  });
});

test('an API that cannot be reached from this runner says nothing about the release', async () => {
  const scene = await released();
  const { inputs } = openDoor(scene, 'REST');
  scene.world.aws.faults.add({ kind: 'drop-before', service: 'execute-api', times: null });
  const { result } = await scene.deploy(inputs);
  expect(result).toMatchObject({
    outcome: 'ok',
    apiVerdict: 'not checked: it cannot be reached from this runner (ECONNRESET)',
  });
});

test('a stage with a cache: a warning that some answers are still the old ones', async () => {
  const scene = await released();
  const { api, inputs } = openDoor(scene, 'REST');
  Object.assign(scene.world.aws.state.restApis[api.id]?.stages['prod'] ?? {}, { cacheClusterEnabled: true });
  const { runner } = await scene.deploy(inputs);
  expect(runner.annotations).toEqual([
    expect.objectContaining({
      level: 'warning',
      message: expect.stringMatching(/^The stage caches answers/),
    }),
  ]);
});
