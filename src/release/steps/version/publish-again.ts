import { UserError } from '../../../errors.ts';
import { refuseOtherKind } from '../../plan/function-kind.ts';
import { parseRepository } from '../../plan/repository.ts';
import type { ResolvedPlan } from '../../plan/rollback.ts';
import { aliasOnLatest } from '../../plan/shift.ts';
import { aliasOf } from '../../record/release.ts';
import type { Commit, Digest, FunctionVersion } from '../../../types.ts';
import { checkPushedImage, findKept } from '../image/check-image.ts';
import { checkSamples } from '../../../checks/check-samples.ts';
import { publishVersion } from './publish-version.ts';
import type { RollbackRequest } from './rollback-request.ts';
import type { ReleaseTools } from '../../tools.ts';

/** The image of a version that is gone, and what the version is published with. */
export interface FoundImage {
  readonly imageUri: string;
  readonly digest: Digest;
  readonly commit: Commit;
  readonly live: FunctionVersion;
}

/**
 * The image by its digest, or by the tag of its commit. A tag can be moved and a digest can name an index, so it is checked like a
 * pushed one.
 * @throws UserError `target-gone`; `function-kind`; `alias-on-latest`, because `$LATEST` is written on the way to a version, and its traffic would be
 * the first to try it.
 */
export async function findImageAgain(
  tools: ReleaseTools,
  { question, release, run, ...request }: RollbackRequest,
  plan: ResolvedPlan,
): Promise<FoundImage> {
  const alias = aliasOf(release);
  if (alias?.version === '$LATEST') throw aliasOnLatest(alias);
  const live = await tools.lambda.getFunction(question.functionName, question.aliasName);
  refuseOtherKind(live, question.functionName);
  const repository = request.repository ?? parseRepository(live.resolvedImageUri);
  const id = imageOf(plan);
  if (repository === undefined || id === undefined) throw gone(plan, repository);
  const image = await findKept(tools, repository, id);
  if (image === undefined) throw gone(plan, repository);
  const revision = 'commit' in plan ? plan.commit : undefined;
  const expected = { architecture: live.architecture, revision };
  const { digest, commit = run.commit } = await checkPushedImage(tools, { repository, image, expected });
  const host = live.resolvedImageUri?.split('/')[0] ?? image.registryId;
  return { imageUri: `${host}/${repository}@${digest}`, digest, commit: revision ?? commit, live };
}

/** The version was deleted, its image was not: the same digest under a new number, with what `$LATEST` is configured to. */
export async function publishAgain(
  tools: ReleaseTools,
  { question, run, samples }: RollbackRequest,
  { imageUri, digest, commit, live }: FoundImage,
): Promise<FunctionVersion> {
  const { functionName } = question;
  const { version } = await publishVersion(tools, {
    functionName,
    imageUri,
    digest,
    architecture: live.architecture,
    wish: { environmentMode: 'merge' },
    // No base: no earlier release was proven, and the one that is given up is no rollback target.
    note: { digest, commit, base: undefined, run: `${run.runId}.${run.attempt}` },
    // A rollback that was cut off may have made it already.
    mayExist: true,
  });
  // Its image served before and this version did not: no traffic before its own answers are right.
  const hidden = Object.values(version.configuration.environment);
  const asked = { functionName, qualifier: version.version, version: version.version, hidden };
  await checkSamples(tools, asked, samples);
  return version;
}

function imageOf(plan: ResolvedPlan): { digest: Digest } | { tag: string } | undefined {
  if (plan.kind === 'by-note') return undefined;
  if (plan.kind === 'image' && plan.digest !== undefined) return { digest: plan.digest };
  return plan.commit === undefined ? undefined : { tag: plan.commit };
}

/** What is missing, and nothing that was not looked for. */
function gone(plan: ResolvedPlan, repository: string | undefined): UserError {
  const what = {
    version: `Version ${plan.kind === 'version' ? plan.version : ''} is not there`,
    'by-note': 'The version that served before is not there',
    image: 'No version has that image',
  }[plan.kind];
  if (imageOf(plan) === undefined)
    return new UserError('target-gone', {
      what: `${what}, and its number alone does not name its image.`,
      fix: 'Name its commit or its digest, or another version: the summary lists the earlier releases.',
    });
  const image =
    repository === undefined
      ? 'the ECR repository is not known (ecr-repository says it)'
      : `ECR repository ${repository} does not have the image either`;
  return new UserError('target-gone', {
    what: `${what}, and ${image}.`,
    fix: 'Choose another version: the summary lists the earlier releases.',
  });
}
