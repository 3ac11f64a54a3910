/** What a table holds, counted row by row: only counts are kept, so memory does not grow with the rows. */
import type { Feature } from './constraints.ts';

/** One column, in rows. */
export interface ColumnCounts {
  integral: number;
  fractional: number;
  /** Anything that is no number. */
  other: number;
  infinite: number;
  negative: number;
  /** Values that the domain does not hold. */
  outside: number;
  /** Whether the format says of a value of what type it is. */
  isTyped: boolean;
}

/** A table as its reader saw it. */
export interface Profile {
  readonly rows: number;
  /** Columns that no feature describes, the first of them; `extra` is how many. */
  readonly extraNames: readonly string[];
  readonly extra: number;
  /** By the feature's name; a column that is not there has none. */
  readonly columns: ReadonlyMap<string, ColumnCounts & { readonly missing: number }>;
  /** Columns of one name. */
  readonly repeated: readonly string[];
  /** Rows that are none: another number of fields, no JSON object. */
  readonly broken: number;
  /** Why, of the first few: `row 7 has 3 fields instead of 5`. */
  readonly brokenWhy: readonly string[];
}

/** Names and reasons that are kept for messages. */
const MOST_KEPT = 5;

/** What pandas and R write for a number that is not there. */
const NO_NUMBER = /^(nan|-nan|null|none|na|n\/a|<na>|#n\/a)$/i;
const INFINITE = /^[+-]?inf(inity)?$/i;
const FRACTIONAL = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

export class Column {
  readonly counts: ColumnCounts = {
    integral: 0,
    fractional: 0,
    other: 0,
    infinite: 0,
    negative: 0,
    outside: 0,
    isTyped: false,
  };
  readonly #isNumeric: boolean;
  readonly #domain: ReadonlySet<string> | undefined;

  constructor({ type, domain }: Feature) {
    this.#isNumeric = type === 'Integral' || type === 'Fractional';
    this.#domain = domain;
  }

  /** A field of a text format, whose type shows in how it is written. */
  addText(field: string): void {
    const kind = this.#kindOf(field);
    if (kind === 'missing') return;
    this.counts[kind] += 1;
    if (this.#domain?.has(field) === false) this.counts.outside += 1;
    if (this.#isNumeric && isNegative(field)) this.counts.negative += 1;
  }

  #kindOf(field: string): 'missing' | 'integral' | 'fractional' | 'other' | 'infinite' {
    if (isWhole(field)) return 'integral';
    const text = field.trim();
    if (text === '') return 'missing';
    if (isWhole(text)) return 'integral';
    if (FRACTIONAL.test(text)) return 'fractional';
    if (this.#isNumeric && NO_NUMBER.test(text)) return 'missing';
    return INFINITE.test(text) ? 'infinite' : 'other';
  }

  /** A value of a format with types. */
  addValue(value: unknown, isFractional = false): void {
    const { counts } = this;
    counts.isTyped = true;
    if (value === null || value === undefined || Number.isNaN(value)) return;
    if (this.#domain !== undefined && !this.#domain.has(String(value))) counts.outside += 1;
    if (typeof value !== 'number' && typeof value !== 'bigint') return void (counts.other += 1);
    if (typeof value === 'number' && !Number.isFinite(value)) counts.infinite += 1;
    else if (!isFractional && (typeof value === 'bigint' || Number.isInteger(value))) counts.integral += 1;
    else counts.fractional += 1;
    if (value < 0) counts.negative += 1;
  }
}

/** Digits with a sign at most: the common case, without a regular expression. */
function isWhole(text: string): boolean {
  let at = 0;
  const first = text.charCodeAt(0);
  if (first === 45 || first === 43) at = 1;
  if (at === text.length) return false;
  for (; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code < 48 || code > 57) return false;
  }
  return true;
}

/** −0 is not negative. */
function isNegative(text: string): boolean {
  return text.includes('-') && Number(text.trim().replace(/^([+-]?)inf$/i, '$1Infinity')) < 0;
}

/** Gathers what a reader finds. */
export class TableCounts {
  rows = 0;
  readonly #features: ReadonlyMap<string, Feature>;
  readonly #columns = new Map<string, Column>();
  readonly #extra = new Set<string>();
  readonly #repeated = new Set<string>();
  readonly #why: string[] = [];
  #broken = 0;

  constructor(features: readonly Feature[]) {
    this.#features = new Map(features.map((feature) => [feature.name, feature]));
  }

  /** The column of a name; undefined for one that no feature describes. A name that came before is the same column. */
  column(name: string): Column | undefined {
    const known = this.#columns.get(name);
    if (known !== undefined) return known;
    const feature = this.#features.get(name);
    if (feature === undefined) return void this.#extra.add(name);
    const column = new Column(feature);
    this.#columns.set(name, column);
    return column;
  }

  /** A header: the columns in its order. */
  header(names: readonly string[]): readonly (Column | undefined)[] {
    const seen = new Set<string>();
    return names.map((name) => {
      if (seen.has(name)) this.#repeated.add(name);
      seen.add(name);
      return this.column(name);
    });
  }

  broken(why: string): void {
    this.#broken += 1;
    if (this.#why.length < MOST_KEPT) this.#why.push(why);
  }

  get width(): number {
    return this.#columns.size + this.#extra.size;
  }

  profile(): Profile {
    const columns = new Map<string, ColumnCounts & { readonly missing: number }>();
    for (const [name, { counts }] of this.#columns) {
      const { integral, fractional, other, infinite } = counts;
      columns.set(name, {
        ...counts,
        missing: Math.max(0, this.rows - (integral + fractional + other + infinite)),
      });
    }
    return {
      rows: this.rows,
      columns,
      extra: this.#extra.size,
      extraNames: [...this.#extra].slice(0, MOST_KEPT),
      repeated: [...this.#repeated],
      broken: this.#broken,
      brokenWhy: this.#why,
    };
  }
}
