import { answerOfLambda } from '../../../checks/answer.ts';
import { buildApiRequest, routeMet, type ApiCheck, type ApiDoor } from '../../../checks/api-request.ts';
import type { ApiRoute } from '../../../checks/api-routes.ts';
import {
  checkApiAnswer,
  compareApiVerdicts,
  MAY_BE_ROUTE,
  withoutExpectation,
  type HttpVerdict,
} from '../../../checks/check-api.ts';
import { checkAnswer } from '../../../checks/check-answer.ts';
import { eventOf, proxyEvent } from '../../../checks/sample-event.ts';
import { withoutValues, type Sample } from '../../../checks/samples.ts';
import type { ApiAddress, Integration } from '../../../clients/api-gateway.ts';
import { HttpFailure, type HttpResponse } from '../../../clients/http.ts';
import { waitFor } from '../../../clients/wait.ts';
import { AwsError, UserError } from '../../../errors.ts';
import { routesOf } from '../../plan/api-routes.ts';
import type { ReleaseTools } from '../../tools.ts';

/** A stage and a permission take effect everywhere within seconds. Milliseconds. */
const API_BUDGET_MS = 60_000;
/** The same, where the API did not work before and nobody knows that it will. */
const UNPROVEN_BUDGET_MS = 10_000;

/** API Gateway waits 29 s for a function. Milliseconds. */
const ANSWER_MS = 35_000;

/** An API as a sample reaches it. */
export interface ApiTarget extends ApiDoor {
  readonly address: ApiAddress;
  /** The integrations that call the alias. */
  readonly connected: readonly Integration[];
  /** The version that is to answer. */
  readonly functionName: string;
  readonly version: string;
  /** Values of the function's environment, which no message may show. */
  readonly hidden: readonly string[];
  /** How the API answered before the shift; undefined where nothing was live. */
  readonly before: HttpVerdict | undefined;
}

/** How the API answered: right, or not checked, with the reason. What is wrong is thrown. */
export type ApiVerdict = Extract<HttpVerdict, { readonly kind: 'answers' | 'not-checked' }>;

/** How the API answers while the previous release serves. */
export interface ApiTrial {
  readonly verdict: HttpVerdict;
  /** The API's routes, where they were read. */
  readonly routes: readonly ApiRoute[] | undefined;
}

/** Sends one sample through the API before the traffic shifts: what fails then is no fault of the release. */
export async function tryApi(
  tools: ReleaseTools,
  target: ApiTarget,
  samples: readonly Sample[],
): Promise<ApiTrial> {
  const { door, check } = await firstRequest(tools, target, samples.map(withoutExpectation));
  if ('kind' in check) return { verdict: check, routes: door.routes };
  return answerOf(tools, door, check);
}

/**
 * Checks the cheapest sample that can be sent, the way people call the model: over HTTPS.
 * @throws UserError `not-verified` when the API answered rightly before, or the version itself gives the wrong answer.
 */
export async function checkApi(
  tools: ReleaseTools,
  target: ApiTarget,
  samples: readonly Sample[],
): Promise<ApiVerdict> {
  const { door, check } = await firstRequest(tools, target, samples);
  if ('kind' in check) return check;
  const after = await settledAnswer(tools, door, check);
  const verdict = compareApiVerdicts(target.before, after);
  if (verdict.kind === 'answers') return verdict;
  const url = check.url;
  const because = (why: string) => ({ url, why: withoutValues(why, target.hidden), after });
  if (verdict.kind === 'wrong') throw notVerified(because(verdict.why));
  if (after.kind === 'wrong' && (await answersSo(tools, target, { check, after })))
    throw notVerified(because(`${after.why}, and so does the version itself`));
  if (after.kind !== 'not-checked')
    tools.log.warning(
      `The API at ${url} was not checked: ${because(verdict.why).why}. The release stays. ${adviceOn(after)}`,
    );
  return verdict;
}

interface Because {
  readonly url: string;
  readonly why: string;
  readonly after: HttpVerdict;
}

function notVerified({ url, why, after }: Because): UserError {
  return new UserError('not-verified', {
    what: `The API at ${url} answers wrongly: ${why}.`,
    fix: adviceOn(after),
  });
}

function adviceOn(verdict: HttpVerdict): string {
  if (verdict.kind !== 'wrong') return 'Check the host of api-url, and whether this runner may reach it.';
  const { status = 0 } = verdict;
  if (status >= 500)
    return 'Check the integration and the permission of the alias (API Gateway answers 500 without it).';
  return status >= 200 && status <= 299
    ? "Look at the model's log, and at what the API makes of its answer."
    : "Check the path and the method of the sample, and api-url, against the API's routes.";
}

