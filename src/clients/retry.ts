/** The one place that tries again. A policy says what passes by itself; this says how often, for how long, and that it waits. */
import type { Log } from './log.ts';
import type { Clock } from './clock.ts';

/** Why an attempt is worth repeating, and when. */
export interface Pause {
  /** Milliseconds until the next attempt. */
  readonly ms: number;
  /** Said in the log, as a clause: `Lambda UpdateAlias: TooManyRequestsException`. Undefined: said before. */
  readonly why?: string | undefined;
  /** Failures of this kind may go on for this long, in place of the policy's budget. Milliseconds. */
  readonly budgetMs?: number;
}

export interface RetryPolicy {
  /** Attempts in all, the first one included; without a number the budget alone is the bound. */
  readonly attempts?: number;
  /** No attempt begins later than this after the first one, whatever a service asks to wait. Milliseconds. */
  readonly budgetMs: number;
  /** The pause after a failure that passes by itself; undefined for one that does not. */
  readonly passes: (error: unknown, attempt: number) => Pause | undefined;
  /** What is thrown when attempts or budget are used up; the last failure itself where this is left out. */
  readonly givenUp?: (error: unknown) => unknown;
  /** Waits in place of the clock and says why by itself, also after a stop signal. What it throws ends the attempts. */
  readonly wait?: (pause: Pause) => Promise<void>;
}

export interface RetryTools {
  readonly clock: Clock;
  /** Aborted when the run is told to stop: nothing is tried again after that. */
  readonly signal: AbortSignal;
  readonly log: Pick<Log, 'info'>;
}

/**
 * Runs `attempt` until it succeeds, fails for good, or the policy's bounds are reached.
 * @throws the last failure, or what `givenUp` makes of it.
 */
export async function retry<T>(
  { clock, signal, log }: RetryTools,
  { attempts = Number.POSITIVE_INFINITY, budgetMs, passes, givenUp, wait }: RetryPolicy,
  attempt: (number: number) => Promise<T>,
): Promise<T> {
  const started = clock.now();
  for (let number = 1; ; number += 1) {
    try {
      return await attempt(number);
    } catch (error) {
      const pause = passes(error, number);
      if (pause === undefined || (signal.aborted && wait === undefined)) throw error;
      const isOver = number >= attempts || clock.now() + pause.ms - started > (pause.budgetMs ?? budgetMs);
      if (isOver) throw givenUp?.(error) ?? error;
      if (wait !== undefined) {
        await wait(pause);
        continue;
      }
      if (pause.why !== undefined)
        log.info(`${pause.why}; trying again in ${(pause.ms / 1000).toFixed(1)} s`);
      await clock.sleep(pause.ms, signal);
      if (signal.aborted) throw error;
    }
  }
}

/**
 * Runs `round` up to `rounds` times until it gives a value: for work that others may undo between two calls.
 * @returns undefined when no round gave one.
 */
export async function inRounds<T>(
  rounds: number,
  round: (number: number) => Promise<T | undefined>,
): Promise<T | undefined> {
  for (let number = 1; number <= rounds; number += 1) {
    const value = await round(number);
    if (value !== undefined) return value;
  }
  return undefined;
}

const FIRST_DELAY_MS = 200;
const LONGEST_DELAY_MS = 10_000;

/** Exponential with jitter; what a service asks to wait is a lower bound. Milliseconds. */
export function backoff(
  { random }: { readonly random: () => number },
  attempt: number,
  failure?: { readonly retryAfterMs?: number },
): number {
  const ceiling = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** (attempt - 1));
  const jittered = Math.round(ceiling * (0.5 + random() / 2));
  return Math.max(jittered, failure?.retryAfterMs ?? 0);
}
