/** Plain HTTP: an image's configuration from ECR's download URL, and the model behind its API. */
import type { Clock } from './clock.ts';

export interface HttpRequest {
  readonly url: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** Milliseconds until the answer must be complete, its body and all redirects included. */
  readonly timeoutMs: number;
}

export interface HttpResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** As UTF-8. */
  readonly body: string;
  /** As it came; absent where somebody made the answer from a text. */
  readonly bytes?: Uint8Array;
}

/** @throws HttpFailure where an answer breaks a bound; Error when no connection came about, or it broke. */
export type Http = (request: HttpRequest) => Promise<HttpResponse>;

/** Something answers, and not within the bounds. The message is a clause without a full stop. */
export class HttpFailure extends Error {
  override readonly name = 'HttpFailure';
}

interface FetchInit {
  readonly method: string;
  readonly headers: Record<string, string>;
  readonly body?: string | Uint8Array<ArrayBuffer>;
  readonly signal: AbortSignal;
  readonly redirect: 'manual';
}

type Fetch = (url: string, init: FetchInit) => Promise<Response>;

export interface HttpParts {
  readonly clock: Clock;
  /** Default: Node's own. */
  readonly fetch?: Fetch | undefined;
}

/** Bytes of a body. An API's answer has at most 10 MB, and samples are far smaller. */
const LARGEST_BODY = 8 * 1024 * 1024;
const MOST_REDIRECTS = 5;

export function httpClient({ clock, fetch: fetcher = fetch }: HttpParts): Http {
  return async ({ timeoutMs, ...request }) => {
    const ended = new AbortController();
    const deadline = new AbortController();
    void clock.sleep(timeoutMs, ended.signal).then(() => {
      if (ended.signal.aborted) return;
      deadline.abort(new HttpFailure(`no complete answer came within ${timeoutMs / 1000} s`));
    });
    try {
      const response = await follow(fetcher, request, deadline.signal);
      const bytes = await readBody(response);
      const headers = Object.fromEntries(response.headers);
      return { status: response.status, headers, body: new TextDecoder().decode(bytes), bytes };
    } catch (error) {
      throw deadline.signal.aborted ? deadline.signal.reason : error;
    } finally {
      ended.abort();
    }
  };
}

type Sent = Omit<HttpRequest, 'timeoutMs'>;

/**
 * Redirects are followed on the host that was named only: a request carries a sample and may carry a key. An answer that leads elsewhere
 * is the answer.
 */
async function follow(fetcher: Fetch, first: Sent, signal: AbortSignal): Promise<Response> {
  let request = first;
  for (let followed = 0; followed <= MOST_REDIRECTS; followed += 1) {
    const response = await fetcher(request.url, { ...initOf(request), signal, redirect: 'manual' });
    const next = redirectOf(request, response);
    if (next === undefined) return response;
    await response.body?.cancel();
    request = next;
  }
  throw new HttpFailure(`it redirected more than ${MOST_REDIRECTS} times`);
}

function initOf({
  method = 'GET',
  headers = {},
  body,
}: Sent): Pick<FetchInit, 'method' | 'headers' | 'body'> {
  const bytes = typeof body === 'object' ? new Uint8Array(body) : body;
  return { method, headers: { ...headers }, ...(bytes === undefined ? {} : { body: bytes }) };
}

/** The request that a redirect asks for, as browsers understand it; undefined for an answer that stands. */
function redirectOf(request: Sent, { status, headers }: Response): Sent | undefined {
  const location = headers.get('location');
  if (![301, 302, 303, 307, 308].includes(status) || location === null) return undefined;
  const from = new URL(request.url);
  if (!URL.canParse(location, from.href)) return undefined;
  const to = new URL(location, from);
  if (to.host !== from.host || (to.protocol !== from.protocol && to.protocol !== 'https:')) return undefined;
  const { method = 'GET', body: _, ...rest } = request;
  const becomesGet = status === 303 ? method !== 'HEAD' : status < 303 && method === 'POST';
  return becomesGet ? { ...rest, method: 'GET', url: to.href } : { ...request, url: to.href };
}

/** @throws HttpFailure for a body that is too large; the rest of it is not read. */
async function readBody({ body }: Response): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  let size = 0;
  // Leaving the loop ends the stream.
  for await (const piece of body ?? []) {
    size += piece.length;
    if (size > LARGEST_BODY)
      throw new HttpFailure(`its answer is larger than ${LARGEST_BODY / 1024 / 1024} MiB`);
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}