interface Chosen {
  /** With its routes, where the request depends on them. */
  readonly door: ApiTarget;
  readonly check: ApiCheck | ApiVerdict;
}

/** Samples that say where they go are sent there; for the others the API has to have one route only. */
async function firstRequest(
  tools: ReleaseTools,
  target: ApiTarget,
  samples: readonly Sample[],
): Promise<Chosen> {
  const check = chooseRequest(target, samples);
  if (!('kind' in check) || samples.length === 0 || target.routes !== undefined)
    return { door: target, check };
  const door = await withRoutes(tools, target);
  return { door, check: chooseRequest(door, samples) };
}

function chooseRequest(target: ApiDoor, samples: readonly Sample[]): ApiCheck | ApiVerdict {
  const built = samples.map((sample) => buildApiRequest(target, sample));
  const sendable = built.filter((one): one is ApiCheck => !('notChecked' in one));
  const [cheapest] = sendable.toSorted((a, b) => a.sample.input.length - b.sample.input.length);
  if (cheapest !== undefined) return cheapest;
  const why = built.find((one) => 'notChecked' in one)?.notChecked ?? 'there is no sample';
  return { kind: 'not-checked', why };
}

/** A role that may not read them leaves them unknown. */
async function withRoutes(tools: ReleaseTools, target: ApiTarget): Promise<ApiTarget> {
  if (target.routes !== undefined) return target;
  const unlessRefused = (error: unknown) => {
    if (error instanceof AwsError) return undefined;
    throw error;
  };
  const found = await tools.apiGateway(target.address).getRoutes?.().catch(unlessRefused);
  return { ...target, routes: found && routesOf(found, target.connected) };
}

/** The answer once it is right, or the last one when time is up. */
async function settledAnswer(tools: ReleaseTools, target: ApiTarget, check: ApiCheck): Promise<HttpVerdict> {
  const { before } = target;
  const worked = before === undefined || before.kind === 'answers';
  const budgetMs = worked ? API_BUDGET_MS : UNPROVEN_BUDGET_MS;
  let last: HttpVerdict | undefined;
  const probe = async () => {
    last = (await answerOf(tools, target, check)).verdict;
    const mayPass = last.kind === 'wrong' || (last.kind === 'no-answer' && before?.kind === 'answers');
    return mayPass ? undefined : last;
  };
  return waitFor(tools, { what: `${check.url} to answer`, budgetMs }, probe).catch((error: unknown) => {
    if (last !== undefined && error instanceof UserError && error.code === 'timed-out') return last;
    throw error;
  });
}

async function answerOf(tools: ReleaseTools, target: ApiTarget, check: ApiCheck): Promise<ApiTrial> {
  const { sample, path: _, ...request } = check;
  const response = await tools.http({ ...request, timeoutMs: ANSWER_MS }).catch(noAnswer);
  if (typeof response === 'string')
    return { verdict: { kind: 'no-answer', why: response }, routes: target.routes };
  // Only such an answer is read differently where the routes are known.
  const known = MAY_BE_ROUTE.has(response.status) ? await withRoutes(tools, target) : target;
  // On the API's own host, what does not lie below its stage is another stage's.
  const isOther = check.path === undefined && target.baseUrl.startsWith(`${new URL(check.url).origin}/`);
  const route = isOther ? 'none' : routeMet(known, check);
  const verdict = checkApiAnswer({ sample, response, route, hidden: target.hidden });
  return { verdict, routes: known.routes };
}

/** A private API cannot be reached from a public runner; that says nothing about the release. */
function noAnswer(error: unknown): HttpResponse | string {
  if (error instanceof HttpFailure) return error.message;
  const cause = (error as { cause?: { code?: string } }).cause?.code ?? (error as Error).name;
  return `it cannot be reached from this runner (${cause})`;
}

interface WrongAnswer {
  readonly check: ApiCheck;
  readonly after: Extract<HttpVerdict, { kind: 'wrong' }>;
}

/** Whether the version gives this very answer when it is invoked with what the API makes of the request. */
async function answersSo(
  tools: ReleaseTools,
  target: ApiTarget,
  { check, after }: WrongAnswer,
): Promise<boolean> {
  const { sample } = check;
  // A sample that is such an event was answered rightly before the shift.
  if (eventOf(sample.input) !== undefined) return false;
  const event = proxyEvent(target.address, check);
  try {
    const { functionError, payload } = await tools.lambda.invoke(target.functionName, target.version, {
      payload: event,
      mark: 'sample',
    });
    if (functionError !== undefined) return (after.status ?? 0) >= 500;
    const own = checkAnswer(sample, answerOfLambda(payload), target.hidden);
    return own.kind === 'differs' && own.why === after.why;
  } catch (error) {
    if (error instanceof AwsError) return false;
    throw error;
  }
}
