/** JSON as it is written: the order of keys, repeated keys and the digits of numbers, which JSON.parse loses. */
import { parse, type ObjectNode, type ValueNode } from '@humanwhocodes/momoa';

/** One parsed text. `root` and all below it point into `text`. */
export interface JsonText {
  readonly text: string;
  readonly root: ValueNode;
}

/** What is wrong with a text, as the end of a sentence: `is not JSON (column 7)`. */
export type JsonProblem = { readonly problem: string };

/** Deeper than any real request, and far from the depth at which a recursive reader overflows its stack. */
export const DEEPEST_LEVEL = 100;

/** Reads standard JSON and nothing more: no comments, no trailing commas, no NaN. */
export function readJson(text: string): JsonText | JsonProblem {
  if (!isJson(text)) return { problem: `is not JSON${placeOf(text)}` };
  if (depthOf(text) > DEEPEST_LEVEL) return { problem: `is nested deeper than ${DEEPEST_LEVEL} levels` };
  return { text, root: parse(text, { mode: 'json' }).body };
}

export function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** The column of the mistake, which JSON.parse gives for some mistakes only. */
function placeOf(text: string): string {
  if (text === '' || depthOf(text) > DEEPEST_LEVEL) return '';
  try {
    parse(text, { mode: 'json' });
    return ': a text in it holds a line break or another control character';
  } catch (error) {
    const { column } = error as { column?: number };
    return column === undefined ? '' : ` (column ${column})`;
  }
}

/** How many lists and objects lie inside one another at most. Brackets in texts do not count. One pass, whatever the text. */
export function depthOf(text: string): number {
  let depth = 0;
  let deepest = 0;
  let inText = false;
  for (let at = 0; at < text.length; at += 1) {
    const char = text[at];
    if (inText && char === '\\') at += 1;
    else if (char === '"') inText = !inText;
    else if (inText) continue;
    else if (char === '[' || char === '{') deepest = Math.max(deepest, (depth += 1));
    else if (char === ']' || char === '}') depth -= 1;
  }
  return deepest;
}

/** The text of a value as it is written. */
export function written({ text }: JsonText, node: ValueNode): string {
  return text.slice(node.loc.start.offset, node.loc.end.offset);
}

/** The members of an object by name. Of repeated names the last one counts, as JSON.parse has it. */
export function membersOf(node: ObjectNode): ReadonlyMap<string, ValueNode> {
  return new Map(node.members.map(({ name, value }) => [nameOf(name), value]));
}

/** Where every repeated key of a value is: `["a.x", "a.list[0].y"]`, without those that are repeated on the way there. */
export function repeatedKeys(node: ValueNode, path = ''): readonly string[] {
  if (node.type === 'Array')
    return node.elements.flatMap(({ value }, index) => repeatedKeys(value, `${path}[${index}]`));
  if (node.type !== 'Object') return [];
  const seen = new Set<string>();
  return node.members.flatMap(({ name, value }) => {
    const key = nameOf(name);
    const where = join(path, key);
    if (seen.has(key)) return [where];
    seen.add(key);
    return repeatedKeys(value, where);
  });
}

/** A path as people write it in Python and JavaScript: `predictions[0].label`. */
export function join(path: string, key: string): string {
  if (!/^[\p{L}\p{N}_$-]+$/u.test(key)) return `${path}[${JSON.stringify(key)}]`;
  return path === '' ? key : `${path}.${key}`;
}

function nameOf(name: ObjectNode['members'][number]['name']): string {
  return name.type === 'String' ? name.value : name.name;
}
