/** What a level is given and what it gives back. */
import type { Guards } from '../../src/release/record/guards.ts';
import type { Broken } from './trial.ts';

export interface LevelOptions {
  readonly seed: number;
  /** In (0, 1]: which share of the cases is run. */
  readonly share: number;
  /** The longer forms of L3 and L4. */
  readonly long: boolean;
  /** Part `index` of `of`: the cases are dealt out like cards. */
  readonly part: { readonly index: number; readonly of: number };
  /** L7 takes one away. */
  readonly guards?: Guards;
  /** Only cases whose name contains this. */
  readonly only?: string;
  /** Ends at the first broken invariant. */
  readonly firstOnly?: boolean;
}

export interface LevelResult {
  readonly runs: number;
  readonly broken: readonly Broken[];
  /** Further numbers worth printing: continuations, states. */
  readonly counts: Readonly<Record<string, number>>;
  /** Sentences worth printing. */
  readonly notes: readonly string[];
}

/** Deals cases to parts and shares: the same case always goes to the same part. */
export class Dealer {
  readonly #options: LevelOptions;
  #number = -1;

  constructor(options: LevelOptions) {
    this.#options = options;
  }

  takes(name: string): boolean {
    const { part, share, only } = this.#options;
    this.#number += 1;
    if (only !== undefined) return name.includes(only) && part.index === 0;
    const stride = Math.round(1 / share);
    if (this.#number % stride !== this.#options.seed % stride) return false;
    return Math.floor(this.#number / stride) % part.of === part.index;
  }
}

/** Told now and then how far a level is. */
export const progress = { say: (_soFar: string): void => undefined };

const SAY_EVERY_MS = 60_000;

/** Collects what a level finds. */
export class Findings {
  runs = 0;
  readonly broken: Broken[] = [];
  readonly counts: Record<string, number> = {};
  readonly notes: string[] = [];
  readonly #level: string;
  #saidAt = performance.now();

  constructor(level: string) {
    this.#level = level;
  }

  count(name: string, by = 1): void {
    this.counts[name] = (this.counts[name] ?? 0) + by;
    // By this and by no timer: a level may keep the event loop to itself for long.
    if (performance.now() - this.#saidAt < SAY_EVERY_MS) return;
    this.#saidAt = performance.now();
    const counts = Object.entries(this.counts).map(([what, count]) => `, ${count} ${what}`);
    progress.say(`${this.#level}: ${this.runs} runs${counts.join('')}, ${this.broken.length} broken so far`);
  }

  note(sentence: string): void {
    this.notes.push(sentence);
  }

  add(
    name: string,
    {
      violations,
      trace,
    }: { violations: readonly Omit<Broken, 'level' | 'name' | 'trace'>[]; trace: readonly string[] },
  ): void {
    for (const violation of violations) this.broken.push({ ...violation, level: this.#level, name, trace });
  }

  get result(): LevelResult {
    return { runs: this.runs, broken: this.broken, counts: this.counts, notes: this.notes };
  }
}
