/** The model's own samples: what to ask it, and whether an answer is the expected one. */
import { UNPRINTABLE, UserError } from '../errors.ts';

/** One line of tests/samples.jsonl. */
export interface Sample {
  readonly name: string;
  /** The event, or the plain body. */
  readonly input: unknown;
  /** What the answer must contain; absent: any answer that is not an error will do. */
  readonly expected?: unknown;
  /** Largest absolute difference between numbers. */
  readonly tolerance: number;
}

/** Lambda's limit for a synchronous request, and for its answer. Bytes. */
export const PAYLOAD_LIMIT_BYTES = 6 * 1024 * 1024;

/** @throws UserError `invalid-samples` with every bad line; `no-samples` when there is none. */
export function readSamples(path: string, text: string | undefined): readonly Sample[] {
  const lines = (text ?? '').split('\n').map((line, index) => ({ line: line.trim(), number: index + 1 }));
  const mistakes: string[] = [];
  const samples = lines
    .filter(({ line }) => line !== '')
    .flatMap(({ line, number }) => {
      const sample = readSample(line, number);
      if (typeof sample !== 'string') return [sample];
      mistakes.push(`line ${number} ${sample}`);
      return [];
    });
  if (mistakes.length > 0) {
    throw new UserError('invalid-samples', {
      what: `${path} has lines that are no samples: ${mistakes.join('; ')}.`,
      fix: 'A sample is {"name", "input", "expected", "tolerance"}, one JSON object a line.',
    });
  }
  if (samples.length === 0) {
    throw new UserError('no-samples', {
      what:
        text === undefined
          ? `There is no ${path}, so nothing would prove the new version before it gets traffic.`
          : `${path} holds no sample.`,
      fix: 'Add one line such as {"name": "typical", "input": {…}, "expected": {…}}, or say samples: none to go without.',
    });
  }
  return samples;
}

function readSample(line: string, number: number): Sample | string {
  let json: unknown;
  try {
    json = JSON.parse(line);
  } catch {
    return 'is not JSON';
  }
  if (typeof json !== 'object' || json === null || Array.isArray(json)) return 'is not an object';
  const { name = `line ${number}`, input, tolerance = 0, ...rest } = json as Record<string, unknown>;
  if (typeof name !== 'string') return 'has a name that is no text';
  if (input === undefined) return 'has no input';
  if (typeof tolerance !== 'number' || !(tolerance >= 0)) return 'has a tolerance that is no number from 0';
  if (Buffer.byteLength(JSON.stringify(input)) > PAYLOAD_LIMIT_BYTES) return 'has an input above 6 MiB';
  return { name, input, tolerance, ...('expected' in rest ? { expected: rest['expected'] } : {}) };
}

/** The judgement of one answer: undefined when it is right, else what is wrong, cut to a readable length. */
export function judgeAnswer(sample: Sample, payload: string): string | undefined {
  let answer: unknown;
  try {
    answer = JSON.parse(payload);
  } catch {
    return `the answer is not JSON: ${cut(payload)}`;
  }
  const status = statusCode(answer);
  if (status !== undefined && (status < 200 || status > 299))
    return `the answer has the status ${status}: ${cut(payload)}`;
  if (!('expected' in sample)) return undefined;
  const direct = mismatch(sample.expected, answer, sample);
  if (direct === undefined) return undefined;
  const body = proxyBody(answer);
  return body === undefined ? direct : mismatch(sample.expected, body.value, sample);
}

/** The status of an API Gateway proxy response, where the answer is one. */
function statusCode(answer: unknown): number | undefined {
  const status = (answer as { statusCode?: unknown } | null)?.statusCode;
  return typeof status === 'number' ? status : undefined;
}

/** What is inside an API Gateway proxy response: the JSON of its body. */
function proxyBody(answer: unknown): { readonly value: unknown } | undefined {
  const body = (answer as { body?: unknown } | null)?.body;
  if (statusCode(answer) === undefined || typeof body !== 'string') return undefined;
  try {
    return { value: JSON.parse(body) };
  } catch {
    return { value: body };
  }
}

interface Comparison {
  /** Largest absolute difference between numbers. */
  readonly tolerance: number;
  /** Where in the answer, as people write it: `scores.setosa`. */
  readonly path?: string;
}

/** Expected objects may name a part of the answer; lists and everything else must be the whole. */
function mismatch(
  expected: unknown,
  actual: unknown,
  { tolerance, path = '' }: Comparison,
): string | undefined {
  const at = path === '' ? '' : ` at ${path}`;
  if (typeof expected === 'number' && typeof actual === 'number') {
    return isWithin(expected - actual, tolerance, Math.max(Math.abs(expected), Math.abs(actual)))
      ? undefined
      : `expected ${expected}${tolerance ? ` ± ${tolerance}` : ''}${at}, got ${actual}`;
  }
  if (typeof expected !== 'object' || expected === null || typeof actual !== 'object' || actual === null) {
    return expected === actual
      ? undefined
      : `expected ${cut(JSON.stringify(expected))}${at}, got ${cut(JSON.stringify(actual))}`;
  }
  if (Array.isArray(expected) && (!Array.isArray(actual) || actual.length !== expected.length)) {
    return `expected a list of ${expected.length}${at}, got ${cut(JSON.stringify(actual))}`;
  }
  for (const [key, value] of Object.entries(expected)) {
    const inner = (actual as Record<string, unknown>)[key];
    const found =
      inner === undefined
        ? `expected ${key}${at}, which is not in the answer`
        : mismatch(value, inner, { tolerance, path: path === '' ? key : `${path}.${key}` });
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Values shorter than this are words like `production` rather than secrets, and hiding them would make answers unreadable. */
const SHORTEST_HIDDEN = 8;

/** A model's words without the values of its environment: an exception may print any of them. */
export function withoutValues(text: string, values: readonly string[]): string {
  const hidden = values
    .filter((value) => value.length >= SHORTEST_HIDDEN)
    .sort((a, b) => b.length - a.length);
  const asJson = (value: string) => JSON.stringify(value).slice(1, -1);
  return hidden.reduce(
    (shown, value) => shown.replaceAll(value, '***').replaceAll(asJson(value), '***'),
    text,
  );
}

/** 0.9 − 0.89 is a little more than 0.01 in binary: a difference at the very edge counts as within. */
function isWithin(difference: number, tolerance: number, magnitude: number): boolean {
  const rounding = tolerance === 0 ? 0 : 2 * Number.EPSILON * magnitude;
  return Math.abs(difference) <= tolerance + rounding;
}

function cut(text: string | undefined): string {
  const visible = (text ?? 'nothing').replaceAll(UNPRINTABLE, ' ');
  return visible.length > 160 ? `${visible.slice(0, 157)}…` : visible;
}
