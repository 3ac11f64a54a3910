/** What ECR knows: repositories and their images. Plain JSON data; times are milliseconds since the epoch. */
import type {
  EnhancedImageScanFinding,
  ImageFailure,
  ImageScanFinding,
  ImageTagMutabilityExclusionFilter,
  Repository,
} from '@aws-sdk/client-ecr';

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
  /** Absent for one that was never scanned. */
  scan?: ImageScan;
}

/** What ECR's scan of an image is at which time, and what it found: basic findings or enhanced ones. */
export interface ImageScan {
  /** In the order of their times. Before the first there is no scan. */
  readonly steps: readonly ScanStep[];
  readonly findings?: readonly ImageScanFinding[];
  readonly enhancedFindings?: readonly EnhancedImageScanFinding[];
  /** In place of what the findings come to. */
  readonly counts?: Readonly<Record<string, number>>;
  /** By hand. */
  readonly lastStartedAt?: number;
}

export interface ScanStep {
  readonly at: number;
  readonly status: string;
  readonly description?: string;
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
  /** The repository's own setting, which the registry's rules replace. */
  scanOnPush?: boolean;
  policyText?: string;
  lifecyclePolicyText?: string;
  images: Record<string, EcrImage>;
  tags: Record<string, string>;
  readonly createdAt: number;
}
