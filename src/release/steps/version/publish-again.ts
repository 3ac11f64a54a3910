import { orMissing, UserError } from '../../../errors.ts';
import { parseRepository } from '../../plan/repository.ts';
import type { WayPlan } from '../../plan/rollback.ts';
import { onLatest } from '../../plan/shift.ts';
import { aliasOf } from '../../record/release.ts';
import { renderVersionNote } from '../../record/version-note.ts';
import { NOT_YET, type Commit, type Digest, type FunctionVersion } from '../../../types.ts';
import { checkPushedImage, findImage } from '../image/check-image.ts';
import { judgeSamples } from '../../../checks/check-samples.ts';
import { publishVersion } from './publish-version.ts';
import type { FindTools, RollbackRequest } from './rollback-request.ts';

/** An image that this function can run, and the commit that it is of. */
interface Found {
  readonly imageUri: string;
  readonly digest: Digest;
  readonly commit: Commit;
}

/** The version was deleted, its image was not: the same digest under a new number, with what `$LATEST` is configured to. */
export async function publishAgain(
  tools: FindTools,
  request: RollbackRequest,
  plan: WayPlan,
): Promise<FunctionVersion> {
  const { question, release, run, dryRun } = request;
  const { functionName } = question;
  const alias = aliasOf(release);
  // $LATEST is written on the way to a version, and its traffic would be the first to try it.
  if (alias?.version === '$LATEST') throw onLatest(alias);
  const live = await tools.lambda.getFunction(functionName, question.aliasName);
  const { imageUri, digest, commit } = await findAgain(tools, { ...request, live }, plan);
  // No base: nobody proved a way further back, and the release that is given up is none.
  const note = { digest, commit, base: undefined, run: `${run.runId}.${run.attempt}` };
  const does = dryRun ? 'a run would publish' : 'publishing';
  tools.log.info(
    `The version is gone and its image is not: ${does} ${digest.slice(0, 19)}… again, configured as $LATEST is`,
  );
  if (dryRun)
    return { ...live, version: NOT_YET, digest, description: renderVersionNote(note), state: 'Active' };
  const published = await publishVersion(tools, {
    functionName,
    imageUri,
    digest,
    architecture: live.architecture,
    wish: { environmentMode: 'merge' },
    note,
    // A rollback that was cut off may have made it already.
    mayExist: true,
  });
  // Its image served before and this version did not: no traffic before its own answers are right.
  const { version, configuration } = published.version;
  const asked = {
    functionName,
    qualifier: version,
    version,
    hidden: Object.values(configuration.environment),
  };
  await judgeSamples(tools, asked, request.samples);
  return published.version;
}

/** The image by its digest, or by the tag of its commit. A tag can be moved and a digest can name an index, so it is checked like a pushed one. */
async function findAgain(
  tools: FindTools,
  { live, run, ...request }: RollbackRequest & { readonly live: FunctionVersion },
  plan: WayPlan,
): Promise<Found> {
  const repository = request.repository ?? parseRepository(live.resolvedImageUri);
  const id = imageOf(plan);
  if (repository === undefined || id === undefined) throw gone(plan, repository);
  const image = await orMissing(findImage(tools, repository, id));
  if (image === undefined) throw gone(plan, repository);
  const revision = 'commit' in plan ? plan.commit : undefined;
  const expected = { architecture: live.architecture, revision };
  const { digest, commit = run.commit } = await checkPushedImage(tools, { repository, image, expected });
  const host = live.resolvedImageUri?.split('/')[0] ?? image.registryId;
  return { imageUri: `${host}/${repository}@${digest}`, digest, commit: revision ?? commit };
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
