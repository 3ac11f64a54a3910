/** What Lambda says in our words, and a configuration in Lambda's. */
import type {
  FunctionConfiguration,
  LoggingConfig,
  UpdateFunctionConfigurationRequest,
} from '@aws-sdk/client-lambda';
import { DEFAULT_LOG_LEVEL, digestOfCodeSha256 } from '../types.ts';
import type { Alias, Architecture, Configuration, FunctionVersion, Logging } from '../types.ts';
import { required, requireSent } from './reply.ts';

export function configurationRequest(
  configuration: Partial<Configuration>,
): Partial<UpdateFunctionConfigurationRequest> {
  const { memorySize, timeout, ephemeralStorage, tracing, environment, subnetIds, securityGroupIds } =
    configuration;
  return {
    ...(memorySize === undefined ? {} : { MemorySize: memorySize }),
    ...(timeout === undefined ? {} : { Timeout: timeout }),
    ...(ephemeralStorage === undefined ? {} : { EphemeralStorage: { Size: ephemeralStorage } }),
    ...(tracing === undefined ? {} : { TracingConfig: { Mode: tracing } }),
    // `{}` would keep the variables; `{ Variables: {} }` clears them. A release always says the whole.
    ...(environment === undefined ? {} : { Environment: { Variables: { ...environment } } }),
    ...(subnetIds === undefined && securityGroupIds === undefined
      ? {}
      : {
          VpcConfig: { SubnetIds: [...(subnetIds ?? [])], SecurityGroupIds: [...(securityGroupIds ?? [])] },
        }),
    ...furtherRequest(configuration),
  };
}

/** An empty text, list or structure removes the setting. */
function furtherRequest({
  imageConfig,
  snapStart,
  kmsKeyArn,
  deadLetterTargetArn,
  fileSystems,
  logging,
}: Partial<Configuration>): Partial<UpdateFunctionConfigurationRequest> {
  return {
    ...(imageConfig && {
      ImageConfig: {
        ...(imageConfig.command && { Command: [...imageConfig.command] }),
        ...(imageConfig.entryPoint && { EntryPoint: [...imageConfig.entryPoint] }),
        ...(imageConfig.workingDirectory !== undefined && { WorkingDirectory: imageConfig.workingDirectory }),
      },
    }),
    ...(snapStart && { SnapStart: { ApplyOn: snapStart } }),
    ...(kmsKeyArn === undefined ? {} : { KMSKeyArn: kmsKeyArn }),
    ...(deadLetterTargetArn === undefined ? {} : { DeadLetterConfig: { TargetArn: deadLetterTargetArn } }),
    ...(fileSystems && {
      FileSystemConfigs: fileSystems.map(({ arn, localMountPath }) => ({
        Arn: arn,
        LocalMountPath: localMountPath,
      })),
    }),
    ...(logging && {
      LoggingConfig: {
        LogFormat: logging.format,
        ...(logging.applicationLevel && { ApplicationLogLevel: logging.applicationLevel }),
        ...(logging.systemLevel && { SystemLogLevel: logging.systemLevel }),
        ...(logging.group !== undefined && { LogGroup: logging.group }),
      },
    }),
  };
}

const reason = (code: string | undefined, text: string | undefined) =>
  [code, text].filter(Boolean).join(': ');

export function functionVersion(from: FunctionConfiguration, resolvedImageUri?: string): FunctionVersion {
  const isImage = from.PackageType === 'Image';
  return {
    arn: required(from.FunctionArn, 'FunctionArn'),
    version: required(from.Version, 'Version'),
    packageType: isImage ? 'Image' : 'Zip',
    ...kindOf(from),
    digest: isImage ? digestOfCodeSha256(from.CodeSha256) : undefined,
    resolvedImageUri,
    description: from.Description ?? '',
    state: from.State,
    stateReason: reason(from.StateReasonCode, from.StateReason),
    lastUpdateStatus: from.LastUpdateStatus,
    lastUpdateReason: reason(from.LastUpdateStatusReasonCode, from.LastUpdateStatusReason),
    architecture: (from.Architectures?.[0] ?? 'x86_64') as Architecture,
    role: from.Role ?? '',
    layers: (from.Layers ?? []).map((layer) => layer.Arn ?? ''),
    lastModified: from.LastModified ?? '',
    configuration: {
      memorySize: from.MemorySize ?? 128,
      timeout: from.Timeout ?? 3,
      ephemeralStorage: from.EphemeralStorage?.Size ?? 512,
      tracing: from.TracingConfig?.Mode === 'Active' ? 'Active' : 'PassThrough',
      environment: from.Environment?.Variables ?? {},
      ...(from.Environment?.Error && {
        environmentError: reason(from.Environment.Error.ErrorCode, from.Environment.Error.Message),
      }),
      subnetIds: from.VpcConfig?.SubnetIds ?? [],
      securityGroupIds: from.VpcConfig?.SecurityGroupIds ?? [],
      ...furtherSettings(from),
    },
  };
}

