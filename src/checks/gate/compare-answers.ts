/** Where two answers to the same request differ: field by field, neither of them being the expected one. */
import { isUtf8 } from 'node:buffer';
import { createHash } from 'node:crypto';
import type { ValueNode } from '@humanwhocodes/momoa';
import type { Answer } from '../answer.ts';
import { compareText } from '../compare-text.ts';
import { isJson, join, membersOf, readJson, written, type JsonText } from '../json.ts';
import { isWithin } from '../numbers.ts';
import type { Tolerance } from '../samples.ts';
import type { TrialAnswer } from './trial.ts';

export type AnyAnswer = TrialAnswer['answer'];

export interface ComparedBy extends Tolerance {
  /** Dotted paths, `label` or `predictions.label`: these and all below them, in every element of a list. Empty: all. */
  readonly fields: readonly string[];
}

/** One field that differs. Texts are whole; what is shown of them is cut elsewhere. */
export interface FieldDifference {
  /** As people write it: `predictions[0].label`; `answer` for an answer as a whole, `status` for HTTP's. */
  readonly field: string;
  /** The path without places in lists, `predictions.label`; the same for each of their elements. */
  readonly path: string;
  readonly before: string;
  readonly after: string;
  /** 1 for another word, the share of the larger value for numbers, 2 for an answer or a status that is missing or another one. */
  readonly size: number;
}

/** Larger than any difference of values: it comes first. */
const NO_ANSWER = 2;

/** @returns nothing where the answers say the same; two failures do, whatever their words. */
export function differencesBetween(
  before: AnyAnswer,
  after: AnyAnswer,
  by: ComparedBy,
): readonly FieldDifference[] {
  const [failedBefore, failedAfter] = [failureIn(before), failureIn(after)];
  if (failedBefore !== undefined && failedAfter !== undefined) return [];
  if (!('status' in before) || !('status' in after))
    return [whole(failedBefore ?? textOf(before), failedAfter ?? textOf(after), NO_ANSWER)];
  const status =
    before.status === after.status ? [] : [difference('status', `${before.status}`, `${after.status}`)];
  return [...status.map((found) => ({ ...found, size: NO_ANSWER })), ...bodies(before, after, by)];
}

function bodies(before: Answer, after: Answer, by: ComparedBy): readonly FieldDifference[] {
  if (Buffer.from(before.body).equals(after.body)) return [];
  const [left, right] = [jsonOf(before), jsonOf(after)];
  if (left !== undefined && right !== undefined) return fieldsOf(leavesOf(left), leavesOf(right), by);
  if (!isUtf8(before.body) || !isUtf8(after.body)) return [whole(textOf(before), textOf(after), 1)];
  const found = compareText(textOf(before), textOf(after), by);
  if (found === undefined) return [];
  return [difference(found.field ?? 'answer', found.expected ?? '', found.got ?? '')];
}

/** A value that holds no other one. */
interface Leaf {
  readonly field: string;
  readonly path: string;
  readonly text: string;
  readonly isNumber: boolean;
}

function fieldsOf(
  before: ReadonlyMap<string, Leaf>,
  after: ReadonlyMap<string, Leaf>,
  by: ComparedBy,
): readonly FieldDifference[] {
  const found: FieldDifference[] = [];
  for (const leaf of new Set([...before.keys(), ...after.keys()])) {
    const [left, right] = [before.get(leaf), after.get(leaf)];
    const { field = 'answer', path = '' } = left ?? right ?? {};
    if (!isCompared({ field, path }, by.fields) || isSame(left, right, by)) continue;
    const [was, is] = [left?.text ?? 'nothing', right?.text ?? 'nothing'];
    const areNumbers = left?.isNumber === true && right?.isNumber === true;
    found.push({ field, path, before: was, after: is, size: areNumbers ? distance(was, is) : 1 });
  }
  return found;
}

