import { describe, expect, test } from '@jest/globals';
import { createLocalGitHub } from '../../local/github/github.ts';
import { pushFiles, seedOwner, seedRepository, seedToken } from '../../local/github/seeds.ts';
import { createWorld, FIRST, IRIS } from '../harness/world.ts';

/** A repository of two commits, both to be released, and a token that may show it. */
function shown(permission: 'read' | 'write' = 'write') {
  const github = createLocalGitHub();
  seedOwner(github.state, 'acme');
  seedToken(github.state, 'token', { permissions: { contents: 'read', deployments: permission } });
  const repository = seedRepository(github.state, ['acme', 'iris'], { files: { 'model.py': '1' } });
  const commits = [
    repository.git.refs['refs/heads/main'] ?? '',
    pushFiles(repository, 'main', { files: { 'model.py': '2' } }),
  ] as const;
  const world = createWorld();
  for (const id of commits) world.image(id);
  const inputs = { environment: 'prod', 'github-token': 'token' };
  return { github, repository, commits, world, inputs };
}

test('each release, and the way back from it with its reason, is a deployment of its commit', async () => {
  const { repository, commits, world, inputs, github } = shown();
  for (const commit of commits) await world.deploy({ ...FIRST, ...inputs }, { commit, github });
  const reason = 'accuracy dropped';
  const back = await world.rollback({ ...IRIS, ...inputs, reason }, { event: 'workflow_dispatch', github });
  expect(back.result).toMatchObject({ outcome: 'rolled-back', warnings: [] });
  expect(
    repository.deployments.map(({ sha, environment, description, statuses }) => [
      sha,
      environment,
      description,
      statuses.map(({ state }) => state),
    ]),
  ).toEqual([
    [commits[0], 'prod', 'iris serves version 1 behind live', ['success', 'inactive']],
    [commits[1], 'prod', 'iris serves version 2 behind live', ['success', 'inactive']],
    [commits[0], 'prod', 'iris serves version 1 behind live: accuracy dropped', ['success']],
  ]);
});

test('a release that nothing proved says so on its deployment', async () => {
  const { repository, commits, world, inputs, github } = shown();
  await world.deploy({ ...FIRST, ...inputs, samples: 'none' }, { commit: commits[0], github });
  expect(repository.deployments[0]?.description).toBe(
    'iris serves version 1 behind live: nothing proved this release: it has neither tests nor samples',
  );
});

test('a token that may not show it: a warning, and the way back is as good as without', async () => {
  const { repository, commits, world, inputs, github } = shown('read');
  for (const commit of commits) await world.deploy(FIRST, { commit });
  const back = await world.rollback({ ...IRIS, ...inputs }, { event: 'workflow_dispatch', github });
  expect(back.result).toMatchObject({ outcome: 'rolled-back', error: undefined, after: { version: '1' } });
  expect(back.result.warnings.join()).toMatch(/record the deployment on GitHub.*needs deployments: write/);
  expect(back.runner.exitCode).toBe(0);
  expect(repository.deployments).toEqual([]);
});

test('without a token GitHub is not asked', async () => {
  const { github, commits, world } = shown();
  for (const commit of commits) await world.deploy({ ...FIRST, environment: 'prod' }, { commit, github });
  await world.rollback({ ...IRIS, environment: 'prod' }, { event: 'workflow_dispatch', github });
  expect(github.calls).toEqual([]);
});

describe('GitHub limits every request, for as long as anybody asks', () => {
  test.each([
    ['with a time to wait', 7],
    ['without one', undefined],
  ])(
    '%s: a minute later the release and the way back have their outputs, and a warning',
    async (_, seconds) => {
      const { github, commits, world, inputs } = shown();
      for (const commit of commits) await world.deploy(FIRST, { commit });
      const retryAfter = seconds === undefined ? {} : { retryAfterSeconds: seconds };
      github.faults.add({ kind: 'throttle', times: null, ...retryAfter });
      const back = world.rollback.bind(world, { ...IRIS, ...inputs }, { event: 'workflow_dispatch', github });
      const on = world.deploy.bind(
        world,
        { ...IRIS, ...inputs },
        { commit: commits[1], runId: 9000, github },
      );
      for (const [run, outcome] of [
        [back, 'rolled-back'],
        [on, 'ok'],
      ] as const) {
        const startedAt = world.aws.now();
        const { result, runner } = await run();
        expect(result).toMatchObject({ outcome, error: undefined });
        expect(result.warnings).toEqual([
          expect.stringMatching(
            /record the deployment on GitHub: its rate limit requires a longer wait.*release itself is not affected/,
          ),
        ]);
        expect([runner.exitCode, runner.outputs['outcome']]).toEqual([0, outcome]);
        expect(world.aws.now() - startedAt).toBeLessThan(70_000);
      }
    },
  );
});

test('told to stop while GitHub makes it wait: GitHub is not asked again, and the release is one', async () => {
  const { github, commits, world, inputs } = shown();
  let stop: ((signal: string) => void) | undefined;
  const matches = () => (stop?.('SIGTERM'), true);
  github.faults.add({ kind: 'throttle', times: null, retryAfterSeconds: 2, matches });
  const run = { commit: commits[0], github, onStop: (tell: (signal: string) => void) => void (stop = tell) };
  const { result } = await world.deploy({ ...FIRST, ...inputs }, run);
  expect(result).toMatchObject({ outcome: 'ok', error: undefined });
  expect(result.warnings.join()).toMatch(/record the deployment on GitHub: The run was stopped by SIGTERM/);
  expect(github.calls).toHaveLength(1);
});