function kindOf(from: FunctionConfiguration): Pick<FunctionVersion, 'kind'> {
  if (from.TenancyConfig?.TenantIsolationMode) return { kind: 'tenant isolation' };
  if (from.CapacityProviderConfig?.LambdaManagedInstancesCapacityProviderConfig)
    return { kind: 'managed instances' };
  return from.DurableConfig ? { kind: 'durable executions' } : {};
}

function furtherSettings(from: FunctionConfiguration): Partial<Configuration> {
  const { ImageConfigResponse, SnapStart, KMSKeyArn, DeadLetterConfig, FileSystemConfigs, LoggingConfig } =
    from;
  const { Command, EntryPoint, WorkingDirectory } = ImageConfigResponse?.ImageConfig ?? {};
  const imageConfig = {
    ...(Command?.length && { command: Command }),
    ...(EntryPoint?.length && { entryPoint: EntryPoint }),
    ...(WorkingDirectory && { workingDirectory: WorkingDirectory }),
  };
  return {
    ...(Object.keys(imageConfig).length > 0 && { imageConfig }),
    ...(SnapStart?.ApplyOn === 'PublishedVersions' && { snapStart: 'PublishedVersions' }),
    ...(KMSKeyArn && { kmsKeyArn: KMSKeyArn }),
    ...(DeadLetterConfig?.TargetArn && { deadLetterTargetArn: DeadLetterConfig.TargetArn }),
    ...(FileSystemConfigs?.length && {
      fileSystems: FileSystemConfigs.map(({ Arn, LocalMountPath }) => ({
        arn: Arn ?? '',
        localMountPath: LocalMountPath ?? '',
      })),
    }),
    ...(LoggingConfig && { logging: loggingOf(LoggingConfig) }),
  };
}

/** Lambda leaves a level out where nobody chose one. */
function loggingOf({ LogFormat, ApplicationLogLevel, SystemLogLevel, LogGroup }: LoggingConfig): Logging {
  return {
    format: LogFormat === 'JSON' ? 'JSON' : 'Text',
    ...(LogFormat === 'JSON' && {
      applicationLevel: ApplicationLogLevel ?? DEFAULT_LOG_LEVEL,
      systemLevel: SystemLogLevel ?? DEFAULT_LOG_LEVEL,
    }),
    ...(LogGroup && { group: LogGroup }),
  };
}

/** The alias after a write of it, which is what was sent. */
export function writtenAlias(output: AliasOutput, { RoutingConfig, ...sent }: AliasSent): Alias {
  requireSent(output, sent);
  const [weights, other] = [RoutingConfig.AdditionalVersionWeights, aliasFrom(output).weights];
  requireSent({ weights: other }, { weights });
  requireSent({ weights }, { weights: other });
  return aliasFrom(output);
}

export interface AliasSent {
  readonly Name: string;
  readonly FunctionVersion: string;
  readonly Description: string;
  readonly RoutingConfig: { readonly AdditionalVersionWeights: Record<string, number> };
}

interface AliasOutput {
  readonly AliasArn?: string | undefined;
  readonly Name?: string | undefined;
  readonly FunctionVersion?: string | undefined;
  readonly Description?: string | undefined;
  readonly RevisionId?: string | undefined;
  readonly RoutingConfig?:
    { readonly AdditionalVersionWeights?: Record<string, number> | undefined } | undefined;
}

export function aliasFrom(output: AliasOutput): Alias {
  return {
    arn: required(output.AliasArn, 'AliasArn'),
    name: required(output.Name, 'Name'),
    version: required(output.FunctionVersion, 'FunctionVersion'),
    weights: output.RoutingConfig?.AdditionalVersionWeights ?? {},
    description: output.Description ?? '',
    revisionId: required(output.RevisionId, 'RevisionId'),
  };
}
