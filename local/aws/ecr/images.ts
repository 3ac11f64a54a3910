import type {
  BatchDeleteImageCommandInput,
  BatchDeleteImageCommandOutput,
  BatchGetImageCommandInput,
  BatchGetImageCommandOutput,
  DescribeImagesCommandInput,
  DescribeImagesCommandOutput,
  GetDownloadUrlForLayerCommandInput,
  GetDownloadUrlForLayerCommandOutput,
  Image,
  ImageFailure,
  ImageIdentifier,
  ListImagesCommandInput,
  ListImagesCommandOutput,
  UpdateImageStorageClassCommandInput,
  UpdateImageStorageClassCommandOutput,
} from '@aws-sdk/client-ecr';
import { plainError } from '../errors.ts';
import type { AwsContext } from '../routes.ts';
import type { EcrImage, EcrRepository } from '../state.ts';
import { epochSeconds, page } from '../wire.ts';
import type { Wire } from '../wire.ts';
import { findRepository } from './repositories.ts';
import { activateImage, archiveImage, hasStatus, imageStatus, storageMembers } from './storage-class.ts';

/** The image an identifier names; digest and tag must agree when both are given. */
export function findImage(repository: EcrRepository, id: ImageIdentifier): EcrImage | undefined {
  const tagged = id.imageTag === undefined ? undefined : repository.tags[id.imageTag];
  if (id.imageTag !== undefined && tagged === undefined) return undefined;
  if (id.imageDigest !== undefined && tagged !== undefined && tagged !== id.imageDigest) return undefined;
  return repository.images[id.imageDigest ?? tagged ?? ''];
}

function tagsOf(repository: EcrRepository, digest: string): string[] {
  return Object.keys(repository.tags).filter((tag) => repository.tags[tag] === digest);
}

function notFoundFailure(imageId: ImageIdentifier): ImageFailure {
  return { imageId, failureCode: 'ImageNotFound', failureReason: 'Requested image not found' };
}

/** Unverified: the code that an archived image gives; a pull of it is a 404. */
function archivedFailure(aws: AwsContext, imageId: ImageIdentifier): ImageFailure {
  const { archivedImageFailure: failureCode } = aws.state.settings;
  if (failureCode === 'ImageNotFound') return notFoundFailure(imageId);
  return { imageId, failureCode, failureReason: 'Requested image is archived' };
}

export function batchGetImage(
  aws: AwsContext,
  input: BatchGetImageCommandInput,
): Wire<BatchGetImageCommandOutput> {
  const repository = findRepository(aws.state, input.repositoryName);
  const images: Image[] = [];
  const failures: ImageFailure[] = [];
  for (const imageId of input.imageIds ?? []) {
    const image = findImage(repository, imageId);
    if (image === undefined) failures.push(notFoundFailure(imageId));
    else if (imageStatus(aws, image) !== 'ACTIVE') failures.push(archivedFailure(aws, imageId));
    else if (image.unreadable !== undefined) failures.push({ imageId, ...image.unreadable });
    else if (input.acceptedMediaTypes?.includes(image.mediaType) === false) {
      const failureReason = `The image's media type ${image.mediaType} is not among the accepted ones`;
      failures.push({ imageId, failureCode: 'UnsupportedImageType' as never, failureReason });
    } else {
      images.push({
        registryId: repository.registryId,
        repositoryName: repository.name,
        imageId: { imageDigest: image.digest, ...(imageId.imageTag ? { imageTag: imageId.imageTag } : {}) },
        imageManifest: image.manifest,
        imageManifestMediaType: image.mediaType,
      });
    }
  }
  return { images, failures };
}

export function describeImages(
  aws: AwsContext,
  input: DescribeImagesCommandInput,
): Wire<DescribeImagesCommandOutput> {
  const repository = findRepository(aws.state, input.repositoryName);
  const wanted = input.imageIds?.map((id) => {
    const image = findImage(repository, id);
    const shown = image !== undefined && hasStatus(aws, image, input.filter?.imageStatus);
    return shown ? image : missingImage(repository, id);
  });
  const all =
    wanted ??
    Object.values(repository.images).filter((image) => {
      const tagged = tagsOf(repository, image.digest).length > 0;
      const status = input.filter?.tagStatus;
      const tagStatus = status === undefined || status === 'ANY' || (status === 'TAGGED') === tagged;
      return tagStatus && hasStatus(aws, image, input.filter?.imageStatus);
    });
  const { items, next } = page(all, input.maxResults ?? 100, input.nextToken);
  return {
    imageDetails: items.map((image) => ({
      registryId: repository.registryId,
      repositoryName: repository.name,
      imageDigest: image.digest,
      ...tagMember(repository, image.digest),
      imageSizeInBytes: image.sizeInBytes,
      imagePushedAt: epochSeconds(image.pushedAt),
      imageManifestMediaType: image.mediaType,
      ...storageMembers(aws, image),
    })),
    ...(next === undefined ? {} : { nextToken: next }),
  };
}

