/** What Lambda says in our words, and a configuration in Lambda's. */
import type { FunctionConfiguration, UpdateFunctionConfigurationRequest } from '@aws-sdk/client-lambda';
import { digestOfCodeSha256 } from '../types.ts';
import type { Alias, Architecture, Configuration, FunctionVersion } from '../types.ts';

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
  };
}

const reason = (code: string | undefined, text: string | undefined) =>
  [code, text].filter(Boolean).join(': ');

export function functionVersion(from: FunctionConfiguration, resolvedImageUri?: string): FunctionVersion {
  const isImage = from.PackageType === 'Image';
  return {
    arn: from.FunctionArn ?? '',
    version: from.Version ?? '',
    packageType: isImage ? 'Image' : 'Zip',
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
    },
  };
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
    arn: output.AliasArn ?? '',
    name: output.Name ?? '',
    version: output.FunctionVersion ?? '',
    weights: output.RoutingConfig?.AdditionalVersionWeights ?? {},
    description: output.Description ?? '',
    revisionId: output.RevisionId ?? '',
  };
}
