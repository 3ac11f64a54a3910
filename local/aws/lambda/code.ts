import type { UpdateFunctionCodeCommandInput, UpdateFunctionCodeCommandOutput } from '@aws-sdk/client-lambda';
import { invalidParameter } from '../errors.ts';
import type { AwsContext } from '../routes.ts';
import { nextRevisionId } from '../state.ts';
import type { LambdaFunction } from '../state.ts';
import { describeVersion } from './describe.ts';
import { resolveImage } from './images.ts';
import { checkRevision, findFunction, refuseWhileBusy } from './resolve.ts';
import { publish, withSnapshot } from './versions.ts';

type Updated = Omit<UpdateFunctionCodeCommandOutput, '$metadata'>;

export function updateFunctionCode(
  aws: AwsContext,
  input: UpdateFunctionCodeCommandInput,
): Updated | Promise<Updated> {
  const fn = findFunction(aws, input.FunctionName);
  const { latest } = fn;
  refuseWhileBusy(fn);
  checkRevision(latest.revisionId, input.RevisionId);
  if (input.ImageUri === undefined) {
    throw invalidParameter('Please provide ImageUri when updating a function with packageType Image.');
  }
  const code = resolveImage(aws, input.ImageUri);
  if (input.DryRun === true) return describeVersion(aws, { fn, version: latest });
  startUpdate(aws, fn);
  latest.code = code;
  if (input.Architectures !== undefined) {
    latest.settings = { ...latest.settings, Architectures: input.Architectures };
  }
  if (input.Publish === true) {
    // There is no way to give this version a description: the shape has no member for it.
    return withSnapshot(aws, latest, (snapshot) => {
      const version = publish(aws, fn, { description: latest.description, snapshot });
      return describeVersion(aws, { fn, version, qualifier: version.version });
    });
  }
  return describeVersion(aws, { fn, version: latest });
}

/** Starts an asynchronous update: until it has succeeded, invocations run what was there before. */
export function startUpdate(aws: AwsContext, fn: LambdaFunction): void {
  const { state } = aws;
  const { latest } = fn;
  latest.running ??= { code: latest.code, settings: latest.settings };
  latest.updateStatus = 'InProgress';
  delete latest.updateReason;
  delete latest.updateReasonCode;
  latest.updateUntil = aws.now() + state.settings.updateMs;
  latest.lastModified = aws.now();
  latest.revisionId = nextRevisionId(state);
  fn.changedSincePublish = true;
  if (state.settings.hideStatusWhileUpdating) latest.statusHidden = true;
  if (state.settings.nextUpdate !== undefined) {
    latest.updateOutcome = state.settings.nextUpdate;
    delete state.settings.nextUpdate;
  }
}
