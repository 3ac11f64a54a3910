import { Readable } from 'node:stream';
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
          // What the SDK gives on as a stream has to be one.
          body: local.query['x-id'] === 'GetObject' ? Readable.from([response.body]) : response.body,
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

/** The part of fetch that callers of blob and API URLs use. */
export type Fetch = (url: string | URL, init?: FetchOptions) => Promise<Response>;

interface FetchOptions {
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string | Uint8Array;
  readonly redirect?: 'follow' | 'manual' | 'error';
  readonly signal?: AbortSignal | null;
}

/** Node's fetch gives up behind so many. */
const MOST_REDIRECTS = 20;

/** A `fetch` that the local AWS answers: downloads of layers, and the URLs of APIs. */
export function fetchFor(aws: RequestAnswerer, caller?: CallerProcess): Fetch {
  return async (url, init = {}) => {
    let target = new URL(url);
    let options = init;
    for (let redirects = 0; redirects <= MOST_REDIRECTS; redirects++) {
      const pending = aws.handle(fromFetch(target, options), caller);
      const response = await withFetchErrors(untilAborted(pending, init.signal));
      const { location } = response.headers;
      const redirected = response.status >= 300 && response.status < 400 && location !== undefined;
      if (!redirected || init.redirect === 'manual') return toFetch(response, init.signal);
      if (init.redirect === 'error') throw failedFetch('unexpected redirect');
      target = new URL(location, target);
      options = redirectedOptions(options, response.status);
    }
    throw failedFetch('redirect count exceeded');
  };
}

function failedFetch(reason: string): TypeError {
  return new TypeError('fetch failed', { cause: new Error(reason) });
}

/** A POST becomes a GET without a body, unless the status says that it stays what it is. */
function redirectedOptions(init: FetchOptions, status: number): FetchOptions {
  const keeps = status === 307 || status === 308 || (status !== 303 && init.method !== 'POST');
  if (keeps) return init;
  const { body, ...rest } = init;
  void body;
  return { ...rest, method: 'GET' };
}

function fromFetch(url: URL, init: FetchOptions): LocalRequest {
  const { host, pathname, searchParams } = url;
  const query: Record<string, string | string[]> = {};
  for (const name of searchParams.keys()) {
    const values = searchParams.getAll(name);
    query[name] = values.length > 1 ? values : (values[0] ?? '');
  }
  const headers = Object.fromEntries(
    Object.entries(init.headers ?? {}).map(([name, value]) => [name.toLowerCase(), value]),
  );
  return {
    method: init.method ?? 'GET',
    host,
    path: pathname,
    query,
    headers: { host, ...headers },
    body: bodyBytes(init.body),
  };
}

function toFetch(response: LocalResponse, signal: AbortSignal | null | undefined): Response {
  const empty = response.status === 204 || response.status === 304;
  const body = response.stream === undefined ? Buffer.from(response.body) : readable(response.stream, signal);
  return new Response(empty ? null : body, { status: response.status, headers: response.headers });
}

/** Pieces as they are read; the caller's abort ends them, also while the next one is awaited. */
function readable(
  pieces: AsyncIterable<Uint8Array>,
  signal: AbortSignal | null | undefined,
): ReadableStream<Uint8Array> {
  const iterator = pieces[Symbol.asyncIterator]();
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const next = await untilAborted(iterator.next(), signal);
        if (next.done === true) controller.close();
        else controller.enqueue(next.value);
      },
      cancel: () => void iterator.return?.(),
    },
    { highWaterMark: 0 },
  );
}

/** What is pending, or the reason of the caller's abort: whichever comes first. */
async function untilAborted<T>(pending: Promise<T>, signal: AbortSignal | null | undefined): Promise<T> {
  if (signal === undefined || signal === null) return pending;
  let stop: () => void = () => undefined;
  const abort = new Promise<never>((_resolve, reject) => {
    stop = () => reject(signal.reason as Error);
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  });
  try {
    return await Promise.race([pending, abort]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
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
