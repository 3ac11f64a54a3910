import { jsonResponse, utf8 } from '../../http.ts';
import type { LocalResponse } from '../../http.ts';

interface ProxyResponse {
  readonly statusCode?: unknown;
  readonly headers?: Readonly<Record<string, string | number | boolean>> | null;
  readonly multiValueHeaders?: Readonly<Record<string, readonly (string | number | boolean)[]>> | null;
  readonly cookies?: readonly string[];
  readonly body?: unknown;
  readonly isBase64Encoded?: boolean;
}

function parse(payload: string): unknown {
  try {
    return JSON.parse(payload);
  } catch {
    return undefined;
  }
}

/**
 * Format 1.0: an object with a whole number as statusCode and text as body, or the answer is malformed. A REST API
 * decodes base64 only for a client that asks for a binary type; otherwise base64 is what the client gets.
 */
export function responseOne(payload: string, decodes: boolean): LocalResponse | undefined {
  const value = parse(payload) as ProxyResponse | null | undefined;
  if (value === null || typeof value !== 'object' || !Number.isInteger(Number(value.statusCode ?? NaN))) {
    return undefined;
  }
  if (value.body !== undefined && value.body !== null && typeof value.body !== 'string') return undefined;
  return write(decodes ? value : { ...value, isBase64Encoded: false }, Number(value.statusCode));
}

/** Format 2.0: without a statusCode, whatever came is the body of a 200. */
export function responseTwo(payload: string): LocalResponse | undefined {
  const value = parse(payload);
  if (value === undefined) return undefined;
  if (typeof value === 'object' && value !== null && 'statusCode' in value) {
    const response = value as ProxyResponse;
    const status = Number(response.statusCode);
    if (!Number.isInteger(status)) return undefined;
    const body = typeof response.body === 'string' || response.body === undefined;
    return write(body ? response : { ...response, body: JSON.stringify(response.body) }, status);
  }
  if (typeof value !== 'string') return jsonResponse(200, value);
  return { status: 200, headers: { 'content-type': 'application/json' }, body: utf8(value) };
}

/** Between the head of a streamed answer and its body; it must come within so many bytes. */
const DELIMITER = Buffer.alloc(8);
const LONGEST_HEAD = 16 * 1024;

/** A streamed answer: its head as JSON, eight NUL bytes, the body. A buffered answer behind STREAM is malformed. */
export function responseStreamed(payload: Uint8Array): LocalResponse | undefined {
  const bytes = Buffer.from(payload);
  const at = bytes.subarray(0, LONGEST_HEAD).indexOf(DELIMITER);
  const head =
    at < 0 ? undefined : (parse(bytes.toString('utf8', 0, at)) as ProxyResponse | null | undefined);
  if (head === undefined || head === null || typeof head !== 'object') return undefined;
  const status = Number(head.statusCode ?? 200);
  if (!Number.isInteger(status)) return undefined;
  const body = new Uint8Array(bytes.subarray(at + DELIMITER.length));
  return { ...write({ ...head, body: undefined }, status), body };
}

function write(value: ProxyResponse, status: number): LocalResponse {
  const headers: Record<string, string> = { 'content-type': 'application/json' };
  for (const [name, given] of Object.entries(value.headers ?? {}))
    headers[name.toLowerCase()] = String(given);
  for (const [name, given] of Object.entries(value.multiValueHeaders ?? {})) {
    headers[name.toLowerCase()] = given.map(String).join(', ');
  }
  if (value.cookies !== undefined) headers['set-cookie'] = value.cookies.join(', ');
  const text = typeof value.body === 'string' ? value.body : '';
  const body = value.isBase64Encoded === true ? Buffer.from(text, 'base64') : utf8(text);
  return { status, headers, body };
}
