import { describe, expect, test } from '@jest/globals';
import { seedHttpApi, seedRestApi } from '../../local/aws/api-seeds.ts';
import { shellOf } from '../harness/shell.ts';
import { commit, FIRST } from '../harness/world.ts';
import {
  begin,
  expectFailure,
  expectReleased,
  expectVersion1Serves,
  released,
  releasedTwice,
  said,
  unreleased,
} from './faults/scene.ts';

const READS = ['BatchGetImage', 'GetAlias', 'GetFunction'];

describe('a first deploy', () => {
  test('creates function, version and alias with the configuration asked for', async () => {
    const scene = unreleased();
    const inputs = { ...FIRST, 'memory-size': '2048', timeout: '60', 'environment-variables': 'STAGE=prod' };
    const { result, runner } = await scene.deploy(inputs);
    expect(result).toMatchObject({ outcome: 'ok', changed: true, before: undefined });
    expect(scene.writes()).toEqual(['CreateFunction', 'UpdateFunctionCode', 'PublishVersion', 'CreateAlias']);
    expect(scene.fn().versions['1']?.settings).toMatchObject({
      MemorySize: 2048,
      Timeout: 60,
      Environment: { Variables: { STAGE: 'prod' } },
    });
    expect(runner.outputs).toMatchObject({ version: '1', 'previous-version': '', changed: 'true' });
    expect(runner.summaryText).toContain('There is no release before this one');
  });

  test('without create: true it says everything that is missing, at once', async () => {
    const scene = unreleased();
    const run = await scene.deploy();
    expectFailure(run, 'missing', [/the function iris/, /the alias live of iris/, /create: true and role/]);
    expect(scene.writes()).toEqual([]);
  });

  test('with create: true and no role is refused before any call', async () => {
    const scene = unreleased();
    expectFailure(await scene.deploy({ create: 'true' }), 'invalid-inputs', [/role is required/]);
    expect(scene.calls()).toEqual([]);
  });

  test('whose alias does not answer has nothing to go back to, and says so', async () => {
    const scene = unreleased();
    scene.world.aws.afterEffect = ({ call }) => {
      if (call.operation === 'CreateAlias')
        delete scene.world.aws.state.repositories['iris']?.images[scene.image.digest];
    };
    const run = await scene.deploy(FIRST);
    expect(run.result).toMatchObject({ outcome: 'unknown', after: { version: '1' } });
    expect(run.runner.exitCode).toBe(1);
  });
});

describe('what is live already', () => {
  test('costs three reads and no write', async () => {
    const scene = begin(await releasedTwice());
    const { result, runner } = await scene.deploy();
    expect(result).toMatchObject({ outcome: 'ok:noop', changed: false });
    expect(
      scene
        .calls()
        .filter((name) => name !== 'Invoke')
        .sort(),
    ).toEqual([...READS, 'GetFunction']);
    expect(scene.writes()).toEqual([]);
    expect(runner.outputs).toMatchObject({ outcome: 'ok:noop', version: '2', changed: 'false' });
  });

  test.each(['REST', 'HTTP'] as const)('behind a %s API: two reads more', async (kind) => {
    const scene = await released();
    const seed = kind === 'REST' ? seedRestApi : seedHttpApi;
    const stageVariables = { release_alias: 'live', release_version: '1', release_commit: commit(1) };
    const api = seed(scene.world.aws, { functionName: 'iris', alias: 'live', stageVariables });
    const inputs =
      kind === 'REST' ? { 'rest-api-id': api.id, 'api-stage': 'prod' } : { 'http-api-id': api.id };
    const again = begin(scene);
    const { result } = await again.deploy(inputs, { commit: commit(1) });
    expect(result).toMatchObject({ outcome: 'ok:noop', error: undefined });
    expect(
      again.calls().filter((name) => !['Invoke', 'unknown'].includes(name) && name !== 'GET'),
    ).toHaveLength(6);
    expect(again.writes()).toEqual([]);
  });

  test('an older run of what is live is no "superseded": nothing is to be done', async () => {
    const scene = await releasedTwice();
    expect((await scene.deploy({}, { runId: 5 })).result.outcome).toBe('ok:noop');
  });
});

describe('a dry run', () => {
  test('prints the plan and writes nothing', async () => {
    const scene = await released();
    const { result, runner } = await scene.deploy({ 'dry-run': 'true', 'memory-size': '1024' });
    expect(result).toMatchObject({ outcome: 'ok:noop', changed: false, why: 'dry run: nothing was changed' });
    expect(scene.writes()).toEqual([]);
    expect(scene.calls()).not.toContain('Invoke');
    const log = runner.lines.join('\n');
    expect(log).toMatch(/update iris to the image/);
    expect(log).toMatch(/change the configuration: memory 128 MiB → 1024 MiB/);
    expect(log).toMatch(/shift the alias live from version 1/);
    expect(runner.summaryText).toMatch(/📋 Plan[\s\S]*What a run would do[\s\S]*Nothing was changed/);
    expectVersion1Serves(scene);
  });
});

