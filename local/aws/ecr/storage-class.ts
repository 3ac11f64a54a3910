import type { ImageStatus } from '@aws-sdk/client-ecr';
import type { AwsContext } from '../routes.ts';
import type { EcrImage } from '../state.ts';
import { epochSeconds } from '../wire.ts';

/** Where an image is: only an ACTIVE one can be pulled, and is what lists show unless told otherwise. */
export function imageStatus(aws: AwsContext, image: EcrImage): ImageStatus {
  const { storage } = image;
  if (storage?.archivedAt === undefined) return 'ACTIVE';
  if (storage.activeFrom === undefined) return 'ARCHIVED';
  return aws.now() < storage.activeFrom ? 'ACTIVATING' : 'ACTIVE';
}

/** Whether a filter lets an image through: without one it is ACTIVE images only. */
export function hasStatus(aws: AwsContext, image: EcrImage, wanted: string | undefined): boolean {
  return wanted === 'ANY' || imageStatus(aws, image) === (wanted ?? 'ACTIVE');
}

/** The members of an image's details that tell of the archive. */
export function storageMembers(
  aws: AwsContext,
  image: EcrImage,
): { imageStatus: ImageStatus; lastArchivedAt?: number; lastActivatedAt?: number } {
  const { archivedAt, activatedAt } = image.storage ?? {};
  return {
    imageStatus: imageStatus(aws, image),
    ...(archivedAt === undefined ? {} : { lastArchivedAt: epochSeconds(archivedAt) }),
    ...(activatedAt === undefined ? {} : { lastActivatedAt: epochSeconds(activatedAt) }),
  };
}

/** Puts an image into the archive, as a lifecycle rule does. */
export function archiveImage(aws: AwsContext, image: EcrImage): void {
  image.storage = { ...image.storage, archivedAt: aws.now() };
  delete image.storage.activeFrom;
}

/** Brings an image back: at once when it is pushed again, after a while when only its storage class changes. */
export function activateImage(aws: AwsContext, image: EcrImage, afterMs: number): void {
  if (imageStatus(aws, image) === 'ACTIVE') return;
  image.storage = { ...image.storage, activatedAt: aws.now(), activeFrom: aws.now() + afterMs };
}
