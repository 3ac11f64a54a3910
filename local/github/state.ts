import type { GitStore } from './git-objects.ts';

/** All of the local GitHub as plain data: it can be cloned, compared and written to a file. Times are milliseconds. */
export interface GitHubState {
  /** Login → organization or user. */
  owners: Record<string, Owner>;
  /** `owner/name` → repository. */
  repositories: Record<string, Repository>;
  /** Token → what it may do. A request without a known token is answered 401. */
  tokens: Record<string, Grant>;
  limits: LimitLedger;
  settings: Settings;
  /** The last number given to a node (repositories, pull requests, …). */
  lastId: number;
}

export interface Owner {
  login: string;
  type: 'Organization' | 'User';
  id: number;
}

export type Access = 'read' | 'write';

/** The permissions of GitHub Apps that are checked here, under their API names. */
export type Permission =
  | 'metadata'
  | 'contents'
  | 'pull_requests'
  | 'workflows'
  | 'issues'
  | 'deployments'
  | 'actions'
  | 'attestations'
  | 'administration'
  | 'environments'
  | 'organization_custom_properties';

export interface Grant {
  /** `app`: installation token of a GitHub App. `actions`: a job's GITHUB_TOKEN. `user`: a personal access token. */
  kind: 'app' | 'actions' | 'user';
  login: string;
  permissions: Partial<Record<Permission, Access>>;
  /** Repositories (`owner/name`) the token was given; others are readable when public and unknown when private. */
  repositories: 'all' | string[];
  /** Beyond this time the token is answered 401. */
  expiresAt?: number;
}

export interface Repository {
  id: string;
  databaseId: number;
  owner: string;
  name: string;
  description: string;
  visibility: 'PUBLIC' | 'PRIVATE' | 'INTERNAL';
  defaultBranch: string;
  isArchived: boolean;
  isFork: boolean;
  isTemplate: boolean;
  isDisabled: boolean;
  /** Why the repository is locked (GitHub's RepositoryLockReason), if it is. */
  lockReason: string | null;
  createdAt: number;
  pushedAt: number;
  topics: string[];
  properties: Record<string, string | string[]>;
  git: GitStore;
  rules: BranchRule[];
  pullRequests: PullRequest[];
  issues: Issue[];
  deployments: Deployment[];
  environments: Environment[];
  attestations?: Attestation[];
  /** Absent: GitHub's own template of subjects. */
  oidcSub?: { use_default: boolean; include_claim_keys?: string[] };
}

/** A Sigstore bundle, and what its statement is about. */
export interface Attestation {
  readonly id: number;
  readonly bundle: object;
  readonly predicateType: string;
  /** `sha256:…`. */
  readonly digests: readonly string[];
}

/** A ruleset or a branch protection, reduced to what a writer meets. */
export interface BranchRule {
  /** A branch pattern in which `*` stands for anything. */
  pattern: string;
  requirePullRequest?: boolean;
  restrictCreation?: boolean;
  requireSignatures?: boolean;
  /** Paths (with `*`) that no push may change: a push ruleset. */
  restrictedPaths?: string[];
  /** Logins the rule does not bind. */
  bypass?: string[];
}

export interface PullRequest {
  id: string;
  databaseId: number;
  number: number;
  title: string;
  body: string;
  state: 'OPEN' | 'CLOSED' | 'MERGED';
  isDraft: boolean;
  author: string;
  baseRefName: string;
  headRefName: string;
  /** `owner/name` of the head; differs from the repository's own for a pull request from a fork. */
  headRepository: string;
  /** The head's commit when the pull request was closed or merged. */
  headRefOid: string;
  createdAt: number;
  /** The commit that its merge made. */
  mergeCommit?: string;
  /** Absent: none. A pull request is an issue, too. */
  comments?: Comment[];
  /** Whether its conversation is locked. */
  isLocked?: boolean;
}

export interface Comment {
  id: number;
  body: string;
  author: string;
  createdAt: number;
  updatedAt?: number;
}

