import type { FunctionConfiguration } from '@aws-sdk/client-lambda';
import { AwsError, invalidParameter } from '../errors.ts';
import { configurationOf } from '../image-configuration.ts';
import type { AwsContext } from '../routes.ts';
import type { FunctionSettings, FunctionVersion, ImageCode, PublishOutcome } from '../state.ts';

/** An image without AWS's base says with this label that it can be restored from a snapshot. */
const LABEL = 'com.amazonaws.lambda.feature.snapstart';
/** Entry point of AWS's base images; which of them are recent enough cannot be told from it. */
const AWS_ENTRYPOINT = '/lambda-entrypoint.sh';
const MAX_STORAGE_MB = 512;

export function usesSnapStart(settings: FunctionSettings): boolean {
  return settings.SnapStart?.ApplyOn === 'PublishedVersions';
}

/** SnapStart as answers show it: optimized once a published version is active, never for $LATEST. */
export function describeSnapStart(version: FunctionVersion): FunctionConfiguration['SnapStart'] {
  const { settings, state } = version;
  const optimized = usesSnapStart(settings) && version.version !== '$LATEST' && state === 'Active';
  return { ApplyOn: settings.SnapStart?.ApplyOn ?? 'None', OptimizationStatus: optimized ? 'On' : 'Off' };
}

/** SnapStart takes no other storage than 512 MB of /tmp, and no tenants. The code of the refusal is unverified. */
export function checkSnapStart(settings: FunctionSettings): void {
  if (!usesSnapStart(settings)) return;
  const refuse = (what: string): never => {
    throw invalidParameter(`SnapStart is not supported for functions with ${what}.`);
  };
  if ((settings.EphemeralStorage?.Size ?? MAX_STORAGE_MB) > MAX_STORAGE_MB) {
    refuse(`ephemeral storage larger than ${MAX_STORAGE_MB} MB`);
  }
  if ((settings.FileSystemConfigs ?? []).length > 0) refuse('a file system');
  if (settings.TenancyConfig !== undefined) refuse('tenant isolation');
}

/**
 * How taking the snapshot of a version ends: as a failed initialization for an image that does not allow it.
 * Undefined where it succeeds, and without SnapStart.
 */
export async function snapshotOutcome(
  aws: AwsContext,
  version: { settings: FunctionSettings; code: ImageCode },
): Promise<PublishOutcome | undefined> {
  if (!usesSnapStart(version.settings)) return undefined;
  const configuration = await configurationOf(aws, version.code);
  if (configuration?.Labels?.[LABEL] === 'Allow') return undefined;
  if (configuration?.Entrypoint?.[0] === AWS_ENTRYPOINT) return undefined;
  return {
    state: 'Failed',
    reasonCode: 'FunctionError',
    reason: 'An error occurred during function initialization.',
  };
}

/** What an invocation of a version gets while its snapshot is being taken. */
export function notReady(): AwsError {
  return new AwsError(409, 'SnapStartNotReadyException', {
    message:
      'Lambda is initializing your function. It will be ready to invoke once your function state becomes ACTIVE.',
    fields: { Type: 'User' },
  });
}
