/** Plain HTTP: an image's configuration from ECR's download URL, and the model behind its API. */

export interface HttpRequest {
  readonly url: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** Milliseconds until the answer must be complete. */
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

/** @throws Error when no complete answer came. */
export type Http = (request: HttpRequest) => Promise<HttpResponse>;

type Fetch = (url: string, init: RequestInit) => Promise<Response>;

export function httpClient(fetcher: Fetch = fetch): Http {
  return async ({ url, method = 'GET', headers = {}, body, timeoutMs }) => {
    const response = await fetcher(url, {
      method,
      headers: { ...headers },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : new Uint8Array(body) }),
      signal: AbortSignal.timeout(timeoutMs),
      redirect: 'follow',
    });
    const bytes = new Uint8Array(await response.arrayBuffer());
    return {
      status: response.status,
      headers: Object.fromEntries(response.headers),
      body: new TextDecoder().decode(bytes),
      bytes,
    };
  };
}
