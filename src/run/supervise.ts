import { realClock } from '../clients/clock.ts';
import type { Runner } from '../clients/runner.ts';
import { stdout } from '../clients/stdout.ts';
import { CutOff } from '../errors.ts';

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

/** How work is told to stop. */
export interface Stop {
  /** Aborted with the signal's name: no further write is started. */
  readonly signal: AbortSignal;
  /** Rejects with CutOff when the time after the signal is up: whatever is under way is abandoned. */
  readonly cutOff: Promise<never>;
}

/** The runner sends SIGTERM 7.5 s after SIGINT and kills 2.5 s later: what is to be said must be said by then. Milliseconds. */
export const GRACE_MS = 5_000;

/** How long a reader of the log may take over the last lines. Milliseconds. */
const DRAIN_MS = 500;

/** Does `work` until it ends by itself or its time after a stop signal is up; `finish` then says what happened, whatever happened. */
export async function supervise<T>(
  { runner, onStop, exit, grace }: Supervised,
  work: (stop: Stop) => Promise<T>,
  finish: (ended: T) => Promise<void>,
): Promise<T> {
  const told = new AbortController();
  const cutOff = new Promise<never>((_, reject) => {
    onStop((signal) => {
      if (told.signal.aborted) return;
      runner.info(`${signal}: no further write is started`);
      told.abort(signal);
      void grace(GRACE_MS).then(() => reject(new CutOff(signal)));
    });
  });
  // It may be that nothing waits for it.
  cutOff.catch(() => undefined);
  const ended = await work({ signal: told.signal, cutOff });
  await finish(ended);
  if (!told.signal.aborted) return ended;
  // A slow reader gets the last lines, for as long as there is time.
  const draining = stdout.drained();
  if (draining !== undefined) await Promise.race([draining, grace(DRAIN_MS)]);
  exit(1);
  return ended;
}

/** This process, as GitHub's runner starts and stops it. */
export const thisProcess: Omit<Supervised, 'runner'> = {
  onStop: (stop) => {
    for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, () => stop(name));
  },
  exit: (code) => process.exit(code),
  grace: (ms) => realClock.sleep(ms),
};
