import type { EcrImage } from '../../../clients/ecr.ts';
import { AwsError, explainAwsError, orMissing, UserError, type Explanation } from '../../../errors.ts';
import { fateOf, parseLifecyclePolicy, type Fate } from '../../plan/lifecycle.ts';
import { parseRepository } from '../../plan/repository.ts';
import { readManifest } from '../../plan/image.ts';
import { judgeTarget, type TargetVerdict } from '../../plan/rollback-target.ts';
import type { Digest, FunctionVersion } from '../../../types.ts';
import { findKept } from '../image/check-image.ts';
import type { ReleaseTools } from '../../tools.ts';

export interface TargetQuestion {
  /** The release's ECR repository; the previous version's own one is used where Lambda names it. */
  readonly repository: string;
  /** The version that a rollback would restore, as GetFunction returns it; undefined on the first release. */
  readonly previous: FunctionVersion | undefined;
}

/** The verdict, and how large the image is: compressed, in bytes. */
export type ProvenTarget = TargetVerdict & { readonly bytes?: number | undefined };

/**
 * Whether a rollback could go to the previous version. Two reads at once, and the list of images only where a lifecycle policy exists.
 * What AWS refuses to show makes the verdict `at-risk` and never an error: whether that stops a deploy is the caller's decision.
 */
export async function proveRollbackTarget(
  tools: ReleaseTools,
  { repository: own, previous }: TargetQuestion,
): Promise<ProvenTarget> {
  const repository = parseRepository(previous?.resolvedImageUri) ?? own;
  const known = { previous, repository, now: tools.clock.now() };
  const digest = previous?.digest;
  if (previous === undefined || digest === undefined) {
    return judgeTarget({ ...known, image: 'missing', lifecycle: { kind: 'stays' } });
  }
  const elsewhere = foreignRegistry(previous);
  if (elsewhere !== undefined) return judgeTarget({ ...known, image: elsewhere, lifecycle: elsewhere });
  const [found, lifecycle] = await Promise.all([
    answerOf(findImage(tools, repository, digest)),
    answerOf(readFate(tools, repository, digest)),
  ]);
  const isFound = found !== undefined && 'manifest' in found;
  const image = isFound ? 'found' : (found ?? 'missing');
  return { ...judgeTarget({ ...known, image, lifecycle }), bytes: isFound ? bytesOf(found) : undefined };
}

/** How large a version's image is, compressed; undefined where ECR does not tell. One read. Bytes. */
export async function bytesInEcr(
  tools: ReleaseTools,
  version: FunctionVersion,
  own: string,
): Promise<number | undefined> {
  const { digest, resolvedImageUri } = version;
  if (digest === undefined || foreignRegistry(version) !== undefined) return undefined;
  const found = await answerOf(findImage(tools, parseRepository(resolvedImageUri) ?? own, digest));
  return found !== undefined && 'manifest' in found ? bytesOf(found) : undefined;
}

/** Of one image; an index has no size of its own. */
function bytesOf(found: EcrImage): number | undefined {
  try {
    const manifest = readManifest(found.digest, found.mediaType, found.manifest);
    return manifest.kind === 'image' ? manifest.compressedBytes : undefined;
  } catch {
    return undefined;
  }
}

async function findImage(
  tools: ReleaseTools,
  repository: string,
  digest: Digest,
): Promise<EcrImage | UserError | undefined> {
  try {
    return await findKept(tools, repository, { digest });
  } catch (error) {
    if (error instanceof UserError && error.code === 'image-archived') return error;
    throw error;
  }
}

async function readFate({ ecr, clock }: ReleaseTools, repository: string, digest: Digest): Promise<Fate> {
  const text = await orMissing(ecr.getLifecyclePolicy(repository));
  if (text === undefined) return { kind: 'stays' };
  const policy = parseLifecyclePolicy(text);
  return fateOf({ policy, images: await ecr.describeImages(repository), digest, now: clock.now() });
}

/** The answer, or why AWS gave none. */
async function answerOf<T>(question: Promise<T>): Promise<T | Explanation> {
  try {
    return await question;
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    const { what, fix } = explainAwsError(error);
    return { what: `Whether a rollback could go to the version could not be checked. ${what}`, fix };
  }
}

/** Another account's or region's registry, where our calls would read the wrong repository of the same name. */
export function foreignRegistry({
  version,
  arn,
  resolvedImageUri = '',
}: FunctionVersion): Explanation | undefined {
  const [, account, region] = /^(\d{12})\.dkr\.ecr\.([^.]+)\./.exec(resolvedImageUri) ?? [];
  if (account === undefined || region === undefined) return undefined;
  if (arn.includes(`:${region}:${account}:`)) return undefined;
  return {
    what: `The image of version ${version} is in the registry of account ${account} in ${region}, which this run does not read.`,
    fix: `Make sure that no lifecycle rule there removes it, or release from a repository in the function's own account and region.`,
  };
}
