/** What a person asked for and attach did not find is never green. */
import { expect, test } from '@jest/globals';
import { attachWorld, model, outcomes, runAttach, writesOf, type World } from '../harness/attach-world.ts';

function fleet(): World {
  const world = attachWorld();
  model(world, 'iris', { topics: ['ml'] });
  model(world, 'other', { files: { 'index.html': '' } });
  return world;
}

test.each<[string, Record<string, string>, string]>([
  [
    'a pattern',
    { repositories: 'modle-*' },
    'repositories: modle-*; with-files: Dockerfile, lambda_function.py',
  ],
  ['a topic', { topic: 'mll' }, 'topic: mll; with-files: Dockerfile, lambda_function.py'],
  ['a property', { property: 'release=yes' }, 'property: release=yes; with-files: '],
  ['files', { 'with-files': 'handler.py' }, 'Nothing matches with-files: handler.py among'],
  ['only exclusions', { repositories: '!iris' }, 'repositories: !iris; '],
])('a filter that matches nothing is red, and says what was looked for: %s', async (_, filter, says) => {
  for (const mode of ['check', 'apply', 'check-structure'].slice(0, 'repositories' in filter ? 2 : 3)) {
    const run = await runAttach(fleet(), { inputs: { mode, ...filter } });
    const isStructure = mode === 'check-structure';
    expect([run.code, run.exitCode, run.outputs['outcome']]).toEqual(['attach-selection', 1, 'failed']);
    expect(run.message).toContain(isStructure ? says.replace(/; with-files:.*/, '') : says);
    expect(run.message).toContain('among the 2 repositories of acme');
    expect(run.summary).toContain('attach-selection');
  }
  expect((await runAttach(fleet(), { inputs: { 'dry-run': 'true', ...filter } })).code).toBe(
    'attach-selection',
  );
});

test('a name that no repository has is a row of its own, and keeps nothing from the others', async () => {
  const world = fleet();
  const run = await runAttach(world, { inputs: { repositories: 'IRIS, irsi, !old' } });
  expect([outcomes(run.report), writesOf(world)]).toEqual([{ irsi: 'failed', iris: 'created' }, 1]);
  expect(run.report?.rows[0]?.reason).toMatch(/no such repository/);
  expect([run.code, run.outputs['failed']]).toEqual(['attach-partial', '1']);
  expect(run.summary).toContain('| acme/irsi | failed |');
});

test('the pull request says that merging releases, and by which branch', async () => {
  const world = attachWorld();
  const iris = model(world, 'iris', { defaultBranch: 'trunk' });
  await runAttach(world);
  expect(iris.pullRequests[0]?.body).toMatch(
    /Merging releases the model: the merge is a push to `trunk`, and each push to `trunk` runs the tests/,
  );
});

test.each([
  ['two lines', 'ghs_first\nghs_second'],
  ['two words', 'ghs_first ghs_second'],
  ['control characters', 'ghs_first\u0007ghs_second'],
  ['no ASCII', 'ghs_firstéghs_second'],
  ['a key in place of a token', `-----BEGIN KEY-----\n${'ghs_first\n'.repeat(600)}`],
])('a malformed token is masked, and no part of it is shown: %s', async (_, token) => {
  const world = fleet();
  const run = await runAttach(world, { inputs: { token } });
  expect([run.code, world.github.calls]).toEqual(['invalid-inputs', []]);
  const shown = JSON.stringify([run.message, run.log, run.outputs, run.summary, run.report]);
  expect(shown).not.toMatch(/ghs_|BEGIN/);
  expect(run.secrets).toEqual(expect.arrayContaining(token.split('\n').filter((line) => line !== '')));
});
