/** Whether an answer is the one that a sample expects: one rule for every door that the answer came through. */
import { createHash } from 'node:crypto';
import type { Answer, Unreadable } from './answer.ts';
import { compareJson, type Difference } from './compare-json.ts';
import { compareText } from './compare-text.ts';
import { membersOf, readJson } from './json.ts';
import type { Expectation, Sample } from './samples.ts';
import { shown } from './shown.ts';

/** What a check showed. Every text in it is short and holds no value of the function's environment. */
export type Verdict =
  | { readonly kind: 'as-expected' }
  /** The sample expects nothing, and the answer is no error. */
  | { readonly kind: 'answered' }
  | { readonly kind: 'not-checked'; readonly why: string }
  | ({ readonly kind: 'differs'; readonly why: string } & Omit<Difference, 'problem'>);

/** `hidden`: values of the function's environment, which no message may show. */
export function checkAnswer(
  sample: Sample,
  answer: Answer | Unreadable,
  hidden: readonly string[] = [],
): Verdict {
  const difference = 'problem' in answer ? answer : compareAnswer(sample, answer);
  if (difference !== undefined) return differs(difference, hidden);
  const expectsSomething = sample.expected !== undefined || sample.expectedStatus !== undefined;
  return { kind: expectsSomething ? 'as-expected' : 'answered' };
}

/** The verdict for a difference that was found elsewhere, such as an error of the function. */
export function differs(difference: Difference, hidden: readonly string[]): Verdict {
  const { problem, field, expected, got, tolerance } = difference;
  const clean = (text: string | undefined) => (text === undefined ? undefined : shown(text, hidden));
  const parts = { field: clean(field), expected: clean(expected), got: clean(got), tolerance };
  return {
    kind: 'differs',
    why: sentence({ ...parts, problem: problem === undefined ? undefined : shown(problem, hidden, 300) }),
    ...Object.fromEntries(Object.entries(parts).filter(([, value]) => value !== undefined)),
  };
}

type Parts = { readonly [K in keyof Difference]-?: Difference[K] | undefined };

/** `expected 0.9 ± 0.01 at p, got 0.92`. */
function sentence({ problem, field, expected, got, tolerance }: Parts): string {
  if (problem !== undefined && field !== undefined) return `${field} ${problem}`;
  if (problem !== undefined) return got === undefined ? problem : `${problem}: ${got}`;
  const bounds = tolerance === undefined ? '' : ` ${tolerance}`;
  return `expected ${expected ?? ''}${bounds}${field === undefined ? '' : ` at ${field}`}, got ${got ?? ''}`;
}

function compareAnswer(sample: Sample, answer: Answer): Difference | undefined {
  const { expected, expectedStatus } = sample;
  const { status } = answer;
  if (expectedStatus !== undefined && status !== expectedStatus)
    return { field: 'status', expected: String(expectedStatus), got: `${status}: ${textOf(answer)}` };
  const isSuccess = status >= 200 && status <= 299;
  if (expectedStatus === undefined && !isSuccess && status !== statusIn(expected))
    return { problem: `the answer has the status ${status}`, got: textOf(answer) };
  return expected === undefined ? undefined : compareBody(sample, expected, answer);
}

function compareBody(sample: Sample, expected: Expectation, answer: Answer): Difference | undefined {
  switch (expected.kind) {
    case 'json':
      return compareAsJson(sample, expected.text, answer);
    case 'text':
      return compareText(expected.text, textOf(answer), sample);
    case 'bytes': {
      const wanted = Buffer.from(expected.base64, 'base64');
      return wanted.equals(answer.body) ? undefined : bytesDiffer(sha256(wanted), answer);
    }
    case 'sha256':
      return sha256(answer.body) === expected.hex ? undefined : bytesDiffer(expected.hex, answer);
  }
}

/** The body first; a sample may also describe the whole proxy response. */
function compareAsJson(sample: Sample, expected: string, answer: Answer): Difference | undefined {
  const { json, response } = answer;
  const isPlain = response === undefined;
  // A body that is one text needs no quotes in HTTP.
  if (!isPlain && JSON.parse(expected) === textOf(answer)) return undefined;
  const inBody =
    json === undefined
      ? { problem: 'the answer is not JSON', got: textOf(answer) }
      : compareJson(expected, json, sample);
  if (inBody === undefined || isPlain) return inBody;
  const inResponse = compareResponse(sample, expected, response);
  if (inResponse === undefined) return undefined;
  return statusIn(sample.expected) === undefined ? inBody : inResponse;
}

/** Over HTTP a header's name has no case, and nothing is left of how the body was encoded. */
function compareResponse(sample: Sample, expected: string, response: string): Difference | undefined {
  const direct = compareJson(expected, response, sample);
  if (direct === undefined) return undefined;
  const [wanted, got] = [expected, response].map((text) => JSON.parse(text) as unknown);
  if (!isObject(wanted) || !isObject(got) || !('statusCode' in wanted)) return direct;
  const plain = (from: Readonly<Record<string, unknown>>) =>
    JSON.stringify({
      statusCode: from['statusCode'],
      ...(from['body'] === undefined ? {} : { body: from['body'] }),
      ...(isObject(from['headers']) ? { headers: lowerCased(from['headers']) } : {}),
    });
  return compareJson(plain(wanted), plain(got), sample);
}

function lowerCased(headers: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The status in an expectation that describes a whole proxy response. */
function statusIn(expected: Expectation | undefined): number | undefined {
  if (expected?.kind !== 'json') return undefined;
  const json = readJson(expected.text);
  if ('problem' in json || json.root.type !== 'Object') return undefined;
  const status = membersOf(json.root).get('statusCode');
  const isStatus = status?.type === 'Number' && status.value >= 100 && status.value <= 599;
  return isStatus ? status.value : undefined;
}

function bytesDiffer(wanted: string, answer: Answer): Difference {
  return {
    expected: `a body with the SHA-256 ${wanted}`,
    got: `${sha256(answer.body)} (${answer.body.length} bytes)`,
  };
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function textOf({ body }: Answer): string {
  return Buffer.from(body).toString('utf8');
}
