import type {
  CreateFunctionCommandInput,
  CreateFunctionCommandOutput,
  DeleteFunctionCommandInput,
  GetFunctionCommandInput,
  GetFunctionCommandOutput,
  GetFunctionConfigurationCommandInput,
  GetFunctionConfigurationCommandOutput,
} from '@aws-sdk/client-lambda';
import { conflict, invalidParameter } from '../errors.ts';
import type { AwsContext } from '../routes.ts';
import { nextRevisionId } from '../state.ts';
import type { FunctionSettings, FunctionVersion, LambdaFunction } from '../state.ts';
import { imageConfigMember } from './configuration.ts';
import { describeVersion } from './describe.ts';
import { resolveImage } from './images.ts';
import { checkLimits } from './limits.ts';
import { findFunction, findVersion, functionArn, parseReference, resolveQualifier } from './resolve.ts';
import { checkSnapStart } from './snap-start.ts';
import { publish, withSnapshot } from './versions.ts';

type Created = Omit<CreateFunctionCommandOutput, '$metadata'>;

export function createFunction(
  aws: AwsContext,
  input: CreateFunctionCommandInput,
): Created | Promise<Created> {
  const { state } = aws;
  checkLimits(state, input);
  const { name } = parseReference(input.FunctionName ?? '');
  if (state.functions[name] !== undefined) throw conflict(`Function already exist: ${name}`);
  if (input.Code?.ImageUri === undefined) {
    throw invalidParameter('Please provide ImageUri when creating a function with packageType Image.');
  }
  const settings = initialSettings(input);
  checkSnapStart(settings);
  const latest: FunctionVersion = {
    version: '$LATEST',
    description: input.Description ?? '',
    settings,
    code: resolveImage(aws, input.Code.ImageUri),
    lastModified: aws.now(),
    revisionId: nextRevisionId(state),
    state: 'Pending',
    stateReason: 'The function is being created.',
    stateReasonCode: 'Creating',
    stateUntil: aws.now() + state.settings.publishMs,
    updateStatus: 'Successful',
  };
  const outcome = state.settings.nextPublish;
  delete state.settings.nextPublish;
  if (outcome !== undefined) latest.stateOutcome = outcome;
  const created: LambdaFunction = {
    name,
    arn: functionArn(state, name),
    latest,
    versions: {},
    nextVersion: 1,
    changedSincePublish: true,
    aliases: {},
    policies: {},
    provisioned: {},
    tags: { ...input.Tags },
  };
  state.functions[name] = created;
  if (input.Publish !== true) return describeVersion(aws, { fn: created, version: latest });
  return withSnapshot(aws, latest, (snapshot) => {
    const version = publish(aws, created, { description: latest.description, snapshot });
    // The answer is version 1, under the ARN without its number.
    return describeVersion(aws, { fn: created, version });
  });
}

function initialSettings(input: CreateFunctionCommandInput): FunctionSettings {
  const { ImageConfig, Environment, TracingConfig, EphemeralStorage } = input;
  const { SnapStart, TenancyConfig, DurableConfig, CapacityProviderConfig } = input;
  return {
    Role: input.Role,
    Timeout: input.Timeout ?? 3,
    MemorySize: input.MemorySize ?? 128,
    PackageType: 'Image',
    Architectures: input.Architectures ?? ['x86_64'],
    EphemeralStorage: { Size: EphemeralStorage?.Size ?? 512 },
    TracingConfig: { Mode: TracingConfig?.Mode ?? 'PassThrough' },
    LoggingConfig: {
      LogFormat: 'Text',
      LogGroup: `/aws/lambda/${input.FunctionName}`,
      ...input.LoggingConfig,
    },
    ...(Environment?.Variables ? { Environment: { Variables: Environment.Variables } } : {}),
    ...(input.VpcConfig ? { VpcConfig: input.VpcConfig } : {}),
    ...(input.DeadLetterConfig?.TargetArn ? { DeadLetterConfig: input.DeadLetterConfig } : {}),
    ...(input.KMSKeyArn ? { KMSKeyArn: input.KMSKeyArn } : {}),
    ...(input.FileSystemConfigs ? { FileSystemConfigs: input.FileSystemConfigs } : {}),
    ...imageConfigMember(ImageConfig),
    ...(SnapStart ? { SnapStart: { ApplyOn: SnapStart.ApplyOn } } : {}),
    ...(TenancyConfig ? { TenancyConfig } : {}),
    ...(DurableConfig ? { DurableConfig } : {}),
    ...(CapacityProviderConfig ? { CapacityProviderConfig } : {}),
  };
}

export function getFunction(
  aws: AwsContext,
  input: GetFunctionCommandInput,
): Omit<GetFunctionCommandOutput, '$metadata'> {
  const fn = findFunction(aws, input.FunctionName);
  const { qualifier } = parseReference(input.FunctionName ?? '', input.Qualifier);
  const { version } = resolveQualifier(aws, fn, qualifier);
  const { reservedConcurrency } = fn;
  return {
    Configuration: describeVersion(aws, { fn, version, qualifier }),
    Code: {
      RepositoryType: 'ECR',
      ImageUri: version.code.imageUri,
      ResolvedImageUri: version.code.resolvedImageUri,
    },
    // Only functions have tags: versions and aliases have none.
    ...(qualifier === undefined && Object.keys(fn.tags).length > 0 ? { Tags: fn.tags } : {}),
    ...(reservedConcurrency === undefined
      ? {}
      : { Concurrency: { ReservedConcurrentExecutions: reservedConcurrency } }),
  };
}

export function getFunctionConfiguration(
  aws: AwsContext,
  input: GetFunctionConfigurationCommandInput,
): Omit<GetFunctionConfigurationCommandOutput, '$metadata'> {
  const fn = findFunction(aws, input.FunctionName);
  const { qualifier } = parseReference(input.FunctionName ?? '', input.Qualifier);
  const { version } = resolveQualifier(aws, fn, qualifier);
  return describeVersion(aws, { fn, version, qualifier });
}

export function deleteFunction(aws: AwsContext, input: DeleteFunctionCommandInput): Record<string, never> {
  const fn = findFunction(aws, input.FunctionName);
  const { qualifier } = parseReference(input.FunctionName ?? '', input.Qualifier);
  if (qualifier === undefined) {
    delete aws.state.functions[fn.name];
    return {};
  }
  if (qualifier === '$LATEST') {
    throw invalidParameter('$LATEST version cannot be deleted without deleting the function.');
  }
  findVersion(aws, fn, qualifier);
  const users = Object.values(fn.aliases).filter(
    (alias) => alias.functionVersion === qualifier || alias.weights?.[qualifier] !== undefined,
  );
  if (users.length > 0) {
    const names = users.map((alias) => alias.name).join(', ');
    throw conflict(`Unable to delete version because the following aliases reference it: [${names}]`);
  }
  delete fn.versions[qualifier];
  return {};
}
