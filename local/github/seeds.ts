import { emptyStore, putCommit, treeWith, commitOf, putTree } from './git-objects.ts';
import type { GitHubState, Grant, Owner, PullRequest, Repository } from './state.ts';
import { newId, nextNumber } from './state.ts';

const SEEDED_AT = Date.UTC(2025, 0, 1);

export function seedOwner(state: GitHubState, login: string, type: Owner['type'] = 'Organization'): Owner {
  const owner: Owner = { login, type, id: newId(state, 'O').databaseId };
  state.owners[login] = owner;
  return owner;
}

/** A token and what it may do; the default is a GitHub App with everything attach needs on every repository. */
export function seedToken(state: GitHubState, token: string, grant: Partial<Grant> = {}): Grant {
  const full: Grant = {
    kind: 'app',
    login: 'model-release-attach[bot]',
    permissions: {
      metadata: 'read',
      contents: 'write',
      pull_requests: 'write',
      workflows: 'write',
      organization_custom_properties: 'read',
    },
    repositories: 'all',
    ...grant,
  };
  state.tokens[token] = full;
  return full;
}

export interface RepositorySeed extends Partial<
  Omit<Repository, 'id' | 'databaseId' | 'owner' | 'name' | 'git'>
> {
  /** Path → text. Without files the repository is empty: no commit, no branch. */
  readonly files?: Readonly<Record<string, string>>;
}

export function seedRepository(
  state: GitHubState,
  [owner, name]: readonly [owner: string, name: string],
  seed: RepositorySeed = {},
): Repository {
  const { files, ...flags } = seed;
  const ids = newId(state, 'R');
  const repository: Repository = {
    ...ids,
    owner,
    name,
    description: '',
    visibility: 'PRIVATE',
    defaultBranch: 'main',
    isArchived: false,
    isFork: false,
    isTemplate: false,
    isDisabled: false,
    lockReason: null,
    createdAt: SEEDED_AT + ids.databaseId * 1000,
    pushedAt: SEEDED_AT + ids.databaseId * 1000,
    topics: [],
    properties: {},
    git: emptyStore(),
    rules: [],
    pullRequests: [],
    issues: [],
    deployments: [],
    environments: [],
    ...flags,
  };
  state.repositories[`${owner}/${name}`] = repository;
  if (files !== undefined && Object.keys(files).length > 0) {
    pushFiles(repository, repository.defaultBranch, { files, message: 'Initial commit' });
  }
  return repository;
}

export interface Push {
  /** Path → text, or null to delete. */
  readonly files: Readonly<Record<string, string | null>>;
  readonly message?: string;
  readonly author?: string;
}

/** A person's push: one unsigned commit on a branch, which is created from the default branch when it is missing. */
export function pushFiles(repository: Repository, branch: string, push: Push): string {
  const { git } = repository;
  const ref = `refs/heads/${branch}`;
  const parent = git.refs[ref] ?? git.refs[`refs/heads/${repository.defaultBranch}`];
  let tree = parent === undefined ? putTree(git, []) : commitOf(git, parent).tree;
  for (const [path, text] of Object.entries(push.files)) {
    tree = treeWith(git, tree, { path, bytes: text === null ? null : Buffer.from(text) });
  }
  const at = SEEDED_AT + Object.keys(git.objects).length * 1000;
  const author = { name: push.author ?? 'Ada', email: 'ada@example.com', at };
  const oid = putCommit(git, {
    tree,
    parents: parent === undefined ? [] : [parent],
    author,
    committer: author,
    message: push.message ?? 'Change files',
    verified: false,
  });
  git.refs[ref] = oid;
  return oid;
}

/** A person's pull request from a branch that exists. */
export function seedPullRequest(
  state: GitHubState,
  repository: Repository,
  pull: Pick<PullRequest, 'headRefName'> & Partial<PullRequest>,
): PullRequest {
  const full: PullRequest = {
    ...newId(state, 'PR'),
    number: nextNumber(repository),
    title: 'A change',
    body: '',
    state: 'OPEN',
    isDraft: false,
    author: 'ada',
    baseRefName: repository.defaultBranch,
    headRepository: `${repository.owner}/${repository.name}`,
    headRefOid: repository.git.refs[`refs/heads/${pull.headRefName}`] ?? '',
    createdAt: SEEDED_AT,
    ...pull,
  };
  repository.pullRequests.push(full);
  return full;
}

/** Merges a pull request with a merge commit and, when told so, deletes its branch, as GitHub's button does. */
export function mergePullRequest(repository: Repository, pull: PullRequest, deleteBranch = true): void {
  const { git } = repository;
  const baseRef = `refs/heads/${pull.baseRefName}`;
  const headRef = `refs/heads/${pull.headRefName}`;
  const [base, head] = [git.refs[baseRef], git.refs[headRef]];
  if (base === undefined || head === undefined) throw new Error('the pull request has no base or no head');
  const author = { name: 'Ada', email: 'ada@example.com', at: SEEDED_AT };
  // The head's files win: a seed has no conflicts to resolve.
  pull.mergeCommit = git.refs[baseRef] = putCommit(git, {
    tree: commitOf(git, head).tree,
    parents: [base, head],
    author,
    committer: author,
    message: `Merge pull request #${pull.number}`,
    verified: true,
  });
  pull.state = 'MERGED';
  pull.headRefOid = head;
  if (deleteBranch) delete git.refs[headRef];
}
