/** Time as local/ sees it, in milliseconds since the epoch. */
export interface LocalClock {
  now(): number;
  sleep(ms: number): Promise<void>;
}

export class RealClock implements LocalClock {
  now(): number {
    return Date.now();
  }

  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => setTimeout(resolve, ms));
  }
}

interface Timer {
  readonly at: number;
  readonly order: number;
  readonly wake: () => void;
}

/** Turns of the event loop without activity before every task counts as asleep; streams take one turn to hand on a chunk. */
const QUIET_TURNS = 2;

/** 2026-01-01T00:00:00Z: a fixed start makes two runs of the same seed equal byte for byte. */
const START = Date.UTC(2026, 0, 1);

/**
 * A discrete-event clock: nothing waits in real time. When every task is asleep, time jumps to the earliest timer.
 * "Asleep" means that no task touched the clock between two turns of the event loop; work that leaves the process
 * (a file, a child process, a dynamic import) is invisible to that test and goes through `hold`.
 */
export class VirtualClock implements LocalClock {
  #now: number;
  #order = 0;
  #activity = 0;
  #held = 0;
  #turning = false;
  readonly #timers: Timer[] = [];

  constructor(start: number = START) {
    this.#now = start;
  }

  now(): number {
    return this.#now;
  }

  /** Ends at once with `signal`: nobody waits for what is over, so that time does not jump to it. */
  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (signal?.aborted === true) return resolve();
      this.#activity++;
      const stop = (): void => {
        this.#timers.splice(this.#timers.indexOf(timer), 1);
        this.#activity++;
        resolve();
      };
      const wake = (): void => {
        signal?.removeEventListener('abort', stop);
        resolve();
      };
      const timer = { at: this.#now + Math.max(0, ms), order: this.#order++, wake };
      signal?.addEventListener('abort', stop, { once: true });
      this.#insert(timer);
      this.#turn();
    });
  }

  /** Marks work as under way, so that time does not jump past it. */
  touch(): void {
    this.#activity++;
  }

  /** Keeps time still until the work outside the event loop is done. */
  async hold<T>(work: Promise<T>): Promise<T> {
    this.#held++;
    try {
      return await work;
    } finally {
      this.#held--;
      this.#activity++;
      this.#turn();
    }
  }

  /** Moves time by hand and wakes, in order, every sleeper whose time has come. */
  advance(ms: number): void {
    const target = this.#now + ms;
    for (let next = this.#timers[0]; next !== undefined && next.at <= target; next = this.#timers[0]) {
      this.#wakeNext();
    }
    this.#now = target;
  }

  #insert(timer: Timer): void {
    // Few timers live at once, and almost always the new one is the last: searching from the end is cheapest.
    let index = this.#timers.length;
    while (index > 0 && (this.#timers[index - 1] as Timer).at > timer.at) index--;
    this.#timers.splice(index, 0, timer);
  }

  #wakeNext(): void {
    const timer = this.#timers.shift();
    if (timer === undefined) return;
    this.#now = Math.max(this.#now, timer.at);
    timer.wake();
  }

  #turn(): void {
    if (this.#turning) return;
    this.#turning = true;
    let seen = this.#activity;
    let quiet = 0;
    const step = (): void => {
      if (this.#timers.length === 0 || this.#held > 0) {
        this.#turning = false;
        return;
      }
      quiet = seen === this.#activity ? quiet + 1 : 0;
      if (quiet >= QUIET_TURNS) {
        this.#wakeNext();
        quiet = 0;
      }
      seen = this.#activity;
      setImmediate(step);
    };
    setImmediate(step);
  }
}
