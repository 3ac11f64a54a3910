/** A native YAML value → the text that its input would have, so that both go through one parser. */
import { quoted, type Field, type Parsed, type SectionShape, type Shape } from '../fields.ts';
import { LATER } from '../section.ts';
import type { Node } from './document.ts';
import { nearest } from './nearest.ts';

/** One key as one layer sets it. A mapping and a section keep their entries: overlays add to them key by key. */
export type Setting =
  | { readonly at: string; readonly text: string }
  | { readonly at: string; readonly entries: ReadonlyMap<string, string> }
  | { readonly at: string; readonly keys: ReadonlyMap<string, Setting> };

/** A wrong part of a value, and where it stands. */
export interface Mistake {
  readonly at: string;
  /** Keys below the one that is read, such as `.changed.max-share`. */
  readonly path?: string;
  /** A clause that follows the key's name. */
  readonly mistake: string;
}

/** Reads one key's value: first that its YAML type is right, then what the input itself says about it. */
export function readSetting(field: Field<unknown>, node: Node): Setting | readonly Mistake[] {
  if (node.kind === 'nothing')
    return [{ at: node.at, mistake: 'has no value; give it one, or leave the key out' }];
  const mistakes: Mistake[] = [];
  if (node.kind === 'refused') return mistakes;
  const setting = native(field.shape, node, (at, mistake, path = '') => {
    mistakes.push({ at, mistake, path });
  });
  if (mistakes.length > 0 || setting === undefined) return mistakes;
  // Overlays may add to it; what is wrong with all together is found when it is whole.
  if ('keys' in setting) return setting;
  const text = textOf(setting);
  const parsed: Parsed<unknown> = field.parse(field.verbatim ? text : text.trim());
  return 'mistake' in parsed ? [{ at: node.at, mistake: parsed.mistake }] : setting;
}

export function textOf(setting: Setting): string {
  if ('text' in setting) return setting.text;
  if ('keys' in setting)
    return JSON.stringify(Object.fromEntries([...setting.keys].map(([key, value]) => [key, textOf(value)])));
  return [...setting.entries].map(([name, value]) => `${name}=${value}`).join('\n');
}

/** The same key in a layer above another. */
export function added(below: Setting | undefined, above: Setting): Setting {
  if (below === undefined) return above;
  if ('entries' in below && 'entries' in above)
    return { at: above.at, entries: new Map([...below.entries, ...above.entries]) };
  if (!('keys' in below) || !('keys' in above)) return above;
  const keys = new Map(below.keys);
  for (const [key, value] of above.keys) keys.set(key, added(keys.get(key), value));
  return { at: above.at, keys };
}

type Complain = (at: string, mistake: string, path?: string) => void;

function native(shape: Shape, node: Node, complain: Complain): Setting | undefined {
  switch (shape.kind) {
    case 'section':
      return section(shape, node, complain);
    case 'map':
      return mapping(shape, node, complain);
    case 'lines':
    case 'list':
      return sequence(shape.kind, node, complain);
    case 'flag':
    case 'integer':
    case 'share':
    case 'size':
    case 'text':
    case 'choice':
      return single(shape, node, complain);
  }
}

const WANTED = {
  flag: { kind: 'boolean', words: 'true or false' },
  integer: { kind: 'number', words: 'a number' },
  share: { kind: 'number', words: 'a number from 0 to 1' },
  size: { kind: 'text', words: 'a number with its unit, such as 2 GiB' },
  text: { kind: 'text', words: 'text' },
  choice: { kind: 'text', words: 'text' },
} as const;

function single(
  shape: Extract<Shape, { kind: keyof typeof WANTED }>,
  node: Node,
  complain: Complain,
): Setting | undefined {
  const wanted = WANTED[shape.kind];
  const isWord = shape.kind === 'choice' && node.kind === 'boolean' && shape.words.includes(node.text);
  if (node.kind === wanted.kind || isWord) {
    if (node.text.trim() !== '') return { at: node.at, text: node.text };
    return void complain(node.at, 'is empty; give it a value, or leave the key out');
  }
  // What it must be instead is said by its own parser.
  if (shape.kind === 'share' && node.kind === 'text' && node.text.includes('%'))
    return { at: node.at, text: node.text };
  const way = ['size', 'choice'].includes(shape.kind) ? '' : quotesHelp(wanted.kind, node);
  const words = shape.kind === 'choice' ? `one of ${shape.words.join(', ')}` : wanted.words;
  return void complain(node.at, `must be ${words}, not ${inWords(node)}${way}`);
}

function quotesHelp(wanted: 'boolean' | 'number' | 'text', node: Node): string {
  if (wanted === 'text') return node.kind === 'number' || node.kind === 'boolean' ? '; put it in quotes' : '';
  const unquoted = wanted === 'number' ? /^\d+(\.\d+)?$/ : /^(true|false)$/i;
  return node.kind === 'text' && unquoted.test(node.text) ? '; leave the quotes out' : '';
}