function isSame(left: Leaf | undefined, right: Leaf | undefined, by: Tolerance): boolean {
  if (left === undefined || right === undefined) return false;
  if (left.isNumber && right.isNumber) return isWithin(left.text, right.text, by);
  return left.isNumber === right.isNumber && left.text === right.text;
}

/** Whether a field is one of `fields`, or lies below one. */
export function isCompared(
  { field, path }: Pick<Leaf, 'field' | 'path'>,
  fields: readonly string[],
): boolean {
  const isBelow = (text: string, name: string) =>
    text === name || text.startsWith(`${name}.`) || text.startsWith(`${name}[`);
  return fields.length === 0 || fields.some((name) => isBelow(path, name) || isBelow(field, name));
}

/** Every path of an answer that is JSON, without places in lists; empty for any other. */
export function pathsOf(answer: AnyAnswer): ReadonlySet<string> {
  const json = 'status' in answer ? jsonOf(answer) : undefined;
  return new Set(json === undefined ? [] : [...leavesOf(json).values()].map(({ path }) => path));
}

/** Python writes NaN and Infinity, which are not JSON: the rest of such an answer is compared all the same. */
function jsonOf({ json, body }: Answer): JsonText | undefined {
  const text = json ?? withoutBareWords(textOf({ body }));
  const read = readJson(text);
  return 'problem' in read ? undefined : read;
}

/** A private-use character tells a bare NaN from the text "NaN". */
const BARE = '\uE000';

function withoutBareWords(text: string): string {
  if (!/NaN|Infinity/.test(text)) return text;
  const plain = text.replaceAll(/"[^"\\]*(?:\\.[^"\\]*)*"|-?\b(?:NaN|Infinity)\b/g, (token) =>
    token.startsWith('"') ? token : `"${BARE}${token}"`,
  );
  return isJson(plain) ? plain : text;
}

function leavesOf(json: JsonText): ReadonlyMap<string, Leaf> {
  const leaves = new Map<string, Leaf>();
  const visit = (node: ValueNode, field: string, path: string): void => {
    if (node.type === 'Object' && node.members.length > 0)
      for (const [key, value] of membersOf(node))
        visit(value, join(field, key), path === '' ? key : `${path}.${key}`);
    else if (node.type === 'Array' && node.elements.length > 0)
      node.elements.forEach(({ value }, index) => visit(value, `${field}[${index}]`, path));
    else
      leaves.set(field, {
        field: field === '' ? 'answer' : field,
        path,
        text: shownValue(json, node),
        isNumber: node.type === 'Number',
      });
  };
  visit(json.root, '', '');
  return leaves;
}

/** Numbers as they are written, texts in quotes. */
function shownValue(json: JsonText, node: ValueNode): string {
  if (node.type !== 'String') return written(json, node).replaceAll(/\s/g, '');
  return node.value.startsWith(BARE) ? node.value.slice(BARE.length) : JSON.stringify(node.value);
}

/** As a share of the larger of both. */
function distance(before: string, after: string): number {
  const [a, b] = [Number(before), Number(after)];
  const larger = Math.max(Math.abs(a), Math.abs(b));
  if (!Number.isFinite(larger)) return 1;
  return larger === 0 ? 0 : Math.min(1, Math.abs(a / larger - b / larger));
}

function difference(field: string, before: string, after: string): FieldDifference {
  return { field, path: field, before, after, size: 1 };
}

function whole(before: string, after: string, size: number): FieldDifference {
  return { ...difference('answer', before, after), size };
}

function failureIn(answer: AnyAnswer): string | undefined {
  if ('failed' in answer) return `no answer: ${answer.failed}`;
  return 'problem' in answer ? `no answer: ${answer.problem}` : undefined;
}

function textOf(answer: Pick<Answer, 'body'> | AnyAnswer): string {
  if (!('body' in answer)) return failureIn(answer) ?? '';
  const bytes = Buffer.from(answer.body);
  if (isUtf8(bytes)) return bytes.toString('utf8');
  return `${bytes.length} bytes, SHA-256 ${createHash('sha256').update(bytes).digest('hex')}`;
}
