import { apiRequest, judgeApiAnswer, type ApiTarget } from '../../../checks/api-request.ts';
import { withoutValues, type Sample } from '../../../checks/samples.ts';
import type { HttpResponse } from '../../../clients/http.ts';
import { waitFor } from '../../../clients/wait.ts';
import { UserError } from '../../../errors.ts';
import type { ReleaseTools } from '../../tools.ts';

/** A stage and a permission take effect everywhere within seconds. Milliseconds. */
const API_BUDGET_MS = 60_000;

/** How the API answered: right, not to be judged from here (with the reason), or wrong (which is thrown). */
export type ApiVerdict =
  | { readonly kind: 'answers'; readonly status: number }
  | { readonly kind: 'not-judged'; readonly why: string };

/** Checks a sample the way people call the model: over HTTPS. @throws UserError `not-verified` when the API answers wrongly. */
export async function checkApi(
  tools: ReleaseTools,
  target: ApiTarget,
  samples: readonly Sample[],
): Promise<ApiVerdict> {
  const request = apiRequest(target, samples);
  if (request === undefined)
    return { kind: 'not-judged', why: 'no sample tells which path to call; give api-url with its path' };
  let wrong = '';
  try {
    return await waitFor<ApiVerdict>(
      tools,
      { what: `${request.url} to answer`, budgetMs: API_BUDGET_MS },
      async () => {
        const response = await tools.http({ ...request, timeoutMs: 35_000 }).catch(unreachable);
        if (typeof response === 'string') return { kind: 'not-judged', why: response };
        const verdict = judgeApiAnswer(request.sample, response);
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
        what: `The API at ${request.url} answers wrongly: ${withoutValues(wrong, target.hidden ?? [])}.`,
        fix: "Check the integration and the alias's permission (API Gateway answers 500 without it).",
      },
      { cause: error },
    );
  }
}

/** A private API cannot be reached from a public runner; that says nothing about the release. */
function unreachable(error: unknown): HttpResponse | string {
  const cause = (error as { cause?: { code?: string } }).cause?.code ?? (error as Error).name;
  return `it cannot be reached from this runner (${cause})`;
}
