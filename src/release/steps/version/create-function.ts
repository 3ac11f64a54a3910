import { AwsError, UserError } from '../../../errors.ts';
import { NEW_FUNCTION } from '../../plan/deploy.ts';
import {
  configurationUpdate,
  wishedConfiguration,
  type ConfigurationWish,
} from '../../plan/configuration.ts';
import type { Architecture, FunctionVersion } from '../../../types.ts';
import { untilAccepted, UPDATE_BUDGET_MS } from './update-function.ts';
import { waitFor } from '../../../clients/wait.ts';
import type { ReleaseTools } from '../../tools.ts';

export interface NewFunction {
  readonly functionName: string;
  readonly imageUri: string;
  readonly role: string;
  readonly architecture: Architecture;
  readonly wish: ConfigurationWish;
}

/** The function with its first image; a role made a moment ago is waited for. */
export async function createFunction(tools: ReleaseTools, wanted: NewFunction): Promise<void> {
  const { functionName, imageUri, role, architecture, wish } = wanted;
  const configuration = configurationUpdate(NEW_FUNCTION, wishedConfiguration(NEW_FUNCTION, wish));
  try {
    await untilAccepted(tools, wanted, () =>
      tools.lambda.createFunction({ functionName, imageUri, role, architecture, configuration }),
    );
  } catch (error) {
    // It exists: from a reply that was lost, or from another run. The update that follows brings it to this image either way.
    if (!(error instanceof AwsError && error.code === 'ResourceConflictException')) throw error;
  }
  await waitFor(tools, { what: `Lambda to create ${functionName}`, budgetMs: UPDATE_BUDGET_MS }, async () => {
    const latest = await tools.lambda.getFunction(functionName);
    if (latest.state === 'Failed') throw creationFailed(functionName, latest);
    return latest.state === 'Active' ? latest : undefined;
  });
  tools.log.info(`Created the function ${functionName}`);
}

function creationFailed(functionName: string, { stateReason }: FunctionVersion): UserError {
  return new UserError('update-failed', {
    what: `Lambda could not create ${functionName}: ${stateReason || 'no reason given'}.`,
    fix: 'Mend the reason and run this again; nothing is live yet.',
  });
}