function inWords(node: Node): string {
  switch (node.kind) {
    case 'text':
      return `the text ${quoted(node.text)}`;
    case 'number':
      return `the number ${quoted(node.text).slice(1, -1)}`;
    case 'boolean':
      return node.text;
    case 'sequence':
      return 'a list';
    case 'mapping':
      return 'a mapping';
    case 'nothing':
    case 'refused':
      return 'nothing';
  }
}

function sequence(kind: 'lines' | 'list', node: Node, complain: Complain): Setting | undefined {
  if (node.kind !== 'sequence')
    return void complain(node.at, `must be a list, each entry on a line with "- ", not ${inWords(node)}`);
  // As text the entries are lines, or separated by commas: an entry that holds its own separator would become two.
  const separator = kind === 'lines' ? /\n/ : /[\n,]/;
  const items = node.items.map((item) => {
    if (item.kind === 'refused') return '';
    if (item.kind !== 'text') complain(item.at, `must list texts, not ${inWords(item)}`);
    else if (item.text.trim() === '') complain(item.at, 'has an empty entry');
    else if (separator.test(item.text)) complain(item.at, `has an entry that is two: ${quoted(item.text)}`);
    return item.kind === 'text' ? item.text : '';
  });
  return { at: node.at, text: items.join('\n') };
}

function section(
  { keys: table, clashes, later }: SectionShape,
  node: Node,
  complain: Complain,
): Setting | undefined {
  if (node.kind !== 'mapping')
    return void complain(node.at, `must be a mapping with KEY: value on every line, not ${kindOf(node)}`);
  const keys = new Map<string, Setting>();
  for (const { key, at, value } of node.entries) {
    const field = Object.hasOwn(table, key) ? table[key] : undefined;
    if (field === undefined) {
      if (later.includes(key)) complain(at, LATER, `.${key}`);
      else complain(at, unknownKey(key, table));
      continue;
    }
    const found = readSetting(field, value);
    if (!Array.isArray(found)) keys.set(key, found as Setting);
    else for (const one of found) complain(one.at, one.mistake, `.${key}${one.path ?? ''}`);
  }
  for (const { key, is, idle } of clashes) {
    const said = keys.get(key);
    if (said === undefined || textOf(said) !== is) continue;
    for (const name of idle.filter((one) => keys.has(one)))
      complain(
        keys.get(name)?.at ?? '',
        `has no effect beside ${key}: ${is}; leave one of them out`,
        `.${name}`,
      );
  }
  return { at: node.at, keys };
}

function unknownKey(key: string, table: SectionShape['keys']): string {
  const meant = nearest(key, Object.keys(table));
  const inside = Object.entries(table).find(
    ([, { shape }]) => shape.kind === 'section' && Object.hasOwn(shape.keys, key),
  )?.[0];
  if (inside !== undefined) return `has ${quoted(key)}, which belongs below ${inside}`;
  return `has ${quoted(key)}, which is not a key of it${meant === undefined ? `; its keys are ${Object.keys(table).join(', ')}` : `; did you mean ${meant}?`}`;
}

/** What is in it may be meant for a variable, whose value is not shown. */
function kindOf(node: Node): string {
  return node.kind === 'text' ? 'a text' : inWords(node);
}

function mapping(
  { entry }: Extract<Shape, { kind: 'map' }>,
  node: Node,
  complain: Complain,
): Setting | undefined {
  if (node.kind !== 'mapping')
    return void complain(node.at, `must be a mapping with NAME: value on every line, not ${kindOf(node)}`);
  const entries = new Map<string, string>();
  for (const { key, at, value } of node.entries) {
    if (value.kind === 'refused') continue;
    // As text an entry is a line NAME=value: these would forge another name or another line.
    if (/[=\n]/.test(key) || key.trim() !== key || key === '')
      complain(at, `has the name ${quoted(key)}, which has "=", blanks around it, or nothing in it`);
    else if (value.kind === 'nothing')
      complain(at, `has no value for ${quoted(key)}; write '' for an empty text`);
    else if (value.kind === 'sequence' || value.kind === 'mapping')
      complain(
        value.at,
        `must have a text, a number, true or false for ${quoted(key)}, not ${inWords(value)}`,
      );
    else if (/[\r\n]/.test(value.text))
      complain(value.at, `has a line break in the value of ${quoted(key)}, which an input cannot carry`);
    else {
      const mistake = entry?.(key, value.text);
      if (mistake !== undefined) complain(at, mistake);
      entries.set(key, value.text);
    }
  }
  return { at: node.at, entries };
}
