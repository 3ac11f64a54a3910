import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { realClock, type Clock } from '../clients/clock.ts';
import { createGitHub, type GitHubClient } from '../clients/github.ts';
import type { Log } from '../clients/log.ts';
import type { AttachInputs } from '../inputs/attach-inputs.ts';
import { runUrlOf } from '../inputs/identity.ts';
import type { LoneSettings } from '../run/run-alone.ts';
import type { StepRunner } from '../run/session.ts';

/** What attach acts with. */
export interface FleetTools {
  readonly github: GitHubClient;
  readonly clock: Clock;
  readonly log: Log;
  /** Aborted when the run is told to stop: no further write is begun. */
  readonly signal: AbortSignal;
  /** When the run began, and the time after which no write is begun: ms since the epoch. */
  readonly startedAt: number;
  readonly deadline: number;
  /** The folder of this project: its `workflows/` are what repositories receive unless another folder is given. */
  readonly home: string;
  /** The page of this run; empty outside GitHub. */
  readonly runUrl: string;
}

export type FleetSession = StepRunner<FleetTools>;

/** What differs between a runner, a test and a laptop. */
export interface FleetToolParts {
  readonly clock: Clock;
  readonly home: string;
  /** Replaces the network. */
  readonly fetch?: typeof fetch;
}

export function mayWrite({ mode, dryRun }: Pick<AttachInputs, 'mode' | 'dryRun'>): boolean {
  return mode === 'apply' && !dryRun;
}

export function fleetTools({ clock, home, fetch: network }: FleetToolParts) {
  return async (inputs: AttachInputs, settings: LoneSettings): Promise<FleetTools> => {
    const { env, log, signal, permits } = settings;
    const startedAt = clock.now();
    const deadline = startedAt + inputs.minutes * 60_000;
    const github = await createGitHub({
      token: inputs.token,
      clock,
      apiUrl: env['GITHUB_API_URL'],
      fetch: network,
      env,
      identifiesRun: true,
      readOnly: !mayWrite(inputs),
      beforeWrite: () => permits.check('github:pull-request'),
      deadline,
      signal,
      onWait: (ms, why) => log.info(`waiting ${Math.ceil(ms / 1000)} s: ${why}`),
    });
    return { github, clock, log, signal, startedAt, deadline, home, runUrl: runUrlOf(env) };
  };
}

/** The tools of attach on GitHub's runner. */
export async function runnerTools(inputs: AttachInputs, settings: LoneSettings): Promise<FleetTools> {
  const home = projectFolder(process.argv[1] ?? '.');
  return fleetTools({ clock: realClock, home })(inputs, settings);
}

/** The folder of this project above the file that was started: a bundler gives no other dependable way to it. */
function projectFolder(entry: string): string {
  for (let folder = dirname(entry); ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'attach', 'action.yml'))) return folder;
    if (folder === dirname(folder)) return dirname(entry);
  }
}
