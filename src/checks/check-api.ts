/** What an answer over HTTP says about the release, and what it does not. */
import type { HttpResponse } from '../clients/http.ts';
import { answerOfHttp } from './answer.ts';
import type { ApiRoute } from './api-routes.ts';
import { checkAnswer, type Verdict } from './check-answer.ts';
import type { Sample } from './samples.ts';

export type HttpVerdict =
  | { readonly kind: 'answers'; readonly status: number }
  /** The result is not known; never shown as a success. */
  | { readonly kind: 'not-checked'; readonly why: string }
  /** It hangs, or its host is unknown, or this runner cannot reach it. */
  | { readonly kind: 'no-answer'; readonly why: string }
  /** `status` and `differs`, the sample's own verdict, where the answer was compared. */
  | { readonly kind: 'wrong'; readonly why: string; readonly status?: number; readonly differs?: Verdict };

export interface ApiAnswer {
  readonly sample: Sample;
  readonly response: HttpResponse;
  /** The API's own route for the request: `none` where no route fits, `unknown` where the routes could not be read. */
  readonly route: ApiRoute | 'none' | 'unknown';
  /** Values of the function's environment, which no message may show. */
  readonly hidden?: readonly string[];
}

export function checkApiAnswer({ sample, response, route, hidden = [] }: ApiAnswer): HttpVerdict {
  const { status, headers, body } = response;
  const bytes = response.bytes ?? Buffer.from(body);
  const verdict = checkAnswer(sample, answerOfHttp({ status, headers, bytes }), hidden);
  if (verdict.kind !== 'differs') return { kind: 'answers', status };
  const refusal = sample.expectedStatus === status ? undefined : refusedBy(route, status);
  return refusal ?? { kind: 'wrong', why: verdict.why, status, differs: verdict };
}

/** A key or a token that the route requires says nothing about the release; a refusal of an open or missing route does. */
function refusedBy(route: ApiAnswer['route'], status: number): HttpVerdict | undefined {
  if (!MAY_BE_ROUTE.has(status) || (status === 404 && route !== 'none')) return undefined;
  if (route === 'none')
    return { kind: 'wrong', why: `no route of the API fits the request (status ${status}): check its path` };
  if (route === 'unknown' || route.authorization === 'unknown') {
    const why = `it answers ${status}, and whether its route requires authorization is not known`;
    return { kind: 'not-checked', why };
  }
  const name = `${route.method} ${route.path}`;
  if (route.authorization !== 'none')
    return {
      kind: 'not-checked',
      why: `${name} requires authorization (${route.authorization}, status ${status})`,
    };
  return { kind: 'wrong', why: `${name} is open, and the API answers with the status ${status}` };
}

/** What API Gateway itself says where no route fits, or where the route requires authorization. */
export const MAY_BE_ROUTE: ReadonlySet<number> = new Set([401, 403, 404]);

/** What the API is tried with before the traffic moves: the same sample, whose expectation is for the new version only. */
export function withoutExpectation(sample: Sample): Sample {
  const { expected: _, ...rest } = sample;
  return rest;
}

/**
 * What the API showed before and after the traffic moved, as one verdict. What did not work before, or was not tried, is no fault of the
 * release: then a wrong answer is not checked, with the reason. `before` undefined: nothing was live.
 */
export function compareApiVerdicts(
  before: HttpVerdict | undefined,
  after: HttpVerdict,
): Exclude<HttpVerdict, { kind: 'no-answer' }> {
  if (after.kind === 'answers' || after.kind === 'not-checked') return after;
  if (after.kind === 'no-answer')
    return before?.kind === 'answers'
      ? { kind: 'wrong', why: `${after.why}, and it answered before this release` }
      : { kind: 'not-checked', why: after.why };
  if (before?.kind === 'answers') return after;
  const reason = {
    wrong: 'it did not answer rightly before this release either',
    'no-answer': 'it did not answer before this release either',
    'not-checked': 'it could not be tried before this release',
    nothing: 'nothing was live before this release',
  }[before?.kind ?? 'nothing'];
  return { kind: 'not-checked', why: `${after.why}; ${reason}` };
}
