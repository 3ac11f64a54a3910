import { expect, test } from '@jest/globals';
import { textAt } from '../../local/github/git-objects.ts';
import { mergePullRequest } from '../../local/github/seeds.ts';
import { attachWorld, CI_PATH, ciFor, model, outcomes, runAttach } from '../harness/attach-world.ts';

test('the stub starts with pushes to the default branch of its repository, whatever that is called', async () => {
  const world = attachWorld();
  const items = { main: 'main', master: 'master', 'release/1.0': 'release/1.0', 'c++': String.raw`'c\+\+'` };
  const repositories = Object.keys(items).map((branch, n) =>
    model(world, `m${n}`, { defaultBranch: branch }),
  );
  const first = await runAttach(world);
  expect([first.outputs['changed'], world.github.calls.length]).toEqual(['4', 1 + 4]);
  const held = repositories.map((repository) => {
    const [pull] = repository.pullRequests;
    if (pull) mergePullRequest(repository, pull);
    const head = repository.git.refs[`refs/heads/${repository.defaultBranch}`] ?? '';
    return textAt(repository.git, head, CI_PATH);
  });
  expect(held).toEqual(Object.values(items).map(ciFor));
  const check = await runAttach(world, { inputs: { mode: 'check' } });
  expect([check.outputs['in-sync'], check.code]).toEqual(['4', undefined]);
  // One look at all of them, as before: the default branch is part of the answer.
  expect(world.github.calls).toHaveLength(1 + 4 + 1);
});

test('a stub for another default branch is an earlier version: the branch was renamed', async () => {
  const world = attachWorld();
  const iris = model(world, 'iris');
  await runAttach(world);
  const [pull] = iris.pullRequests;
  if (pull) mergePullRequest(iris, pull);
  iris.git.refs['refs/heads/trunk'] = iris.git.refs['refs/heads/main'] ?? '';
  delete iris.git.refs['refs/heads/main'];
  iris.defaultBranch = 'trunk';
  const check = await runAttach(world, { inputs: { mode: 'check' } });
  expect([outcomes(check.report), check.code]).toEqual([{ iris: 'to-create' }, 'attach-drift']);
  expect(check.report?.rows[0]).toMatchObject({
    reason: '',
    changes: [{ path: CI_PATH, state: 'outdated' }],
  });

  // Who keeps local edits is no exception, for this is none.
  const run = await runAttach(world, { inputs: { 'local-edits': 'keep' } });
  const renamed = iris.pullRequests.at(-1);
  expect([outcomes(run.report), renamed?.baseRefName]).toEqual([{ iris: 'created' }, 'trunk']);
  expect(renamed?.body).not.toContain('WARNING');
  const head = iris.git.refs[`refs/heads/${renamed?.headRefName}`] ?? '';
  expect(textAt(iris.git, head, CI_PATH)).toBe(ciFor('trunk'));
  expect(outcomes((await runAttach(world)).report)).toEqual({ iris: 'open' });
});
