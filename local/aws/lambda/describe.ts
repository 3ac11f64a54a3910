import { createHash } from 'node:crypto';
import type { EnvironmentResponse, FunctionConfiguration } from '@aws-sdk/client-lambda';
import type { AwsContext } from '../routes.ts';
import type { FunctionSettings, FunctionVersion, LambdaFunction } from '../state.ts';
import { describeSnapStart } from './snap-start.ts';

interface Described {
  readonly fn: LambdaFunction;
  readonly version: FunctionVersion;
  /** The qualifier of the request; ends the ARN. */
  readonly qualifier?: string | undefined;
}

/** A configuration as GetFunction shows it. */
export function describeVersion(aws: AwsContext, described: Described): FunctionConfiguration {
  const { fn, version, qualifier } = described;
  const { settings } = aws.state;
  return {
    ...version.settings,
    ...environmentMember(aws, version.settings),
    SnapStart: describeSnapStart(version),
    FunctionName: fn.name,
    FunctionArn: qualifier === undefined ? fn.arn : `${fn.arn}:${qualifier}`,
    Description: version.description,
    Version: version.version,
    // For an image, CodeSha256 is the digest in hex.
    CodeSha256: version.code.digest.slice('sha256:'.length),
    ...(settings.hideConfigSha256 ? {} : { ConfigSha256: configurationHash(version.settings) }),
    CodeSize: 0,
    LastModified: new Date(version.lastModified).toISOString().replace('Z', '+0000'),
    RevisionId: version.revisionId,
    State: version.state,
    StateReason: version.stateReason,
    StateReasonCode: version.stateReasonCode,
    // Null counts as in progress.
    LastUpdateStatus: version.statusHidden === true ? undefined : version.updateStatus,
    LastUpdateStatusReason: version.updateReason,
    LastUpdateStatusReasonCode: version.updateReasonCode,
  };
}

/**
 * The same for $LATEST and a version of the same settings, whatever it is called. Unverified: that code and
 * description are no part of it, and how it is written.
 */
function configurationHash(settings: FunctionSettings): string {
  return createHash('sha256').update(canonical(settings)).digest('hex');
}

function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, member: unknown) => {
    if (member === null || typeof member !== 'object' || Array.isArray(member)) return member;
    return Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}

const UNREADABLE: EnvironmentResponse = {
  Error: {
    ErrorCode: 'AccessDeniedException',
    Message:
      'Lambda was unable to decrypt the environment variables because KMS access was denied. Please check the KMS permissions.',
  },
};

/** A caller without kms:Decrypt on the function's key gets an error in the place of the variables. */
function environmentMember(aws: AwsContext, { Environment }: FunctionSettings): FunctionConfiguration {
  const some = Object.keys(Environment?.Variables ?? {}).length > 0;
  return some && !aws.state.settings.callerMayDecrypt ? { Environment: UNREADABLE } : {};
}
