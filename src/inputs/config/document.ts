/** A YAML file as a tree of plain nodes that know where they stand. What YAML allows and is hard to read is refused. */
import type { Node as YamlNode, Pair, Scalar } from 'yaml';
import { quoted } from '../fields.ts';

interface Written {
  readonly at: string;
  /** What is wrong with the way it is written, each with its place; not what is wrong inside it. */
  readonly mistakes: readonly string[];
}

export type Node = Written &
  (
    | {
        readonly kind: 'text' | 'number' | 'boolean';
        /** Of a number or boolean, its characters in the file: 0.10 stays 0.10. */
        readonly text: string;
      }
    | { readonly kind: 'nothing' }
    /** Its mistakes say why. */
    | { readonly kind: 'refused' }
    | { readonly kind: 'sequence'; readonly items: readonly Node[] }
    | { readonly kind: 'mapping'; readonly entries: readonly Entry[] }
  );

/** A key with its value; its place is the key's. */
export interface Entry extends Written {
  readonly key: string;
  readonly value: Node;
}

/** A text that is not YAML at all has mistakes only: nothing below them could be trusted. */
export type Document = { readonly root: Node } | { readonly mistakes: readonly string[] };

/** What is wrong with the way a value is written, and everything inside it. */
export function mistakesIn(node: Node): readonly string[] {
  if (node.kind === 'sequence') return [...node.mistakes, ...node.items.flatMap(mistakesIn)];
  if (node.kind !== 'mapping') return node.mistakes;
  const inside = node.entries.flatMap(({ mistakes, value }) => [...mistakes, ...mistakesIn(value)]);
  return [...node.mistakes, ...inside];
}

/** The keys of a value, at any depth. */
export function keysIn(node: Node): readonly string[] {
  if (node.kind === 'sequence') return node.items.flatMap(keysIn);
  if (node.kind !== 'mapping') return [];
  return node.entries.flatMap(({ key, value }) => [key, ...keysIn(value)]);
}

/** Whether messages show what is written: an input of the action may have a secret in a wrong place. */
type Shows = 'all' | 'places';

/** Parses `text`; `file` is the name that messages show. Loads the parser, which only a run with such a file pays for. */
export async function readDocument(file: string, text: string, shows: Shows = 'all'): Promise<Document> {
  const yaml = await import('yaml');
  const lines = new yaml.LineCounter();
  const parsed = yaml.parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: false });
  const place = (offset: number) => {
    const { line, col } = lines.linePos(offset);
    return `${file}:${line}:${col}`;
  };
  const tooDeep = parsed.errors.find(({ code }) => code === 'RESOURCE_EXHAUSTION');
  // Each level above reports it once more.
  if (tooDeep !== undefined)
    return { mistakes: [`${place(tooDeep.pos[0])}: lists and mappings are nested too deeply here`] };
  if (parsed.errors.length > 0) {
    const told = parsed.errors.map(({ code, pos, message }) => {
      const [line = ''] = shows === 'all' ? text.slice(pos[0]).split('\n', 1) : [];
      return `${place(pos[0])}: ${inPlainWords(code, line) ?? `not valid YAML: ${shows === 'all' ? message : message.split(':', 1).join()}`}`;
    });
    return { mistakes: [...new Set(told)] };
  }
  return { root: new TreeReader({ yaml, place, shows }).node(parsed.contents, 0) };
}

/** The usual slips, for which the parser only reports the lines around them. `line` begins at the mistake. */
function inPlainWords(code: string, line: string): string | undefined {
  switch (code) {
    case 'MULTILINE_IMPLICIT_KEY':
    case 'MISSING_CHAR':
      // Of a quotation mark that is missing the parser says so itself.
      if (line.trim() === '') return undefined;
      return (
        noBlank(line) ??
        (line.includes(':') ? undefined : `${quoted(line)} is no key with a value; write KEY: value`)
      );
    case 'BLOCK_AS_IMPLICIT_KEY':
      return 'another key begins inside this value; the next line may be indented too far, or the value need quotes';
    case 'TAB_AS_INDENT':
      return 'the line is indented with a tab; use blanks';
    default:
      return undefined;
  }
}