describe('configuration only', () => {
  test('the same image with more memory is a release of its own, with a way back', async () => {
    const scene = await released();
    const { result } = await scene.deploy({ 'memory-size': '1024' }, { commit: commit(1) });
    expect(result).toMatchObject({ outcome: 'ok', before: { version: '1' }, after: { version: '2' } });
    expect(scene.fn().versions['2']?.settings.MemorySize).toBe(1024);
    expect(scene.fn().versions['1']?.settings.MemorySize).toBe(128);
    expect(scene.alias().description).toMatch(/^mr2;v=2;p=1;st=ok;/);
  });

  test.each([
    ['merge', { ONE: 'first', TWO: 'second-value', THREE: 'third' }],
    ['replace', { TWO: 'second-value', THREE: 'third' }],
  ])('variables: %s; values are never said', async (mode, expected) => {
    const scene = await released();
    await scene.deploy({ 'environment-variables': 'ONE=first\nTWO=old' });
    const inputs = { 'environment-variables': 'TWO=second-value\nTHREE=third', 'environment-mode': mode };
    const run = await scene.deploy(inputs);
    expect(run.result).toMatchObject({ outcome: 'ok' });
    expect(scene.fn().versions['3']?.settings.Environment?.Variables).toEqual(expected);
    expect(said(run)).not.toContain('second-value');
  });

  test('nothing said keeps every variable', async () => {
    const scene = await released();
    await scene.deploy({ 'environment-variables': 'ONE=first' });
    scene.world.image(commit(3));
    const files = { '.model-release.yml': 'environment-mode: replace\n' };
    await scene.deploy({}, { commit: commit(3), files });
    expect(scene.fn().versions['3']?.settings.Environment?.Variables).toEqual({ ONE: 'first' });
  });
});

describe('image-uri', () => {
  test.each(['digest', 'tag'])(
    'by %s: deployed by digest, without docker and without a build',
    async (how) => {
      const scene = await released();
      const uri = how === 'digest' ? scene.image.uri : scene.image.uri.replace(/@.*/, `:${commit(2)}`);
      const shell = shellOf(() => {
        throw new Error('no program may run');
      });
      const run = await scene.deploy({ 'image-uri': uri }, { shell });
      expectReleased(scene, run);
      expect(run.runner.outputs['image-uri']).toBe(scene.image.uri);
    },
  );

  test('that is not there is refused before any write', async () => {
    const scene = await released();
    const uri = scene.image.uri.replace(/@.*/, ':nothing');
    expectFailure(await scene.deploy({ 'image-uri': uri }), 'image-missing', [/no image .*iris:nothing/]);
    expect(scene.writes()).toEqual([]);
  });
});

describe('order of runs', () => {
  test('an older run yields to a newer one, and is red where nothing tells which commit is newer; force overrides', async () => {
    const scene = await released();
    scene.world.image(commit(3));
    await scene.deploy({}, { commit: commit(3), runId: 5000 });
    const late = await scene.deploy({}, { runId: 4000 });
    expect(late.result).toMatchObject({ outcome: 'superseded', changed: false });
    expect(late.runner.exitCode).toBe(1);
    expect(late.runner.summaryText).toContain('Superseded by a newer run');
    expect(scene.alias().functionVersion).toBe('2');
    const forced = await scene.deploy({ force: 'true' }, { runId: 4000, attempt: 2 });
    expect(forced.result).toMatchObject({ outcome: 'ok' });
    expect(scene.alias().description).toMatch(/^mr2;v=3;p=2;st=ok;.*;seq=5000;/);
  });
});

describe('what people get is wrong after the switch', () => {
  test('alias and stage go back, the outcome is rolled-back, and a repeat does not release it again', async () => {
    const scene = await released();
    const stageVariables = { release_alias: 'live', release_version: '1', release_commit: commit(1) };
    const api = seedRestApi(scene.world.aws, { functionName: 'iris', alias: 'live', stageVariables });
    // The model answers its samples, and answers an API event with an error.
    scene.world.image(commit(2), {
      program: (event) =>
        'requestContext' in (event as object) ? { statusCode: 500, body: 'no' } : { ok: true },
    });
    const inputs = { 'rest-api-id': api.id, 'api-stage': 'prod' };
    const run = await scene.deploy(inputs, { runId: 2000 });
    expectFailure(run, 'not-verified', [
      /The API at https:.* answers wrongly: the answer has the status 500/,
      /permission/,
    ]);
    expect(run.result).toMatchObject({ outcome: 'rolled-back', changed: true, after: { version: '1' } });
    expect(scene.alias().description).toMatch(/^mr2;v=1;p=;st=rb;cand=2;/);
    expect(scene.world.aws.state.restApis[api.id]?.stages['prod']?.variables).toEqual(stageVariables);
    expect(run.runner.outputs).toMatchObject({ outcome: 'rolled-back', version: '1', changed: 'true' });
    const again = await scene.deploy(inputs, { runId: 2000, attempt: 2 });
    expect(again.result.outcome).toBe('superseded');
  });

  test('a rollback target that was required and is not safe: refused before any traffic', async () => {
    const scene = await released();
    const repository = scene.world.aws.state.repositories['iris'];
    delete repository?.images[scene.fn().latest.code.digest];
    const run = await scene.deploy({ 'require-rollback-target': 'true' });
    expect(run.result.error?.code).toBe('no-rollback-target');
    expectVersion1Serves(scene);
    const warned = await scene.deploy({}, { runId: 9000 });
    expect(warned.result).toMatchObject({ outcome: 'ok' });
    expect(warned.runner.annotations[0]?.message).toMatch(
      /^The rollback target is not safe: .*not in the ECR/,
    );
  });
});
