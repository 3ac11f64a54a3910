/** A YAML file as a tree of plain nodes that know where they stand. What YAML allows and nobody should have to read is refused. */
import type { Node as YamlNode, Pair, Scalar } from 'yaml';
import { quoted } from '../fields.ts';

export type Node =
  | {
      readonly kind: 'text' | 'number' | 'boolean';
      /** Of a number or boolean, its characters in the file: 0.10 stays 0.10. */
      readonly text: string;
      readonly at: string;
    }
  | { readonly kind: 'nothing'; readonly at: string }
  /** What is wrong with it is among the mistakes already. */
  | { readonly kind: 'refused'; readonly at: string }
  | { readonly kind: 'sequence'; readonly items: readonly Node[]; readonly at: string }
  | { readonly kind: 'mapping'; readonly entries: readonly Entry[]; readonly at: string };

export interface Entry {
  readonly key: string;
  /** `file:line:column` of the key. */
  readonly at: string;
  readonly value: Node;
}

export interface Document {
  /** Undefined when the text is not YAML at all: then nothing below its mistakes can be trusted. */
  readonly root: Node | undefined;
  readonly mistakes: readonly string[];
}

/** Parses `text`; `file` is the name that messages show. Loads the parser, which only a run with such a file pays for. */
export async function readDocument(file: string, text: string): Promise<Document> {
  const yaml = await import('yaml');
  const lines = new yaml.LineCounter();
  const parsed = yaml.parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: false });
  const place = (offset: number) => {
    const { line, col } = lines.linePos(offset);
    return `${file}:${line}:${col}`;
  };
  if (parsed.errors.length > 0) {
    const told = parsed.errors.map(({ pos, message }) => `${place(pos[0])}: not valid YAML: ${message}`);
    return { root: undefined, mistakes: [...new Set(told)] };
  }
  const mistakes: string[] = [];
  const reader = new TreeReader(yaml, place, mistakes);
  return { root: reader.node(parsed.contents, 0), mistakes };
}

class TreeReader {
  readonly #yaml: typeof import('yaml');
  readonly #place: (offset: number) => string;
  readonly #mistakes: string[];

  constructor(yaml: typeof import('yaml'), place: (offset: number) => string, mistakes: string[]) {
    this.#yaml = yaml;
    this.#place = place;
    this.#mistakes = mistakes;
  }

  node(node: unknown, offset: number): Node {
    const yaml = this.#yaml;
    if (!yaml.isNode(node)) return { kind: 'nothing', at: this.#place(offset) };
    const at = this.#place(node.range?.[0] ?? offset);
    if (yaml.isAlias(node)) {
      this.#mistakes.push(`${at}: *${node.source} is an alias; write the value out, or set it in an overlay`);
      return { kind: 'refused', at };
    }
    this.#refuseDecoration(node, at);
    if (yaml.isMap(node)) return { kind: 'mapping', at, entries: this.#entries(node.items) };
    if (yaml.isSeq(node)) {
      return { kind: 'sequence', at, items: node.items.map((item) => this.node(item, offset)) };
    }
    return scalar(node as Scalar, at);
  }

  #refuseDecoration(node: Exclude<YamlNode, { source: string }>, at: string): void {
    const { anchor, tag } = node as { anchor?: string; tag?: string };
    if (anchor !== undefined)
      this.#mistakes.push(`${at}: &${anchor} is an anchor; overlays say what environments share`);
    if (tag !== undefined)
      this.#mistakes.push(`${at}: a tag (${quoted(tag)}) has no meaning here; leave it out`);
  }

  #entries(pairs: readonly Pair[]): readonly Entry[] {
    const entries: Entry[] = [];
    const places = new Map<string, string>();
    for (const pair of pairs) {
      const entry = this.#entry(pair);
      if (entry === undefined) continue;
      const first = places.get(entry.key);
      if (first !== undefined)
        this.#mistakes.push(
          `${entry.at}: ${quoted(entry.key)} stands here a second time; it is at ${first} too`,
        );
      places.set(entry.key, first ?? entry.at);
      entries.push(entry);
    }
    return entries;
  }

  #entry({ key, value }: Pair): Entry | undefined {
    const read = this.node(key, 0);
    if (!('text' in read)) {
      this.#mistakes.push(`${read.at}: a key must be a word`);
      return undefined;
    }
    const end = (key as YamlNode).range?.[1] ?? 0;
    return { key: read.text, at: read.at, value: this.node(value, end) };
  }
}

function scalar(node: Scalar, at: string): Node {
  const { value, source } = node;
  if (value === null || value === undefined) return { kind: 'nothing', at };
  if (typeof value === 'string') return { kind: 'text', text: value, at };
  return { kind: typeof value === 'boolean' ? 'boolean' : 'number', text: source ?? String(value), at };
}
