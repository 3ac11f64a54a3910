import { AwsError, explainAwsError } from '../../../errors.ts';
import { historyOf, type History } from '../../record/history.ts';
import type { Release } from '../../record/release.ts';
import type { ReleaseTools } from '../../tools.ts';

/** The earlier releases. They only inform: where it cannot be read, a warning says so and the run goes on. */
export async function readHistory(
  tools: ReleaseTools,
  { functionName, release }: { readonly functionName: string; readonly release: Release },
): Promise<History | undefined> {
  try {
    return historyOf(await tools.lambda.listVersions(functionName), release);
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    tools.log.warning(`The history of releases could not be read. ${explainAwsError(error).message}`);
    return undefined;
  }
}
