import type { HttpApiState, RestApiState } from './api-state.ts';
import type { RegistryScanningConfiguration } from '@aws-sdk/client-ecr';
import type { EcrRepository, ImageScan } from './ecr-state.ts';
import type { IamRole, OidcProvider, Stack } from './iam-state.ts';
import type { LambdaFunction, PublishOutcome, UpdateOutcome } from './lambda-state.ts';
import type { S3Bucket } from './s3.ts';
import { dnsSuffix, partitionOf } from './partitions.ts';

export type {
  HttpApiState,
  HttpDeployment,
  HttpIntegration,
  HttpRoute,
  HttpStage,
  Misbehaviour,
  RestApiState,
  RestDeployment,
  RestIntegration,
  RestMethod,
  RestResource,
  RestStage,
  StageCanary,
} from './api-state.ts';
export type { EcrImage, EcrRepository, ImageScan, ScanStep, TagMutability } from './ecr-state.ts';
export type {
  FunctionSettings,
  FunctionVersion,
  ImageCode,
  LambdaAlias,
  LambdaFunction,
  PolicyStatement,
  ProvisionedConcurrency,
  PublishOutcome,
  ResourcePolicy,
} from './lambda-state.ts';

/*
 * Everything the local AWS knows, as plain JSON data: it can be cloned, compared and hashed. Times are milliseconds
 * since the epoch. Blobs (layers, image configurations) are elsewhere, behind BlobStore, by digest.
 */

export interface AwsState {
  readonly region: string;
  readonly accountId: string;
  readonly partition: string;
  /** Host of image URIs: the account's ECR host, or 127.0.0.1:PORT behind the HTTP server. */
  registryHost: string;
  /** What URLs of layer downloads start with. */
  blobUrlBase: string;
  functions: Record<string, LambdaFunction>;
  repositories: Record<string, EcrRepository>;
  /** Which pushed images ECR scans, and how. */
  scanning: RegistryScanningConfiguration;
  /** The scan of each image that is pushed from now on, its times counted from the push; none without it. */
  pushedScan?: ImageScan;
  restApis: Record<string, RestApiState>;
  httpApis: Record<string, HttpApiState>;
  roles: Record<string, IamRole>;
  /** By ARN. */
  oidcProviders: Record<string, OidcProvider>;
  stacks: Record<string, Stack>;
  buckets: Record<string, S3Bucket>;
  metrics: Record<string, MetricBucket>;
  counters: Counters;
  settings: AwsSettings;
  /** Authorization tokens of ECR that are known, with the time each expires. */
  registryTokens: Record<string, number>;
  /** Times of the Lambda control-plane calls of the last second, while rate limits are enforced. */
  recentCalls: { getFunction: number[]; other: number[] };
  /** When API Gateway last accepted a CreateDeployment in this account; it takes one per five seconds. */
  lastApiDeploymentAt?: number;
}

interface Counters {
  revision: number;
  id: number;
  token: number;
  /** Calls through weighted aliases: what makes the share of each version exact. */
  invocation: number;
  request: number;
}

