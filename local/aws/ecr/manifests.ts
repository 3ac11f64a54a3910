import type { PutImageCommandInput, PutImageCommandOutput } from '@aws-sdk/client-ecr';
import { sha256 } from '../blobs.ts';
import { plainError } from '../errors.ts';
import type { AwsContext } from '../routes.ts';
import type { EcrImage, EcrRepository } from '../state.ts';
import type { Wire } from '../wire.ts';
import { isImmutable } from './mutability.ts';
import { findRepository } from './repositories.ts';
import { scanPushed } from './scans.ts';
import { activateImage, imageStatus } from './storage-class.ts';

interface Descriptor {
  readonly digest: string;
  readonly size: number;
}

interface Manifest {
  readonly mediaType?: string;
  readonly config?: Descriptor;
  readonly layers?: readonly Descriptor[];
  readonly manifests?: readonly Descriptor[];
}

const DEFAULT_TYPE = 'application/vnd.oci.image.manifest.v1+json';

/** What a push brings; the registry's PUT and ECR's PutImage are the same act. */
export interface PushedManifest {
  /** The exact bytes, as text: the digest is theirs. */
  readonly manifest: string;
  readonly mediaType?: string | undefined;
  readonly tag?: string | undefined;
}

/** Stores a manifest and moves the tag. Refuses an immutable tag with another digest, and missing layers. */
export function storeManifest(aws: AwsContext, repository: EcrRepository, pushed: PushedManifest): EcrImage {
  const parsed = parse(pushed.manifest);
  const digest = sha256(pushed.manifest);
  checkTag(repository, digest, pushed.tag);
  checkParts(aws, repository, parsed);
  const image: EcrImage = repository.images[digest] ?? {
    digest,
    mediaType: pushed.mediaType ?? parsed.mediaType ?? DEFAULT_TYPE,
    manifest: pushed.manifest,
    pushedAt: aws.now(),
    sizeInBytes: [parsed.config, ...(parsed.layers ?? [])].reduce((sum, part) => sum + (part?.size ?? 0), 0),
  };
  // Pushed again, an archived image is back at once.
  activateImage(aws, image, 0);
  repository.images[digest] = image;
  scanPushed(aws, repository, image);
  if (pushed.tag !== undefined) repository.tags[pushed.tag] = digest;
  return image;
}

function parse(text: string): Manifest {
  try {
    return JSON.parse(text) as Manifest;
  } catch {
    throw plainError(
      400,
      'InvalidParameterException',
      "Invalid parameter at 'ImageManifest' failed to satisfy constraint: 'Invalid JSON syntax'",
    );
  }
}

function checkTag(repository: EcrRepository, digest: string, tag: string | undefined): void {
  const current = tag === undefined ? undefined : repository.tags[tag];
  if (current === undefined || current === digest) return;
  if (tag === undefined || !isImmutable(repository, tag)) return;
  throw plainError(
    400,
    'ImageTagAlreadyExistsException',
    `The image tag '${tag}' already exists in the '${repository.name}' repository and cannot be overwritten because the tag is immutable.`,
  );
}

function checkParts(aws: AwsContext, repository: EcrRepository, manifest: Manifest): void {
  for (const part of [manifest.config, ...(manifest.layers ?? [])]) {
    if (part === undefined || aws.blobs.has(part.digest)) continue;
    throw plainError(400, 'LayersNotFoundException', `Layers with digests '[${part.digest}]' not found`);
  }
  for (const child of manifest.manifests ?? []) {
    if (repository.images[child.digest] !== undefined) continue;
    throw plainError(
      400,
      'ReferencedImagesNotFoundException',
      `The images with digests '[${child.digest}]' referenced by the image do not exist`,
    );
  }
}

export function putImage(aws: AwsContext, input: PutImageCommandInput): Wire<PutImageCommandOutput> {
  const repository = findRepository(aws.state, input.repositoryName);
  const manifest = input.imageManifest ?? '';
  const digest = sha256(manifest);
  const tag = input.imageTag;
  const known = repository.images[digest];
  const active = known !== undefined && imageStatus(aws, known) === 'ACTIVE';
  if (active && (tag === undefined || repository.tags[tag] === digest)) {
    throw plainError(
      400,
      'ImageAlreadyExistsException',
      `Image with digest '${digest}' and tag '${tag ?? 'null'}' already exists in the repository with name '${repository.name}' in registry with id '${repository.registryId}'`,
    );
  }
  const image = storeManifest(aws, repository, { manifest, mediaType: input.imageManifestMediaType, tag });
  return {
    image: {
      registryId: repository.registryId,
      repositoryName: repository.name,
      imageId: { imageDigest: digest, ...(tag === undefined ? {} : { imageTag: tag }) },
      imageManifest: manifest,
      imageManifestMediaType: image.mediaType,
    },
  };
}
