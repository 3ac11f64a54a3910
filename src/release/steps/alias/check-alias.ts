import { AwsError, UserError } from '../../../errors.ts';
import type { Sample } from '../../../checks/samples.ts';
import { ask, type CheckedVersion as Question, type SampleResult } from '../../../checks/check-samples.ts';
import { awaitProvisioning, isProvisioning } from './provisioning.ts';
import { waitFor } from '../../../clients/wait.ts';
import type { ReleaseTools } from '../../tools.ts';

/** An alias takes effect everywhere within seconds. Milliseconds. */
const ALIAS_BUDGET_MS = 60_000;

/** A wrong answer is checked once more; then it counts, because people get it meanwhile. */
const WRONG_ANSWERS = 2;

/**
 * Checks a sample through the alias until the version that it serves answers. Its answer decides. While AWS moves provisioned
 * concurrency the version before goes on answering, for minutes: that is waited for.
 * @throws UserError `not-verified`.
 */
export async function checkAlias(
  tools: ReleaseTools,
  question: Question,
  sample: Sample | undefined,
): Promise<SampleResult | undefined> {
  if (sample === undefined) {
    await tools.lambda.invokeDryRun(question.functionName, question.qualifier);
    return undefined;
  }
  let asked = await checkThrough(tools, question, sample);
  const subject = { functionName: question.functionName, aliasName: question.qualifier };
  const moving =
    asked.version !== question.version && (await isProvisioning(tools, subject).catch(falseIfRefused));
  if (moving) {
    await awaitProvisioning(tools, subject);
    asked = await checkThrough(tools, question, sample);
  }
  if (asked.mismatch === undefined) return asked;
  throw new UserError('not-verified', {
    what: `Through the alias ${question.qualifier}, sample "${asked.name}" failed: ${asked.mismatch}.`,
    fix: `Look at the log of version ${question.version} in CloudWatch, and at who else writes the alias.`,
  });
}

/** A role that may not look: the answer is judged as it is. */
function falseIfRefused(error: unknown): false {
  if (error instanceof AwsError) return false;
  throw error;
}

/** The right answer, or the wrong one that counts: of the version itself, or of another one when the time is up. */
async function checkThrough(tools: ReleaseTools, question: Question, sample: Sample): Promise<SampleResult> {
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
