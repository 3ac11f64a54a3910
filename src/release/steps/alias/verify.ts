import type { HttpResponse } from '../../../clients/http.ts';
import type { Tools } from '../../../clients/tools.ts';
import { AwsError, UserError } from '../../../errors.ts';
import { apiRequest, judgeApiAnswer, type ApiTarget } from '../../../checks/api-request.ts';
import { withoutValues, type Sample } from '../../../checks/samples.ts';
import { ask, type Question, type SampleResult } from '../../../checks/check-samples.ts';
import { awaitProvisioning, isProvisioning } from './provisioning.ts';
import { waitFor } from '../../../clients/wait.ts';

type VerifyTools = Pick<Tools, 'lambda' | 'http' | 'clock' | 'random' | 'signal' | 'log' | 'guards'>;

/** An alias takes effect everywhere within seconds; a stage and a permission may take longer. Milliseconds. */
const ALIAS_BUDGET_MS = 60_000;
const API_BUDGET_MS = 60_000;

/** A wrong answer is asked for once more; then it counts, because people get it meanwhile. */
const WRONG_ANSWERS = 2;

/**
 * Asks through the alias until the released version answers. Its answer decides. While AWS moves provisioned concurrency the version
 * before goes on answering, for minutes: that is waited for.
 * @throws UserError `not-verified`: the caller goes back.
 */
export async function verifyAlias(
  tools: VerifyTools,
  question: Question,
  sample: Sample | undefined,
): Promise<SampleResult | undefined> {
  if (sample === undefined) {
    await tools.lambda.invokeDryRun(question.functionName, question.qualifier);
    return undefined;
  }
  let asked = await askThrough(tools, question, sample);
  const subject = { functionName: question.functionName, aliasName: question.qualifier };
  const moving =
    asked.version !== question.version && (await isProvisioning(tools, subject).catch(noneTheWiser));
  if (moving) {
    await awaitProvisioning(tools, subject);
    asked = await askThrough(tools, question, sample);
  }
  if (asked.mismatch === undefined) return asked;
  throw new UserError('not-verified', {
    what: `Through the alias ${question.qualifier}, sample "${asked.name}" failed: ${asked.mismatch}.`,
    fix: `Look at the log of version ${question.version} in CloudWatch, and at who else writes the alias.`,
  });
}

/** A role that may not look: the answer is judged as it is. */
function noneTheWiser(error: unknown): false {
  if (error instanceof AwsError) return false;
  throw error;
}

/** The right answer, or the wrong one that counts: of the version itself, or of another one when the time is up. */
async function askThrough(tools: VerifyTools, question: Question, sample: Sample): Promise<SampleResult> {
  let last: SampleResult | undefined;
  let wrong = 0;
  return waitFor(
    tools,
    { what: `alias ${question.qualifier} to serve version ${question.version}`, budgetMs: ALIAS_BUDGET_MS },
    async () => {
      last = await ask(tools, question, sample);
      if (last.mismatch === undefined) return last;
      wrong += last.version === question.version ? 1 : 0;
      return wrong < WRONG_ANSWERS ? undefined : last;
    },
  ).catch((error: unknown) => {
    if (last?.mismatch === undefined) throw error;
    return last;
  });
}

/** How the API answered: right, not to be judged from here (with the reason), or wrong (which is thrown). */
export type ApiVerdict =
  | { readonly kind: 'answers'; readonly status: number }
  | { readonly kind: 'not-judged'; readonly why: string };

/** Asks the model the way people do: over HTTPS. @throws UserError `not-verified` when the API answers wrongly. */
export async function verifyApi(
  tools: VerifyTools,
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
