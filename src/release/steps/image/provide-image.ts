import type { EcrImage } from '../../../clients/ecr.ts';
import type { Tools } from '../../../clients/tools.ts';
import { tagsOf } from '../../plan/build-identity.ts';
import { howToPin, imageGone } from '../../plan/image-place.ts';
import { ProgramFailed } from '../../../clients/shell.ts';
import { UserError } from '../../../errors.ts';
import type { Expected } from '../../plan/image.ts';
import type { Commit, Digest } from '../../../types.ts';
import type { BuiltHere } from './build-here.ts';
import { configFolders } from './docker-config.ts';
import { repositoryUri, type ImageWish } from './image-wish.ts';
import {
  checkPushedImage,
  findImage,
  readPushedImage,
  refuseArchived,
  type FittingImage,
} from './check-image.ts';
import type { CheckedImage } from '../version/publish-candidate.ts';
import { pushImage } from './push-image.ts';
import { waitFor } from '../../../clients/wait.ts';

export interface ProvidedImage extends CheckedImage {
  readonly built: boolean;
  /** What ECR has is what this run built, and not what another run pushed meanwhile. */
  readonly isOwn: boolean;
}

/** The image that ECR has, checked. */
export async function useImage(tools: Tools, wish: ImageWish): Promise<ProvidedImage> {
  const { target, seen, run } = wish;
  const { repository } = target;
  const { image } = seen;
  if (image === undefined) throw imageGone(repository, seen.build?.tag ?? run.commit);
  const [fitting, uri] = await Promise.all([
    checkPushedImage(tools, { repository, image, expected: expectedOf(wish), pushed: seen.pushed }),
    repositoryUri(tools, wish),
  ]);
  const commit = target.imageGiven ? commitOf(wish, fitting) : run.commit;
  return { ...fitting, commit, imageUri: `${uri}@${fitting.digest}`, built: false, isOwn: false };
}

/** Pushes what was built here, and checks what ECR has then. One commit, one digest. */
export async function pushBuilt(
  tools: Tools,
  wish: ImageWish & { readonly built: BuiltHere },
): Promise<ProvidedImage> {
  const { target, seen, run, built } = wish;
  const { repository } = target;
  // Without a repository it was built under the bare name.
  const uri = wish.created ?? built.reference.slice(0, built.reference.lastIndexOf(':'));
  const tag = seen.build?.tag ?? run.commit;
  if (built.reference !== `${uri}:${tag}`) await rename(tools, built.reference, `${uri}:${tag}`);
  const { image, isOwn } = await pushUnder(tools, wish, { uri, tag });
  const fitting = await checkPushedImage(tools, { repository, image, expected: expectedOf(wish) });
  return { ...fitting, commit: run.commit, imageUri: `${uri}@${fitting.digest}`, built: true, isOwn };
}

function expectedOf({ plan, target, run }: ImageWish): Expected {
  return { architecture: plan.architecture, revision: target.imageGiven ? undefined : run.commit };
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

interface Pushed {
  readonly image: EcrImage;
  readonly isOwn: boolean;
}

interface Tagged {
  readonly uri: string;
  readonly tag: string;
}

/** Jobs of one commit may release several functions at once: what another of them pushed meanwhile is left where it is. */
async function pushUnder(tools: Tools, wish: ImageWish, { uri, tag }: Tagged): Promise<Pushed> {
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
      ...configFolders(tools),
      login: wish.login,
      timeoutMs: inputs.buildTimeout * 60_000,
    });
    // What has the tag may be in the archive, where nothing would show it.
    if (pushed.kind === 'tag-exists') await refuseArchived(tools, repository, { tag });
    image = await pushedImage(
      tools,
      { repository, tag },
      pushed.kind === 'pushed' ? pushed.digest : undefined,
    );
    if (pushed.kind === 'pushed') return { image, isOwn: true };
  }
  const { config } = await readPushedImage(tools, { repository, image, architecture: plan.architecture });
  if (own === undefined || tag === own || [undefined, seen.build?.identity].includes(config.build)) {
    tools.log.info(
      'Another run pushed this commit first: its image is used, so that one commit stays one digest',
    );
    return { image, isOwn: false };
  }
  tools.log.info(`${tag} is another build of this commit by now: this one is pushed as ${own}.`);
  await rename(tools, reference, `${uri}:${own}`);
  return pushUnder(tools, wish, { uri, tag: own });
}

async function rename({ shell }: Tools, from: string, to: string): Promise<void> {
  const renamed = await shell.ask({ file: 'docker', args: ['tag', from, to], writes: 'docker:build' });
  if (renamed.exitCode !== 0)
    throw new ProgramFailed('push-failed', { what: `docker tag of ${from} failed.` }, renamed.tail);
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
