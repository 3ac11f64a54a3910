/** A JSON file that another program wrote: checked like a foreign reply, with all its mistakes at once, each with its line. */
import { parse, type ObjectNode, type ValueNode } from '@humanwhocodes/momoa';
import { UserError, type Place } from '../../errors.ts';
import { DEEPEST_LEVEL, depthOf, membersOf, repeatedKeys } from '../json.ts';
import { shown } from '../shown.ts';

/** How a mistake in this kind of file is reported. */
export interface FileKind {
  readonly code: string;
  /** What the file should be: `constraints of Model Monitor`. */
  readonly what: string;
  readonly fix: string;
}

/** Larger files are no constraints and no metrics. Bytes. */
const LARGEST = 16 * 1024 * 1024;
/** Mistakes that a message holds. */
const MOST_SHOWN = 10;

export class JsonFile {
  readonly file: string;
  readonly root: ObjectNode;
  readonly #kind: FileKind;
  readonly #mistakes: Place[] = [];

  /** @throws UserError of the kind's code for a file that is missing or no JSON object. */
  constructor(file: string, text: string | undefined, kind: FileKind) {
    this.file = file;
    this.#kind = kind;
    this.root = this.#open(text);
    for (const path of repeatedKeys(this.root))
      this.mistake(this.root, `the key ${shortName(path)} is repeated`);
  }

  mistake({ loc }: ValueNode, message: string): undefined {
    this.#mistakes.push({ file: this.file, line: loc.start.line, message });
    return undefined;
  }

  /** @throws UserError with everything that was found wrong. */
  end(): void {
    if (this.#mistakes.length > 0) throw this.#failure(this.#mistakes);
  }

  /** The members of an object; null is as good as none. */
  object(node: ValueNode | undefined, name: string): ReadonlyMap<string, ValueNode> | undefined {
    if (node === undefined) return undefined;
    if (node.type !== 'Object') return this.mistake(node, `${name} is no object`);
    return new Map([...membersOf(node)].filter(([, value]) => value.type !== 'Null'));
  }

  list(node: ValueNode | undefined, name: string): readonly ValueNode[] | undefined {
    if (node === undefined) return undefined;
    if (node.type !== 'Array') return this.mistake(node, `${name} is no list`);
    return node.elements.map(({ value }) => value);
  }

  text(node: ValueNode | undefined, name: string): string | undefined {
    if (node === undefined) return undefined;
    return node.type === 'String' ? node.value : this.mistake(node, `${name} is no text`);
  }

  /** A finite number; NaN is none. */
  number(node: ValueNode | undefined, name: string): number | undefined {
    if (node === undefined) return undefined;
    if (node.type === 'Number' && Number.isFinite(node.value)) return node.value;
    return this.mistake(
      node,
      `${name} is no number${isNotFinite(node) ? ` but ${String(textOf(node))}` : ''}`,
    );
  }

  share(node: ValueNode | undefined, name: string): number | undefined {
    const share = this.number(node, name);
    if (node === undefined || share === undefined || (share >= 0 && share <= 1)) return share;
    return this.mistake(node, `${name} is ${share}, and a share is 0 to 1`);
  }

  #open(text: string | undefined): ObjectNode {
    const { what } = this.#kind;
    const at = (message: string, line?: number) =>
      this.#failure([{ file: this.file, message, ...(line === undefined ? {} : { line }) }]);
    if (text === undefined) throw at('it does not exist');
    if (text.trim() === '') throw at('it is empty');
    if (text.length > LARGEST) throw at(`it has more than ${LARGEST / 1024 ** 2} MiB`);
    if (depthOf(text) > DEEPEST_LEVEL) throw at(`it is nested deeper than ${DEEPEST_LEVEL} levels`);
    let root: ValueNode;
    try {
      root = parse(withNotFiniteAsText(text.replace(/^\uFEFF/, '')), { mode: 'json' }).body;
    } catch (error) {
      throw at('it is not JSON', (error as { line?: number }).line);
    }
    if (root.type !== 'Object') throw at(`${what} are an object, and this is none`);
    return root;
  }

  #failure(mistakes: readonly Place[]): UserError {
    const { code, what, fix } = this.#kind;
    const lines = mistakes.slice(0, MOST_SHOWN).map(({ line, message = '' }) => {
      return line === undefined ? message : `line ${line}: ${message}`;
    });
    const more = mistakes.length > MOST_SHOWN ? `; and ${mistakes.length - MOST_SHOWN} more` : '';
    const said = `${shortName(this.file)} cannot be read as ${what}: ${lines.join('; ')}${more}.`;
    return new UserError(code, { what: said, fix, places: mistakes });
  }
}

/** Python writes NaN and Infinity into JSON, which has neither; Model Monitor writes them as texts. */
export function withNotFiniteAsText(text: string): string {
  return text.replaceAll(/"(?:[^"\\]|\\.)*"|-?\b(?:NaN|Infinity)\b/g, (part) =>
    part.startsWith('"') ? part : `"${part}"`,
  );
}

/** NaN or an infinity, as Python and Model Monitor write it. */
export function isNotFinite(node: ValueNode): boolean {
  return (
    /^-?(NaN|Infinity)$/.test(textOf(node) ?? '') || (node.type === 'Number' && !Number.isFinite(node.value))
  );
}

function textOf(node: ValueNode): string | undefined {
  return node.type === 'String' ? node.value : node.type === 'Number' ? String(node.value) : undefined;
}

/** A name out of a file, short enough for a message. */
export function shortName(text: string): string {
  return shown(text, [], 80);
}
