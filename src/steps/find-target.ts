import type { Tools } from '../clients/tools.ts';
import { orMissing, UserError } from '../errors.ts';
import { refuseGivenUp, targetByNote, type RollbackQuestion, type WayPlan } from '../plan/rollback.ts';
import { onLatest } from '../plan/switch.ts';
import { noteOf, renderVersionNote } from '../record/version-note.ts';
import { aliasOf, type Release } from '../record/release.ts';
import type { Sample } from '../plan/samples.ts';
import { NOT_YET, type Digest, type FunctionVersion, type RunIdentity } from '../types.ts';
import { parseRepository } from '../plan/repository.ts';
import { checkPushedImage, findImage } from './check-image.ts';
import { ask, judgeSamples } from './judge-samples.ts';
import { foreignRegistry } from './prove-way-back.ts';
import { isBroken, publishVersion, versionFailed, waitUntilActive } from './publish-version.ts';

type FindTools = Pick<Tools, 'lambda' | 'ecr' | 'http' | 'clock' | 'random' | 'signal' | 'log' | 'guards'>;

export interface RollbackRequest {
  readonly question: RollbackQuestion;
  readonly release: Release;
  readonly run: RunIdentity;
  /** For a version that has to be made again, or that a person names; empty where the repository is not checked out. */
  readonly samples: readonly Sample[];
  /** The ECR repository, where the live version does not tell it. */
  readonly repository: string | undefined;
  readonly dryRun: boolean;
}

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

/** The version was deleted, its image was not: the same digest under a new number. */
async function publishAgain(
  tools: FindTools,
  request: RollbackRequest,
  plan: WayPlan,
): Promise<FunctionVersion> {
  const { question, release, run, dryRun } = request;
  const alias = aliasOf(release);
  // $LATEST is written on the way to a version, and its traffic would be the first to try it.
  if (alias?.version === '$LATEST') throw onLatest(alias);
  const live = await tools.lambda.getFunction(question.functionName, question.aliasName);
  const repository = request.repository ?? parseRepository(live.resolvedImageUri);
  const id = imageOf(plan);
  const image =
    repository === undefined || id === undefined
      ? undefined
      : await orMissing(findImage(tools, repository, id));
  if (repository === undefined || image === undefined) throw gone(plan, repository);
  // A tag can be moved, and a digest can name an index: what is published is the image of that commit that this function can run.
  const revision = 'commit' in plan ? plan.commit : undefined;
  const expected = { architecture: live.architecture, revision };
  const { digest, commit = run.commit } = await checkPushedImage(tools, { repository, image, expected });
  const host = live.resolvedImageUri?.split('/')[0] ?? `${image.registryId}`;
  const note = {
    digest,
    commit: revision ?? commit,
    // Nobody proved a way further back, and the release that is given up is none.
    base: undefined,
    run: `${run.runId}.${run.attempt}`,
  };
  const does = dryRun ? 'a run would publish' : 'publishing';
  tools.log.info(`The version is gone and its image is not: ${does} ${digest.slice(0, 19)}… again`);
  if (dryRun)
    return {
      ...live,
      version: NOT_YET,
      digest,
      description: renderVersionNote(note),
      state: 'Active',
    };
  const published = await publishVersion(tools, {
    functionName: question.functionName,
    imageUri: `${host}/${repository}@${digest}`,
    digest,
    architecture: live.architecture,
    wish: { environmentMode: 'merge' },
    note,
    // A rollback that was cut off may have made it already.
    mayExist: true,
  });
  // Its image served before and this version did not: no traffic before its own answers are right.
  const { version, configuration } = published.version;
  const hidden = Object.values(configuration.environment);
  await judgeSamples(
    tools,
    { functionName: question.functionName, qualifier: version, version, hidden },
    request.samples,
  );
  return published.version;
}

function imageOf(plan: WayPlan): { digest: Digest } | { tag: string } | undefined {
  if (plan.kind === 'by-note') return undefined;
  if (plan.kind === 'image' && plan.digest !== undefined) return { digest: plan.digest };
  return plan.commit === undefined ? undefined : { tag: plan.commit };
}

/** What is missing, and nothing that was not looked for. */
function gone(plan: WayPlan, repository: string | undefined): UserError {
  const what = {
    version: `Version ${plan.kind === 'version' ? plan.version : ''} is not there`,
    'by-note': 'The version that served before is not there',
    image: 'No version has that image',
  }[plan.kind];
  if (imageOf(plan) === undefined)
    return new UserError('target-gone', {
      what: `${what}, and its number alone does not tell its image.`,
      fix: 'Name its commit or its digest, or another version: the summary lists the candidates.',
    });
  const image =
    repository === undefined
      ? 'the ECR repository is not known (ecr-repository says it)'
      : `ECR repository ${repository} does not have the image either`;
  return new UserError('target-gone', {
    what: `${what}, and ${image}.`,
    fix: 'Choose another version: the summary lists the candidates.',
  });
}

function notAnImage(version: FunctionVersion): UserError {
  return new UserError('zip-function', {
    what: `Version ${version.version} is a zip version, not an image.`,
    fix: 'Choose another version.',
  });
}
