import type { EcrImage, ImageId } from '../../../clients/ecr.ts';
import { RETRY_ATTEMPTS, RETRY_BUDGET_MS } from '../../../clients/call.ts';
import type { Http } from '../../../clients/http.ts';
import { backoff, retry, type RetryTools } from '../../../clients/retry.ts';
import { AwsError, orMissing, UserError } from '../../../errors.ts';
import { imageGone, type ImageStatus } from '../../plan/image-place.ts';
import {
  checkImage,
  childFor,
  readImageConfig,
  readManifest,
  type Expected,
  type ReadImage,
} from '../../plan/image.ts';
import type { Architecture, Commit, Digest } from '../../../types.ts';

export interface ImageToRead {
  readonly repository: string;
  readonly image: EcrImage;
  /** Of an index, this one is read. */
  readonly architecture: Architecture;
}

export interface ImageToCheck extends Omit<ImageToRead, 'architecture'> {
  readonly expected: Expected;
  /** The image, where it was read before. */
  readonly pushed?: PushedImage | undefined;
}

/** An image as the registry has it: itself, or the fitting child when an index was pushed. */
export interface PushedImage extends ReadImage {
  readonly digest: Digest;
  /** For messages. */
  readonly where: string;
}

/** An image that this function can run. */
export interface FittingImage {
  readonly digest: Digest;
  /** The commit that its label names. */
  readonly commit: Commit | undefined;
  /** The identity of its build, by its label. */
  readonly build: string | undefined;
  /** Compressed. */
  readonly bytes: number;
}

/** How an image is looked up in ECR. */
export interface ImageTools {
  readonly ecr: { batchGetImage(repository: string, ids: readonly ImageId[]): Promise<readonly EcrImage[]> };
}

/** How ECR is asked for an image that it may have and not give. */
interface FindTools {
  readonly ecr: ImageTools['ecr'] & { imageStatus(repository: string, id: ImageId): Promise<ImageStatus> };
}

export interface CheckTools extends ImageTools, RetryTools {
  readonly ecr: ImageTools['ecr'] & { getDownloadUrl(repository: string, digest: Digest): Promise<string> };
  readonly http: Http;
  readonly random: () => number;
}

const COMMIT = /^([0-9a-f]{40}|[0-9a-f]{64})$/;

/** Milliseconds for an image's configuration, a few kilobytes. */
const BLOB_TIMEOUT_MS = 30_000;

/**
 * Media type, architecture, size and commit, from the registry itself and before any write to the function.
 * @returns what to deploy: the image, or the fitting child when an index was pushed.
 * @throws UserError that names what is wrong and the build option that mends it.
 */
export async function checkPushedImage(tools: CheckTools, wanted: ImageToCheck): Promise<FittingImage> {
  const { expected, pushed } = wanted;
  const read = pushed ?? (await readPushedImage(tools, { ...wanted, architecture: expected.architecture }));
  const { digest, where, config } = read;
  if (digest !== wanted.image.digest)
    tools.log.info(
      `${wanted.repository}@${wanted.image.digest.slice(0, 19)}… is an image index; its image for ${expected.architecture} is deployed: ${digest}`,
    );
  checkImage(where, read, expected);
  const commit = COMMIT.test(config.revision ?? '') ? config.revision : undefined;
  return { digest, commit, build: config.build, bytes: read.manifest.compressedBytes };
}

/** @throws UserError where it cannot be read, or is no image for this processor. */
export async function readPushedImage(tools: CheckTools, wanted: ImageToRead): Promise<PushedImage> {
  const { repository, image, architecture } = wanted;
  const { digest } = image;
  const where = `${repository}@${digest.slice(0, 19)}…`;
  const manifest = readManifest(where, image.mediaType, image.manifest);
  if (manifest.kind === 'index') {
    const child = childFor(where, manifest, architecture);
    const found = await findImage(tools, repository, { digest: child });
    if (found === undefined) throw imageGone(repository, child);
    return readPushedImage(tools, { repository, image: found, architecture });
  }
  const text = await readBlob(tools, { repository, where, digest: manifest.configDigest });
  return { digest, where, manifest, config: readImageConfig(where, text) };
}

interface Blob {
  readonly repository: string;
  readonly where: string;
  readonly digest: Digest;
}

/** No answer, or one that another attempt may better: a URL lasts only for a while. */
class BlobLost extends UserError {
  constructor(what: string, options?: ErrorOptions) {
    const fix = "Check that the runner reaches ECR's download hosts (S3), then run this again.";
    super('image-config-unreadable', { what, fix }, options);
  }
}

/** A blob's text, by a URL of its own for each attempt. */
function readBlob(tools: CheckTools, { repository, where, digest }: Blob): Promise<string> {
  const policy = {
    attempts: RETRY_ATTEMPTS,
    budgetMs: RETRY_BUDGET_MS,
    passes: (error: unknown, attempt: number) =>
      error instanceof BlobLost
        ? { ms: backoff(tools, attempt), why: error.what.replace(/\.$/, '') }
        : undefined,
  };
  return retry(tools, policy, async () => {
    const url = await tools.ecr.getDownloadUrl(repository, digest);
    const blob = await tools.http({ url, timeoutMs: BLOB_TIMEOUT_MS }).catch((error: unknown) => {
      throw new BlobLost(`The configuration of ${where} could not be downloaded from ECR.`, { cause: error });
    });
    if (blob.status === 200) return blob.body;
    const what = `ECR answered ${blob.status} for the configuration of ${where}.`;
    if (blob.status === 404)
      throw new UserError('image-config-unreadable', { what, fix: 'Push the image again.' });
    throw new BlobLost(what);
  });
}

export async function findImage(
  tools: ImageTools,
  repository: string,
  id: ImageId,
): Promise<EcrImage | undefined> {
  const images = await tools.ecr.batchGetImage(repository, [id]);
  return images[0];
}

/**
 * The image that somebody relies on; undefined where it, or the repository, is not there.
 * @throws UserError `image-archived`.
 */
export async function findKept(
  tools: FindTools,
  repository: string,
  id: ImageId,
): Promise<EcrImage | undefined> {
  const image = await orMissing(findImage(tools, repository, id));
  if (image === undefined) await refuseArchived(tools, repository, id);
  return image;
}

/** @throws UserError `image-archived`. A role that may not look learns nothing. */
export async function refuseArchived(
  { ecr }: Pick<FindTools, 'ecr'>,
  repository: string,
  id: ImageId,
): Promise<void> {
  const status = await ecr.imageStatus(repository, id).catch((error: unknown) => {
    if (error instanceof AwsError) return undefined;
    throw error;
  });
  const gone = imageGone(repository, 'tag' in id ? id.tag : id.digest, status);
  if (gone.code === 'image-archived') throw gone;
}
