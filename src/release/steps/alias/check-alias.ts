import { AwsError, UserError } from '../../../errors.ts';
import type { Sample } from '../../../checks/samples.ts';
import { checkOneSample, type CheckedVersion, type SampleResult } from '../../../checks/check-samples.ts';
import { awaitProvisioning, isProvisioning } from './provisioning.ts';
import { waitFor } from '../../../clients/wait.ts';
import type { ReleaseTools } from '../../tools.ts';

/** An alias takes effect everywhere within seconds. Milliseconds. */
const ALIAS_BUDGET_MS = 60_000;

/** A wrong answer is checked once more; then it counts, because people get it meanwhile. */
const WRONG_ANSWERS = 2;

interface CheckedAlias extends CheckedVersion {
  /** Another answer than the expected one is a warning; an error of the function is not. */
  readonly anyAnswer?: boolean | undefined;
}

/**
 * Checks a sample through the alias until the version that it serves answers. Its answer decides. While AWS moves provisioned
 * concurrency the version before goes on answering, for minutes: that is waited for.
 * @throws UserError `not-verified`.
 */
export async function checkAlias(
  tools: ReleaseTools,
  checked: CheckedAlias,
  sample: Sample | undefined,
): Promise<SampleResult | undefined> {
  if (sample === undefined) {
    await tools.lambda.invokeDryRun(checked.functionName, checked.qualifier);
    return undefined;
  }
  let result = await checkThrough(tools, checked, sample);
  const subject = { functionName: checked.functionName, aliasName: checked.qualifier };
  const moving =
    result.version !== checked.version && (await isProvisioning(tools, subject).catch(falseIfRefused));
  if (moving) {
    await awaitProvisioning(tools, subject);
    result = await checkThrough(tools, checked, sample);
  }
  if (result.mismatch === undefined) return result;
  if (checked.anyAnswer && result.answered) {
    tools.log.warning(
      `Version ${checked.version} is live and answers, but not as sample "${result.name}" (line ${result.line}) of the checked-out commit expects: ${result.mismatch}. The sample may be newer than the version.`,
    );
    return result;
  }
  throw new UserError('not-verified', {
    what: `Through the alias ${checked.qualifier}, sample "${result.name}" failed: ${result.mismatch}.`,
    fix: `Look at the log of version ${checked.version} in CloudWatch, and at who else writes the alias.`,
  });
}

/** A role that may not look: the answer counts as it is. */
function falseIfRefused(error: unknown): false {
  if (error instanceof AwsError) return false;
  throw error;
}

/** The right answer, or the wrong one that counts: of the version itself, or of another one when the time is up. */
async function checkThrough(
  tools: ReleaseTools,
  checked: CheckedVersion,
  sample: Sample,
): Promise<SampleResult> {
  let last: SampleResult | undefined;
  let wrong = 0;
  return waitFor(
    tools,
    { what: `alias ${checked.qualifier} to serve version ${checked.version}`, budgetMs: ALIAS_BUDGET_MS },
    async () => {
      last = await checkOneSample(tools, checked, sample);
      if (last.mismatch === undefined) return last;
      wrong += last.version === checked.version ? 1 : 0;
      return wrong < WRONG_ANSWERS ? undefined : last;
    },
  ).catch((error: unknown) => {
    if (last?.mismatch === undefined) throw error;
    return last;
  });
}
