import { Cancelled, UserError } from '../errors.ts';
import type { Clock } from './clock.ts';
import type { RetryTools } from './retry.ts';

export interface Wait {
  /** Completes "waited … for": `iris to take the new image`. */
  readonly what: string;
  readonly budgetMs: number;
  /** Even pauses, where the moment it happens is measured. Milliseconds. */
  readonly pauseMs?: number;
  /** What to do when it does not happen; a full sentence. */
  readonly fix?: string;
}

const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 5_000;
const GROWTH = 1.6;

/**
 * Calls `probe` until it gives a value. The first call comes at once; the pauses grow from a quarter of a second to five
 * seconds, so that a short wait ends soon and a long one costs few calls.
 * @throws UserError `timed-out` when the budget is used up; Cancelled on the stop signal.
 */
export async function waitFor<T>(
  tools: RetryTools,
  { what, budgetMs, pauseMs, fix }: Wait,
  probe: () => Promise<T | undefined>,
): Promise<T> {
  const started = tools.clock.now();
  let said = started;
  const growth = pauseMs === undefined ? GROWTH : 1;
  for (let pause = pauseMs ?? FIRST_PAUSE_MS; ; pause = Math.min(LONGEST_PAUSE_MS, pause * growth)) {
    const value = await probe();
    if (value !== undefined) return value;
    if (tools.signal.aborted) throw new Cancelled(String(tools.signal.reason));
    const waited = tools.clock.now() - started;
    if (waited + pause > budgetMs) {
      throw new UserError('timed-out', {
        what: `Waited ${Math.round(waited / 1000)} s for ${what}, and it did not happen.`,
        fix:
          fix ??
          'Look at the function in the AWS console, then run this again: it continues from what is there.',
      });
    }
    if (tools.clock.now() - said >= 15_000) {
      said = tools.clock.now();
      tools.log.info(`Still waiting for ${what} (${Math.round(waited / 1000)} s)`);
    }
    await tools.clock.sleep(pause, tools.signal);
  }
}

/** Waits until `isDone`, at even pauses and for the budget at most: for what is no failure when it does not happen. Milliseconds. */
export async function waitBriefly(
  clock: Clock,
  { budgetMs, pauseMs }: { readonly budgetMs: number; readonly pauseMs: number },
  isDone: () => boolean,
): Promise<void> {
  for (let waited = 0; waited < budgetMs && !isDone(); waited += pauseMs) await clock.sleep(pauseMs);
}
