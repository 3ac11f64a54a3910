import { realClock } from '../clients/clock.ts';
import type { Runner } from '../clients/runner.ts';
import { Cancelled } from '../errors.ts';
import { explain } from './explain.ts';

/** The process around an action, and how it is told to stop. */
export interface Supervised {
  readonly runner: Runner;
  /** Calls back with the signal's name when the run is told to stop. */
  readonly onStop: (stop: (signal: string) => void) => void;
  /** Ends the process when the work does not end by itself after a stop. */
  readonly exit: (code: number) => void;
  /** Resolves after `ms` of real time. */
  readonly grace: (ms: number) => Promise<void>;
}

/** Why a run failed: a stable code, and what people read. */
export type Failure = ReturnType<typeof explain>;

/** The runner sends SIGTERM 7.5 s after SIGINT and kills 2.5 s later: what is to be said must be said by then. Milliseconds. */
export const GRACE_MS = 5_000;

/**
 * The one place that catches. Runs `work` until it ends or, told to stop, until its time is up; `tell` then says what happened,
 * whatever happened.
 */
export async function supervise(
  { runner, onStop, exit, grace }: Supervised,
  work: (signal: AbortSignal) => Promise<unknown>,
  tell: (failure: Failure | undefined) => Promise<void>,
): Promise<void> {
  const stop = new AbortController();
  const stopped = new Promise<never>((_, reject) => {
    onStop((signal) => {
      if (stop.signal.aborted) return;
      runner.info(`${signal}: no further write is started`);
      stop.abort(signal);
      void grace(GRACE_MS).then(() => reject(new Cancelled(signal)));
    });
  });
  await tell(await Promise.race([work(stop.signal), stopped]).then(() => undefined, explain));
  if (stop.signal.aborted) exit(1);
}

/** The run's annotation and its exit code; a user's mistake never shows a stack trace. */
export async function fail(runner: Runner, action: string, { code, message }: Failure): Promise<void> {
  runner.setExitCode(1);
  await runner.error(message, `${action} failed (${code})`);
}

/** This process, as GitHub's runner starts and stops it. */
export const thisProcess: Omit<Supervised, 'runner'> = {
  onStop: (stop) => {
    for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, () => stop(name));
  },
  exit: (code) => process.exit(code),
  grace: (ms) => realClock.sleep(ms),
};
