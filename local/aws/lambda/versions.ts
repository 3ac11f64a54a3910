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
import { describeVersion } from './describe.ts';
import { checkRevision, findFunction, refuseWhileBusy } from './resolve.ts';
import { snapshotOutcome, usesSnapStart } from './snap-start.ts';

/** AWS gives at most 50 versions a page, whatever is asked for. */
const MAX_PAGE = 50;

type Published = Omit<PublishVersionCommandOutput, '$metadata'>;

export function publishVersion(
  aws: AwsContext,
  input: PublishVersionCommandInput,
): Published | Promise<Published> {
  const fn = findFunction(aws, input.FunctionName);
  return withSnapshot(aws, fn.latest, (snapshot) => publishLatest(aws, input, snapshot));
}

/** Does the work once it is known how the snapshot ends: at once without SnapStart. */
export function withSnapshot<T>(
  aws: AwsContext,
  latest: FunctionVersion,
  work: (snapshot?: PublishOutcome) => T,
): T | Promise<T> {
  if (!usesSnapStart(latest.settings)) return work();
  return snapshotOutcome(aws, latest).then(work);
}

function publishLatest(
  aws: AwsContext,
  input: PublishVersionCommandInput,
  snapshot: PublishOutcome | undefined,
): Published {
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
  const published = publish(aws, fn, { description: input.Description ?? latest.description, snapshot });
  return describeVersion(aws, { fn, version: published, qualifier: published.version });
}

/** A new version of what $LATEST is, or the last one as it is when nothing changed since. */
export function publish(
  aws: AwsContext,
  fn: LambdaFunction,
  made: { description: string; snapshot?: PublishOutcome | undefined },
): FunctionVersion {
  const last = fn.versions[String(fn.nextVersion - 1)];
  if (last !== undefined && !fn.changedSincePublish) return last;
  const { state } = aws;
  const { latest } = fn;
  const version: FunctionVersion = {
    version: String(fn.nextVersion),
    description: made.description,
    settings: latest.settings,
    code: latest.code,
    lastModified: aws.now(),
    revisionId: nextRevisionId(state),
    state: 'Pending',
    stateReason: 'The function is being created.',
    stateReasonCode: 'Creating',
    stateUntil: Math.max(aws.now(), latest.updateUntil ?? 0) + settlingMs(aws, latest),
    updateStatus: 'Successful',
  };
  const outcome = publishOutcome(aws, latest) ?? made.snapshot;
  if (outcome !== undefined) version.stateOutcome = outcome;
  fn.versions[version.version] = version;
  fn.nextVersion++;
  fn.changedSincePublish = false;
  latest.revisionId = nextRevisionId(state);
  return version;
}

/** A snapshot is taken after the version was made: until then it is Pending too. */
function settlingMs(aws: AwsContext, latest: FunctionVersion): number {
  const { publishMs, snapStartMs } = aws.state.settings;
  return publishMs + (usesSnapStart(latest.settings) ? snapStartMs : 0);
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
  // A function whose creation fails takes the version published with it along.
  if (latest.updateStatus !== 'Failed') return latest.stateOutcome;
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
    Versions: items.map((version) =>
      listed(describeVersion(aws, { fn, version, qualifier: version.version })),
    ),
    ...(next === undefined ? {} : { NextMarker: next }),
  };
}

/** Lists leave out the states, so they do not show whether a version is Active. */
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
