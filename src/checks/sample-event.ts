/** API Gateway's proxy events, formats 1.0 (REST) and 2.0 (HTTP): an event says by itself what the request was. */
import type { HttpRequest } from '../clients/http.ts';

/** The request that an event describes. */
export interface EventRequest {
  readonly method: string;
  /** Without the stage, percent-encoded. */
  readonly path: string;
  /** Without the question mark; empty without a query. */
  readonly query: string;
  /** Lower-case names, with every value. */
  readonly headers: readonly (readonly [string, string])[];
  readonly body: string | Uint8Array | undefined;
}

interface ProxyEvent {
  readonly httpMethod?: unknown;
  readonly path?: unknown;
  readonly rawPath?: unknown;
  readonly rawQueryString?: unknown;
  readonly queryStringParameters?: unknown;
  readonly multiValueQueryStringParameters?: unknown;
  readonly headers?: unknown;
  readonly multiValueHeaders?: unknown;
  readonly cookies?: unknown;
  readonly body?: unknown;
  readonly isBase64Encoded?: unknown;
  readonly requestContext?: {
    readonly stage?: unknown;
    readonly path?: unknown;
    readonly http?: { readonly method?: unknown; readonly path?: unknown };
  };
}

/** The event that a sample's input is; undefined for a plain input. */
export function eventOf(input: string): EventRequest | undefined {
  const event = JSON.parse(input) as ProxyEvent | null;
  const method = event?.httpMethod ?? event?.requestContext?.http?.method;
  const path = event?.path ?? event?.rawPath ?? event?.requestContext?.http?.path;
  if (event === null || typeof method !== 'string' || typeof path !== 'string') return undefined;
  if (!/^[A-Z]+$/i.test(method)) return undefined;
  return {
    method: method.toUpperCase(),
    path: encoded(withoutStage(event, path)),
    query: queryOf(event),
    headers: headersOf(event),
    body: bodyOf(event),
  };
}

/** An HTTP API puts a named stage in front of the path; a REST API does so in its request context only. */
function withoutStage({ httpMethod, requestContext }: ProxyEvent, path: string): string {
  const stage = requestContext?.stage;
  if (typeof stage !== 'string' || stage === '' || stage === '$default') return path;
  const isWhole = httpMethod === undefined || requestContext?.path === path;
  if (!isWhole || !(path === `/${stage}` || path.startsWith(`/${stage}/`))) return path;
  return path.slice(stage.length + 1) || '/';
}

/** What a URL cannot hold is percent-encoded; what is encoded already stays. */
function encoded(path: string): string {
  const url = new URL('http://localhost');
  url.pathname = path;
  return url.pathname;
}

function queryOf(event: ProxyEvent): string {
  if (typeof event.rawQueryString === 'string') return event.rawQueryString;
  const pairs = valuesOf(event.multiValueQueryStringParameters, event.queryStringParameters);
  return pairs
    .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value.toWellFormed())}`)
    .join('&');
}

function headersOf(event: ProxyEvent): EventRequest['headers'] {
  const headers = valuesOf(event.multiValueHeaders, event.headers).map(
    ([name, value]) => [name.toLowerCase(), value] as const,
  );
  const cookies = Array.isArray(event.cookies) ? event.cookies.map(String) : [];
  return cookies.length === 0 ? headers : [...headers, ['cookie', cookies.join('; ')]];
}

/** The lists where an event has them, because the single values are only the last of each. */
function valuesOf(lists: unknown, singles: unknown): readonly (readonly [string, string])[] {
  const from = isFilled(lists) ? lists : isFilled(singles) ? singles : {};
  return Object.entries(from).flatMap(([name, value]) =>
    [value]
      .flat()
      .filter((one) => one !== null && one !== undefined)
      .map((one) => [name.toWellFormed(), String(one)] as const),
  );
}

function isFilled(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && Object.keys(value).length > 0;
}

function bodyOf({ body, isBase64Encoded }: ProxyEvent): EventRequest['body'] {
  if (typeof body !== 'string') return undefined;
  return isBase64Encoded === true ? new Uint8Array(Buffer.from(body, 'base64')) : body;
}

/** The event that an API makes of a request over HTTP: of format 1.0 for a REST API, of 2.0 for an HTTP API. */
export function proxyEvent(
  api: { readonly kind: 'REST' | 'HTTP'; readonly apiId: string; readonly stage: string },
  { url, method = 'GET', headers = {}, body }: Pick<HttpRequest, 'url' | 'method' | 'headers' | 'body'>,
): string {
  const { pathname, search, searchParams, host } = new URL(url);
  const { apiId, stage } = api;
  const path = withoutStage({ requestContext: { stage } }, pathname);
  const text = typeof body === 'string' || body === undefined;
  const query = Object.fromEntries(searchParams);
  const sent = {
    headers: { host, ...headers },
    ...(search === '' ? {} : { queryStringParameters: query }),
    body: text ? body : Buffer.from(body).toString('base64'),
    isBase64Encoded: !text,
  };
  const client = { sourceIp: '127.0.0.1', userAgent: 'model-release' };
  const context = { apiId, stage, domainName: host, requestId: 'model-release' };
  if (api.kind === 'REST') {
    const requestContext = { ...context, httpMethod: method, path: pathname, identity: client };
    return JSON.stringify({ resource: path, path, httpMethod: method, ...sent, requestContext });
  }
  const http = { method, path: pathname, protocol: 'HTTP/1.1', ...client };
  const event = { version: '2.0', routeKey: '$default', rawPath: pathname, rawQueryString: search.slice(1) };
  return JSON.stringify({ ...event, ...sent, requestContext: { ...context, http } });
}