/** ECR leaves the member out of an untagged image's details. */
function tagMember(repository: EcrRepository, digest: string): { imageTags?: string[] } {
  const tags = tagsOf(repository, digest);
  return tags.length > 0 ? { imageTags: tags } : {};
}

export function missingImage(repository: EcrRepository, id: ImageIdentifier): never {
  const shown = `{imageDigest:'${id.imageDigest ?? 'null'}', imageTag:'${id.imageTag ?? 'null'}'}`;
  throw plainError(
    400,
    'ImageNotFoundException',
    `The image with imageId ${shown} does not exist within the repository with name '${repository.name}' in the registry with id '${repository.registryId}'`,
  );
}

export function listImages(aws: AwsContext, input: ListImagesCommandInput): Wire<ListImagesCommandOutput> {
  const repository = findRepository(aws.state, input.repositoryName);
  const ids: ImageIdentifier[] = [];
  for (const [imageDigest, image] of Object.entries(repository.images)) {
    if (!hasStatus(aws, image, input.filter?.imageStatus)) continue;
    const tags = tagsOf(repository, imageDigest);
    const status = input.filter?.tagStatus;
    if (tags.length === 0 && status !== 'TAGGED') ids.push({ imageDigest });
    if (status !== 'UNTAGGED') for (const imageTag of tags) ids.push({ imageDigest, imageTag });
  }
  const { items, next } = page(ids, input.maxResults ?? 100, input.nextToken);
  return { imageIds: items, ...(next === undefined ? {} : { nextToken: next }) };
}

export function batchDeleteImage(
  aws: AwsContext,
  input: BatchDeleteImageCommandInput,
): Wire<BatchDeleteImageCommandOutput> {
  const repository = findRepository(aws.state, input.repositoryName);
  const imageIds: ImageIdentifier[] = [];
  const failures: ImageFailure[] = [];
  for (const imageId of input.imageIds ?? []) {
    const image = findImage(repository, imageId);
    if (image === undefined) {
      failures.push(notFoundFailure(imageId));
      continue;
    }
    removeImage(repository, image, imageId.imageTag);
    imageIds.push({ imageDigest: image.digest, ...imageId });
  }
  return { imageIds, failures };
}

/** By tag: the tag goes, and the image with its last tag. By digest: the image and all its tags go. */
function removeImage(repository: EcrRepository, image: EcrImage, tag: string | undefined): void {
  const tags = tagsOf(repository, image.digest);
  for (const name of tag === undefined ? tags : [tag]) delete repository.tags[name];
  if (tag === undefined || tags.length <= 1) delete repository.images[image.digest];
}

export function getDownloadUrlForLayer(
  aws: AwsContext,
  input: GetDownloadUrlForLayerCommandInput,
): Wire<GetDownloadUrlForLayerCommandOutput> {
  const repository = findRepository(aws.state, input.repositoryName);
  const digest = input.layerDigest ?? '';
  if (!aws.blobs.has(digest)) {
    throw plainError(
      400,
      'LayersNotFoundException',
      `The layer with digest '${digest}' does not exist in the repository with name '${repository.name}' in the registry with id '${repository.registryId}'`,
    );
  }
  return { downloadUrl: `${aws.state.blobUrlBase}/${digest}`, layerDigest: digest };
}

export function updateImageStorageClass(
  aws: AwsContext,
  input: UpdateImageStorageClassCommandInput,
): Wire<UpdateImageStorageClassCommandOutput> {
  const repository = findRepository(aws.state, input.repositoryName);
  const imageId = input.imageId ?? {};
  const image = findImage(repository, imageId) ?? missingImage(repository, imageId);
  const archives = input.targetStorageClass === 'ARCHIVE';
  if (archives === (imageStatus(aws, image) === 'ARCHIVED')) {
    // Unverified: which error a transition to where the image is already gives.
    throw plainError(
      400,
      'ImageStorageClassUpdateNotSupportedException',
      `The image is already in the storage class ${input.targetStorageClass}.`,
    );
  }
  if (archives) archiveImage(aws, image);
  else activateImage(aws, image, aws.state.settings.imageActivationMs);
  return {
    registryId: repository.registryId,
    repositoryName: repository.name,
    imageId: { imageDigest: image.digest },
    imageStatus: imageStatus(aws, image),
  };
}
