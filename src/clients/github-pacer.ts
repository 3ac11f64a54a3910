import type { Clock } from './clock.ts';

/**
 * Keeps content creation below GitHub's secondary limits. They cannot be read from the API, only met, so the pace is kept
 * here: one write after the other, a second apart, 80 in any minute and 500 in any hour.
 */

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;

const CREATIONS_PER_MINUTE = 80;
const CREATIONS_PER_HOUR = 500;

export class Pacer {
  readonly #clock: Clock;
  /** When creations were answered, oldest first. The answer's time is never before GitHub's own, so no window is too short. */
  readonly #creations: { at: number; weight: number }[] = [];
  #lastWrite = Number.NEGATIVE_INFINITY;
  #cautious = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Earlier creations that GitHub still shows: a run that continues another one shares its hour. Times in ms since the epoch. */
  recall(times: readonly number[]): void {
    this.#creations.push(...times.map((at) => ({ at, weight: 1 })));
    this.#creations.sort((a, b) => a.at - b.at);
  }

  /**
   * GitHub documents requests as what is counted. When it refuses a pace that keeps to that, it counts every mutation of a
   * document, and so do we from then on.
   */
  becomeCautious(): void {
    this.#cautious = true;
  }

  /** Milliseconds until the next write with this many mutations may be sent; 0 for now. */
  delay(mutations: number): number {
    const now = this.#clock.now();
    const weight = this.#weight(mutations);
    return Math.max(
      0,
      this.#lastWrite + SECOND_MS - now,
      this.#roomAt(now, weight, { limit: CREATIONS_PER_MINUTE, span: MINUTE_MS }) - now,
      this.#roomAt(now, weight, { limit: CREATIONS_PER_HOUR, span: HOUR_MS }) - now,
    );
  }

  /** Books a write that has been answered (or lost: it may have happened). */
  written(mutations: number): void {
    const at = this.#clock.now();
    this.#lastWrite = at;
    this.#creations.push({ at, weight: this.#weight(mutations) });
  }

  #weight(mutations: number): number {
    return this.#cautious ? mutations : 1;
  }

  /** The time at which a window has room for `weight` more. */
  #roomAt(now: number, weight: number, window: { readonly limit: number; readonly span: number }): number {
    const recent = this.#creations.filter(({ at }) => now - at < window.span);
    let used = recent.reduce((sum, creation) => sum + creation.weight, 0);
    for (const creation of recent) {
      if (used + weight <= window.limit) return now;
      used -= creation.weight;
      if (used + weight <= window.limit) return creation.at + window.span;
    }
    return now;
  }
}
