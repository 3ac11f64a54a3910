import { describe, expect, test } from '@jest/globals';
import { seedHttpApi, seedRestApi } from '../../local/aws/api-seeds.ts';
import { commit } from '../harness/world.ts';
import { expectFailure, giveWeights, released, releasedThrice, releasedTwice } from './faults/scene.ts';

const PUSH = { event: 'push' };

describe('to', () => {
  test.each<[Readonly<Record<string, string>>, string]>([
    [{}, '2'],
    [{ to: 'version', version: '1' }, '1'],
    [{ to: 'commit', 'to-commit': commit(1) }, '1'],
  ])('%j: one write, and the version answers', async (inputs, version) => {
    const scene = await releasedThrice();
    const { result, runner } = await scene.rollback(inputs);
    expect(result).toMatchObject({
      outcome: 'rolled-back',
      error: undefined,
      changed: true,
      before: { version: '3' },
      after: { version, commit: commit(Number(version)) },
    });
    expect(runner.exitCode).toBe(0);
    expect(scene.writes()).toEqual(['UpdateAlias']);
    expect(scene.alias()).toMatchObject({
      functionVersion: version,
      description: expect.stringMatching(
        new RegExp(`^mr2;v=${version};p=;st=rb;cand=3;.*;c=${commit(Number(version))};`),
      ),
    });
    expect(runner.outputs).toMatchObject({ outcome: 'rolled-back', version, 'previous-version': '3' });
  });

  test('a digest: the newest version that has it', async () => {
    const scene = await releasedThrice();
    const digest = scene.fn().versions['1']?.code.digest ?? '';
    const { result } = await scene.rollback({ to: 'digest', digest });
    expect(result).toMatchObject({ outcome: 'rolled-back', after: { version: '1', digest } });
  });

  test('a version that never served and answers wrongly gets no traffic, unless by force', async () => {
    const scene = await releasedThrice();
    scene.world.image(commit(1), { program: () => ({ ok: false }) });
    const named = { to: 'version', version: '1' };
    expectFailure(await scene.rollback(named), 'samples-failed', [
      /Version 1 answered sample "typical" of the checked-out commit wrongly/,
      /no traffic was shifted/,
      /force: true/,
    ]);
    expect(scene.writes()).toEqual([]);
    await scene.rollback({ ...named, force: 'true' });
    expect(scene.alias().functionVersion).toBe('1');
  });

  test('a version that is named where no samples are: it says that nobody asked it', async () => {
    const scene = await releasedThrice();
    const { runner } = await scene.rollback({ to: 'version', version: '1', samples: 'none' });
    expect(runner.lines.join('\n')).toMatch(/No samples here: version 1 gets traffic without being checked/);
    expect(scene.alias().functionVersion).toBe('1');
  });

  test('previous: three reads and one write', async () => {
    const scene = await releasedTwice();
    await scene.rollback({ samples: 'none' });
    const counted = scene.calls().filter((name) => name !== 'Invoke');
    expect(counted.sort()).toEqual(['BatchGetImage', 'GetAlias', 'GetFunction', 'UpdateAlias']);
  });

  test('something that was never there: refused with the candidates', async () => {
    const scene = await releasedTwice();
    expectFailure(await scene.rollback({ to: 'commit', 'to-commit': commit(9) }), 'target-gone', [
      /No version has that image/,
      /earlier releases/,
    ]);
    expect(scene.writes()).toEqual([]);
  });
});

test('a number alone does not tell the image of a version that is gone: its commit does', async () => {
  const scene = await releasedThrice();
  delete scene.fn().versions['1'];
  const run = await scene.rollback({ to: '1' });
  expectFailure(run, 'target-gone', [/Version 1 is not there, and its number alone/, /Name its commit/]);
  expect(run.runner.summaryText).not.toContain('was deleted');
  const { result } = await scene.rollback({ to: commit(1) });
  expect(result).toMatchObject({ outcome: 'rolled-back', after: { version: '4', commit: commit(1) } });
});

