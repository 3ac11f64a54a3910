import { describe, expect, test } from '@jest/globals';
import { seedHttpApi, seedRestApi } from '../../local/aws/api-seeds.ts';
import { renderRecord } from '../../src/record/record.ts';
import { commit } from '../harness/world.ts';
import { begin, expectFailure, released, releasedTwice, said } from './faults/scene.ts';

const short = (n: number) => commit(n).slice(0, 12);
const PUSH = { event: 'push' };

/** Version 3 serves, 2 served before, and 1 before that. */
async function releasedThrice() {
  const scene = await releasedTwice();
  scene.world.image(commit(3));
  await scene.deploy({}, { commit: commit(3) });
  return begin(scene);
}

describe('to', () => {
  test.each<[Readonly<Record<string, string>>, string]>([
    [{}, '2'],
    [{ to: 'version', version: '1' }, '1'],
    [{ to: 'commit', 'to-commit': commit(1) }, '1'],
  ])('%j: one write, and the version answers', async (inputs, version) => {
    const scene = await releasedThrice();
    const { story, runner } = await scene.rollback(inputs);
    expect(story).toMatchObject({
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
        new RegExp(`^mr1;v=${version};p=;st=rb;cand=3;.*;c=${commit(Number(version))};`),
      ),
    });
    expect(runner.outputs).toMatchObject({ outcome: 'rolled-back', version, 'previous-version': '3' });
  });

  test('a digest: the newest version that has it', async () => {
    const scene = await releasedThrice();
    const digest = scene.fn().versions['1']?.code.digest ?? '';
    const { story } = await scene.rollback({ to: 'digest', digest });
    expect(story).toMatchObject({ outcome: 'rolled-back', after: { version: '1', digest } });
  });

  test('a version that never served and answers wrongly gets no traffic, unless by force', async () => {
    const scene = await releasedThrice();
    scene.world.image(commit(1), { program: () => ({ ok: false }) });
    const named = { to: 'version', version: '1' };
    expectFailure(await scene.rollback(named), 'samples-failed', [
      /Version 1 answered sample "typical" wrongly/,
      /no traffic was moved/,
      /force: true/,
    ]);
    expect(scene.writes()).toEqual([]);
    await scene.rollback({ ...named, force: 'true' });
    expect(scene.alias().functionVersion).toBe('1');
  });

  test('a version that is named where no samples are: it says that nobody asked it', async () => {
    const scene = await releasedThrice();
    const { runner } = await scene.rollback({ to: 'version', version: '1', samples: 'none' });
    expect(runner.lines.join('\n')).toMatch(/No samples here: version 1 gets traffic without being asked/);
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
      /candidates/,
    ]);
    expect(scene.writes()).toEqual([]);
  });
});

test('a dry run says where it would go and writes nothing; the reason is shown', async () => {
  const scene = await releasedTwice();
  const run = await scene.rollback({ 'dry-run': 'true', reason: 'accuracy dropped' });
  expect(run.story).toMatchObject({ outcome: 'ok:noop', changed: false });
  expect(said(run)).toMatch(/it would return to version 1, commit 0001/);
  expect(run.runner.summaryText).toContain('asked for: accuracy dropped');
  expect(scene.writes()).toEqual([]);
});

test('what it did, why, and what it did not do: in the log, the summary and on the way back', async () => {
  const scene = await releasedTwice();
  const run = await scene.rollback({ reason: 'accuracy dropped' });
  const did = `from version 2, commit ${short(2)} to version 1, commit ${short(1)}: accuracy dropped`;
  expect(run.runner.lines.at(-1)).toBe(`rolled-back: ${did}`);
  expect(run.runner.summaryText).toContain(`F${did.slice(1)}.`);
  expect(run.runner.summaryText).toMatch(/^Not undone: data that the model wrote/m);
  expect(run.story.stepBack).toEqual({ kind: 'returned' });
  expect(run.story.record).toBe(scene.alias().description);
});

