/** The kinds of input. Each refuses what it cannot mean: a wrong number or boolean is an error, never a default. */
import { UNPRINTABLE } from '../errors.ts';
import { quoted, type Field, type Parsed, type Shape } from './fields.ts';

export interface Options {
  readonly required?: boolean;
  readonly fallback?: string;
}

export function field<T>(shape: Shape, parse: (text: string) => Parsed<T>, options: Options): Field<T> {
  const verbatim = shape.kind === 'lines' || shape.kind === 'map';
  return {
    parse,
    shape,
    required: options.required ?? false,
    ...(options.fallback === undefined ? {} : { fallback: options.fallback }),
    ...(verbatim ? { verbatim } : {}),
  };
}

/** Present values have type T; absent ones are undefined unless required or with a fallback. */
type Present<T, O extends Options> = O extends { required: true } | { fallback: string } ? T : T | undefined;

/** Characters of a text that nothing else limits: a path. */
const LONGEST_FREE_TEXT = 1024;

interface TextOptions extends Options {
  readonly pattern?: RegExp;
  /** Completes "must be …". */
  readonly expected?: string;
  readonly max?: number;
  /** What no pattern can check. */
  readonly accepts?: (given: string) => boolean;
  /** What is said of a text that was meant for something else: a clause. */
  readonly misplaced?: (given: string) => string | undefined;
  /** No part of it is shown, not even when it is refused. */
  readonly secret?: true;
}

/** A single line of text without control characters, matched by `pattern` when given. */
export function text<const O extends TextOptions>(options: O): Field<Present<string, O>> {
  const parse = (given: string): Parsed<string> => {
    const not = options.secret ? '' : `, not ${quoted(given)}`;
    const misplaced = options.misplaced?.(given);
    if (misplaced !== undefined) return { mistake: misplaced };
    // They forge log lines and arguments, or make a text read as another one.
    if (given.search(UNPRINTABLE) >= 0)
      return { mistake: `must be one line without control characters${not}` };
    const limit = options.max ?? (options.pattern ? Infinity : LONGEST_FREE_TEXT);
    if (given.length > limit)
      return { mistake: `must have at most ${limit} characters, not ${given.length}` };
    if (options.pattern?.test(given) === false || options.accepts?.(given) === false)
      return { mistake: `must be ${options.expected ?? String(options.pattern)}${not}` };
    return { value: given };
  };
  const { pattern, max } = options;
  const shape = { kind: 'text', ...(pattern && { pattern }), ...(max !== undefined && { max }) } as const;
  return field(shape, parse, options) as Field<Present<string, O>>;
}

/** YAML's core-schema booleans, as @actions/core reads them. */
export function flag<const O extends Options>(options: O): Field<Present<boolean, O>> {
  const parse = (given: string): Parsed<boolean> => {
    if (/^(true|True|TRUE)$/.test(given)) return { value: true };
    if (/^(false|False|FALSE)$/.test(given)) return { value: false };
    return { mistake: `must be true or false, not ${quoted(given)}` };
  };
  return field({ kind: 'flag' }, parse, options) as Field<Present<boolean, O>>;
}

/** A whole number within bounds, both included. */
export function integer<const O extends Options & { min: number; max: number; unit?: string }>(
  options: O,
): Field<Present<number, O>> {
  const parse = (given: string): Parsed<number> => {
    const number = /^\d{1,15}$/.test(given) ? Number(given) : Number.NaN;
    if (number >= options.min && number <= options.max) return { value: number };
    return {
      mistake: `must be a whole number from ${options.min} to ${options.max}${options.unit ? ` (${options.unit})` : ''}, not ${quoted(given)}`,
    };
  };
  const { min, max, unit } = options;
  const shape = { kind: 'integer', min, max, ...(unit !== undefined && { unit }) } as const;
  return field(shape, parse, options) as Field<Present<number, O>>;
}

const NUMBER = /^(?:\d{1,15}(?:\.\d{0,15})?|\.\d{1,15})(?:[eE]-?\d{1,2})?$/;

/** A number from 0 to 1, both included. */
export function share<const O extends Options>(options: O): Field<Present<number, O>> {
  const parse = (given: string): Parsed<number> => {
    const number = NUMBER.test(given) ? Number(given) : Number.NaN;
    if (number >= 0 && number <= 1) return { value: number };
    const percent = Number(/^(\d{1,2}(?:\.\d{1,6})?|100) ?%?$/.exec(given)?.[1] ?? Number.NaN);
    const way = percent > 0 ? `; for ${percent} % write ${Number((percent / 100).toPrecision(12))}` : '';
    return { mistake: `must be a share from 0 to 1, not ${quoted(given)}${way}` };
  };
  return field({ kind: 'share' }, parse, options) as Field<Present<number, O>>;
}

const SIZE = /^(\d{1,6}(?:\.\d{1,6})?) ?(MB|MiB|GB|GiB)$/;
const UNITS: Readonly<Record<string, number>> = { MB: 1e6, MiB: 2 ** 20, GB: 1e9, GiB: 2 ** 30 };

