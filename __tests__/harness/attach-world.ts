import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { VirtualClock } from '../../local/clock.ts';
import { CallerProcess } from '../../local/faults.ts';
import { fetchFor } from '../../local/github/fetch.ts';
import type { LocalGitHub } from '../../local/github/github.ts';
import { createLocalGitHub } from '../../local/github/github.ts';
import type { RepositorySeed } from '../../local/github/seeds.ts';
import { seedOwner, seedRepository, seedToken } from '../../local/github/seeds.ts';
import type { Grant, Repository, Settings } from '../../local/github/state.ts';
import { emptyGitHub } from '../../local/github/state.ts';
import { attachAction } from '../../src/actions/attach.ts';
import type { AttachResult } from '../../src/fleet/result.ts';
import { fleetTools } from '../../src/fleet/tools.ts';
import { runAlone } from '../../src/run/run-alone.ts';
import { MODEL } from './fixtures.ts';
import { memoryRunner, type MemoryRunner } from './runner.ts';
import { expectAnnounced, watchingWrites, type SentWrite } from './attach-announced.ts';

const on = (branch: string) => `on: { push: { branches: [${branch}] } }\n`;
const call = (workflow: string) => `jobs:\n  job:\n    uses: ${workflow}\n`;
/** The stubs as this project holds them ... */
const STUBS = {
  'ci_cd.yml': `name: ci_cd\n${on('$default-branch')}${call('OWNER/model-release/.github/workflows/release.yml@v1')}`,
  'rollback.yml': `name: rollback\n${call('OWNER/model-release/.github/workflows/rollback.yml@v1')}`,
};
/** ... and as repositories receive them; `branch` is what YAML and GitHub read the default branch's name from. */
export const ciFor = (branch: string) =>
  `name: ci_cd\n${on(branch)}${call('tools/release/.github/workflows/release.yml@v1.2')}`;
export const CI = ciFor('main');
export const ROLLBACK = `name: rollback\n${call('tools/release/.github/workflows/rollback.yml@v1.2')}`;
export const CI_PATH = '.github/workflows/ci_cd.yml';
export const ROLLBACK_PATH = '.github/workflows/rollback.yml';
export interface World {
  readonly github: LocalGitHub;
  readonly clock: VirtualClock;
  /** The project's folder, with the workflows that repositories receive. */
  readonly home: string;
}

export function attachWorld(settings: Partial<Settings> = {}, grant: Partial<Grant> = {}): World {
  const clock = new VirtualClock();
  const github = createLocalGitHub({ state: emptyGitHub(settings), clock });
  seedOwner(github.state, 'acme');
  seedToken(github.state, 'app-token', grant);
  const home = projectWith(STUBS);
  return { github, clock, home };
}

/** A project folder whose `workflows/` hold these files. */
export function projectWith(workflows: Readonly<Record<string, string>>): string {
  const home = mkdtempSync(join(tmpdir(), 'attach-'));
  for (const [name, text] of Object.entries(workflows)) {
    const path = join(home, 'workflows', name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
  return home;
}

export function model({ github }: World, name: string, seed: RepositorySeed = {}): Repository {
  return seedRepository(github.state, ['acme', name], { files: MODEL, ...seed });
}

export interface Run {
  /** As read from the JSON artifact. */
  readonly report: AttachResult | undefined;
  /** The code that the run failed with; undefined when it did not. */
  readonly code: string | undefined;
  readonly message: string;
  readonly outputs: Readonly<Record<string, string>>;
  readonly summary: string;
  readonly log: readonly string[];
  readonly exitCode: number;
  /** What was masked. */
  readonly secrets: readonly string[];
}

export interface RunOptions {
  readonly inputs?: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
  readonly process?: CallerProcess;
  readonly home?: string;
  /** The run is told to stop before it begins. */
  readonly stopped?: boolean;
}

/**
 * One run of attach as a runner starts it. A process that dies leaves the promise unsettled, as in life. Of every run it is checked
 * that its writes are those that it announced before the first of them.
 */
export async function runAttach(world: World, options: RunOptions = {}): Promise<Run> {
  const runner = attachRunner(options);
  const writes: SentWrite[] = [];
  const sent = (write: SentWrite) => writes.push({ ...write, announced: [...runner.lines] });
  const caller = options.process ?? new CallerProcess();
  const network = watchingWrites(fetchFor(world.github, caller), world.github.state, sent);
  const result = await runAlone(attachAction, {
    runner,
    onStop: (stop) => (options.stopped === true ? stop('SIGTERM') : undefined),
    exit: () => undefined,
    grace: () => new Promise<never>(() => undefined),
    tools: fleetTools({ clock: world.clock, home: options.home ?? world.home, fetch: network }),
  });
  const failure = runner.annotations.find(({ level }) => level === 'error');
  const code = /^attach failed \((.+)\)$/.exec(failure?.title ?? '')?.[1];
  if (code === 'defect') throw new Error(failure?.message);
  expectAnnounced(writes, result);
  const path = runner.outputs['report'];
  const report = path === undefined ? undefined : (JSON.parse(readFileSync(path, 'utf8')) as AttachResult);
  const { outputs, summaryText: summary, lines: log, exitCode, secrets } = runner;
  return { report, code, message: failure?.message ?? '', outputs, summary, log, exitCode, secrets };
}

export function attachRunner({ inputs, env }: RunOptions = {}): MemoryRunner {
  const given = { organization: 'acme', token: 'app-token', mode: 'apply', ...inputs };
  return memoryRunner(given, {
    RUNNER_TEMP: mkdtempSync(join(tmpdir(), 'attach-run-')),
    GITHUB_ACTION_REPOSITORY: 'tools/release',
    GITHUB_ACTION_REF: 'v1.2',
    ...env,
  });
}

/** Name → outcome and reason, of the rows a run wrote to its artifact. */
export function outcomes(report: { rows: AttachResult['rows'] } | undefined): Record<string, string> {
  return Object.fromEntries(
    (report?.rows ?? []).map(({ name, outcome }) => [name.replace('acme/', ''), outcome]),
  );
}

export function writesOf({ github }: World): number {
  return github.calls.filter(({ isWrite }) => isWrite).length;
}
