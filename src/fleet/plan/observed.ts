/** One repository as one look at GitHub shows it. */
export interface ObservedRepository {
  readonly id: string;
  /** `OWNER/NAME`. */
  readonly name: string;
  readonly url: string;
  readonly isArchived: boolean;
  readonly isFork: boolean;
  readonly isTemplate: boolean;
  /** Disabled or locked (being migrated, over a billing limit): nobody can write. */
  readonly isLocked: boolean;
  /** What the token may do here; undefined where GitHub does not say (apps). */
  readonly permission: string | undefined;
  /** The default branch and its commit; undefined in an empty repository. */
  readonly base: { readonly branch: string; readonly oid: string } | undefined;
  readonly topics: readonly string[];
  /** Wanted path → blob id on the default branch; absent paths are missing. */
  readonly files: ReadonlyMap<string, string>;
  /** For files that were read: wanted path → the blob id that the file has without its pins. */
  readonly unpinned?: ReadonlyMap<string, string>;
  /** Paths asked about, and what is there on the default branch. */
  readonly structure: ReadonlyMap<string, 'file' | 'folder'>;
  /** Branches that attach made, by full name without `refs/heads/`. */
  readonly branches: readonly AttachBranch[];
  /** The latest pull request for exactly this content that people closed without merging it. */
  readonly declined: PullRequest | undefined;
}

export interface AttachBranch {
  readonly name: string;
  readonly oid: string;
  /** The message of its last commit. */
  readonly message: string;
  /** Wanted path → blob id on this branch. */
  readonly files: ReadonlyMap<string, string>;
  /** Pull requests from this branch, latest first. */
  readonly pulls: readonly PullRequest[];
}

export interface PullRequest {
  readonly number: number;
  readonly url: string;
  readonly state: 'OPEN' | 'CLOSED' | 'MERGED';
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
}
