/** attach on a small fleet that may die at any request, and what must be true of it after all. */
import { CallerProcess } from '../../local/faults.ts';
import { commitsAhead, textAt } from '../../local/github/git-objects.ts';
import { pushFiles } from '../../local/github/seeds.ts';
import { fullName, type Repository } from '../../local/github/state.ts';
import {
  attachWorld,
  CI_PATH,
  ciFor,
  model,
  projectWith,
  ROLLBACK,
  ROLLBACK_PATH,
  runAttach,
  writesOf,
  type Run,
  type World,
} from '../harness/attach-world.ts';

const WANTED = new Set(['acme/new', 'acme/edited', 'acme/half', 'acme/bare-branch', 'acme/last']);
const UPDATED = 'acme/outdated';

/** A small fleet with awkward members: some begun by an earlier run, some that attach must leave alone. */
export async function fleet(): Promise<World> {
  const world = attachWorld({}, { repositories: [...WANTED, UPDATED, 'acme/ruled'] });
  const older = projectWith({ 'ci_cd.yml': 'name: older\n', 'rollback.yml': ROLLBACK });
  model(world, 'outdated');
  await runAttach(world, { home: older, inputs: { repositories: 'outdated' } });
  model(world, 'half', { defaultBranch: 'release/1.0' });
  model(world, 'bare-branch');
  await runAttach(world, { inputs: { repositories: 'half, bare-branch' } });
  interrupted(world, 'half', { keepCommit: true });
  interrupted(world, 'bare-branch', { keepCommit: false });
  model(world, 'new');
  pushFiles(model(world, 'edited'), 'main', { files: { [CI_PATH]: 'name: mine\n' } });
  model(world, 'ruled', { rules: [{ pattern: 'model-release/*', restrictCreation: true }] });
  model(world, 'archived', { isArchived: true, visibility: 'PUBLIC' });
  model(world, 'last', { defaultBranch: 'master' });
  world.github.calls.length = 0;
  // The fleet is a day old: what made it no longer counts against the hour.
  world.clock.advance(86_400_000);
  return world;
}

/** Takes a repository back to what a run leaves that died after the branch, or after its commit. */
function interrupted(world: World, name: string, { keepCommit }: { keepCommit: boolean }): void {
  const repository = world.github.state.repositories[`acme/${name}`];
  const [pull] = repository?.pullRequests.splice(0) ?? [];
  const base = repository?.git.refs[`refs/heads/${repository.defaultBranch}`];
  if (!keepCommit && repository && pull && base) repository.git.refs[`refs/heads/${pull.headRefName}`] = base;
}

/** What is wrong with a repository after all runs; empty when it is as it must be. */
function flaws(repository: Repository): string[] {
  const name = fullName(repository);
  const ownBranch = `refs/heads/${repository.defaultBranch}`;
  const branches = Object.keys(repository.git.refs).filter((ref) => ref !== ownBranch);
  const base = repository.git.refs[ownBranch] ?? '';
  const isMeant = WANTED.has(name) || name === UPDATED;
  if (!isMeant) return branches.length + repository.pullRequests.length === 0 ? [] : [`${name} was touched`];
  const [pull, ...more] = repository.pullRequests;
  const tip = repository.git.refs[`refs/heads/${pull?.headRefName}`];
  if (pull === undefined || tip === undefined || more.length > 0 || branches.length > 1) {
    return [`${name}: ${repository.pullRequests.length} pull requests, ${branches.length} branches`];
  }
  const found: string[] = [];
  const commits = commitsAhead(repository.git, base, tip).length;
  // The outdated one was proposed before, so its update is a second commit on the same pull request.
  if (commits !== (name === UPDATED ? 2 : 1)) found.push(`${name}: ${commits} commits`);
  const isWanted =
    textAt(repository.git, tip, CI_PATH) === ciFor(repository.defaultBranch) &&
    textAt(repository.git, tip, ROLLBACK_PATH) === ROLLBACK;
  if (!isWanted) found.push(`${name}: wrong content`);
  return found;
}

export function allFlaws(world: World): string[] {
  return Object.values(world.github.state.repositories).flatMap(flaws);
}

/** Runs attach in a process of its own; undefined when it died. */
export async function mortalRun(world: World, name: string): Promise<Run | undefined> {
  return new Promise((resolve, reject) => {
    const process = new CallerProcess(name, () => resolve(undefined));
    runAttach(world, { process, inputs: { wave: '2' } }).then(resolve, reject);
  });
}

/** The last word: two more runs, of which the second must not write. Returns what is wrong. */
export async function settle(world: World): Promise<string[]> {
  await runAttach(world);
  const writes = writesOf(world);
  const last = await runAttach(world);
  // The repository that a rule protects is tried again by each run, and is the only one.
  const tried = writesOf(world) - writes;
  const verdict =
    last.code === 'attach-partial' && last.outputs['failed'] === '1' ? [] : [`verdict ${last.code}`];
  return [...allFlaws(world), ...verdict, ...(tried === 1 ? [] : [`${tried} writes in a settled fleet`])];
}
