/** The fields of a sample beside its name and input, each with its own rules. */
import type { ValueNode } from '@humanwhocodes/momoa';
import { written, type JsonText } from './json.ts';
import type { Expectation, Sample, SampleRoute, Tolerance } from './samples.ts';

export interface Fields {
  readonly json: JsonText;
  readonly members: ReadonlyMap<string, ValueNode>;
  /** Takes the end of a sentence that begins with the line. */
  readonly problem: (text: string) => void;
}

export function readTolerance(fields: Fields): Tolerance {
  return {
    tolerance: numberOf(fields, 'tolerance', Infinity),
    relativeTolerance: numberOf(fields, 'relative-tolerance', 1),
  };
}

/** `below` is not part of the range; Infinity refuses what a double cannot hold, such as 1e999. */
function numberOf({ members, problem }: Fields, key: string, below: number): number {
  const node = members.get(key);
  if (node === undefined) return 0;
  if (node.type === 'Number' && node.value >= 0 && node.value < below) return node.value;
  problem(
    below === Infinity
      ? `has a ${key} that is no finite number from 0`
      : `has a ${key} that is no share from 0 to below 1 (0.01 is one per cent)`,
  );
  return 0;
}

/** The ways to say what the body is; a sample uses one of them. */
const BODY_KEYS = ['expected', 'expected-text', 'expected-base64', 'expected-sha256'] as const;

export function readExpectation(fields: Fields): Pick<Sample, 'expected' | 'expectedStatus'> {
  const { members, problem } = fields;
  const [key, ...others] = BODY_KEYS.filter((name) => members.has(name));
  if (others.length > 0) problem(`has ${[key, ...others].join(' and ')}: one of them says what the body is`);
  const expected = key === undefined ? undefined : expectationOf(fields, key);
  const isExact = expected?.kind === 'bytes' || expected?.kind === 'sha256';
  const hasTolerance = members.has('tolerance') || members.has('relative-tolerance');
  if (isExact && hasTolerance) problem(`has a tolerance, which means nothing beside ${key}`);
  if (key === undefined && hasTolerance) problem('has a tolerance, which means nothing without expected');
  const expectedStatus = statusOf(fields);
  return {
    ...(expected === undefined ? {} : { expected }),
    ...(expectedStatus === undefined ? {} : { expectedStatus }),
  };
}

function expectationOf(fields: Fields, key: (typeof BODY_KEYS)[number]): Expectation | undefined {
  const { json, members, problem } = fields;
  if (key === 'expected') {
    const node = members.get(key);
    return node === undefined ? undefined : { kind: 'json', text: written(json, node) };
  }
  const text = textOf(fields, key);
  if (text === undefined) return undefined;
  if (key === 'expected-text') return { kind: 'text', text };
  if (key === 'expected-sha256') {
    if (!/^[0-9a-f]{64}$/i.test(text)) problem(`has an ${key} that is not 64 hex digits`);
    return { kind: 'sha256', hex: text.toLowerCase() };
  }
  if (Buffer.from(text, 'base64').toString('base64') !== text) problem(`has an ${key} that is not Base64`);
  return { kind: 'bytes', base64: text };
}

function statusOf({ members, problem }: Fields): number | undefined {
  const node = members.get('expected-status');
  if (node === undefined) return undefined;
  if (node.type === 'Number' && Number.isInteger(node.value) && node.value >= 200 && node.value <= 599)
    return node.value;
  problem('has an expected-status that is no HTTP status from 200 to 599');
  return undefined;
}

/** What of a plain sample belongs to the request over HTTP; an event says all of it by itself. */
export function readRequest(
  fields: Fields,
  isEvent: boolean,
): Pick<Sample, 'route' | 'contentType' | 'accept'> {
  const { members, problem } = fields;
  const [key] = ['route', 'content-type', 'accept'].filter((name) => members.has(name));
  if (isEvent && key !== undefined)
    problem(`has a ${key}, and its input is an API event that says it already`);
  const route = readRoute(fields);
  const contentType = headerOf(fields, 'content-type');
  const accept = headerOf(fields, 'accept');
  if (contentType !== undefined && !isJsonType(contentType) && members.get('input')?.type !== 'String')
    problem(`has the content-type ${contentType}, so its input has to be a text`);
  return {
    ...(route === undefined ? {} : { route }),
    ...(contentType === undefined ? {} : { contentType }),
    ...(accept === undefined ? {} : { accept }),
  };
}

/** `application/json` and what is written like it: `application/vnd.acme+json; charset=utf-8`. */
export function isJsonType(contentType: string): boolean {
  return /^\s*[\w.+-]+\/([\w.+-]+\+)?json\s*(;|$)/i.test(contentType);
}

function readRoute(fields: Fields): SampleRoute | undefined {
  const text = textOf(fields, 'route');
  if (text === undefined) return undefined;
  const [, method, path] = /^(POST|PUT|PATCH|DELETE) (\/[^\s#{}]*)$/.exec(text) ?? [];
  if (method !== undefined && path !== undefined) return { method, path };
  fields.problem(
    'has a route that is not a method with a body and a path without parameters, such as "POST /predict"',
  );
  return undefined;
}

function headerOf(fields: Fields, key: string): string | undefined {
  const text = textOf(fields, key);
  if (text === undefined || /^[\x21-\x7e][\x20-\x7e]{0,199}$/.test(text)) return text;
  fields.problem(`has a ${key} that is no value of an HTTP header`);
  return undefined;
}

function textOf({ members, problem }: Fields, key: string): string | undefined {
  const node = members.get(key);
  if (node === undefined || node.type === 'String') return node?.value;
  problem(`has ${/^[aeiou]/.test(key) ? 'an' : 'a'} ${key} that is no text`);
  return undefined;
}