/** What is wrong with `timeout:10`, which YAML takes for one word. */
export function noBlank(text: string): string | undefined {
  const [, key = '', value = ''] = /^([A-Za-z][\w-]*):([^\s:/][^\n]*)/.exec(text) ?? [];
  if (key === '') return undefined;
  return `${quoted(text.split('\n', 1)[0] ?? '')} has no blank after the colon; write ${quoted(`${key}: ${value}`).slice(1, -1)}`;
}

class TreeReader {
  readonly #yaml: typeof import('yaml');
  readonly #place: (offset: number) => string;

  readonly #shows: Shows;

  constructor(by: {
    readonly yaml: typeof import('yaml');
    readonly place: (offset: number) => string;
    readonly shows: Shows;
  }) {
    this.#yaml = by.yaml;
    this.#place = by.place;
    this.#shows = by.shows;
  }

  node(node: unknown, offset: number): Node {
    const yaml = this.#yaml;
    if (!yaml.isNode(node)) return { kind: 'nothing', at: this.#place(offset), mistakes: [] };
    const at = this.#place(node.range?.[0] ?? offset);
    if (yaml.isAlias(node)) {
      const mistake = `${at}: *${this.#shown(node.source)} is an alias; write the value out, or set it in an overlay`;
      return { kind: 'refused', at, mistakes: [mistake] };
    }
    const mistakes = this.#decoration(node, at);
    if (yaml.isMap(node)) return this.#mapping(node.items, { at, mistakes });
    if (yaml.isSeq(node)) {
      return { kind: 'sequence', at, mistakes, items: node.items.map((item) => this.node(item, offset)) };
    }
    return { ...scalar(node as Scalar), at, mistakes };
  }

  #decoration(node: Exclude<YamlNode, { source: string }>, at: string): readonly string[] {
    const { anchor, tag } = node as { anchor?: string; tag?: string };
    const meant = anchor === undefined ? '' : this.#shown(anchor);
    return [
      ...(anchor === undefined
        ? []
        : [`${at}: &${meant} is an anchor; overlays say what environments share`]),
      ...(tag === undefined
        ? []
        : [`${at}: a tag (${quoted(this.#shown(tag))}) has no meaning here; leave it out`]),
    ];
  }

  #shown(text: string): string {
    return this.#shows === 'all' ? text : '…';
  }

  #mapping(pairs: readonly Pair[], { at, mistakes }: Written): Node {
    const entries: Entry[] = [];
    const noWords: string[] = [];
    const places = new Map<string, string>();
    for (const pair of pairs) {
      const key = this.node(pair.key, 0);
      if (!('text' in key)) {
        noWords.push(...mistakesIn(key), `${key.at}: a key must be a word`);
        continue;
      }
      const first = places.get(key.text);
      const again = `${key.at}: ${quoted(key.text)} stands here a second time; it is at ${first} too`;
      places.set(key.text, first ?? key.at);
      const end = (pair.key as YamlNode).range?.[1] ?? 0;
      entries.push({
        key: key.text,
        at: key.at,
        mistakes: [...key.mistakes, ...(first === undefined ? [] : [again])],
        value: this.node(pair.value, end),
      });
    }
    return { kind: 'mapping', at, mistakes: [...mistakes, ...noWords], entries };
  }
}

type Single =
  { readonly kind: 'text' | 'number' | 'boolean'; readonly text: string } | { readonly kind: 'nothing' };

function scalar({ value, source }: Scalar): Single {
  if (value === null || value === undefined) return { kind: 'nothing' };
  if (typeof value === 'string') return { kind: 'text', text: value };
  return { kind: typeof value === 'boolean' ? 'boolean' : 'number', text: source ?? String(value) };
}