export interface Issue {
  id: string;
  databaseId: number;
  number: number;
  title: string;
  body: string;
  state: 'open' | 'closed';
  labels: string[];
  author: string;
  comments: Comment[];
  createdAt: number;
}

export interface Deployment {
  id: string;
  databaseId: number;
  sha: string;
  ref: string;
  task: string;
  environment: string;
  description: string;
  payload: unknown;
  creator: string;
  createdAt: number;
  statuses: DeploymentStatus[];
}

export interface DeploymentStatus {
  id: string;
  databaseId: number;
  state: string;
  description: string;
  environmentUrl: string;
  logUrl: string;
  creator: string;
  createdAt: number;
}

export interface Environment {
  databaseId: number;
  name: string;
  createdAt: number;
  /** Minutes. */
  waitTimer?: number;
  preventSelfReview?: boolean;
  reviewers?: { type: 'User' | 'Team'; id: number }[];
  branchPolicy?: { protected_branches: boolean; custom_branch_policies: boolean } | null;
  branchPolicies?: { id: number; node_id: string; name: string; type: string }[];
  variables?: { name: string; value: string; created_at: string; updated_at: string }[];
}

/** What the limits count: when each token requested what. */
interface LimitLedger {
  /** Token → points spent since `since` (GraphQL and REST have separate primary budgets). */
  primary: Record<string, { since: number; graphql: number; rest: number }>;
  /** Times and weights of the last hour's content creations, all tokens of one login together. */
  creations: { login: string; at: number; weight: number }[];
  /** Times and points of the last minute's requests. */
  points: { login: string; at: number; graphql: number; rest: number }[];
  /** A login that met a secondary limit is refused until then. */
  blockedUntil: Record<string, number>;
}

export interface Settings {
  /** Primary budgets in points (GraphQL) and requests (REST) an hour. */
  primaryPerHour: { app: number; actions: number; user: number };
  creationsPerMinute: number;
  creationsPerHour: number;
  graphqlPointsPerMinute: number;
  restPointsPerMinute: number;
  concurrentRequests: number;
  /** Seconds GitHub asks to wait after a secondary limit. */
  retryAfterSeconds: number;
  /**
   * GitHub's documentation speaks of content-generating requests; whether a document with three mutations counts once or
   * three times is not known from the outside, so both can be had.
   */
  countCreationsPer: 'request' | 'mutation';
  /** Whether installation tokens see `viewerPermission`; unknown for github.com, so the harder case is the default. */
  appsSeeViewerPermission: boolean;
  /** Whether a list of attestations holds the bundles; newer versions of the API say only where they lie. */
  inlineBundles: boolean;
}

export function emptyGitHub(settings: Partial<Settings> = {}): GitHubState {
  return {
    owners: {},
    repositories: {},
    tokens: {},
    limits: { primary: {}, creations: [], points: [], blockedUntil: {} },
    settings: {
      primaryPerHour: { app: 5000, actions: 1000, user: 5000 },
      creationsPerMinute: 80,
      creationsPerHour: 500,
      graphqlPointsPerMinute: 2000,
      restPointsPerMinute: 900,
      concurrentRequests: 100,
      retryAfterSeconds: 60,
      countCreationsPer: 'request',
      appsSeeViewerPermission: false,
      inlineBundles: true,
      ...settings,
    },
    lastId: 0,
  };
}

/** A new number, and the opaque node id that goes with it. Deterministic: the same requests give the same ids. */
export function newId(state: GitHubState, kind: string): { id: string; databaseId: number } {
  state.lastId += 1;
  return {
    id: `${kind}_${Buffer.from(String(state.lastId)).toString('base64url')}`,
    databaseId: state.lastId,
  };
}

/** Issues and pull requests share their numbers. */
export function nextNumber(repository: Repository): number {
  return (
    Math.max(0, ...repository.pullRequests.map((p) => p.number), ...repository.issues.map((i) => i.number)) +
    1
  );
}

export function fullName(repository: { owner: string; name: string }): string {
  return `${repository.owner}/${repository.name}`;
}
