import type {
  ImageConfig,
  UpdateFunctionConfigurationCommandInput,
  UpdateFunctionConfigurationCommandOutput,
} from '@aws-sdk/client-lambda';
import { invalidParameter } from '../errors.ts';
import type { AwsContext } from '../routes.ts';
import type { FunctionSettings } from '../state.ts';
import { startUpdate } from './code.ts';
import { describeVersion } from './describe.ts';
import { imageExists } from './images.ts';
import { checkLimits } from './limits.ts';
import { checkRevision, findFunction, refuseWhileBusy } from './resolve.ts';
import { checkSnapStart } from './snap-start.ts';

export function updateFunctionConfiguration(
  aws: AwsContext,
  input: UpdateFunctionConfigurationCommandInput,
): Omit<UpdateFunctionConfigurationCommandOutput, '$metadata'> {
  checkLimits(aws.state, input);
  const fn = findFunction(aws, input.FunctionName);
  const { latest } = fn;
  refuseWhileBusy(fn);
  checkRevision(latest.revisionId, input.RevisionId);
  if ((input.Layers?.length ?? 0) > 0) {
    throw invalidParameter('Please do not provide layers when updating a function with packageType Image.');
  }
  if (!imageExists(aws, latest.code)) {
    throw invalidParameter(
      `The function is trying to use a deleted image: ${latest.code.resolvedImageUri}. Update the function code first.`,
    );
  }
  if (input.DurableConfig !== undefined && latest.settings.DurableConfig === undefined) {
    // Unverified: the rule is documented, the sentence is not.
    throw invalidParameter('DurableConfig can only be set when the function is created.');
  }
  const settings = changedSettings(latest.settings, input);
  checkSnapStart(settings);
  startUpdate(aws, fn);
  if (input.Description !== undefined) latest.description = input.Description;
  latest.settings = settings;
  return describeVersion(aws, { fn, version: latest });
}

/** Omitted members keep their value; structures that are given replace the old ones as a whole. */
function changedSettings(
  old: FunctionSettings,
  input: UpdateFunctionConfigurationCommandInput,
): FunctionSettings {
  return withoutEmpty({
    ...old,
    ...(input.Role === undefined ? {} : { Role: input.Role }),
    ...(input.Timeout === undefined ? {} : { Timeout: input.Timeout }),
    ...(input.MemorySize === undefined ? {} : { MemorySize: input.MemorySize }),
    ...(input.KMSKeyArn === undefined ? {} : { KMSKeyArn: input.KMSKeyArn }),
    ...(input.VpcConfig === undefined ? {} : { VpcConfig: input.VpcConfig }),
    ...(input.DeadLetterConfig === undefined ? {} : { DeadLetterConfig: input.DeadLetterConfig }),
    ...(input.FileSystemConfigs === undefined ? {} : { FileSystemConfigs: input.FileSystemConfigs }),
    ...(input.EphemeralStorage === undefined ? {} : { EphemeralStorage: input.EphemeralStorage }),
    ...(input.TracingConfig === undefined ? {} : { TracingConfig: { Mode: input.TracingConfig.Mode } }),
    ...(input.LoggingConfig === undefined ? {} : { LoggingConfig: input.LoggingConfig }),
    ...(input.ImageConfig === undefined ? {} : { ImageConfigResponse: { ImageConfig: input.ImageConfig } }),
    ...(input.SnapStart === undefined ? {} : { SnapStart: { ApplyOn: input.SnapStart.ApplyOn } }),
    ...(input.DurableConfig === undefined ? {} : { DurableConfig: input.DurableConfig }),
    // `Environment: {}` keeps the variables; `{ Variables: {} }` clears them.
    ...(input.Environment?.Variables === undefined
      ? {}
      : { Environment: { Variables: input.Environment.Variables } }),
  });
}

/** An empty ARN, an empty list and empty container settings take a setting away. */
function withoutEmpty(settings: FunctionSettings): FunctionSettings {
  const { DeadLetterConfig, KMSKeyArn, FileSystemConfigs, ImageConfigResponse, SnapStart, ...rest } =
    settings;
  return {
    ...rest,
    ...(DeadLetterConfig?.TargetArn ? { DeadLetterConfig } : {}),
    ...(KMSKeyArn ? { KMSKeyArn } : {}),
    ...(FileSystemConfigs?.length ? { FileSystemConfigs } : {}),
    ...(SnapStart?.ApplyOn === 'PublishedVersions' ? { SnapStart } : {}),
    ...imageConfigMember(ImageConfigResponse?.ImageConfig),
  };
}

/** Container settings as answers show them: what overrides nothing is left out. */
export function imageConfigMember(
  given: ImageConfig | undefined,
): Pick<FunctionSettings, 'ImageConfigResponse'> {
  const { EntryPoint, Command, WorkingDirectory } = given ?? {};
  const config: ImageConfig = {
    ...(EntryPoint?.length ? { EntryPoint } : {}),
    ...(Command?.length ? { Command } : {}),
    ...(WorkingDirectory ? { WorkingDirectory } : {}),
  };
  return Object.keys(config).length === 0 ? {} : { ImageConfigResponse: { ImageConfig: config } };
}
