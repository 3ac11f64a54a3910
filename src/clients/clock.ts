import { setTimeout as delay } from 'node:timers/promises';

/** Time as the program sees it: milliseconds since the epoch, and waiting. Tests give a virtual one. */
export interface Clock {
  now(): number;
  /** Resolves after `ms`, or at once when `signal` is aborted. Never rejects. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export const realClock: Clock = {
  now: () => Date.now(),
  sleep: async (ms, signal) => {
    try {
      await delay(ms, undefined, signal ? { signal } : {});
    } catch {
      // Aborted: the caller looks at the signal itself.
    }
  },
};
