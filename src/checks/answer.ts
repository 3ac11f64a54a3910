/** One answer of a model, read the same way whatever it came through: Lambda's Invoke or HTTP. */
import { isJson } from './json.ts';

export interface Answer {
  /** The HTTP status; 200 where a function answers without one, as API Gateway makes of it. */
  readonly status: number;
  /** The body's bytes: decoded, where it came as Base64, and without the quotes of a plain JSON text. */
  readonly body: Uint8Array;
  /** The JSON that an expectation is compared with first; undefined where the body is no JSON. */
  readonly json: string | undefined;
  /** The whole proxy response as JSON text, where there is one; an expectation may name its status and headers. */
  readonly response: string | undefined;
}

/** What no answer can be read from, as a sentence's end: `the body is not Base64`. */
export type Unreadable = { readonly problem: string };

/** Between the head and the body of a streamed answer. */
const PRELUDE_END = new Uint8Array(8);
/** Lambda wants the whole head within this. Bytes. */
const LONGEST_PRELUDE = 16 * 1024;

/** What Invoke gives: an answer as it is, a proxy response of format 1.0 or 2.0, or a streamed one. */
export function answerOfLambda(payload: string | Uint8Array): Answer | Unreadable {
  const bytes = typeof payload === 'string' ? Buffer.from(payload) : Buffer.from(payload);
  const streamed = readStreamed(bytes);
  if (streamed !== undefined) return streamed;
  const text = bytes.toString('utf8');
  const value = parsed(text);
  if (isProxyResponse(value)) return readProxyResponse(text, value);
  const body = typeof value === 'string' ? Buffer.from(value) : bytes;
  return { status: 200, body, json: value === undefined ? undefined : text, response: undefined };
}

/** What HTTP gives. `bytes`: the body as it came; `headers` by lower-case names. */
export function answerOfHttp(response: {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly bytes: Uint8Array;
}): Answer {
  return answerWith(response.status, response.headers, Buffer.from(response.bytes));
}

interface ProxyResponse {
  readonly statusCode: number;
  readonly body?: unknown;
  readonly isBase64Encoded?: unknown;
}

/** A model may have a statusCode of its own; only an HTTP status makes it a proxy response. */
function isProxyResponse(value: unknown): value is ProxyResponse {
  const status = (value as { statusCode?: unknown } | null | undefined)?.statusCode;
  return Number.isInteger(status) && Number(status) >= 100 && Number(status) <= 599;
}

function readProxyResponse(text: string, response: ProxyResponse): Answer | Unreadable {
  const { statusCode, body = null, isBase64Encoded } = response;
  const answer = { status: statusCode, response: text };
  if (body === null) return { ...answer, body: Buffer.alloc(0), json: undefined };
  // API Gateway refuses it, and by Invoke it can be read all the same.
  if (typeof body !== 'string') {
    const json = JSON.stringify(body);
    return { ...answer, body: Buffer.from(json), json };
  }
  if (isBase64Encoded !== true) return { ...answer, body: Buffer.from(body), json: jsonIn(body) };
  if (!isBase64(body)) return { problem: 'the body is not Base64, although isBase64Encoded is true' };
  const bytes = Buffer.from(body, 'base64');
  return { ...answer, body: bytes, json: jsonIn(bytes.toString('utf8')) };
}

/** The head is JSON with the status, headers and cookies; eight zero bytes end it (application/vnd.awslambda.http-integration-response). */
function readStreamed(bytes: Buffer): Answer | undefined {
  const end = bytes.subarray(0, LONGEST_PRELUDE + PRELUDE_END.length).indexOf(PRELUDE_END);
  if (end < 2) return undefined;
  const head = parsed(bytes.toString('utf8', 0, end));
  if (typeof head !== 'object' || head === null || Array.isArray(head)) return undefined;
  const { statusCode, headers } = head as { statusCode?: unknown; headers?: unknown };
  const status = typeof statusCode === 'number' ? statusCode : 200;
  return answerWith(status, lowerCased(headers), bytes.subarray(end + PRELUDE_END.length));
}

/** As a proxy response of the same content would be read. */
function answerWith(status: number, headers: Readonly<Record<string, string>>, body: Buffer): Answer {
  const text = body.toString('utf8');
  const response = { statusCode: status, headers, body: text };
  return { status, body, json: jsonIn(text), response: JSON.stringify(response) };
}

function lowerCased(headers: unknown): Readonly<Record<string, string>> {
  if (typeof headers !== 'object' || headers === null) return {};
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name.toLowerCase(), String(value)]),
  );
}

function jsonIn(text: string): string | undefined {
  return isJson(text) ? text : undefined;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Line breaks are allowed in it, as encoders write them. */
function isBase64(text: string): boolean {
  const plain = text.replaceAll(/\s/g, '');
  return /^[A-Za-z0-9+/_-]*={0,2}$/.test(plain);
}
