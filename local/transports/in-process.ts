import { HttpResponse } from '@smithy/protocol-http';
import type { HttpHandler, HttpRequest } from '@smithy/protocol-http';
import type { HttpHandlerOptions } from '@smithy/types';
import type { CallerProcess } from '../faults.ts';
import { TransportFault } from '../faults.ts';
import { noBytes, utf8 } from '../http.ts';
import type { LocalRequest, LocalResponse } from '../http.ts';

/** Anything that answers requests: a local AWS, or something else with the same shape. */
export interface RequestAnswerer {
  handle(request: LocalRequest, caller?: CallerProcess): Promise<LocalResponse>;
}

/** A `requestHandler` for any AWS SDK client: no sockets, the local AWS answers in this process. */
export function requestHandlerFor(
  aws: RequestAnswerer,
  caller?: CallerProcess,
): HttpHandler<Record<string, unknown>> {
  const settings: Record<string, unknown> = {};
  return {
    metadata: { handlerProtocol: 'http/1.1' },
    async handle(request: HttpRequest, options: HttpHandlerOptions = {}) {
      const local = fromSdk(request);
      const response = await withAbort(aws.handle(local, caller), options.abortSignal);
      return {
        response: new HttpResponse({
          statusCode: response.status,
          headers: response.headers,
          body: response.body,
        }),
      };
    },
    updateHttpClientConfig(key, value) {
      settings[key as string] = value;
    },
    httpHandlerConfigs: () => settings,
    destroy: () => undefined,
  };
}

function fromSdk(request: HttpRequest): LocalRequest {
  const headers: Record<string, string> = {};
  for (const name in request.headers) headers[name.toLowerCase()] = request.headers[name] ?? '';
  const query: Record<string, string | string[]> = {};
  for (const [name, value] of Object.entries(request.query ?? {})) query[name] = value ?? '';
  const port = request.port === undefined ? '' : `:${request.port}`;
  return {
    method: request.method,
    host: `${request.hostname}${port}`,
    path: request.path,
    query,
    headers,
    body: bodyBytes(request.body),
  };
}

function bodyBytes(body: unknown): Uint8Array {
  if (body === undefined || body === null) return noBytes;
  if (typeof body === 'string') return utf8(body);
  if (body instanceof Uint8Array) return body;
  throw new TypeError('the in-process transport takes text and bytes as request bodies, no streams');
}

/** Failed connections look as NodeHttpHandler makes them look; the caller's own abort wins over a late answer. */
async function withAbort(
  pending: Promise<LocalResponse>,
  signal: HttpHandlerOptions['abortSignal'],
): Promise<LocalResponse> {
  try {
    if (signal === undefined) return await pending;
    return await Promise.race([pending, aborted(signal)]);
  } catch (error) {
    if (error instanceof TransportFault) throw asClientSees(error);
    throw error;
  }
}

function aborted(signal: NonNullable<HttpHandlerOptions['abortSignal']>): Promise<never> {
  return new Promise((_resolve, reject) => {
    const abort = (): void => reject(Object.assign(new Error('Request aborted'), { name: 'AbortError' }));
    if (signal.aborted) abort();
    else if ('addEventListener' in signal) signal.addEventListener('abort', abort);
    else signal.onabort = abort;
  });
}

/** NodeHttpHandler passes a failure to connect as it is; the other two it names TimeoutError and tells apart by code. */
function asClientSees(fault: TransportFault): Error {
  if (fault.code !== undefined) return Object.assign(new Error(fault.message), { code: fault.code });
  if (fault.kind === 'reset') {
    return Object.assign(new Error('socket hang up'), { name: 'TimeoutError', code: 'ECONNRESET' });
  }
  return Object.assign(
    new Error('@smithy/node-http-handler - [ERROR] a request has exceeded the configured requestTimeout.'),
    { name: 'TimeoutError', code: 'ETIMEDOUT' },
  );
}

/** The part of a fetch Response that callers of blob and API URLs use. */
export type Fetch = (
  url: string | URL,
  init?: { method?: string; headers?: Record<string, string>; body?: string | Uint8Array },
) => Promise<Response>;

/** A `fetch` that the local AWS answers: downloads of layers, and the URLs of APIs. */
export function fetchFor(aws: RequestAnswerer, caller?: CallerProcess): Fetch {
  return async (url, init = {}) => {
    const { host, pathname, searchParams } = new URL(url);
    const query: Record<string, string | string[]> = {};
    for (const name of searchParams.keys()) {
      const values = searchParams.getAll(name);
      query[name] = values.length > 1 ? values : (values[0] ?? '');
    }
    const headers = Object.fromEntries(
      Object.entries(init.headers ?? {}).map(([name, value]) => [name.toLowerCase(), value]),
    );
    const request: LocalRequest = {
      method: init.method ?? 'GET',
      host,
      path: pathname,
      query,
      headers: { host, ...headers },
      body: bodyBytes(init.body),
    };
    const response = await withFetchErrors(aws.handle(request, caller));
    const empty = response.status === 204 || response.status === 304;
    return new Response(empty ? null : Buffer.from(response.body), {
      status: response.status,
      headers: response.headers,
    });
  };
}

/** Node's fetch wraps what went wrong with the connection: the code is on the cause. */
async function withFetchErrors(pending: Promise<LocalResponse>): Promise<LocalResponse> {
  try {
    return await pending;
  } catch (error) {
    if (!(error instanceof TransportFault)) throw error;
    throw new TypeError('fetch failed', { cause: asClientSees(error) });
  }
}