/** A size of an image. Bytes. */
export function size<const O extends Options>(options: O): Field<Present<number, O>> {
  const parse = (given: string): Parsed<number> => {
    const [, number, unit = ''] = SIZE.exec(given) ?? [];
    const bytes = Math.round(Number(number) * (UNITS[unit] ?? Number.NaN));
    if (bytes >= 1e6 && bytes <= 10 * 2 ** 30) return { value: bytes };
    return {
      mistake: `must be a number with MB, MiB, GB or GiB, from 1 MB to 10 GiB and such as 2 GiB, not ${quoted(given)}`,
    };
  };
  return field({ kind: 'size', pattern: SIZE }, parse, options) as Field<Present<number, O>>;
}

/** One of a few words. */
export function choice<const W extends readonly string[], const O extends Options>(
  words: W,
  options: O,
): Field<Present<W[number], O>> {
  const parse = (given: string): Parsed<W[number]> =>
    words.includes(given)
      ? { value: given }
      : { mistake: `must be one of ${words.join(', ')}, not ${quoted(given)}` };
  return field({ kind: 'choice', words }, parse, options) as Field<Present<W[number], O>>;
}

/** Several lines, one item each; empty lines are dropped, and a line is never split further. None without it. */
export function lines<const O extends Options>(
  options: O,
  item: (line: string) => string | undefined = () => undefined,
): Field<readonly string[]> {
  return linesOrNothing({ fallback: '', ...options }, item) as Field<readonly string[]>;
}

/** The same, where giving none is something else than saying nothing. */
export function linesOrNothing<const O extends Options>(
  options: O,
  item: (line: string) => string | undefined = () => undefined,
): Field<readonly string[] | undefined> {
  const parse = (given: string): Parsed<readonly string[]> => {
    const items = given
      .split('\n')
      .map((line) => line.replace(/\r$/, ''))
      .filter((line) => line.trim() !== '');
    for (const line of items) {
      // eslint-disable-next-line no-control-regex -- as in text()
      if (/[\u0000-\u0008\u000b-\u001f\u007f]/.test(line))
        return { mistake: 'has a line with control characters' };
      const mistake = item(line);
      if (mistake !== undefined) return { mistake };
    }
    return { value: items };
  };
  return field({ kind: 'lines' }, parse, options) as Field<readonly string[] | undefined>;
}

/** `NAME=value` lines that are handed on as they are; a mapping in the configuration file. */
export function assignments<const O extends Options>(options: O): Field<readonly string[]> {
  const item = (line: string) =>
    /^\s*[A-Za-z0-9_][A-Za-z0-9_.-]*=/.test(line)
      ? undefined
      : // The line is not shown: it may be a secret.
        'must have NAME=value on every line, and one line has not';
  return { ...lines(options, item), shape: { kind: 'map', key: /^[A-Za-z0-9_][A-Za-z0-9_.-]*$/ } };
}

/** A list separated by commas or lines, as docker's actions take it. */
export function list<const O extends Options>(
  options: O,
  item: (entry: string) => string | undefined,
): Field<readonly string[] | undefined> {
  const parse = (given: string): Parsed<readonly string[]> => {
    const items = given
      .split(/[,\n]/)
      .map((entry) => entry.trim())
      .filter((entry) => entry !== '');
    const mistake = items.map(item).find((found) => found !== undefined);
    return mistake === undefined ? { value: items } : { mistake };
  };
  return field({ kind: 'list' }, parse, options) as Field<readonly string[] | undefined>;
}

interface PairsOptions extends Options {
  readonly key: RegExp;
  /** Completes "which must be …". */
  readonly expected: string;
  /** What is wrong with one of them, or with all together: a clause. */
  readonly entry?: (name: string, value: string) => string | undefined;
  readonly whole?: (values: Readonly<Record<string, string>>) => string | undefined;
}

/** `NAME=value` lines; the value is everything after the first `=`, byte for byte. */
export function pairs<const O extends PairsOptions>(
  options: O,
): Field<Readonly<Record<string, string>> | undefined> {
  const entry = (name: string, value: string): string | undefined => {
    if (!options.key.test(name)) return `has the name ${named(name)}, which must be ${options.expected}`;
    if (value.includes('\u0000')) return `has a NUL in the value of ${name.slice(0, 60)}`;
    return options.entry?.(name, value);
  };
  const parse = (given: string): Parsed<Readonly<Record<string, string>>> => {
    if (/^\s*[{[]/.test(given)) return { mistake: 'must have NAME=value on every line, and is JSON' };
    const found: Record<string, string> = Object.create(null) as Record<string, string>;
    for (const line of given.split('\n').map((l) => l.replace(/\r$/, ''))) {
      if (line.trim() === '') continue;
      const [, name, value] = /^\s*([^=]*)=([\s\S]*)$/.exec(line) ?? [];
      if (name === undefined || value === undefined)
        return { mistake: 'must have NAME=value on every line; one line has no "="' };
      const mistake = entry(name, value);
      if (mistake !== undefined) return { mistake };
      if (Object.hasOwn(found, name)) return { mistake: `sets ${name.slice(0, 60)} twice` };
      found[name] = value;
    }
    const mistake = options.whole?.(found);
    return mistake === undefined ? { value: { ...found } } : { mistake };
  };
  return field({ kind: 'map', key: options.key, entry }, parse, options) as Field<
    Readonly<Record<string, string>> | undefined
  >;
}

/** A line of a secret with several may have a "=" too (base64 ends with one): what is no name may be part of a value. */
const named = (name: string) =>
  /^[\w.-]{0,40}$/.test(name) ? quoted(name) : '(not shown, it may be part of a value)';
