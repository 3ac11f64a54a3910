import { join } from 'node:path';
import { findBuilder, type Builder } from '../../../clients/docker.ts';
import type { EcrImage } from '../../../clients/ecr.ts';
import type { Tools } from '../../../clients/tools.ts';
import type { DeployInputs } from '../../../inputs/deploy-inputs.ts';
import { tagsOf } from '../../plan/build-identity.ts';
import { parseImageUri, type DeployTarget } from '../../plan/target.ts';
import type { ReleasePlan } from '../../plan/deploy.ts';
import { howToPin } from '../../plan/image-place.ts';
import { isBeside } from '../../plan/place.ts';
import { parseRepository } from '../../plan/repository.ts';
import type { TestLine } from '../../result.ts';
import { ProgramFailed } from '../../../clients/shell.ts';
import { UserError } from '../../../errors.ts';
import type { Commit, Digest, RunIdentity } from '../../../types.ts';
import { buildImage } from './build-image.ts';
import {
  checkPushedImage,
  findImage,
  readPushedImage,
  refuseArchived,
  type FittingImage,
} from './check-image.ts';
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
    const [fitting, uri] = await Promise.all([
      checkPushedImage(tools, { repository, image: seen.image, expected, pushed: seen.pushed }),
      repositoryUri(tools, wish),
    ]);
    const commit = target.imageGiven ? commitOf(wish, fitting) : run.commit;
    return { ...fitting, commit, imageUri: `${uri}@${fitting.digest}`, built: false, tests: undefined };
  }
  const uri = await repositoryUri(tools, wish);
  const { image, tests } = await buildAndPush(tools, wish, uri);
  const fitting = await checkPushedImage(tools, { repository, image, expected });
  const imageUri = `${uri}@${fitting.digest}`;
  return { ...fitting, commit: run.commit, imageUri, built: true, tests };
}

/** An image that the caller brought says itself which commit it is of; one without a label is of the run's. */
function commitOf({ inputs, run }: ImageWish, { commit }: FittingImage): Commit {
  if (inputs.commit === undefined || commit === undefined || commit === inputs.commit)
    return commit ?? run.commit;
  throw new UserError('image-of-another-commit', {
    what: `${inputs.imageUri} is labelled with the commit ${commit}, and commit names ${inputs.commit}.`,
    fix: 'Leave commit out, so that the release has the commit of its image, or name the image of that commit. Nothing was deployed.',
  });
}

async function buildAndPush(
  tools: Tools,
  wish: ImageWish,
  uri: string,
): Promise<{ image: EcrImage; tests: readonly TestLine[] | undefined }> {
  const { inputs, plan, run, seen } = wish;
  const { workspace } = folders(tools);
  const { tag, identity } = seen.build ?? { tag: run.commit, identity: undefined };
  const reference = `${uri}:${tag}`;
  const builder = wish.builder ?? (await findBuilder(tools));
  await buildImage(tools, {
    ...inputs,
    builder,
    workspace,
    reference,
    architecture: plan.architecture,
    revision: run.commit,
    identity,
    source:
      run.repository === ''
        ? ''
        : `${tools.env['GITHUB_SERVER_URL'] ?? 'https://github.com'}/${run.repository}`,
    timeoutMs: inputs.buildTimeout * 60_000,
  });
  const inImage = { reference, architecture: plan.architecture, builder };
  const tests = inputs.testsIn === 'image' ? await testInImage(tools, inputs, inImage) : undefined;
  return { image: await pushBuild(tools, wish, { uri, tag }), tests };
}

interface Tagged {
  readonly uri: string;
  readonly tag: string;
}

/** Jobs of one commit may release several functions at once: what another of them pushed meanwhile is left where it is. */
async function pushBuild(tools: Tools, wish: ImageWish, { uri, tag }: Tagged): Promise<EcrImage> {
  const { inputs, target, plan, run, seen } = wish;
  const { repository } = target;
  const reference = `${uri}:${tag}`;
  const own = seen.build && tagsOf(run.commit, seen.build.identity).own;
  // A registry with mutable tags would move the tag and say nothing.
  let image = tag === own ? undefined : await findImage(tools, repository, { tag });
  if (image === undefined) {
    const pushed = await pushImage(tools, {
      reference,
      repository,
      tempFolder: folders(tools).tempFolder,
      dockerConfig: tools.env['DOCKER_CONFIG'] ?? join(tools.env['HOME'] ?? '/root', '.docker'),
      timeoutMs: inputs.buildTimeout * 60_000,
    });
    // What has the tag may be in the archive, where nothing would show it.
    if (pushed.kind === 'tag-exists') await refuseArchived(tools, repository, { tag });
    image = await pushedImage(
      tools,
      { repository, tag },
      pushed.kind === 'pushed' ? pushed.digest : undefined,
    );
    if (pushed.kind === 'pushed') return image;
  }
  const { config } = await readPushedImage(tools, { repository, image, architecture: plan.architecture });
  if (own === undefined || tag === own || [undefined, seen.build?.identity].includes(config.build)) {
    tools.log.info(
      'Another run pushed this commit first: its image is used, so that one commit stays one digest',
    );
    return image;
  }
  tools.log.info(`${tag} is another build of this commit by now: this one is pushed as ${own}.`);
  const args = ['tag', reference, `${uri}:${own}`];
  const renamed = await tools.shell.ask({ file: 'docker', args, writes: 'docker:build' });
  if (renamed.exitCode !== 0)
    throw new ProgramFailed('push-failed', { what: `docker tag of ${reference} failed.` }, renamed.tail);
  return pushBuild(tools, wish, { uri, tag: own });
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
  { repository, tag }: { readonly repository: string; readonly tag: string },
  digest: Digest | undefined,
): Promise<EcrImage> {
  let shown: Digest | undefined;
  try {
    return await waitFor(
      tools,
      { what: `ECR to show the pushed image in ${repository}`, budgetMs: VISIBLE_BUDGET_MS },
      async () => {
        const found = await findImage(tools, repository, { tag });
        shown = found?.digest;
        return digest === undefined || shown === digest ? found : undefined;
      },
    );
  } catch (error) {
    const isLate = error instanceof UserError && error.code === 'timed-out';
    if (!isLate || shown === undefined || digest === undefined) throw error;
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
