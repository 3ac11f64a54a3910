/** What ECR knows: repositories and their images. Plain JSON data; times are milliseconds since the epoch. */
import type { ImageFailure, ImageTagMutabilityExclusionFilter, Repository } from '@aws-sdk/client-ecr';

export interface EcrImage {
  readonly digest: string;
  readonly mediaType: string;
  readonly manifest: string;
  readonly pushedAt: number;
  readonly sizeInBytes: number;
  /** Absent for an image that never was in the archive. */
  storage?: ImageStorage;
  /** What BatchGetImage says instead of giving it, such as for a key that is disabled. */
  unreadable?: Required<Pick<ImageFailure, 'failureCode' | 'failureReason'>>;
}

/** Times of an image's way through the archive; in it while `archivedAt` is there and `activeFrom` is not. */
interface ImageStorage {
  archivedAt?: number;
  activatedAt?: number;
  /** Pullable again from then on. */
  activeFrom?: number;
}

export type TagMutability = NonNullable<Repository['imageTagMutability']>;

export interface EcrRepository {
  readonly name: string;
  readonly arn: string;
  readonly uri: string;
  readonly registryId: string;
  imageTagMutability: TagMutability;
  /** Tags that the rule does not hold for. */
  tagExclusions?: ImageTagMutabilityExclusionFilter[];
  policyText?: string;
  lifecyclePolicyText?: string;
  images: Record<string, EcrImage>;
  tags: Record<string, string>;
  readonly createdAt: number;
}
