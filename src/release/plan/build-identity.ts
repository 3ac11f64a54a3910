/** What distinguishes two builds of one commit, in twelve hex digits, and which tag and image of the commit a deploy takes. */
import { createHash } from 'node:crypto';
import type { Architecture, Commit } from '../../types.ts';

/** The image's label that holds its build's identity. An image that was built elsewhere has none. */
export const BUILD_LABEL = 'model-release.build';

/** A file of the build context that the commit does not hold as it is. */
export interface ContextFile {
  /** Relative to the context. */
  readonly path: string;
  /** 64 hex digits, or the commit of a checkout below the context; undefined for one that was deleted. */
  readonly sha256: string | undefined;
}

/** Everything besides the commit that a build depends on. Paths are relative to the workspace. */
export interface BuildSource {
  readonly context: string;
  /** Default: `Dockerfile` in the context. */
  readonly file?: string | undefined;
  readonly target?: string | undefined;
  /** `KEY=value`, with the value also where the input names a variable alone. */
  readonly buildArgs?: readonly string[];
  readonly buildContexts?: readonly string[];
  readonly architecture: Architecture;
  readonly files: readonly ContextFile[];
}

/** The same as it is checked out: for which processor it is built is not known there. */
export type CheckedOutSource = Omit<BuildSource, 'architecture'>;

/** Twelve hex digits: the same for two builds that differ in nothing named here, whatever order it is given in. */
export function buildIdentity(build: BuildSource): string {
  const context = plainPath(build.context);
  const of = {
    context,
    file: plainPath(build.file ?? `${context}/Dockerfile`),
    target: build.target ?? '',
    buildArgs: (build.buildArgs ?? []).map((line) => line.trimStart()).toSorted(),
    buildContexts: (build.buildContexts ?? []).map((line) => line.trimStart()).toSorted(),
    architecture: build.architecture,
    files: build.files.map(({ path, sha256 = '' }) => [path, sha256]).toSorted(byPath),
  };
  return createHash('sha256').update(JSON.stringify(of)).digest('hex').slice(0, 12);
}

function byPath([a = '']: readonly string[], [b = '']: readonly string[]): number {
  return a < b ? -1 : Number(a > b);
}

function plainPath(path: string): string {
  const parts = path.split('/').filter((part) => part !== '' && part !== '.');
  return parts.length === 0 ? '.' : parts.join('/');
}

/** The tags under which an image of this build may be: the commit's own, and one for a repository that holds several builds. */
export function tagsOf(commit: Commit, identity: string): { readonly plain: string; readonly own: string } {
  return { plain: commit, own: `${commit}-${identity}` };
}

/** What ECR holds under the two tags. */
export interface TaggedImages {
  /** The image under the commit's tag; its `identity` is undefined where it has no label. */
  readonly plain: { readonly identity: string | undefined } | undefined;
  readonly hasOwn: boolean;
}

/**
 * Which tag this build has, and whether its image is there. An image without the label may have been built elsewhere: the commit's tag
 * is taken at its word.
 */
export function chooseTag(
  { commit, identity }: { readonly commit: Commit; readonly identity: string },
  { plain, hasOwn }: TaggedImages,
): { readonly tag: string; readonly isThere: boolean } {
  const tags = tagsOf(commit, identity);
  if (hasOwn) return { tag: tags.own, isThere: true };
  if (plain !== undefined && (plain.identity === undefined || plain.identity === identity))
    return { tag: tags.plain, isThere: true };
  return { tag: plain === undefined ? tags.plain : tags.own, isThere: false };
}
