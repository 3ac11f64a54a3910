import { UNPRINTABLE, UserError, type Place } from '../errors.ts';
import type { Environment } from '../types.ts';

/** What parsing one text gives: a value, or what is wrong with it (a clause that follows the input's name). */
export type Parsed<T> = { readonly value: T } | { readonly mistake: string };

/** One input: how its text becomes a value, and what stands for it when it is absent. */
export interface Field<T> {
  readonly parse: (text: string) => Parsed<T>;
  readonly required: boolean;
  /** The text that stands for an absent input; documented in action.yml as its default. */
  readonly fallback?: string;
  /** The value is taken byte for byte: nothing is trimmed. */
  readonly verbatim?: boolean;
  /** What the configuration file writes for it, and what editors complete. */
  readonly shape: Shape;
}

/** How a value is written natively, in YAML, where an input has only text. */
export type Shape =
  | { readonly kind: 'text'; readonly pattern?: RegExp; readonly max?: number }
  | { readonly kind: 'flag' }
  | { readonly kind: 'integer'; readonly min: number; readonly max: number; readonly unit?: string }
  | { readonly kind: 'choice'; readonly words: readonly string[] }
  /** A sequence; as text, lines, or (`list`) also separated by commas. */
  | { readonly kind: 'lines' | 'list' }
  /** A mapping; as text, `NAME=value` lines. `entry` says what is wrong with one of them, in a clause. */
  | {
      readonly kind: 'map';
      readonly key: RegExp;
      readonly entry?: (name: string, value: string) => string | undefined;
    }
  /** A number from 0 to 1. */
  | { readonly kind: 'share' }
  /** A number with its unit, such as `2 GiB`. */
  | { readonly kind: 'size'; readonly pattern: RegExp }
  | SectionShape;

/** Keys with values of their own, which may be sections again. As an input it is YAML text; `readSources` reads both. */
export interface SectionShape {
  readonly kind: 'section';
  /** A release may go without it; otherwise its keys have their defaults where it is absent. */
  readonly optional: boolean;
  readonly keys: Table;
  readonly rules: readonly Rule<never>[];
  /** `idle` have no effect where `key` has the value `is`, so that both in one place are a mistake. */
  readonly clashes: readonly {
    readonly key: string;
    readonly is: string;
    readonly idle: readonly string[];
  }[];
  /** Names that are kept free for keys to come, so that each is a mistake with a sentence of its own. */
  readonly later: readonly string[];
  readonly into: (values: never) => unknown;
}

/** A required input or one with a default always has a value; the others may be undefined. */
export type Table = Readonly<Record<string, Field<unknown>>>;

type Camel<S extends string> = S extends `${infer Head}-${infer Tail}`
  ? `${Head}${Capitalize<Camel<Tail>>}`
  : S;
export type ValuesOf<T extends Table> = {
  readonly [K in keyof T as Camel<K & string>]: T[K] extends Field<infer V> ? V : never;
};

/** Where texts come from: the action's inputs, with the configuration file behind them. */
export interface Source {
  /** What the action runs in: it names the region, and the given inputs that do not exist. */
  readonly env?: Environment | undefined;
  /** The text of an input, or undefined when it is not given. */
  readonly text: (name: string) => string | undefined;
  /** Where it was given, for messages: a file's name with line and column; undefined for an input of the action. */
  readonly origin?: (name: string) => string | undefined;
  /** The section whose keys it has, such as `gate.changed.`: names in messages begin with it. */
  readonly path?: string;
  /** The configuration file behind it, whose mistakes begin with its name, line and column. */
  readonly file?: string | undefined;
  /** What is wrong with the source itself, and the names that it has told of already. */
  readonly mistakes?: readonly string[];
  readonly mistaken?: ReadonlySet<string>;
  /** What is wrong with it and does not keep the action from running. */
  readonly warnings?: readonly string[];
  /** Why a required input may be missing: a clause that follows "is required". */
  readonly absence?: string | undefined;
  /** What to do about mistakes, where there is more to say than that nothing happened. */
  readonly fix?: string | undefined;
}

/**
 * Reads a whole table and reports every mistake of it at once.
 * @throws UserError `invalid-inputs` with one line per mistake; no call has been made by then.
 */
export function readInputs<T extends Table>(
  table: T,
  source: Source,
  rules: readonly Rule<ValuesOf<T>>[] = [],
): ValuesOf<T> {
  const { values, mistakes } = readTable(table, source, rules as readonly Rule<never>[]);
  if (mistakes.length > 0) throw new InvalidInputs(mistakes, source);
  return values as ValuesOf<T>;
}

interface ReadTable {
  readonly values: Readonly<Record<string, unknown>>;
  readonly mistakes: readonly string[];
}

function readTable(table: Table, source: Source, rules: readonly Rule<never>[]): ReadTable {
  const values: Record<string, unknown> = {};
  const mistakes = [...(source.mistakes ?? [])];
  const { path = '' } = source;
  for (const [name, field] of Object.entries(table)) {
    if (source.mistaken?.has(name)) continue;
    const { shape } = field;
    const parsed = shape.kind === 'section' ? readSection(name, shape, source) : readOne(name, field, source);
    if ('mistakes' in parsed) mistakes.push(...parsed.mistakes);
    else if ('mistake' in parsed) mistakes.push(`${place(source, name)}${path}${name} ${parsed.mistake}`);
    else values[camel(name)] = parsed.value;
  }
  const isInput = (name: string) => source.text(name) !== undefined && source.origin?.(name) === undefined;
  for (const { looksAt, judge } of rules) {
    // An input that cannot be read cannot be compared with the others.
    if (!looksAt.every((name) => Object.hasOwn(values, name))) continue;
    const mistake = judge(values as never, isInput);
    if (mistake !== undefined) mistakes.push(`${placeOfRule(source, looksAt, mistake)}${path}${mistake}`);
  }
  return { values, mistakes };
}

