import { orMissing, UserError } from '../../../errors.ts';
import { refuseGivenUp, targetByNote, type WayPlan } from '../../plan/rollback.ts';
import { noteOf } from '../../record/version-note.ts';
import { aliasOf } from '../../record/release.ts';
import type { FunctionVersion } from '../../../types.ts';
import { parseRepository } from '../../plan/repository.ts';
import { findImage } from '../image/check-image.ts';
import { ask } from '../../../checks/check-samples.ts';
import { foreignRegistry } from './prove-rollback-target.ts';
import { publishAgain } from './publish-again.ts';
import { isBroken, versionFailed, waitUntilActive } from './publish-version.ts';
import type { FindTools, RollbackRequest } from './rollback-request.ts';

/**
 * The version to restore, proven: it is Active (woken if it was idle) and ECR still has its image (G7). A version that is gone is
 * published again from its image; nothing is built.
 * @throws UserError `target-gone` when neither is left.
 */
export async function findTarget(
  tools: FindTools,
  request: RollbackRequest,
  plan: WayPlan,
): Promise<FunctionVersion> {
  const { question } = request;
  const found = await lookUp(tools, request, plan);
  const version = found ?? (await publishAgain(tools, request, plan));
  refuseGivenUp(version.version, question, request.release);
  if (version.packageType !== 'Image') throw notAnImage(version);
  // Ending a canary leaves the stable version where it is, whatever became of its image. Before the wait: a version whose image is gone is never ready.
  if (version.version !== aliasOf(request.release)?.version) await proveImage(tools, request, version);
  const active = await activated(tools, question.functionName, version);
  if (found !== undefined && question.wish.to !== 'previous') await tryNamed(tools, request, active);
  return active;
}

/** One read: the version by its number, or the newest one with the image. */
async function lookUp(
  tools: FindTools,
  { question }: RollbackRequest,
  plan: WayPlan,
): Promise<FunctionVersion | undefined> {
  const { functionName } = question;
  switch (plan.kind) {
    case 'version':
      return orMissing(tools.lambda.getFunction(functionName, plan.version));
    case 'by-note': {
      const live = await tools.lambda.getFunction(functionName, plan.live);
      return orMissing(tools.lambda.getFunction(functionName, targetByNote(live, plan.why)));
    }
    case 'image': {
      const versions = await tools.lambda.listVersions(functionName);
      const matches = versions.filter((version) => version.version !== '$LATEST' && isOf(version, plan));
      const newest = matches.sort((a, b) => Number(b.version) - Number(a.version))[0];
      // List* does not tell a version's state.
      return newest && tools.lambda.getFunction(functionName, newest.version);
    }
  }
}

function isOf(version: FunctionVersion, { digest, commit }: Extract<WayPlan, { kind: 'image' }>): boolean {
  if (digest !== undefined) return version.digest === digest;
  return noteOf(version)?.commit === commit;
}

/** GetFunction said Active: no second read. Otherwise wait, and wake an idle one. */
async function activated(
  tools: FindTools,
  functionName: string,
  version: FunctionVersion,
): Promise<FunctionVersion> {
  if (version.state === 'Active') return version;
  if (isBroken(version)) throw versionFailed(functionName, version);
  return waitUntilActive(tools, functionName, version.version);
}

/** Without its image a version dies with its last warm environment. */
async function proveImage(
  tools: FindTools,
  { repository }: RollbackRequest,
  version: FunctionVersion,
): Promise<void> {
  const elsewhere = foreignRegistry(version);
  if (elsewhere !== undefined)
    return tools.log.warning(`Whether it can start cold was not checked. ${elsewhere.what}`);
  const name = parseRepository(version.resolvedImageUri) ?? repository;
  if (name === undefined || version.digest === undefined) return;
  const image = await orMissing(findImage(tools, name, { digest: version.digest }));
  if (image !== undefined) return;
  throw new UserError('target-image-gone', {
    what: `Version ${version.version} is there, but ECR repository ${name} no longer has its image (${version.digest.slice(0, 19)}…), so it would fail at its next cold start.`,
    fix: 'Choose another version: the summary lists the candidates.',
  });
}

/** What a person names may never have served: a run that died can have published it. It is asked before it gets traffic. */
async function tryNamed(
  tools: FindTools,
  { question: { functionName, force }, samples: [sample], dryRun }: RollbackRequest,
  { version, configuration }: FunctionVersion,
): Promise<void> {
  if (dryRun || force) return;
  if (sample === undefined)
    return tools.log.info(`No samples here: version ${version} gets traffic without being asked one first`);
  const hidden = Object.values(configuration.environment);
  const { mismatch } = await ask(tools, { functionName, qualifier: version, version, hidden }, sample);
  if (mismatch === undefined) return;
  throw new UserError('samples-failed', {
    what: `Version ${version} answered sample "${sample.name}" of the checked-out commit wrongly: ${mismatch}.`,
    fix: 'Choose another version, or set force: true if it should serve all the same (its answer may have been right for its time); no traffic was moved.',
  });
}

function notAnImage(version: FunctionVersion): UserError {
  return new UserError('zip-function', {
    what: `Version ${version.version} is a zip version, not an image.`,
    fix: 'Choose another version.',
  });
}
