import { describe, expect, test } from '@jest/globals';
import { createLocalGitHub } from '../../local/github/github.ts';
import { pushFiles, seedOwner, seedRepository, seedToken } from '../../local/github/seeds.ts';
import { doubtful } from './faults/scene.ts';
import { commit, createWorld, FIRST, IRIS, type Finished, type World } from '../harness/world.ts';

/** Three commits in a line; the first is live, released by run 500. */
async function threeCommits(permissions: Parameters<typeof seedToken>[2] = {}) {
  const github = createLocalGitHub();
  seedOwner(github.state, 'acme');
  seedToken(github.state, 'token', { permissions: { contents: 'read' }, ...permissions });
  const repository = seedRepository(github.state, ['acme', 'iris'], { files: { 'model.py': '1' } });
  const commits = [
    repository.git.refs['refs/heads/main'] ?? '',
    pushFiles(repository, 'main', { files: { 'model.py': '2' } }),
    pushFiles(repository, 'main', { files: { 'model.py': '3' } }),
  ] as const;
  const world = createWorld();
  for (const id of commits) world.image(id);
  await world.deploy(FIRST, { commit: commits[0], runId: 500 });
  const inputs = { ...IRIS, 'github-token': 'token' };
  const deploy = (n: 1 | 2, runId: number, more = {}) =>
    world.deploy(inputs, { commit: commits[n], runId, github, ...more });
  const compared = () =>
    github.calls.filter(({ operation }) => operation === 'repos/compare-commits-with-basehead');
  return { github, compared, commits, world, inputs, deploy };
}

const live = (world: World) => world.aws.state.functions['iris']?.aliases['live'];

describe('two merges whose runs have their ids in the other order', () => {
  test('the newer commit is released, and what the record says goes on to order runs', async () => {
    const { compared, commits, world, deploy } = await threeCommits();
    expect((await deploy(1, 602)).result.outcome).toBe('ok');
    expect(compared()).toEqual([]);
    const newer = await deploy(2, 601);
    expect(newer.result).toMatchObject({ outcome: 'ok', after: { commit: commits[2] } });
    expect(newer.result.warnings.join()).toMatch(/By its id run 602 .* GitHub compares commit .*: ahead/);
    expect(live(world)?.description).toMatch(/;op=601\.1\..*;seq=602;/);

    const again = await deploy(1, 602, { attempt: 2 });
    expect(again.result).toMatchObject({
      outcome: 'superseded',
      why: expect.stringMatching(/^run 601 has released after this one\. GitHub compares .*: behind$/),
      error: undefined,
    });
    expect(again.runner.exitCode).toBe(0);
    expect((await deploy(1, 603)).result.outcome).toBe('ok');
  });

  test('the older commit gets there while the newer one is prepared: the newer one is released', async () => {
    const { commits, world, deploy } = await threeCommits();
    let older: Finished | undefined;
    world.aws.beforeCall = async ({ operation }) => {
      if (operation !== 'UpdateAlias' || older !== undefined) return;
      delete world.aws.beforeCall;
      older = await deploy(1, 602);
    };
    const newer = await deploy(2, 601);
    expect(older?.result.outcome).toBe('ok');
    expect(newer.result).toMatchObject({ outcome: 'ok', after: { commit: commits[2] } });
    expect(live(world)?.description).toMatch(/;seq=602;.*;c=/);
  });

  test('the newer commit answers wrongly once it is live: it goes back, as any other', async () => {
    const { commits, world, deploy } = await threeCommits();
    await deploy(1, 602);
    world.image(commits[2], { program: doubtful() });
    const newer = await deploy(2, 601);
    expect(newer.result).toMatchObject({
      outcome: 'rolled-back',
      error: { code: 'not-verified' },
      after: { commit: commits[1] },
    });
  });

  test('a rollback in the same run undoes its release, and one of the run with the larger id does not', async () => {
    const { commits, world, deploy } = await threeCommits();
    await deploy(1, 602);
    await deploy(2, 601);
    const companion = { 'released-by': 'this-run' };
    const other = await world.rollback({ ...IRIS, ...companion }, { runId: 602 });
    expect(other.result).toMatchObject({ outcome: 'ok:noop', changed: false });
    const { result } = await world.rollback({ ...IRIS, ...companion }, { runId: 601 });
    expect(result).toMatchObject({ outcome: 'rolled-back', after: { commit: commits[1] } });
  });

  test('a dry run says what a run would do', async () => {
    const { deploy, inputs, world, commits, github } = await threeCommits();
    await deploy(1, 602);
    const dry = await world.deploy(
      { ...inputs, 'dry-run': 'true' },
      { commit: commits[2], runId: 601, github },
    );
    expect(dry.result).toMatchObject({ outcome: 'ok:noop', why: 'dry run: nothing was changed' });
  });

  test.each<[string, Parameters<typeof seedToken>[2], RegExp]>([
    ['may not read it', { permissions: { deployments: 'write' } }, /GitHub did not compare .*contents: read/],
    ['has expired', { expiresAt: 0 }, /GitHub did not compare .*401/],
  ])('a token that %s: the ids decide, and the reason says what was missing', async (_what, grant, why) => {
    const { commits, deploy } = await threeCommits(grant);
    await deploy(1, 602);
    const { result } = await deploy(2, 601);
    expect(result).toMatchObject({ outcome: 'superseded', before: { commit: commits[1] }, changed: false });
    expect(result.why).toMatch(why);
  });

  test('without a token nothing is asked, and the run is red: the newest commit may be the one that is not live', async () => {
    const { github, compared, commits, world, deploy } = await threeCommits();
    await deploy(1, 602);
    const { result, runner } = await world.deploy(IRIS, { commit: commits[2], runId: 601, github });
    expect(result).toMatchObject({
      outcome: 'superseded',
      changed: false,
      error: {
        code: 'order-unknown',
        message: expect.stringMatching(/contents: read, or .* force: true/) as unknown,
      },
    });
    expect(runner.exitCode).toBe(1);
    expect(result.why).toMatch(/run 602 has released since.*not known, because there is no github-token/);
    expect(compared()).toEqual([]);
  });

  test('what was rolled back stays out, whatever the history says', async () => {
    const { compared, world, deploy, commits } = await threeCommits();
    await deploy(2, 601);
    await world.rollback(IRIS, { event: 'workflow_dispatch', runId: 700 });
    const late = await deploy(2, 601, { attempt: 2 });
    expect(late.result).toMatchObject({ outcome: 'superseded', before: { commit: commits[0] } });
    expect(compared()).toEqual([]);
  });
});

