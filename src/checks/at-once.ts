/** How many checks run at once: half as many after each burst of refusals for want of concurrency, down to one. */
import { Cancelled } from '../errors.ts';

/** The rest is not started, because one check ended in an error that would meet all of them. */
class Closed extends Error {}

export class AtOnce {
  private limit: number;
  private readonly signal: AbortSignal;
  private running = 0;
  private started = 0;
  /** The last one that had been started when the limit was lowered. */
  private lowered = 0;
  private closed = false;
  private readonly waiting: (() => void)[] = [];

  constructor(limit: number, signal: AbortSignal) {
    this.limit = limit;
    this.signal = signal;
  }

  /**
   * Runs `work` when its turn comes; `turn` is what `refused` wants to know.
   * @throws Cancelled when the run was told to stop meanwhile.
   */
  async run<T>(work: (turn: number) => Promise<T>): Promise<T> {
    if (this.running < this.limit) this.running += 1;
    else await new Promise<void>((resolve) => this.waiting.push(resolve));
    try {
      if (this.closed) throw new Closed();
      if (this.signal.aborted) throw new Cancelled(String(this.signal.reason));
      return await work((this.started += 1));
    } finally {
      this.running -= 1;
      this.wake();
    }
  }

  /**
   * One of those that ran at once was refused. What was started before the limit was lowered says nothing new.
   * @returns the new limit; undefined where it stays.
   */
  refused(turn: number): number | undefined {
    if (turn <= this.lowered || this.limit === 1) return undefined;
    this.lowered = this.started;
    this.limit = Math.max(1, Math.floor(this.limit / 2));
    return this.limit;
  }

  /** Starts no more; those that wait are told. */
  close(): void {
    this.closed = true;
    this.wake();
  }

  isClosedBy(error: unknown): boolean {
    return error instanceof Closed;
  }

  private wake(): void {
    while (this.waiting.length > 0 && (this.closed || this.running < this.limit)) {
      this.running += 1;
      this.waiting.shift()?.();
    }
  }
}