test('refused: the way back is still told, and nothing counts as undone', async () => {
  const scene = await releasedTwice();
  scene.world.aws.faults.add({ kind: 'denied', operation: 'UpdateAlias' });
  const { story, runner } = await scene.rollback();
  expect(story.stepBack).toEqual({
    kind: 'to',
    release: { version: '1', digest: undefined, commit: commit(1) },
  });
  expect(runner.summaryText).toMatch(
    /leads to version 1, commit 0001.*\n\n```sh\ngh workflow run rollback.yml/,
  );
  expect(runner.summaryText).not.toContain('Not undone');
});

test('the release that was returned to answers wrongly: red, with the others to choose from', async () => {
  const scene = await releasedThrice();
  scene.world.image(commit(2), { program: () => ({ ok: false }) });
  const run = await scene.rollback();
  expectFailure(run, 'not-verified', [/expected true at ok, got false/]);
  expect(run.story).toMatchObject({ outcome: 'rolled-back', after: { version: '2' } });
  expect(run.runner.summaryText).toMatch(
    /^\| 3 \|.* rolled back \| `gh workflow run rollback.yml -f to=3 -f force=true` \|$/m,
  );
  expect(run.runner.summaryText).toMatch(/^\| 2 \|.* live \| {2}\|$/m);
  expect(run.runner.summaryText).toMatch(/^\| 1 \|.* `gh workflow run rollback.yml -f to=1` \|$/m);
});

test('nobody knows what served before: no line to paste that was refused just now', async () => {
  const scene = await releasedTwice();
  Object.assign(scene.alias(), { functionVersion: '1', description: '' });
  const run = await scene.rollback();
  expectFailure(run, 'nothing-to-roll-back', [/does not say it/]);
  expect(run.runner.summaryText).not.toContain('to=previous');
  expect(run.runner.summaryText).toContain('to=2');
});

describe('in the same run as the deploy (if: failure())', () => {
  test('takes back what this run released', async () => {
    const scene = await released();
    await scene.deploy({}, { runId: 2000 });
    const { story } = await scene.rollback({}, { runId: 2000, ...PUSH });
    expect(story).toMatchObject({ outcome: 'rolled-back', after: { version: '1' } });
  });

  test('leaves alone what another run released', async () => {
    const scene = await releasedTwice();
    const { story, runner } = await scene.rollback({}, { runId: 9000, ...PUSH });
    expect(story).toMatchObject({ outcome: 'ok:noop', changed: false });
    expect(story.why).toBe('this run released nothing, so there is nothing of its to undo');
    expect(runner.exitCode).toBe(0);
    expect(scene.writes()).toEqual([]);
  });

  test('unless told that anyone’s release is meant', async () => {
    const scene = await releasedTwice();
    const { story } = await scene.rollback({ 'released-by': 'anyone' }, { runId: 9000, ...PUSH });
    expect(story.outcome).toBe('rolled-back');
  });
});

test('during a canary it lands on the stable version, never further back', async () => {
  const scene = await releasedTwice();
  scene.alias().description = renderRecord({
    live: '2',
    previous: '1',
    state: 'canary',
    candidate: '3',
    op: '1002.1.abcd',
    seq: 1002n,
    commit: commit(2),
    previousCommit: commit(1),
  });
  scene.alias().weights = { '3': 0.1 };
  scene.world.image(commit(3));
  const [, version] = [scene.world.image(commit(3)), scene.fn().versions['2']];
  if (version !== undefined) scene.fn().versions['3'] = { ...version, version: '3' };
  const { story } = await scene.rollback();
  expect(story).toMatchObject({ outcome: 'rolled-back', error: undefined });
  expect(scene.alias()).toMatchObject({
    functionVersion: '2',
    description: expect.stringMatching(/^mr1;v=2;p=1;st=rb;cand=3;/),
  });
  expect(scene.alias().weights ?? {}).toEqual({});
});

test('an older run does not roll back a newer release', async () => {
  const scene = await releasedTwice();
  const { story } = await scene.rollback({}, { runId: 3 });
  expect(story).toMatchObject({ outcome: 'superseded', changed: false });
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
      const { story } = await scene.rollback(inputs);
      expect(story).toMatchObject({ outcome: 'rolled-back', error: undefined });
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
    expect(scene.alias().description).toMatch(/^mr1;v=1;p=;st=rb;cand=2;/);
  }
});

test('permission is missing in the middle: one sentence with the action to allow, traffic untouched', async () => {
  for (const operation of ['GetFunction', 'BatchGetImage', 'UpdateAlias']) {
    const scene = await releasedTwice();
    scene.world.aws.faults.add({ kind: 'denied', operation });
    const run = await scene.rollback();
    expectFailure(run, 'aws-permission', [new RegExp(`(lambda|ecr):${operation}`), /README/]);
    expect(scene.alias().functionVersion).toBe('2');
  }
});
