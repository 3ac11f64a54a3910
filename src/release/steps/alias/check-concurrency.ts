import { AwsError } from '../../../errors.ts';
import type { ReleaseTools } from '../../tools.ts';

/** Provisioned concurrency moves with the alias by itself; when AWS could not move it, the next requests start cold. */
export async function checkConcurrency(
  tools: ReleaseTools,
  { functionName, aliasName }: { readonly functionName: string; readonly aliasName: string },
): Promise<void> {
  try {
    const status = await tools.lambda.getProvisionedConcurrency(functionName, aliasName);
    if (status === 'FAILED') {
      tools.log.warning(
        `Lambda could not provide the provisioned concurrency of ${aliasName} for the new version; requests start cold until it is set again.`,
      );
    } else if (status === 'IN_PROGRESS') {
      tools.log.info(`Lambda is moving the provisioned concurrency of ${aliasName} to the new version`);
    }
  } catch (error) {
    // Most aliases have none (404), and not being allowed to look is no reason to worry anybody.
    if (!(error instanceof AwsError)) throw error;
  }
}
