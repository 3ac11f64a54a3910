/** What Lambda knows: functions with their versions, aliases and policies. Plain JSON data; times are milliseconds since the epoch. */
import type {
  FunctionConfiguration,
  LastUpdateStatusReasonCode,
  State,
  StateReasonCode,
} from '@aws-sdk/client-lambda';

export interface UpdateOutcome {
  readonly status: 'Failed';
  readonly reasonCode: LastUpdateStatusReasonCode;
  readonly reason: string;
}

export interface PublishOutcome {
  readonly state: 'Failed';
  readonly reasonCode: StateReasonCode;
  readonly reason: string;
}

/** The parts of a configuration that are the user's and are frozen into each version. */
export type FunctionSettings = Pick<
  FunctionConfiguration,
  | 'Role'
  | 'Timeout'
  | 'MemorySize'
  | 'PackageType'
  | 'Architectures'
  | 'Environment'
  | 'EphemeralStorage'
  | 'TracingConfig'
  | 'VpcConfig'
  | 'DeadLetterConfig'
  | 'KMSKeyArn'
  | 'LoggingConfig'
  | 'ImageConfigResponse'
  | 'FileSystemConfigs'
  | 'SnapStart'
  | 'TenancyConfig'
  | 'CapacityProviderConfig'
  | 'DurableConfig'
  | 'Runtime'
  | 'Handler'
>;

export interface ImageCode {
  /** As the caller gave it. */
  readonly imageUri: string;
  /** Repository and digest: what a tag was resolved to when the update was made. */
  readonly resolvedImageUri: string;
  readonly repository: string;
  /** `sha256:…`, the digest of the manifest. */
  readonly digest: string;
}

export interface FunctionVersion {
  readonly version: string;
  description: string;
  settings: FunctionSettings;
  code: ImageCode;
  /** What invocations run: after a failed update still the code and settings from before. */
  running?: { code: ImageCode; settings: FunctionSettings };
  lastModified: number;
  revisionId: string;
  state: State;
  stateReason?: string;
  stateReasonCode?: StateReasonCode;
  /** Pending until then. */
  stateUntil?: number;
  stateOutcome?: PublishOutcome;
  updateStatus: 'Successful' | 'Failed' | 'InProgress';
  updateReason?: string;
  updateReasonCode?: LastUpdateStatusReasonCode;
  statusHidden?: true;
  /** In progress until then. */
  updateUntil?: number;
  updateOutcome?: UpdateOutcome;
}

export interface LambdaAlias {
  readonly name: string;
  functionVersion: string;
  description: string;
  /** Version to weight, at most one. Absent: the whole traffic goes to functionVersion. */
  weights?: Record<string, number>;
  /** Weights AWS put there itself while provisioned concurrency moves. */
  injected?: { weights: Record<string, number>; until: number };
  revisionId: string;
}

export interface PolicyStatement {
  readonly Sid: string;
  readonly Effect: 'Allow';
  readonly Principal: { readonly Service: string } | { readonly AWS: string } | '*';
  readonly Action: string;
  readonly Resource: string;
  readonly Condition?: Record<string, Record<string, string>>;
}

export interface ResourcePolicy {
  revisionId: string;
  /** What AddPermission put there; not looked at while there is a document. */
  statements: PolicyStatement[];
  /** The whole policy as text, where somebody wrote it by hand: arrays, Deny, one object as Statement. */
  document?: string;
  /** What the last AddPermission found, and when it came: what a parallel one would find too. */
  before?: { statements: PolicyStatement[]; at: number };
}

export interface ProvisionedConcurrency {
  readonly requested: number;
  readonly requestedAt: number;
  readyAt: number;
}

export interface LambdaFunction {
  readonly name: string;
  readonly arn: string;
  latest: FunctionVersion;
  versions: Record<string, FunctionVersion>;
  nextVersion: number;
  /** True from any Update* call to the next publish: then PublishVersion makes a new version. */
  changedSincePublish: boolean;
  aliases: Record<string, LambdaAlias>;
  /** By qualifier; the function's own policy under `''`. */
  policies: Record<string, ResourcePolicy>;
  reservedConcurrency?: number;
  /** By qualifier. */
  provisioned: Record<string, ProvisionedConcurrency>;
  tags: Record<string, string>;
}
