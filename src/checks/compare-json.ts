/** Whether an expected JSON value is contained in an answer's. Numbers are compared as they are written. */
import type { ObjectNode, ValueNode } from '@humanwhocodes/momoa';
import { join, membersOf, readJson, written, type JsonText } from './json.ts';
import { isWithin, toleranceText } from './numbers.ts';
import type { Tolerance } from './samples.ts';

/** One place where an answer is not the expected one. Texts are whole here: what is shown of them is cut elsewhere. */
export interface Difference {
  /** What is wrong, where it is not that one value was expected and another one came. */
  readonly problem?: string;
  /** Where in the answer: `predictions[0].label`. Absent: the answer as a whole. */
  readonly field?: string;
  readonly expected?: string;
  readonly got?: string;
  /** Completes "expected 0.9": `± 0.01`. */
  readonly tolerance?: string;
}

/**
 * Objects may name a part of the answer; lists and everything else are the whole.
 * @returns the first difference; undefined where there is none.
 */
export function compareJson(expected: string, answer: string, tolerance: Tolerance): Difference | undefined {
  const wanted = readJson(expected);
  if ('problem' in wanted) return { problem: `the expected value ${wanted.problem}` };
  const got = readJson(answer);
  if ('problem' in got) return { problem: `the answer ${got.problem}`, got: answer };
  return compare({ wanted, got, tolerance }, { wanted: wanted.root, got: got.root, path: '' });
}

interface Texts {
  readonly wanted: JsonText;
  readonly got: JsonText;
  readonly tolerance: Tolerance;
}

interface Pair {
  readonly wanted: ValueNode;
  readonly got: ValueNode;
  readonly path: string;
}

function compare(texts: Texts, { wanted, got, path }: Pair): Difference | undefined {
  if (wanted.type === 'Object' && got.type === 'Object') return compareObjects(texts, { wanted, got, path });
  if (wanted.type === 'Array' && got.type === 'Array') {
    const length = wanted.elements.length;
    if (got.elements.length !== length)
      return differenceAt(path, { expected: `a list of ${length}`, got: shownValue(texts.got, got) });
    return firstOf(wanted.elements, ({ value }, index) =>
      compare(texts, { wanted: value, got: got.elements[index]?.value ?? got, path: `${path}[${index}]` }),
    );
  }
  const expected = shownValue(texts.wanted, wanted);
  const found = shownValue(texts.got, got);
  if (wanted.type === 'Number' && got.type === 'Number') {
    if (isWithin(expected, found, texts.tolerance)) return undefined;
    const bounds = toleranceText(texts.tolerance);
    return differenceAt(path, {
      expected,
      got: found,
      ...(bounds === undefined ? {} : { tolerance: bounds }),
    });
  }
  const same = wanted.type === got.type && !isContainer(wanted) && valueOf(wanted) === valueOf(got);
  return same ? undefined : differenceAt(path, { expected, got: found });
}

function compareObjects(
  texts: Texts,
  { wanted, got, path }: Pair & { readonly wanted: ObjectNode; readonly got: ObjectNode },
): Difference | undefined {
  const found = membersOf(got);
  return firstOf([...membersOf(wanted)], ([key, value]) => {
    const field = join(path, key);
    const inner = found.get(key);
    if (inner === undefined)
      return differenceAt(field, {
        expected: shownValue(texts.wanted, value),
        got: 'nothing',
        problem: 'is not in the answer',
      });
    return compare(texts, { wanted: value, got: inner, path: field });
  });
}

function firstOf<T>(
  items: readonly T[],
  differenceOf: (item: T, index: number) => Difference | undefined,
): Difference | undefined {
  for (const [index, item] of items.entries()) {
    const difference = differenceOf(item, index);
    if (difference !== undefined) return difference;
  }
  return undefined;
}

function differenceAt(path: string, difference: Difference): Difference {
  return path === '' ? difference : { field: path, ...difference };
}

function isContainer({ type }: ValueNode): boolean {
  return type === 'Object' || type === 'Array';
}

function valueOf(node: ValueNode): unknown {
  return 'value' in node ? node.value : null;
}

/** Numbers as they are written; the rest without escapes, so that a secret in it has one form only. */
function shownValue(json: JsonText, node: ValueNode): string {
  const text = written(json, node);
  return node.type === 'Number' ? text : JSON.stringify(JSON.parse(text));
}