describe('somebody moved the alias by hand', () => {
  test('to what served before: nothing to do, and the record does not lead one step further', async () => {
    const scene = await releasedThrice();
    scene.alias().functionVersion = '2';
    const { result, runner } = await scene.rollback();
    expect(result).toMatchObject({ outcome: 'ok:noop', stepBack: { kind: 'returned' } });
    expect(result.why).toMatch(
      /somebody shifted the alias from version 3 back to version 2 already; an earlier release/,
    );
    expect(runner.summaryText).toMatch(/^\| 1 \|.*to=1` \|$/m);
    expect(scene.writes()).toEqual([]);
  });

  test('to anything else: what the version says it replaced, said loudly', async () => {
    const scene = await releasedThrice();
    Object.assign(scene.alias(), { functionVersion: '3', description: '' });
    const { result, runner } = await scene.rollback();
    expect(result).toMatchObject({ outcome: 'rolled-back', after: { version: '2' } });
    expect(runner.annotations.map(({ message }) => message)).toEqual([
      expect.stringMatching(
        /The alias live does not say what it served before .*no release record.*; the note of version 3/,
      ),
    ]);
  });
});

describe('in the same run as the deploy (if: failure())', () => {
  test('takes back what this run released', async () => {
    const scene = await released();
    await scene.deploy({}, { runId: 2000 });
    const { result } = await scene.rollback({}, { runId: 2000, ...PUSH });
    expect(result).toMatchObject({ outcome: 'rolled-back', after: { version: '1' } });
  });

  test('leaves alone what another run released', async () => {
    const scene = await releasedTwice();
    const { result, runner } = await scene.rollback({}, { runId: 9000, ...PUSH });
    expect(result).toMatchObject({ outcome: 'ok:noop', changed: false });
    expect(result.why).toBe('this run released nothing, so there is nothing of its to undo');
    expect(runner.exitCode).toBe(0);
    expect(scene.writes()).toEqual([]);
  });

  test('unless told that anyone’s release is meant', async () => {
    const scene = await releasedTwice();
    const { result } = await scene.rollback({ 'released-by': 'anyone' }, { runId: 9000, ...PUSH });
    expect(result.outcome).toBe('rolled-back');
  });
});

test('during a canary it lands on the stable version, never further back', async () => {
  const scene = await releasedTwice();
  giveWeights(scene, 'a dead canary');
  const { result } = await scene.rollback();
  expect(result).toMatchObject({ outcome: 'rolled-back', error: undefined });
  expect(scene.alias()).toMatchObject({
    functionVersion: '2',
    description: expect.stringMatching(/^mr1;v=2;p=1;st=rb;cand=3;/),
  });
  expect(scene.alias().weights ?? {}).toEqual({});
});

test('an older run does not roll back a newer release', async () => {
  const scene = await releasedTwice();
  const { result, runner } = await scene.rollback({}, { runId: 3 });
  expect(result).toMatchObject({ outcome: 'superseded', changed: false });
  expect(result.why).toMatch(/Nothing was shifted: a new run .* force: true/);
  expect(runner.annotations).toEqual([
    expect.objectContaining({ title: 'rollback superseded', message: result.why }),
  ]);
  expect(scene.alias().functionVersion).toBe('2');
});

describe('behind an API', () => {
  test.each(['REST', 'HTTP'] as const)(
    '%s: the stage carries the release that was returned to',
    async (kind) => {
      const scene = await releasedTwice();
      const seed = kind === 'REST' ? seedRestApi : seedHttpApi;
      const stageVariables = {
        release_alias: 'live',
        release_version: '2',
        release_commit: commit(2),
        theirs: 'x',
      };
      const api = seed(scene.world.aws, { functionName: 'iris', alias: 'live', stageVariables });
      const inputs =
        kind === 'REST' ? { 'rest-api-id': api.id, 'api-stage': 'prod' } : { 'http-api-id': api.id };
      const { result } = await scene.rollback(inputs);
      expect(result).toMatchObject({ outcome: 'rolled-back', error: undefined });
      expect(scene.writes()).toEqual(['UpdateAlias', 'UpdateStage']);
      const { restApis, httpApis } = scene.world.aws.state;
      expect((restApis[api.id] ?? httpApis[api.id])?.stages[api.stage]?.variables).toEqual({
        release_alias: 'live',
        release_version: '1',
        release_commit: commit(1),
        theirs: 'x',
      });
    },
  );
});

test.each(['before', 'after'])('told to stop %s the switch: the record says what is live', async (moment) => {
  const scene = await releasedTwice();
  let stop: ((signal: string) => void) | undefined;
  const tell = async ({ operation }: { operation: string }) => {
    if (operation === (moment === 'before' ? 'BatchGetImage' : 'UpdateAlias')) stop?.('SIGTERM');
  };
  scene.world.aws.beforeCall = tell;
  const run = await scene.rollback({}, { onStop: (given) => (stop = given) });
  if (moment === 'before') {
    expectFailure(run, 'cancelled', [/stopped by SIGTERM/]);
    expect(scene.writes()).toEqual([]);
    expect(scene.alias().functionVersion).toBe('2');
  } else {
    expect(run.runner.outputs).toMatchObject({ version: '1', changed: 'true' });
    expect(scene.alias().description).toMatch(/^mr2;v=1;p=;st=rb;cand=2;/);
  }
});

test('permission is missing in the middle: one sentence with the action to allow, traffic untouched', async () => {
  for (const operation of ['GetFunction', 'UpdateAlias']) {
    const scene = await releasedTwice();
    scene.world.aws.faults.add({ kind: 'denied', operation });
    const run = await scene.rollback();
    expectFailure(run, 'aws-permission', [new RegExp(`lambda:${operation}`), /docs\/permissions\.md/]);
    expect(scene.alias().functionVersion).toBe('2');
  }
});
