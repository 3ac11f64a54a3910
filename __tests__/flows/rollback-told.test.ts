/** What a person reads of a rollback: where it went, what it did not do, and where to go from there. */
import { expect, test } from '@jest/globals';
import { commit } from '../harness/world.ts';
import { doubtful, expectFailure, releasedThrice, releasedTwice, said } from './faults/scene.ts';

const short = (n: number) => commit(n).slice(0, 12);

test('a dry run says where it would go and writes nothing; the reason is shown', async () => {
  const scene = await releasedTwice();
  const run = await scene.rollback({ 'dry-run': 'true', reason: 'accuracy dropped' });
  expect(run.result).toMatchObject({ outcome: 'ok:noop', changed: false });
  expect(said(run)).toMatch(/it would return to version 1, commit 0001/);
  expect(run.runner.summaryText).toContain(
    'To do it:\n\n```sh\ngh workflow run rollback.yml --repo acme/iris -f to=previous\n```',
  );
  expect(run.runner.summaryText).toContain('a rollback was requested: accuracy dropped');
  expect(scene.writes()).toEqual([]);
});

test('a dry run of what is not one step back: the line to paste is what was asked for', async () => {
  const scene = await releasedThrice();
  const { runner } = await scene.rollback({ 'dry-run': 'true', to: '1', environment: 'test' });
  expect(runner.summaryText).toContain('rollback.yml --repo acme/iris -f environment=test -f to=1\n');
  expect(runner.summaryText).not.toMatch(/to=previous|by itself/);
});

test('a dry run where the version is gone names what would be published, and its commit', async () => {
  const scene = await releasedTwice();
  delete scene.fn().versions['1'];
  const run = await scene.rollback({ 'dry-run': 'true' }, { commit: commit(2) });
  expect(run.result.why).toBe(`dry run: it would return to a new version of commit ${short(1)}`);
  expect(said(run)).toMatch(
    /update iris to [0-9a-f]{12} and publish a version, .* the version is gone, and its image is in ECR/,
  );
  expect(said(run)).not.toMatch(/version new|is Active/);
  expect(scene.writes()).toEqual([]);
});

test('what it did, why, and what it did not do: in the log, the summary and on the way back', async () => {
  const scene = await releasedTwice();
  const run = await scene.rollback({ reason: 'accuracy dropped' });
  const did = `from version 2, commit ${short(2)} to version 1, commit ${short(1)}: accuracy dropped`;
  expect(run.runner.lines.at(-1)).toBe(`rolled-back: ${did}`);
  expect(run.runner.summaryText).toContain(`F${did.slice(1)}.`);
  expect(run.runner.summaryText).toMatch(/^Not undone: data that the model wrote/m);
  expect(run.result.stepBack).toEqual({ kind: 'returned' });
  expect(run.result.record).toBe(scene.alias().description);
});

test('refused: the rollback target is still named, and nothing counts as undone', async () => {
  const scene = await releasedTwice();
  scene.world.aws.faults.add({ kind: 'denied', operation: 'UpdateAlias' });
  const { result, runner } = await scene.rollback();
  expect(result.stepBack).toEqual({
    kind: 'to',
    release: { version: '1', digest: undefined, commit: commit(1) },
  });
  expect(runner.summaryText).toMatch(
    /previous release is version 1, commit 0001.*\n\n```sh\ngh workflow run rollback.yml/,
  );
  expect(runner.summaryText).not.toContain('Not undone');
});

test('the previous release answers a sample of today otherwise: green, with a warning that names the sample', async () => {
  const scene = await releasedThrice();
  scene.world.image(commit(2), { program: () => ({ ok: false }) });
  const run = await scene.rollback();
  expect(run.result).toMatchObject({ outcome: 'rolled-back', error: undefined, after: { version: '2' } });
  expect(run.runner.exitCode).toBe(0);
  expect(run.result.warnings).toEqual([
    expect.stringMatching(
      /^Version 2 is live and answers, but not as sample "[^"]+" \(line 1\) .* expected true at ok, got false.*The sample may be newer than the version/,
    ),
  ]);
});

test('a version that a person names is held to the samples as before', async () => {
  const scene = await releasedThrice();
  scene.world.image(commit(1), { program: () => ({ ok: false }) });
  expectFailure(await scene.rollback({ to: '1' }), 'samples-failed', [/expected true at ok, got false/]);
  expect(scene.writes()).toEqual([]);
});

test('the previous release fails when it is called: red, with the others to choose from', async () => {
  const scene = await releasedThrice();
  const program = () => {
    throw new Error('no model here');
  };
  scene.world.image(commit(2), { program });
  const run = await scene.rollback();
  expectFailure(run, 'not-verified', [/the function failed: .*no model here/, /Version 2 is live now/]);
  expect(run.result).toMatchObject({ outcome: 'rolled-back', after: { version: '2' } });
  expect(run.runner.summaryText).toMatch(
    /^\| 3 \|.* rolled back \| `gh workflow run rollback.yml --repo acme\/iris -f to=3 -f force=true` \|$/m,
  );
  expect(run.runner.summaryText).toMatch(/^\| 2 \|.* live \| {2}\|$/m);
  expect(run.runner.summaryText).toMatch(
    /^\| 1 \|.* `gh workflow run rollback.yml --repo acme\/iris -f to=1` \|$/m,
  );
});

test.each([{}, { to: '1' }])('%j is no rollback target: no line and no row names it', async (inputs) => {
  const scene = await releasedThrice();
  const deleted = 'to' in inputs ? '1' : '2';
  const digest = scene.fn().versions[deleted]?.code.digest ?? '';
  delete scene.world.aws.state.repositories['iris']?.images[digest];
  const run = await scene.rollback(inputs);
  expectFailure(run, 'target-image-gone', [/no longer has its image/]);
  expect(run.runner.summaryText).toMatch(
    new RegExp(`^\\| ${deleted} \\|.* no rollback target \\| {2}\\|$`, 'm'),
  );
  expect(run.runner.summaryText.includes('to=previous')).toBe('to' in inputs);
});

test('asked again, and after a release that was taken back: the releases to choose from', async () => {
  const scene = await releasedTwice();
  scene.world.image(commit(3), { program: doubtful() });
  const { result, runner } = await scene.deploy({}, { commit: commit(3) });
  expect(result).toMatchObject({ outcome: 'rolled-back', after: { version: '2' } });
  expect(runner.summaryText).toMatch(/^\| 3 \|.* rolled back \|.*to=3 -f force=true` \|$/m);
  const again = await scene.rollback();
  expect(again.result.outcome).toBe('ok:noop');
  // They are listed here: nobody is told to ask for them.
  expect(again.runner.summaryText).not.toContain('once more');
  expect(again.runner.summaryText).toMatch(/^\| 1 \|.*to=1` \|$/m);
});

test('nobody knows what served before: no line to paste that was refused just now', async () => {
  const scene = await releasedTwice();
  Object.assign(scene.alias(), { functionVersion: '1', description: '' });
  const run = await scene.rollback();
  expectFailure(run, 'nothing-to-roll-back', [/does not say it/]);
  expect(run.runner.summaryText).not.toContain('to=previous');
  expect(run.runner.summaryText).toContain('to=2');
});