/** The keys of a section, each as an input is read: with its place, and every mistake at once. */
function readSection(
  name: string,
  { keys, rules, into, optional }: SectionShape,
  source: Source,
): Parsed<unknown> | { readonly mistakes: readonly string[] } {
  const text = source.text(name) ?? (optional ? undefined : '{}');
  if (text === undefined) return { value: undefined };
  const texts = textsOf(text);
  if (texts === undefined) return { mistake: 'must be a mapping with KEY: value on every line' };
  const { values, mistakes } = readTable(
    keys,
    {
      text: (key) => texts.get(key),
      // A key that is missing is missing where the section is.
      origin: (key) =>
        source.origin?.(`${name}.${key}`) ??
        (key.includes('.') || texts.has(key) ? undefined : source.origin?.(name)),
      path: `${source.path ?? ''}${name}.`,
    },
    rules,
  );
  return mistakes.length > 0 ? { mistakes } : { value: into(values as never) };
}

/** The texts of a section's keys, as `textOf` in config/values.ts joins them. */
function textsOf(json: string): ReadonlyMap<string, string> | undefined {
  try {
    const parsed = JSON.parse(json) as unknown;
    if (typeof parsed !== 'object' || parsed === null) return undefined;
    const entries = Object.entries(parsed as Readonly<Record<string, unknown>>);
    return entries.every(([, value]) => typeof value === 'string')
      ? new Map(entries as [string, string][])
      : undefined;
  } catch {
    return undefined;
  }
}

/** Where the file says the input that a rule names first, or another one that it looks at. */
function placeOfRule(source: Source, looksAt: readonly PropertyKey[], mistake: string): string {
  const names = looksAt.map((name) => kebab(String(name)));
  const named = names.filter((name) => mistake.split(/[ :]/, 1)[0] === name);
  const told = [...named, ...names].find((name) => source.origin?.(name) !== undefined);
  return told === undefined ? '' : place(source, told);
}

/** A condition over inputs that can each be read: which ones it looks at, and what is wrong with them together. */
export interface Rule<V> {
  readonly looksAt: readonly (keyof V)[];
  readonly judge: (values: V, isInput: IsInput) => string | undefined;
}

/** Whether a name is given as an input of the action: what the file says may be meant for another run. */
export type IsInput = (name: string) => boolean;

/** Makes the rules over one table's values: a rule is given those that it names, and can see no other. */
export function ruleOver<V>() {
  return <K extends keyof V>(
    looksAt: readonly K[],
    judge: (values: Pick<V, K>, isInput: IsInput) => string | undefined,
  ): Rule<V> => ({ looksAt, judge });
}

/** What a person gave cannot be meant: every mistake at once, before anything was called. */
export class InvalidInputs extends UserError {
  readonly mistakes: readonly string[];

  constructor(
    mistakes: readonly string[],
    { fix = NOTHING_HAPPENED, file }: Pick<Source, 'fix' | 'file'> = {},
  ) {
    const what =
      mistakes.length === 1
        ? `Invalid input: ${mistakes[0]}${mistakes[0]?.endsWith('?') ? '' : '.'}`
        : `${mistakes.length} invalid inputs:\n${mistakes.map((m) => `  - ${m}`).join('\n')}\n`;
    super('invalid-inputs', { what, fix, places: file === undefined ? [] : placesIn(file, mistakes) });
    this.mistakes = mistakes;
  }
}

const NOTHING_HAPPENED = 'Nothing has been called or changed.';

/** The lines of the file that mistakes begin with; nothing else that a mistake says is taken for a place. */
function placesIn(file: string, mistakes: readonly string[]): readonly Place[] {
  return mistakes.flatMap((mistake) => {
    const [service = ''] = /^service [A-Za-z0-9_-]+: /.exec(mistake) ?? [];
    const own = mistake.slice(service.length);
    if (!own.startsWith(`${file}:`)) return [];
    const [, line, message] = /^(\d+):\d+: ([\s\S]*)$/.exec(own.slice(file.length + 1)) ?? [];
    return line === undefined ? [] : [{ file, line: Number(line), message: `${service}${message}` }];
  });
}

function readOne(name: string, field: Field<unknown>, source: Source): Parsed<unknown> {
  const given = source.text(name);
  if (given === undefined) {
    if (field.required)
      return { mistake: source.absence === undefined ? 'is required' : `is required: ${source.absence}` };
    if (field.fallback === undefined) return { value: undefined };
    return field.parse(field.fallback);
  }
  // From a configuration file ("\\ud800"); it could not be sent on as it is.
  if (!given.isWellFormed())
    return { mistake: 'has half of a character (a surrogate without its other half)' };
  return field.parse(field.verbatim ? given : given.trim());
}

function place(source: Source, name: string): string {
  const origin = source.origin?.(name);
  return origin === undefined ? '' : `${origin}: `;
}

function camel(name: string): string {
  return name.replaceAll(/-([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

function kebab(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** Shows a wrong text in a message: short, on one line, without control characters. */
export function quoted(text: string): string {
  const short = text.length > 60 ? `${text.slice(0, 57)}…` : text;
  return `"${short.toWellFormed().replaceAll(UNPRINTABLE, '�')}"`;
}
