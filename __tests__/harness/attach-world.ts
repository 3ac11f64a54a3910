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
import { attach } from '../../src/actions/attach.ts';
import type { Runner } from '../../src/clients/runner.ts';
import { UserError } from '../../src/errors.ts';
import type { AttachReport } from '../../src/report/attach-summary.ts';
import { MODEL } from './fixtures.ts';

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
  /** As read from the JSON artifact; undefined when the run ended before there was anything to tell. */
  readonly report: AttachReport | undefined;
  /** The UserError's code, if the run ended with one. */
  readonly code: string | undefined;
  readonly message: string;
  readonly outputs: Readonly<Record<string, string>>;
  readonly summary: string;
  readonly log: readonly string[];
}

export interface RunOptions {
  readonly inputs?: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
  readonly process?: CallerProcess;
  readonly home?: string;
  readonly signal?: AbortSignal;
}

/** One run of attach as a runner starts it. A process that dies leaves the promise unsettled, as in life. */
export async function runAttach(world: World, options: RunOptions = {}): Promise<Run> {
  const told = recordingRunner(
    {
      organization: 'acme',
      token: 'app-token',
      mode: 'apply',
      ...options.inputs,
    },
    options.env,
  );
  let failure: UserError | undefined;
  try {
    await attach({
      runner: told.runner,
      clock: world.clock,
      home: options.home ?? world.home,
      signal: options.signal ?? new AbortController().signal,
      fetch: fetchFor(world.github, options.process ?? new CallerProcess()),
    });
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    failure = error;
  }
  // The artifact is there whatever the verdict.
  const path = told.outputs['report'];
  const report = path === undefined ? undefined : (JSON.parse(readFileSync(path, 'utf8')) as AttachReport);
  return { report, code: failure?.code, message: failure?.message ?? '', ...told };
}

function recordingRunner(inputs: Readonly<Record<string, string>>, env: RunOptions['env']) {
  const outputs: Record<string, string> = {};
  const log: string[] = [];
  const told = { outputs, log, summary: '' };
  const runner: Runner = {
    env: {
      RUNNER_TEMP: mkdtempSync(join(tmpdir(), 'attach-run-')),
      GITHUB_ACTION_REPOSITORY: 'tools/release',
      GITHUB_ACTION_REF: 'v1.2',
      ...env,
    },
    input: (name) => inputs[name] || undefined,
    info: (line) => void log.push(line),
    startGroup: (name) => void log.push(name),
    endGroup: () => undefined,
    warning: async (message) => void log.push(message),
    error: async (message) => void log.push(message),
    secret: async () => undefined,
    output: async (name, value) => void (outputs[name] = value),
    summary: async (markdown) => void (told.summary += markdown),
    setExitCode: () => undefined,
  };
  return Object.assign(told, { runner });
}

/** Name → outcome and reason, of the rows a run wrote to its artifact. */
export function outcomes(report: { rows: AttachReport['rows'] } | undefined): Record<string, string> {
  return Object.fromEntries(
    (report?.rows ?? []).map(({ name, outcome }) => [name.replace('acme/', ''), outcome]),
  );
}

export function writesOf({ github }: World): number {
  return github.calls.filter(({ isWrite }) => isWrite).length;
}
