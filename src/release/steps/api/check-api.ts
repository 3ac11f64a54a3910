import { buildApiRequest, routeMet, type ApiCheck, type ApiDoor } from '../../../checks/api-request.ts';
import { checkApiAnswer, type HttpVerdict } from '../../../checks/check-api.ts';
import { withoutValues, type Sample } from '../../../checks/samples.ts';
import { HttpFailure, type HttpResponse } from '../../../clients/http.ts';
import { waitFor } from '../../../clients/wait.ts';
import { UserError } from '../../../errors.ts';
import type { ReleaseTools } from '../../tools.ts';

/** A stage and a permission take effect everywhere within seconds. Milliseconds. */
const API_BUDGET_MS = 60_000;

/** API Gateway waits 29 s for a function. Milliseconds. */
const ANSWER_MS = 35_000;

/** An API as a sample reaches it. */
export interface ApiTarget extends ApiDoor {
  /** Values of the function's environment, which no message may show. */
  readonly hidden: readonly string[];
}

/** How the API answered: right, or not checked, with the reason. What is wrong is thrown. */
export type ApiVerdict = Exclude<HttpVerdict, { readonly kind: 'wrong' }>;

/**
 * Checks the first sample that can be sent, the way people call the model: over HTTPS.
 * @throws UserError `not-verified` when the API answers wrongly.
 */
export async function checkApi(
  tools: ReleaseTools,
  target: ApiTarget,
  samples: readonly Sample[],
): Promise<ApiVerdict> {
  const check = firstRequest(target, samples);
  if ('kind' in check) return check;
  let wrong = '';
  try {
    return await waitFor<ApiVerdict>(
      tools,
      { what: `${check.url} to answer`, budgetMs: API_BUDGET_MS },
      async () => {
        const verdict = await answerOf(tools, target, check);
        if (verdict.kind !== 'wrong') return verdict;
        wrong = verdict.why;
        return undefined;
      },
    );
  } catch (error) {
    if (wrong === '') throw error;
    throw new UserError(
      'not-verified',
      {
        what: `The API at ${check.url} answers wrongly: ${withoutValues(wrong, target.hidden)}.`,
        fix: "Check the integration and the alias's permission (API Gateway answers 500 without it).",
      },
      { cause: error },
    );
  }
}

function firstRequest(target: ApiTarget, samples: readonly Sample[]): ApiCheck | ApiVerdict {
  const built = samples.map((sample) => buildApiRequest(target, sample));
  const [first] = built;
  if (first === undefined) return { kind: 'not-checked', why: 'there is no sample' };
  const sendable = built.find((one): one is ApiCheck => !('notChecked' in one));
  if (sendable !== undefined) return sendable;
  return 'notChecked' in first ? { kind: 'not-checked', why: first.notChecked } : first;
}

async function answerOf(tools: ReleaseTools, target: ApiTarget, check: ApiCheck): Promise<HttpVerdict> {
  const { sample, path: _, ...request } = check;
  const response = await tools.http({ ...request, timeoutMs: ANSWER_MS }).catch(noAnswer);
  if (typeof response === 'string') return { kind: 'not-checked', why: response };
  return checkApiAnswer({ sample, response, route: routeMet(target, check), hidden: target.hidden });
}

/** A private API cannot be reached from a public runner; that says nothing about the release. */
function noAnswer(error: unknown): HttpResponse | string {
  if (error instanceof HttpFailure) return error.message;
  const cause = (error as { cause?: { code?: string } }).cause?.code ?? (error as Error).name;
  return `it cannot be reached from this runner (${cause})`;
}
