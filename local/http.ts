/** The one shape in which a request reaches anything in local/, whatever carried it there. */
export interface LocalRequest {
  readonly method: string;
  /** Host name with the port when there is one, as in the Host header. */
  readonly host: string;
  /** Path as sent: still percent-encoded, without the query. */
  readonly path: string;
  readonly query: Readonly<Record<string, string | string[]>>;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

export interface LocalResponse {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: Uint8Array;
  /** The body where it comes in pieces, slowly or for ever; `body` is empty then. */
  readonly stream?: AsyncIterable<Uint8Array>;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

export const noBytes: Uint8Array = new Uint8Array(0);

export function utf8(text: string): Uint8Array {
  return encoder.encode(text);
}

export function fromUtf8(bytes: Uint8Array): string {
  return decoder.decode(bytes);
}

/** A JSON answer; an undefined body is an empty one (204 and the like). */
export function jsonResponse(
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): LocalResponse {
  if (body === undefined) return { status, headers, body: noBytes };
  return {
    status,
    headers: { 'content-type': 'application/json', ...headers },
    body: utf8(JSON.stringify(body)),
  };
}

export function textResponse(
  status: number,
  body: string,
  headers: Record<string, string> = {},
): LocalResponse {
  return { status, headers: { 'content-type': 'text/plain; charset=utf-8', ...headers }, body: utf8(body) };
}

/** The first value of a query parameter, or undefined. */
export function queryValue(request: LocalRequest, name: string): string | undefined {
  const value = request.query[name];
  return Array.isArray(value) ? value[0] : value;
}
