/** Asks one version the rows of a trial: as many as its bounds allow. */
import type { Tools } from '../../clients/tools.ts';
import { AwsError, Cancelled, UserError } from '../../errors.ts';
import { Invocations, CallsOverdue, type CheckedVersion, type InvokeBounds } from '../invoke-sample.ts';
import { readInvocation, trialAnswer } from './trial-answer.ts';
import type { TrialAnswer, TrialRow } from './trial.ts';

/** What is kept of one pass, in all: Lambda's longest answer is 6 MB. Bytes. */
const KEPT_BYTES = 64 * 1024 * 1024;

/** What a version answered until something ended the pass. */
export interface PassOfAnswers {
  /** In the order of the rows. */
  readonly answers: readonly TrialAnswer[];
  /** Why not all rows were asked: a clause. */
  readonly stopped: string | undefined;
}

/**
 * Sends every row once. What Lambda refuses for good ends the pass and is a result, because it says nothing about the model.
 * @throws Cancelled when the run was told to stop.
 */
export async function askVersion(
  tools: Tools,
  version: CheckedVersion,
  { rows, ...bounds }: InvokeBounds & { readonly rows: readonly TrialRow[] },
): Promise<PassOfAnswers> {
  const invocations = new Invocations(tools, version, bounds);
  let bytes = 0;
  const ask = async (row: TrialRow): Promise<TrialAnswer> => {
    const answered = await invocations.invoke(row.sample, row.from === 'captures' ? 'replay' : 'sample');
    bytes += answered.invocation.payload.length;
    if (bytes > KEPT_BYTES) {
      invocations.atOnce.close();
      throw new TooLarge();
    }
    return trialAnswer(row, readInvocation(answered, version.version));
  };
  const ended = await Promise.allSettled(rows.map(ask));
  const reasons = ended.flatMap((one) => (one.status === 'rejected' ? [one.reason as unknown] : []));
  const first = reasons.find((reason) => !invocations.atOnce.isClosedBy(reason));
  return {
    answers: ended.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : [])),
    stopped: first === undefined ? undefined : whyStopped(version.version, first),
  };
}

class TooLarge extends Error {}

/** @throws what is no answer of Lambda's: a stop signal, or a defect. */
function whyStopped(version: string, error: unknown): string {
  if (error instanceof CallsOverdue) return 'the time for it was over';
  if (error instanceof TooLarge) return `the answers are larger than ${KEPT_BYTES / 1024 / 1024} MB in all`;
  if (error instanceof Cancelled) throw error;
  const refused = error instanceof UserError && error.cause !== undefined ? error.cause : error;
  if (refused instanceof AwsError) {
    const may = refused.isForbidden ? ', which needs lambda:InvokeFunction on every version' : '';
    return `version ${version} could not be invoked (${refused.reason ?? refused.code})${may}`;
  }
  if (error instanceof UserError) return `version ${version} could not be invoked (${error.code})`;
  throw error;
}
