/** What a level is given and what it gives back. */
import type { Guards } from '../../src/record/guards.ts';
import type { Broken } from './trial.ts';

export interface LevelOptions {
  readonly seed: number;
  /** In (0, 1]: which share of the cases is run. */
  readonly share: number;
  /** L4's longer form. */
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

/** Collects what a level finds. */
export class Findings {
  runs = 0;
  readonly broken: Broken[] = [];
  readonly counts: Record<string, number> = {};
  readonly notes: string[] = [];
  readonly #level: string;

  constructor(level: string) {
    this.#level = level;
  }

  count(name: string, by = 1): void {
    this.counts[name] = (this.counts[name] ?? 0) + by;
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
