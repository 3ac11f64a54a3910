import type {
  FunctionConfiguration,
  ListVersionsByFunctionCommandInput,
  ListVersionsByFunctionCommandOutput,
  PublishVersionCommandInput,
  PublishVersionCommandOutput,
} from '@aws-sdk/client-lambda';
import { invalidParameter } from '../errors.ts';
import type { AwsContext } from '../routes.ts';
import { nextRevisionId } from '../state.ts';
import type { FunctionVersion, LambdaFunction, PublishOutcome } from '../state.ts';
import { page } from '../wire.ts';
import { describeVersion } from './functions.ts';
import { checkRevision, findFunction, refuseWhileBusy } from './resolve.ts';

/** AWS gives at most 50 versions a page, whatever is asked for. */
const MAX_PAGE = 50;

export function publishVersion(
  aws: AwsContext,
  input: PublishVersionCommandInput,
): Omit<PublishVersionCommandOutput, '$metadata'> {
  const fn = findFunction(aws, input.FunctionName);
  const { latest } = fn;
  refuseWhileBusy(fn);
  checkRevision(latest.revisionId, input.RevisionId);
  const current = latest.code.digest.slice('sha256:'.length);
  if (input.CodeSha256 !== undefined && input.CodeSha256 !== current) {
    throw invalidParameter(
      `CodeSHA256 (${input.CodeSha256}) is different from current CodeSHA256 in $LATEST (${current}). ` +
        'Please try again with the CodeSHA256 in $LATEST.',
    );
  }
  const published = publish(aws, fn, input.Description ?? latest.description);
  return describeVersion(fn, published, published.version);
}

/** A new version of what $LATEST is, or the last one as it is when nothing changed since. */
export function publish(aws: AwsContext, fn: LambdaFunction, description: string): FunctionVersion {
  const last = fn.versions[String(fn.nextVersion - 1)];
  if (last !== undefined && !fn.changedSincePublish) return last;
  const { state } = aws;
  const { latest } = fn;
  const version: FunctionVersion = {
    version: String(fn.nextVersion),
    description,
    settings: latest.settings,
    code: latest.code,
    lastModified: aws.now(),
    revisionId: nextRevisionId(state),
    state: 'Pending',
    stateReason: 'The function is being created.',
    stateReasonCode: 'Creating',
    stateUntil: Math.max(aws.now(), latest.updateUntil ?? 0) + state.settings.publishMs,
    updateStatus: 'Successful',
  };
  const outcome = publishOutcome(aws, latest);
  if (outcome !== undefined) version.stateOutcome = outcome;
  fn.versions[version.version] = version;
  fn.nextVersion++;
  fn.changedSincePublish = false;
  latest.revisionId = nextRevisionId(state);
  return version;
}

/**
 * Unverified: what publishing after a failed update gives. The version here carries the failed code and never
 * becomes Active, which is what hurts a caller that did not look at LastUpdateStatus.
 */
function publishOutcome(aws: AwsContext, latest: FunctionVersion): PublishOutcome | undefined {
  const { settings } = aws.state;
  const chosen = settings.nextPublish;
  delete settings.nextPublish;
  if (chosen !== undefined) return chosen;
  if (latest.updateStatus !== 'Failed') return undefined;
  return {
    state: 'Failed',
    reasonCode: latest.updateReasonCode as PublishOutcome['reasonCode'],
    reason: latest.updateReason ?? 'The last update failed.',
  };
}

export function listVersionsByFunction(
  aws: AwsContext,
  input: ListVersionsByFunctionCommandInput,
): Omit<ListVersionsByFunctionCommandOutput, '$metadata'> {
  const fn = findFunction(aws, input.FunctionName);
  const versions = [fn.latest, ...Object.values(fn.versions)];
  const limit = Math.min(input.MaxItems ?? MAX_PAGE, MAX_PAGE);
  const { items, next } = page(versions, limit, input.Marker);
  return {
    Versions: items.map((version) => listed(describeVersion(fn, version, version.version))),
    ...(next === undefined ? {} : { NextMarker: next }),
  };
}

/** Lists leave out the states, so nobody can tell from them whether a version is Active. */
function listed(configuration: FunctionConfiguration): FunctionConfiguration {
  const {
    State,
    StateReason,
    StateReasonCode,
    LastUpdateStatus,
    LastUpdateStatusReason,
    LastUpdateStatusReasonCode,
    ...rest
  } = configuration;
  void [State, StateReason, StateReasonCode];
  void [LastUpdateStatus, LastUpdateStatusReason, LastUpdateStatusReasonCode];
  return rest;
}
