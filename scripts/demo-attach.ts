import { join } from 'node:path';
import { VirtualClock } from '../local/clock.ts';
import { fetchFor } from '../local/github/fetch.ts';
import { createLocalGitHub, type LocalGitHub } from '../local/github/github.ts';
import { mergePullRequest, pushFiles, seedOwner, seedRepository, seedToken } from '../local/github/seeds.ts';
import { emptyGitHub } from '../local/github/state.ts';
import { attachAction } from '../src/actions/attach.ts';
import { githubRunner, type Runner } from '../src/clients/runner.ts';
import { fleetTools } from '../src/fleet/tools.ts';
import { runAlone } from '../src/run/run-alone.ts';
import { useScratchFolder } from './scratch.ts';

/**
 * An organization of 200 repositories, some of them awkward, brought in sync twice: the second time without one write. It is
 * the real action and the real Octokit against the local GitHub, whose limits are enforced; only time is virtual, so that the
 * seconds between writes need not be waited for.
 */

const scratch = useScratchFolder();
const MODEL = { Dockerfile: 'FROM scratch\n', 'lambda_function.py': 'def handler(event, context): ...\n' };
const RUN_PATH = '.github/workflows/ci_cd.yml';
const DAY_MS = 86_400_000;

function organization(github: LocalGitHub): void {
  const { state } = github;
  seedOwner(state, 'acme');
  const names: string[] = [];
  const model = (name: string, seed: Parameters<typeof seedRepository>[2] = {}) => {
    names.push(`acme/${name}`);
    return seedRepository(state, ['acme', name], { files: MODEL, ...seed });
  };
  for (let n = 1; n <= 178; n += 1) model(`model-${String(n).padStart(3, '0')}`);
  pushFiles(model('edited-by-hand'), 'main', { files: { [RUN_PATH]: 'name: our own pipeline\n' } });
  model('archived-2023', { isArchived: true });
  model('forked-from-upstream', { isFork: true });
  model('model-template', { isTemplate: true });
  model('just-created', { files: {} });
  model('being-migrated', { lockReason: 'MIGRATING' });
  model('proposed-a-year-ago');
  model('said-no');
  model('protected-main', { rules: [{ pattern: 'main', requirePullRequest: true }] });
  for (let n = 1; n <= 12; n += 1) model(`website-${n}`, { files: { 'index.html': '<h1>hello</h1>\n' } });
  seedToken(state, 'demo-token', { repositories: names });
  seedRepository(state, ['acme', 'not-in-the-app'], { files: MODEL, visibility: 'PUBLIC' });
}

/** What earlier runs left behind: a pull request with stubs of an earlier version, and one that people declined. */
async function history(): Promise<void> {
  const silence = { info: () => undefined };
  await bringInSync({ repositories: 'proposed-a-year-ago', source: 'acme/model-release@v0' }, silence);
  await bringInSync({ repositories: 'said-no' }, silence);
  const [declined] = github.state.repositories['acme/said-no']?.pullRequests ?? [];
  if (declined !== undefined) declined.state = 'CLOSED';
  clock.advance(365 * DAY_MS);
}

/** Runs the action as a runner does. Returns the job summary. */
async function bringInSync(
  more: Readonly<Record<string, string>> = {},
  quiet: Partial<Runner> = {},
): Promise<string> {
  const told = { summary: '' };
  const inputs: Readonly<Record<string, string>> = {
    organization: 'acme',
    token: 'demo-token',
    mode: 'apply',
    ...more,
  };
  const runner: Runner = {
    ...githubRunner({
      RUNNER_TEMP: scratch,
      GITHUB_ACTION_REPOSITORY: 'acme/model-release',
      GITHUB_ACTION_REF: 'v1',
    }),
    ...quiet,
    input: (name) => inputs[name],
    secret: async () => undefined,
    output: async () => undefined,
    summary: async (markdown) => void (told.summary += markdown),
    // One repository cannot be attached, so the action fails: partial success is never green.
    error: async (message, title) => runner.info(`\n${title}: ${message}`),
    setExitCode: () => undefined,
  };
  const home = join(import.meta.dirname, '..');
  await runAlone(attachAction, {
    runner,
    onStop: () => undefined,
    exit: () => undefined,
    grace: () => new Promise<never>(() => undefined),
    tools: fleetTools({ clock, home, fetch: fetchFor(github) }),
  });
  return told.summary;
}

/** A day passes, in which people merge some of the pull requests. */
function peopleMerge(count: number): void {
  for (const repository of Object.values(github.state.repositories).slice(0, count)) {
    for (const pull of repository.pullRequests) mergePullRequest(repository, pull);
  }
  clock.advance(DAY_MS);
}

/** GitHub shows the whole table; a terminal is better served by its two ends. */
function shortened(summary: string): string {
  const lines = summary.trimEnd().split('\n');
  if (lines.length <= 30) return lines.join('\n');
  return [...lines.slice(0, 22), `… ${lines.length - 27} more lines …`, ...lines.slice(-5)].join('\n');
}

const clock = new VirtualClock();
const github = createLocalGitHub({
  state: emptyGitHub({ appsSeeViewerPermission: true }),
  clock,
  latencyMs: 250,
});
organization(github);
await history();

for (const [round, title] of ['First run', 'Second run, one day later'].entries()) {
  const callsBefore = github.calls.length;
  const from = clock.now();
  process.stdout.write(`\n=== ${title} ===\n`);
  const summary = await bringInSync();
  const calls = github.calls.slice(callsBefore);
  const opened = calls.filter(({ isWrite }) => isWrite).length;
  process.stdout.write(`\n${shortened(summary)}\n\n`);
  process.stdout.write(
    `${calls.length} requests, ${opened} of them writing, ${calls.filter(({ status }) => status === 403 || status === 429).length} refused by limits, ` +
      `${Math.round((clock.now() - from) / 1000)} virtual seconds\n`,
  );
  if (round === 0) peopleMerge(100);
  // What the second run is there to show.
  else if (opened > 0) process.exitCode = 1;
}
