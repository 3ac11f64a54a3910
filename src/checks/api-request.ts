/** Asking the model through its API with one of its own samples. */
import type { HttpRequest, HttpResponse } from '../clients/http.ts';
import { judgeAnswer, type Sample } from './samples.ts';

export interface ApiTarget {
  readonly kind: 'REST' | 'HTTP';
  /** The stage's address, without a trailing slash needed. */
  readonly baseUrl: string;
  /** An address given by the caller, path included: then every plain sample fits. */
  readonly exactUrl: string | undefined;
  /** Paths that are known to call the function, from a REST API's integrations: `POST /predict`. */
  readonly routes: readonly string[];
  /** Values of the function's environment, which no message may show. */
  readonly hidden?: readonly string[];
}

export interface ApiCheck extends Omit<HttpRequest, 'timeoutMs'> {
  readonly sample: Sample;
}

interface ProxyEvent {
  readonly httpMethod?: string;
  readonly path?: string;
  readonly rawPath?: string;
  readonly body?: string | null;
  readonly isBase64Encoded?: boolean;
  readonly requestContext?: { readonly http?: { readonly method?: string; readonly path?: string } };
}

/** The request to send, or undefined when no sample and no route tells what to ask. */
export function apiRequest(target: ApiTarget, samples: readonly Sample[]): ApiCheck | undefined {
  const headers = { 'content-type': 'application/json' };
  const plain = samples.find((sample) => asEvent(sample) === undefined);
  if (target.exactUrl !== undefined && plain !== undefined) {
    return {
      url: target.exactUrl,
      method: 'POST',
      headers,
      body: JSON.stringify(plain.input),
      sample: plain,
    };
  }
  for (const sample of samples) {
    const event = asEvent(sample);
    if (event === undefined || event.body?.isBase64) continue;
    const url = target.exactUrl ?? `${target.baseUrl.replace(/\/$/, '')}${event.path}`;
    return {
      url,
      method: event.method,
      headers,
      ...(event.body === undefined ? {} : { body: event.body.text }),
      sample,
    };
  }
  const path = target.routes
    .map((route) => /^(?:POST|ANY) (\/[^{}]*)$/.exec(route)?.[1])
    .find((found) => found !== undefined);
  if (path === undefined || plain === undefined) return undefined;
  return {
    url: `${target.baseUrl.replace(/\/$/, '')}${path}`,
    method: 'POST',
    headers,
    body: JSON.stringify(plain.input),
    sample: plain,
  };
}

/** A sample whose input is an API event of format 1.0 or 2.0 says by itself what the request looked like. */
function asEvent(sample: Sample) {
  const event = sample.input as ProxyEvent | null;
  const method = event?.httpMethod ?? event?.requestContext?.http?.method;
  const path = event?.path ?? event?.rawPath ?? event?.requestContext?.http?.path;
  if (typeof method !== 'string' || typeof path !== 'string') return undefined;
  const body =
    typeof event?.body === 'string'
      ? { text: event.body, isBase64: event.isBase64Encoded === true }
      : undefined;
  return { method, path, body };
}

export type ApiJudgement =
  | { readonly kind: 'answers'; readonly status: number }
  | { readonly kind: 'not-judged'; readonly why: string }
  | { readonly kind: 'wrong'; readonly why: string };

export function judgeApiAnswer(sample: Sample, { status, body }: HttpResponse): ApiJudgement {
  // An API that asks for a key or a token works as its owner wants: the release cannot be judged from outside.
  if (status === 401 || status === 403)
    return { kind: 'not-judged', why: `it asks for authorization (${status})` };
  if (status < 200 || status > 299) return { kind: 'wrong', why: `status ${status}` };
  const mismatch = judgeAnswer(sample, body);
  return mismatch === undefined ? { kind: 'answers', status } : { kind: 'wrong', why: mismatch };
}
