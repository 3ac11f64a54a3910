/** Which of the images that ECR holds for a commit is this build's. */
import type { EcrImage, ImageId } from '../../../clients/ecr.ts';
import { buildIdentity, chooseTag, tagsOf, type CheckedOutSource } from '../../plan/build-identity.ts';
import { digestFor } from '../../plan/deploy.ts';
import { NO_BUILD, noteOf } from '../../record/version-note.ts';
import type { DeployTarget } from '../../plan/target.ts';
import type { Architecture, FunctionVersion } from '../../../types.ts';
import { readPushedImage, type CheckTools, type PushedImage } from './check-image.ts';

/** What names a build: where its image belongs, and what it is made of. */
export interface Build {
  readonly target: DeployTarget;
  /** Undefined where the caller named the image. */
  readonly source: CheckedOutSource | undefined;
}

/** Under what ECR may hold the image: one request for all, before it is known for which processor it is. */
export function imageIds({ target: { image, wish }, source }: Build): readonly ImageId[] {
  if (source === undefined || !('tag' in image)) return [image];
  const architectures: readonly Architecture[] =
    wish.architecture === undefined ? ['x86_64', 'arm64'] : [wish.architecture];
  const own = architectures.map((architecture) => buildIdentity({ ...source, architecture }));
  return [image, ...own.map((identity) => ({ tag: tagsOf(image.tag, identity).own }))];
}

export interface ChosenImage {
  /** Undefined where it is still to be built. */
  readonly image: EcrImage | undefined;
  /** The image as it was read, where its label had to be. */
  readonly pushed?: PushedImage;
  /** The image's tag, and the identity of its build; undefined where the caller named the image. */
  readonly build?: { readonly tag: string; readonly identity: string };
}

/** @param existing the function as it is, live or not. */
export async function chooseImage(
  tools: CheckTools,
  { target, source }: Build,
  {
    images,
    existing,
  }: { readonly images: readonly EcrImage[]; readonly existing: FunctionVersion | undefined },
): Promise<ChosenImage> {
  if (source === undefined || !('tag' in target.image)) return { image: images[0] };
  const { repository, wish } = target;
  const { tag: commit } = target.image;
  const architecture = existing?.architecture ?? wish.architecture ?? 'x86_64';
  const identity = buildIdentity({ ...source, architecture });
  const tags = tagsOf(commit, identity);
  const [plain, own] = [tags.plain, tags.own].map((tag) => images.find((image) => image.tag === tag));
  const noted = plain && existing && notedBuild(existing, digestFor(wish.imageName, plain, architecture));
  const pushed =
    plain !== undefined && own === undefined && noted === undefined
      ? await readPushedImage(tools, { repository, image: plain, architecture })
      : undefined;
  const label = noted === NO_BUILD ? undefined : (noted ?? pushed?.config.build);
  const { tag, isThere } = chooseTag(
    { commit, identity },
    { plain: plain && { identity: label }, hasOwn: own !== undefined },
  );
  const image = isThere ? (own ?? plain) : undefined;
  return { image, build: { tag, identity }, ...(image === plain && pushed !== undefined && { pushed }) };
}

/** What the version's note says of this very image: nothing needs to be read of it then. */
function notedBuild(version: FunctionVersion, digest: string): string | undefined {
  return version.digest === digest ? noteOf(version)?.build : undefined;
}
