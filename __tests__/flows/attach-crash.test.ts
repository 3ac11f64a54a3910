import { expect, test } from '@jest/globals';
import type { FaultKind } from '../../local/faults.ts';
import { CallerProcess, FAULT_KINDS } from '../../local/faults.ts';
import { commitsAhead, textAt } from '../../local/github/git-objects.ts';
import { pushFiles } from '../../local/github/seeds.ts';
import { fullName, type Repository } from '../../local/github/state.ts';
import type { Run, World } from './attach-world.ts';
import {
  attachWorld,
  CI,
  CI_PATH,
  model,
  projectWith,
  ROLLBACK,
  ROLLBACK_PATH,
  runAttach,
  writesOf,
} from './attach-world.ts';

/** Some hundred runs of the real client each, on two slow cores. */
const PATIENCE_MS = 120_000;

/** The failure bar for attach: whatever happens at whichever request, running it again ends with one pull request and one commit each. */

const WANTED = new Set(['acme/new', 'acme/edited', 'acme/half', 'acme/bare-branch', 'acme/last']);
const UPDATED = 'acme/outdated';

/** A small fleet with awkward members: some begun by an earlier run, some that attach must leave alone. */
async function fleet(): Promise<World> {
  const world = attachWorld({}, { repositories: [...WANTED, UPDATED, 'acme/ruled'] });
  const older = projectWith({ 'ci_cd.yml': 'name: older\n', 'rollback.yml': ROLLBACK });
  model(world, 'outdated');
  await runAttach(world, { home: older, inputs: { repositories: 'outdated' } });
  model(world, 'half');
  model(world, 'bare-branch');
  await runAttach(world, { inputs: { repositories: 'half, bare-branch' } });
  interrupted(world, 'half', { keepCommit: true });
  interrupted(world, 'bare-branch', { keepCommit: false });
  model(world, 'new');
  pushFiles(model(world, 'edited'), 'main', { files: { [CI_PATH]: 'name: mine\n' } });
  model(world, 'ruled', { rules: [{ pattern: 'model-release/*', restrictCreation: true }] });
  model(world, 'archived', { isArchived: true, visibility: 'PUBLIC' });
  model(world, 'last');
  world.github.calls.length = 0;
  // The fleet is a day old: what made it no longer counts against the hour.
  world.clock.advance(86_400_000);
  return world;
}

/** Takes a repository back to what a run leaves that died after the branch, or after its commit. */
function interrupted(world: World, name: string, { keepCommit }: { keepCommit: boolean }): void {
  const repository = world.github.state.repositories[`acme/${name}`];
  const [pull] = repository?.pullRequests.splice(0) ?? [];
  const main = repository?.git.refs['refs/heads/main'];
  if (!keepCommit && repository && pull && main) repository.git.refs[`refs/heads/${pull.headRefName}`] = main;
}

/** What is wrong with a repository after all runs; empty when it is as it must be. */
function flaws(repository: Repository): string[] {
  const name = fullName(repository);
  const branches = Object.keys(repository.git.refs).filter((ref) => ref !== 'refs/heads/main');
  const main = repository.git.refs['refs/heads/main'] ?? '';
  const isMeant = WANTED.has(name) || name === UPDATED;
  if (!isMeant) return branches.length + repository.pullRequests.length === 0 ? [] : [`${name} was touched`];
  const [pull, ...more] = repository.pullRequests;
  const tip = repository.git.refs[`refs/heads/${pull?.headRefName}`];
  if (pull === undefined || tip === undefined || more.length > 0 || branches.length > 1) {
    return [`${name}: ${repository.pullRequests.length} pull requests, ${branches.length} branches`];
  }
  const found: string[] = [];
  const commits = commitsAhead(repository.git, main, tip).length;
  // The outdated one was proposed before, so its update is a second commit on the same pull request.
  if (commits !== (name === UPDATED ? 2 : 1)) found.push(`${name}: ${commits} commits`);
  const isWanted =
    textAt(repository.git, tip, CI_PATH) === CI && textAt(repository.git, tip, ROLLBACK_PATH) === ROLLBACK;
  if (!isWanted) found.push(`${name}: wrong content`);
  return found;
}

function allFlaws(world: World): string[] {
  return Object.values(world.github.state.repositories).flatMap(flaws);
}

/** Runs attach in a process of its own; undefined when it died. */
async function mortalRun(world: World, name: string): Promise<Run | undefined> {
  return new Promise((resolve, reject) => {
    const process = new CallerProcess(name, () => resolve(undefined));
    runAttach(world, { process, inputs: { wave: '2' } }).then(resolve, reject);
  });
}