interface AwsSettings {
  /** How long UpdateFunctionCode and UpdateFunctionConfiguration stay InProgress. 0: done at the next call. */
  updateMs: number;
  /** Leaves LastUpdateStatus out of answers while an update runs, as AWS does now and then. */
  hideStatusWhileUpdating: boolean;
  /** How long a published version or a created function stays Pending. */
  publishMs: number;
  /** The outcome of the next update to start, taken by it. */
  nextUpdate?: UpdateOutcome;
  /** The outcome of the next published version or created function, taken by it. */
  nextPublish?: PublishOutcome;
  /** A pushed image is unknown to Lambda for this long. */
  imageVisibleAfterMs: number;
  /** Whether the caller may change repository policies: then Lambda adds the missing permission itself. */
  callerMaySetRepositoryPolicy: boolean;
  /** Provisioned concurrency: time to READY, and the share that AWS leaves on the version before meanwhile (0: none), as weights of its own. */
  provisionMs: number;
  provisioningWeight: number;
  /** Lambda's limits: 100 GetFunction a second, 15 of all other control-plane calls together. */
  enforceRateLimits: boolean;
  /** An AddPermission this close to the one before it takes effect on the policy as that one found it. */
  permissionRaceMs?: number;
  /** How long taking a snapshot keeps a published version with SnapStart Pending, after `publishMs`. */
  snapStartMs: number;
  /** Whether the caller has kms:Decrypt on the functions' keys: without it answers have an error for the variables. */
  callerMayDecrypt: boolean;
  /** Leaves ConfigSha256 out of answers, as older regions may. */
  hideConfigSha256: boolean;
  /** Invocations at once in this account; new accounts have 10. */
  accountConcurrency: number;
  /** Most memory a function may have in this account: new accounts have less than 10,240 MB. */
  memoryLimitMb: number;
  /** How old a number must be before CloudWatch shows it. */
  metricLagMs: number;
  /** How many of the next writes to deployments and stages meet a concurrent modification, and its status. */
  apiConflicts: number;
  apiConflictStatus: 409 | 400;
  /** What BatchGetImage says of an image in the archive. */
  archivedImageFailure: 'ImageNotFound' | 'ImageInaccessible';
  /** How long an image takes out of the archive when its storage class is changed. */
  imageActivationMs: number;
  /** How long a change set and a stack's operation take. */
  changeSetMs: number;
  stackMs: number;
  /** How long a registry login is good for. */
  registryTokenMs: number;
}

/** One minute of one (function, resource, executed version). */
export interface MetricBucket {
  readonly functionName: string;
  /** `fn`, `fn:version` or `fn:alias`: what the caller invoked. */
  readonly resource: string;
  readonly executedVersion: string;
  /** Start of the minute. */
  readonly minute: number;
  invocations: number;
  errors: number;
  /** Milliseconds, one per invocation. */
  durations: number[];
}

export interface AwsStateOptions {
  readonly region?: string;
  readonly accountId?: string;
  readonly registryHost?: string;
  readonly blobUrlBase?: string;
  readonly settings?: Partial<AwsSettings>;
}

const DEFAULT_SETTINGS: AwsSettings = {
  updateMs: 0,
  hideStatusWhileUpdating: false,
  publishMs: 0,
  imageVisibleAfterMs: 0,
  callerMaySetRepositoryPolicy: true,
  provisionMs: 0,
  provisioningWeight: 0,
  enforceRateLimits: false,
  snapStartMs: 0,
  callerMayDecrypt: true,
  hideConfigSha256: false,
  accountConcurrency: 1000,
  memoryLimitMb: 10_240,
  metricLagMs: 60_000,
  apiConflicts: 0,
  apiConflictStatus: 409,
  archivedImageFailure: 'ImageNotFound',
  imageActivationMs: 20 * 60_000,
  changeSetMs: 0,
  stackMs: 0,
  registryTokenMs: 12 * 3_600_000,
};

export function emptyState(options: AwsStateOptions = {}): AwsState {
  const region = options.region ?? 'us-east-1';
  const accountId = options.accountId ?? '123456789012';
  const suffix = dnsSuffix(region);
  return {
    region,
    accountId,
    partition: partitionOf(region),
    registryHost: options.registryHost ?? `${accountId}.dkr.ecr.${region}.${suffix}`,
    blobUrlBase: options.blobUrlBase ?? `https://prod-${region}-starport-layer-bucket.s3.${region}.${suffix}`,
    functions: {},
    repositories: {},
    scanning: { scanType: 'BASIC', rules: [] },
    restApis: {},
    httpApis: {},
    roles: {},
    oidcProviders: {},
    stacks: {},
    buckets: {},
    metrics: {},
    counters: { revision: 0, id: 0, token: 0, invocation: 0, request: 0 },
    settings: { ...DEFAULT_SETTINGS, ...options.settings },
    registryTokens: {},
    recentCalls: { getFunction: [], other: [] },
  };
}

/** A RevisionId that is unique, and the same in every run: a UUID made of a counter. */
export function nextRevisionId(state: AwsState): string {
  state.counters.revision++;
  return `00000000-0000-4000-8000-${state.counters.revision.toString(16).padStart(12, '0')}`;
}

/** An identifier as API Gateway makes them (lower-case letters and digits), from a counter. */
export function nextId(state: AwsState, prefix: string): string {
  state.counters.id++;
  return `${prefix}${state.counters.id.toString(36).padStart(9, '0')}`;
}
