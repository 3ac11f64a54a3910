import { join } from 'node:path';
import { findBuilder, type Builder } from '../../../clients/docker.ts';
import type { EcrImage } from '../../../clients/ecr.ts';
import type { Tools } from '../../../clients/tools.ts';
import type { DeployInputs } from '../../../inputs/deploy-inputs.ts';
import { parseImageUri, type DeployTarget } from '../../plan/target.ts';
import type { ReleasePlan } from '../../plan/deploy.ts';
import { howToPin } from '../../plan/image-place.ts';
import { isBeside } from '../../plan/place.ts';
import { parseRepository } from '../../plan/repository.ts';
import type { TestLine } from '../../result.ts';
import { UserError } from '../../../errors.ts';
import type { Digest, RunIdentity } from '../../../types.ts';
import { buildImage } from './build-image.ts';
import { checkPushedImage, findImage, refuseArchived } from './check-image.ts';
import type { Observation } from '../../observe.ts';
import type { CheckedImage } from '../version/publish-candidate.ts';
import { pushImage } from './push-image.ts';
import { folders, testInImage } from '../tests/test-model.ts';
import { waitFor } from '../../../clients/wait.ts';

export interface ImageWish {
  readonly inputs: DeployInputs;
  readonly target: DeployTarget;
  readonly plan: ReleasePlan;
  readonly seen: Observation;
  readonly run: RunIdentity;
  readonly builder: Builder | undefined;
  /** What distinguishes this build from others of its commit; its label in the image. */
  readonly identity?: string | undefined;
  /** The URI of the repository that this run has just created. */
  readonly created: string | undefined;
}

export interface ProvidedImage extends CheckedImage {
  readonly built: boolean;
  /** The results of tests that ran inside the build. */
  readonly tests: readonly TestLine[] | undefined;
}

/** The commit's image, in ECR and checked: the one that is there already, or one built and pushed now. One commit, one digest. */
export async function provideImage(tools: Tools, wish: ImageWish): Promise<ProvidedImage> {
  const { target, plan, seen, run } = wish;
  const { repository } = target;
  const expected = { architecture: plan.architecture, revision: target.imageGiven ? undefined : run.commit };
  if (seen.image !== undefined) {
    const [{ digest }, uri] = await Promise.all([
      checkPushedImage(tools, { repository, image: seen.image, expected }),
      repositoryUri(tools, wish),
    ]);
    return { digest, imageUri: `${uri}@${digest}`, built: false, tests: undefined };
  }
  const uri = await repositoryUri(tools, wish);
  const { image, tests } = await buildAndPush(tools, wish, uri);
  const { digest } = await checkPushedImage(tools, { repository, image, expected });
  return { digest, imageUri: `${uri}@${digest}`, built: true, tests };
}

async function buildAndPush(
  tools: Tools,
  wish: ImageWish,
  uri: string,
): Promise<{ image: EcrImage; tests: readonly TestLine[] | undefined }> {
  const { inputs, target, plan, run } = wish;
  const { workspace, tempFolder } = folders(tools);
  const tag = 'tag' in target.image ? target.image.tag : run.commit;
  const reference = `${uri}:${tag}`;
  const builder = wish.builder ?? (await findBuilder(tools));
  await buildImage(tools, {
    ...inputs,
    builder,
    workspace,
    reference,
    architecture: plan.architecture,
    revision: run.commit,
    identity: wish.identity,
    source:
      run.repository === ''
        ? ''
        : `${tools.env['GITHUB_SERVER_URL'] ?? 'https://github.com'}/${run.repository}`,
    timeoutMs: inputs.buildTimeout * 60_000,
  });
  const inImage = { reference, architecture: plan.architecture, builder };
  const tests = inputs.testsIn === 'image' ? await testInImage(tools, inputs, inImage) : undefined;
  const pushed = await pushImage(tools, {
    reference,
    repository: target.repository,
    tempFolder,
    dockerConfig: tools.env['DOCKER_CONFIG'] ?? join(tools.env['HOME'] ?? '/root', '.docker'),
    timeoutMs: inputs.buildTimeout * 60_000,
  });
  if (pushed.kind === 'tag-exists') {
    await refuseArchived(tools, target.repository, target.image);
    tools.log.info(
      'Another run pushed this commit first: its image is used, so that one commit stays one digest',
    );
  }
  const digest = pushed.kind === 'pushed' ? pushed.digest : undefined;
  return { image: await pushedImage(tools, target, digest), tests };
}

/** ECR may need a moment until it shows what was pushed. Milliseconds. */
const VISIBLE_BUDGET_MS = 60_000;

/**
 * The image that was pushed, once ECR shows it under its tag.
 * @param digest what docker reported; undefined where another run's image is used.
 * @throws UserError `image-moved` when ECR shows another image under the tag; `timed-out` when it shows none.
 */
async function pushedImage(
  tools: Tools,
  { repository, image }: DeployTarget,
  digest: Digest | undefined,
): Promise<EcrImage> {
  let shown: Digest | undefined;
  try {
    return await waitFor(
      tools,
      { what: `ECR to show the pushed image in ${repository}`, budgetMs: VISIBLE_BUDGET_MS },
      async () => {
        const found = await findImage(tools, repository, image);
        shown = found?.digest;
        return digest === undefined || shown === digest ? found : undefined;
      },
    );
  } catch (error) {
    const isLate = error instanceof UserError && error.code === 'timed-out';
    if (!isLate || shown === undefined || digest === undefined) throw error;
    const tag = 'tag' in image ? image.tag : image.digest;
    const settings = await tools.ecr.describeRepository(repository).catch(() => undefined);
    throw new UserError('image-moved', {
      what: `${repository}:${tag} was pushed as ${digest}, and ECR shows ${shown} under this tag: somebody else moved it.`,
      fix: `${howToPin(settings?.tags, tag)} and run this again; nothing was deployed.`,
    });
  }
}

/** `<registry>/<repository>`: said by the caller, or by the live version, or read from ECR. */
async function repositoryUri(tools: Tools, wish: ImageWish): Promise<string> {
  const { inputs, target, seen } = wish;
  if (inputs.imageUri !== undefined) return `${parseImageUri(inputs.imageUri).host}/${target.repository}`;
  if (wish.created !== undefined) return wish.created;
  const uri = seen.live?.resolvedImageUri;
  // The repository of the same name elsewhere is not the one that was looked into.
  const isOurs = parseRepository(uri) === target.repository && isBeside(uri ?? '', seen.live?.arn ?? '');
  if (uri !== undefined && isOurs) return uri.slice(0, uri.indexOf('@'));
  return (await tools.ecr.describeRepository(target.repository)).uri;
}