describe('a move to another server', () => {
  const ghe = { GITHUB_SERVER_URL: 'https://ghe.example.com' };

  async function moved() {
    const world = createWorld();
    for (const n of [1, 2, 3, 4, 5]) world.image(commit(n));
    await world.deploy(FIRST, { commit: commit(1), runId: 7_000_000_500 });
    const first = await world.deploy(IRIS, { commit: commit(2), runId: 41, env: ghe });
    return { world, first };
  }

  test('its first run takes over with a warning, and its ids count from there on', async () => {
    const { world, first } = await moved();
    expect(first.result).toMatchObject({ outcome: 'ok', after: { commit: commit(2) } });
    expect(first.result.warnings.join()).toMatch(/another repository or server \(run 7000000500 there\)/);
    const next = await world.deploy(IRIS, { commit: commit(3), runId: 42, env: ghe });
    expect(next.result).toMatchObject({ outcome: 'ok', warnings: [] });
    const late = await world.deploy(IRIS, { commit: commit(2), runId: 41, attempt: 2, env: ghe });
    expect(late.result.outcome).toBe('superseded');
  });

  test('the old one does not take it back unless somebody says so, and then the new one does not either', async () => {
    const { world } = await moved();
    const old = await world.deploy(IRIS, { commit: commit(3), runId: 7_000_000_601 });
    expect(old.result).toMatchObject({ outcome: 'failed', error: { code: 'taken-over' }, changed: false });
    expect(old.runner.exitCode).toBe(1);
    expect(live(world)?.functionVersion).toBe('2');
    const forced = await world.deploy(
      { ...IRIS, force: 'true' },
      { commit: commit(3), runId: 7_000_000_602 },
    );
    expect(forced.result).toMatchObject({
      outcome: 'ok',
      warnings: [expect.stringMatching(/takes it over/)],
    });
    const ping = await world.deploy(IRIS, { commit: commit(4), runId: 43, env: ghe });
    expect(ping.result.error?.code).toBe('taken-over');
    expect((await world.deploy(IRIS, { commit: commit(5), runId: 7_000_000_603 })).result.outcome).toBe('ok');
  });

  test('one that is under way when the alias is taken over ends red and writes nothing', async () => {
    const world = createWorld();
    for (const n of [1, 2, 3]) world.image(commit(n));
    await world.deploy(FIRST, { commit: commit(1), runId: 7_000_000_500 });
    world.aws.beforeCall = async ({ operation }) => {
      if (operation !== 'UpdateAlias') return;
      delete world.aws.beforeCall;
      await world.deploy(IRIS, { commit: commit(2), runId: 41, env: ghe });
    };
    const { result } = await world.deploy(IRIS, { commit: commit(3), runId: 7_000_000_501 });
    expect(result).toMatchObject({ outcome: 'failed', error: { code: 'taken-over' } });
    expect(live(world)?.description).toMatch(/;op=41\.1\./);
  });

  test('a rollback from another repository is no take-over: the next release needs nothing', async () => {
    const { world } = await moved();
    const operations = { ...ghe, GITHUB_REPOSITORY: 'acme/operations' };
    const event = 'workflow_dispatch';
    const back = await world.rollback(IRIS, { event, runId: 7, env: operations });
    expect(back.result).toMatchObject({ outcome: 'rolled-back', after: { version: '1' } });
    const retry = await world.deploy(IRIS, { commit: commit(2), runId: 41, attempt: 2, env: ghe });
    expect(retry.result.outcome).toBe('superseded');
    const next = await world.deploy(IRIS, { commit: commit(3), runId: 42, env: ghe });
    expect(next.result).toMatchObject({ outcome: 'ok', warnings: [] });
  });

  test('a repository with another name and the same id is the same', async () => {
    const world = createWorld();
    for (const n of [1, 2]) world.image(commit(n));
    const env = { GITHUB_REPOSITORY_ID: '17' };
    await world.deploy(FIRST, { commit: commit(1), runId: 5, env });
    const renamed = { ...env, GITHUB_REPOSITORY: 'acme/flowers' };
    const late = await world.deploy(IRIS, { commit: commit(2), runId: 4, env: renamed });
    expect(late.result.outcome).toBe('superseded');
  });
});