/** The last word: two more runs, of which the second must not write. Returns what is wrong. */
async function settle(world: World): Promise<string[]> {
  await runAttach(world);
  const writes = writesOf(world);
  const last = await runAttach(world);
  // The repository that a rule protects is tried again by each run, and is the only one.
  const tried = writesOf(world) - writes;
  const verdict =
    last.code === 'attach-partial' && last.outputs['failed'] === '1' ? [] : [`verdict ${last.code}`];
  return [...allFlaws(world), ...verdict, ...(tried === 1 ? [] : [`${tried} writes in a settled fleet`])];
}

async function requestsOfOneRun(): Promise<number> {
  const world = await fleet();
  await runAttach(world, { inputs: { wave: '2' } });
  expect(allFlaws(world)).toEqual([]);
  return world.github.calls.length;
}

test(
  'every request × every fault: the runs after it end with one pull request and one commit each',
  async () => {
    const requests = await requestsOfOneRun();
    expect(requests).toBeGreaterThanOrEqual(8);
    const broken: string[] = [];
    let runs = 0;
    for (const kind of FAULT_KINDS) {
      for (let at = 1; at <= requests; at += 1) {
        const world = await fleet();
        world.github.faults.add({ kind, at, times: 1 });
        await mortalRun(world, 'first');
        expect(world.github.faults.applied).toHaveLength(1);
        broken.push(...(await settle(world)).map((flaw) => `${kind} at ${at}: ${flaw}`));
        runs += 1;
      }
    }
    expect(broken).toEqual([]);
    expect(runs).toBe(FAULT_KINDS.length * requests);
  },
  PATIENCE_MS,
);

test(
  'the server dies between two mutations of a document',
  async () => {
    const requests = await requestsOfOneRun();
    const broken: string[] = [];
    for (let at = 2; at <= requests; at += 1) {
      for (const after of [0, 1, 2]) {
        const world = await fleet();
        world.github.interruption = { at, after };
        await mortalRun(world, 'first');
        broken.push(...(await settle(world)).map((flaw) => `after ${after} of ${at}: ${flaw}`));
      }
    }
    expect(broken).toEqual([]);
  },
  PATIENCE_MS,
);

test(
  'killed, started again and killed again, at every pair of requests',
  async () => {
    const requests = await requestsOfOneRun();
    const broken: string[] = [];
    const kinds: readonly FaultKind[] = ['crash-before', 'crash-after'];
    for (let first = 1; first <= requests; first += 1) {
      for (let second = 1; second <= requests; second += 1) {
        const world = await fleet();
        const [kind = 'crash-after', other = 'crash-before'] =
          (first + second) % 2 ? kinds : [...kinds].reverse();
        world.github.faults.add({ kind, at: first });
        await mortalRun(world, 'first');
        world.github.faults.add({ kind: other, at: world.github.calls.length + second });
        await mortalRun(world, 'second');
        // A second run with fewer requests than that was not killed at all.
        world.github.faults.clear();
        broken.push(...(await settle(world)).map((flaw) => `${kind} ${first}, ${other} ${second}: ${flaw}`));
      }
    }
    expect(broken).toEqual([]);
  },
  PATIENCE_MS,
);

test('two runs at once', async () => {
  const world = await fleet();
  world.github.latencyMs = 300;
  await Promise.all([mortalRun(world, 'one'), mortalRun(world, 'two')]);
  expect(await settle(world)).toEqual([]);
});

test('a repository that moves between look and write is looked at again, not overwritten', async () => {
  const world = await fleet();
  const moving = world.github.state.repositories['acme/new'];
  if (moving === undefined) throw new Error('the fleet has no acme/new');
  // The branch appears, begun by somebody else's run, after this run has looked.
  const handle = world.github.handle;
  let moved = false;
  world.github.handle = async (request, process) => {
    if (world.github.calls.length === 1 && !moved) {
      moved = true;
      await runAttach({ ...world, github: { ...world.github, handle } }, { inputs: { repositories: 'new' } });
    }
    return handle(request, process);
  };
  const run = await runAttach(world);
  expect(moved).toBe(true);
  expect(run.report?.rows.find(({ name }) => name === 'acme/new')).toMatchObject({
    outcome: 'created',
    pull: { number: 1 },
  });
  expect(allFlaws(world)).toEqual([]);
});
