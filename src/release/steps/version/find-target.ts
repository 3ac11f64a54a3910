import { AwsError, explainAwsError, FOREIGN_REPLY, orMissing, UserError } from '../../../errors.ts';
import { refuseGivenUp, targetByNote, type ResolvedPlan, type TargetPlan } from '../../plan/rollback.ts';
import { aliasOf, recordOf } from '../../record/release.ts';
import type { FunctionVersion } from '../../../types.ts';
import { parseRepository } from '../../plan/repository.ts';
import { readHistory } from '../alias/read-history.ts';
import { findKept } from '../image/check-image.ts';
import { checkOneSample } from '../../../checks/check-samples.ts';
import { foreignRegistry } from './prove-rollback-target.ts';
import { findImageAgain, publishAgain, type FoundImage } from './publish-again.ts';
import { isBroken, versionFailed, waitUntilActive } from '../../../checks/wait-until-active.ts';
import { resolveTarget } from './resolve-target.ts';
import type { RollbackRequest } from './rollback-request.ts';
import type { ReleaseTools } from '../../tools.ts';

/** The rollback target: a version that is there, or its image, from which the version is published again. */
export type FoundTarget =
  | { readonly kind: 'version'; readonly version: FunctionVersion }
  | { readonly kind: 'image'; readonly image: FoundImage };

/**
 * Looks for the version to return to, and whether ECR still has its image (G7). Reads only.
 * @throws UserError `target-gone` when neither is left, `ambiguous-target` when a shortened id fits several releases,
 * `target-image-gone`, `rolled-back-as-bad`, `never-served`, `zip-function`.
 */
export async function findTarget(
  tools: ReleaseTools,
  request: RollbackRequest,
  asked: TargetPlan,
): Promise<FoundTarget> {
  const plan = await resolveTarget(tools, request, asked);
  const version = await lookUp(tools, request, plan);
  if (version === undefined) return { kind: 'image', image: await findImageAgain(tools, request, plan) };
  refuseGivenUp(version.version, request.question, request.release);
  await refuseNeverServed(tools, request, version);
  if (version.packageType !== 'Image') throw notAnImage(version);
  if (isBroken(version)) throw versionFailed(request.question.functionName, version);
  // Ending a canary leaves the stable version where it is, whatever became of its image.
  if (version.version !== aliasOf(request.release)?.version) await proveImage(tools, request, version);
  return { kind: 'version', version };
}

/**
 * Makes the target ready for traffic: a version that is gone is published again, an idle one is woken, and what a person names is checked
 * with a sample, because it may never have served.
 */
export async function readyTarget(
  tools: ReleaseTools,
  request: RollbackRequest,
  found: FoundTarget,
): Promise<FunctionVersion> {
  const { functionName, wish } = request.question;
  if (found.kind === 'image') {
    const published = await publishAgain(tools, request, found.image);
    refuseGivenUp(published.version, request.question, request.release);
    return activated(tools, functionName, published);
  }
  const active = await activated(tools, functionName, found.version);
  if (wish.to !== 'previous') await tryNamed(tools, request, active);
  return active;
}

/** One read: the version by its number, or the newest one with the image. */
async function lookUp(
  tools: ReleaseTools,
  { question }: RollbackRequest,
  plan: ResolvedPlan,
): Promise<FunctionVersion | undefined> {
  const { functionName } = question;
  switch (plan.kind) {
    case 'version':
      return orMissing(tools.lambda.getFunction(functionName, plan.version));
    case 'by-note': {
      const live = await tools.lambda.getFunction(functionName, plan.live);
      return orMissing(tools.lambda.getFunction(functionName, targetByNote(live, plan.why)));
    }
    // No version of it is left.
    case 'image':
      return undefined;
  }
}

/** A version whose samples failed, or whose run died before it shifted anything, is no release that one could return to. */
async function refuseNeverServed(
  tools: ReleaseTools,
  { question, release }: RollbackRequest,
  { version }: FunctionVersion,
): Promise<void> {
  const { functionName, force, wish } = question;
  const record = recordOf(release);
  const known = [aliasOf(release)?.version, record?.live, record?.previous, record?.candidate];
  if (force || wish.to === 'previous' || known.includes(version)) return;
  const history = await readHistory(tools, { functionName, release });
  if (history?.neverServed.includes(version) !== true) return;
  throw new UserError('never-served', {
    what: `Version ${version} was published and is not known to have served: the record does not name it, and no later version was published while it was live.`,
    fix: 'Choose another version (the summary lists the earlier releases), or set force: true if it should serve; nothing was changed.',
  });
}

/** GetFunction said Active: no second read. Otherwise wait, and wake an idle one. */
async function activated(
  tools: ReleaseTools,
  functionName: string,
  version: FunctionVersion,
): Promise<FunctionVersion> {
  if (version.state === 'Active') return version;
  return waitUntilActive(tools, functionName, version.version);
}

/** Without its image a version dies with its last warm environment. */
async function proveImage(
  tools: ReleaseTools,
  { repository }: RollbackRequest,
  version: FunctionVersion,
): Promise<void> {
  const elsewhere = foreignRegistry(version);
  if (elsewhere !== undefined)
    return tools.log.warning(`Whether it can start cold was not checked. ${elsewhere.what}`);
  const name = parseRepository(version.resolvedImageUri) ?? repository;
  if (name === undefined || version.digest === undefined) return;
  const found = findKept(tools, name, { digest: version.digest }).catch((error: unknown) => {
    // An image that ECR names and cannot give is an answer.
    if (!(error instanceof AwsError) || (error.status === 200 && error.code !== FOREIGN_REPLY)) throw error;
    tools.log.warning(
      `Whether ECR still has the image of version ${version.version} could not be checked, and without it the version fails at its next cold start. ${explainAwsError(error).message}`,
    );
    return 'not answered' as const;
  });
  if ((await found) !== undefined) return;
  throw new UserError('target-image-gone', {
    what: `Version ${version.version} is there, but ECR repository ${name} no longer has its image (${version.digest.slice(0, 19)}…), so it would fail at its next cold start.`,
    fix: 'Choose another version: the summary lists the earlier releases.',
  });
}

/** What a person names may never have served: a run that died can have published it. */
async function tryNamed(
  tools: ReleaseTools,
  { question: { functionName, force }, samples: [sample] }: RollbackRequest,
  { version, configuration }: FunctionVersion,
): Promise<void> {
  if (force) return;
  if (sample === undefined)
    return tools.log.info(`No samples here: version ${version} gets traffic without being checked first`);
  const hidden = Object.values(configuration.environment);
  const { mismatch } = await checkOneSample(
    tools,
    { functionName, qualifier: version, version, hidden },
    sample,
  );
  if (mismatch === undefined) return;
  throw new UserError('samples-failed', {
    what: `Version ${version} answered sample "${sample.name}" of the checked-out commit wrongly: ${mismatch}.`,
    fix: 'Choose another version, or set force: true if it should serve all the same (its answer may have been right for its time); no traffic was shifted.',
  });
}

function notAnImage(version: FunctionVersion): UserError {
  return new UserError('zip-function', {
    what: `Version ${version.version} is a zip version, not an image.`,
    fix: 'Choose another version.',
  });
}
