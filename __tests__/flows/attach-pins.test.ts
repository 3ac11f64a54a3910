/** Renovate and Dependabot pin what the stubs call: the same version is in sync, and its pin is never taken back. */
import { expect, test } from '@jest/globals';
import { textAt } from '../../local/github/git-objects.ts';
import { mergePullRequest, pushFiles } from '../../local/github/seeds.ts';
import {
  attachWorld,
  CI,
  CI_PATH,
  model,
  outcomes,
  projectWith,
  ROLLBACK,
  ROLLBACK_PATH,
  runAttach,
  writesOf,
} from '../harness/attach-world.ts';

const PINNED = CI.replace('@v1.2', `@${'a'.repeat(40)} # v1.2.0`);

test.each([
  ['a commit', PINNED],
  ['an exact tag', CI.replace('@v1.2', '@v1.2.7')],
])('a stub that a bot pinned to %s of its version is neither red nor taken back', async (_, pinned) => {
  const world = attachWorld();
  const iris = model(world, 'iris');
  await runAttach(world);
  const [pull] = iris.pullRequests;
  if (pull) mergePullRequest(iris, pull);
  pushFiles(iris, 'main', { files: { [CI_PATH]: pinned } });
  const before = world.github.calls.length;
  const check = await runAttach(world, { inputs: { mode: 'check' } });
  expect([outcomes(check.report), check.code]).toEqual([{ iris: 'in-sync' }, undefined]);
  // The file is read by one more request; what is byte for byte as wanted never is.
  expect(world.github.calls.length - before).toBe(2);
  const apply = await runAttach(world);
  expect([outcomes(apply.report), writesOf(world)]).toEqual([{ iris: 'in-sync' }, 1]);
});

test('a pin of another version, and an edit beside a pin, are edits', async () => {
  const world = attachWorld();
  const other = CI.replace('@v1.2', `@${'a'.repeat(40)} # v1.3.0`);
  pushFiles(model(world, 'other'), 'main', { files: { [CI_PATH]: other, [ROLLBACK_PATH]: ROLLBACK } });
  pushFiles(model(world, 'edited'), 'main', {
    files: { [CI_PATH]: `${PINNED}# mine\n`, [ROLLBACK_PATH]: ROLLBACK },
  });
  const check = await runAttach(world, { inputs: { mode: 'check' } });
  expect(check.report?.rows.map(({ changes }) => changes[0]?.state)).toEqual(['edited', 'edited']);
});

test('a pinned stub of an earlier version is brought up to date, and no edit', async () => {
  const world = attachWorld();
  const iris = model(world, 'iris');
  pushFiles(iris, 'main', { files: { [CI_PATH]: CI, [ROLLBACK_PATH]: ROLLBACK } });
  const oid = Object.entries(iris.git.objects).find(
    ([, object]) => object.type === 'blob' && object.base64 === Buffer.from(CI).toString('base64'),
  )?.[0];
  pushFiles(iris, 'main', { files: { [CI_PATH]: PINNED } });
  const newer = `${CI}# new\n`;
  const home = projectWith({
    'ci_cd.yml': newer,
    'rollback.yml': ROLLBACK,
    'earlier-versions.json': JSON.stringify({ 'ci_cd.yml': [oid] }),
  });
  const run = await runAttach(world, { home, inputs: { 'local-edits': 'keep' } });
  expect(run.report?.rows[0]).toMatchObject({ outcome: 'created', changes: [{ state: 'outdated' }] });
  const head = iris.git.refs[`refs/heads/${iris.pullRequests[0]?.headRefName}`] ?? '';
  expect(textAt(iris.git, head, CI_PATH)).toBe(newer);
});
