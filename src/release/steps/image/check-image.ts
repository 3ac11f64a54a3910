import type { EcrImage, ImageId } from '../../../clients/ecr.ts';
import type { Tools } from '../../../clients/tools.ts';
import { UserError } from '../../../errors.ts';
import { checkImage, childFor, readImageConfig, readManifest, type Expected } from '../../plan/image.ts';
import type { Commit, Digest } from '../../../types.ts';

export interface ImageToCheck {
  readonly repository: string;
  readonly image: EcrImage;
  readonly expected: Expected;
}

/** An image that this function can run. */
export interface FittingImage {
  readonly digest: Digest;
  /** The commit that its label names. */
  readonly commit: Commit | undefined;
}

const COMMIT = /^([0-9a-f]{40}|[0-9a-f]{64})$/;

/** Milliseconds for an image's configuration, a few kilobytes. */
const BLOB_TIMEOUT_MS = 30_000;

/**
 * Media type, architecture, size and commit, from the registry itself and before any write to the function.
 * @returns what to deploy: the image, or the fitting child when an index was pushed.
 * @throws UserError that names what is wrong and the build option that mends it.
 */
export async function checkPushedImage(
  tools: Pick<Tools, 'ecr' | 'http' | 'log'>,
  { repository, image, expected }: ImageToCheck,
): Promise<FittingImage> {
  const where = `${repository}@${image.digest.slice(0, 19)}…`;
  const manifest = readManifest(where, image.mediaType, image.manifest);
  if (manifest.kind === 'index') {
    const digest = childFor(where, manifest, expected.architecture);
    tools.log.info(
      `${where} is an image index; its image for ${expected.architecture} is deployed: ${digest}`,
    );
    const child = await findImage(tools, repository, { digest });
    if (child === undefined) throw imageMissing(repository, digest);
    return checkPushedImage(tools, { repository, image: child, expected });
  }
  const url = await tools.ecr.getDownloadUrl(repository, manifest.configDigest);
  const blob = await tools.http({ url, timeoutMs: BLOB_TIMEOUT_MS }).catch((error: unknown) => {
    throw new UserError(
      'image-config-unreadable',
      {
        what: `The configuration of ${where} could not be downloaded from ECR.`,
        fix: "Check that the runner reaches ECR's download hosts (S3), then run this again.",
      },
      { cause: error },
    );
  });
  if (blob.status !== 200) {
    throw new UserError('image-config-unreadable', {
      what: `ECR answered ${blob.status} for the configuration of ${where}.`,
      fix: 'Push the image again.',
    });
  }
  const config = readImageConfig(where, blob.body);
  checkImage(where, { manifest, config }, expected);
  return { digest: image.digest, commit: COMMIT.test(config.revision ?? '') ? config.revision : undefined };
}

export async function findImage(
  tools: Pick<Tools, 'ecr'>,
  repository: string,
  id: ImageId,
): Promise<EcrImage | undefined> {
  const images = await tools.ecr.batchGetImage(repository, [id]);
  return images[0];
}

export function imageMissing(repository: string, name: string): UserError {
  return new UserError('image-missing', {
    what: `ECR repository ${repository} has no image ${name}.`,
    fix: 'Push it first, or name another one.',
  });
}
