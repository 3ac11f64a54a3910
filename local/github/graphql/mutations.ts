import type { Permission, PullRequest, Repository } from '../state.ts';
import { fullName, newId, nextNumber } from '../state.ts';
import { isWorkflowFile, may, refusal, ruleViolation, workflowRefusal } from '../access.ts';
import { commitOf, commitsAhead, entryAt, MissingPath, putCommit, treeWith } from '../git-objects.ts';
import { forbidden, notFound, stale, unprocessable } from './errors.ts';
import { commitView, pullRequestView, refView } from './git-views.ts';
import type { World } from './world.ts';
import { repositoryById } from './world.ts';

/**
 * The mutations the product sends. Fields of one document run one after the other and each stands alone: a later one still
 * runs when an earlier one was refused, and nothing is undone.
 */
export function mutationRoot(world: World) {
  const field =
    <I extends object>(run: (world: World, input: I) => object) =>
    ({ input }: { input: I }) => {
      world.beforeMutation();
      return { clientMutationId: null, ...run(world, input) };
    };
  return {
    createRef: field(createRef),
    createCommitOnBranch: field(createCommitOnBranch),
    createPullRequest: field(createPullRequest),
    closePullRequest: field(closePullRequest),
  };
}

interface Right {
  readonly permission: Permission;
  /** The mutation's name as GitHub's refusals write it. */
  readonly operation: string;
}

function writable(world: World, id: string, { permission, operation }: Right): Repository {
  const repository = repositoryById(world, id);
  if (!repository) throw notFound(`Could not resolve to a node with the global id of '${id}'`);
  if (!may(world.caller, { permission, access: 'write' }, repository))
    throw forbidden(refusal(world.caller, operation));
  if (repository.isArchived) throw forbidden('Repository was archived so is read-only.');
  if (repository.lockReason !== null || repository.isDisabled) throw forbidden('Repository access blocked');
  return repository;
}

interface CreateRef {
  readonly repositoryId: string;
  readonly name: string;
  readonly oid: string;
}

function createRef(world: World, { repositoryId, name, oid }: CreateRef) {
  const repository = writable(world, repositoryId, { permission: 'contents', operation: 'CreateRef' });
  const { refs, objects } = repository.git;
  if (!/^refs\/(heads|tags)\/[^\s~^:?*[\\]+$/.test(name))
    throw unprocessable(`${name} is not a valid ref name.`);
  if (objects[oid]?.type !== 'commit') throw unprocessable('Object does not exist');
  if (refs[name] !== undefined)
    throw unprocessable(`A ref named "${name}" already exists in the repository.`);
  // Git keeps refs as paths: a branch `a` and a branch `a/b` cannot both exist.
  const clash = Object.keys(refs).some((ref) => ref.startsWith(`${name}/`) || name.startsWith(`${ref}/`));
  if (clash) throw unprocessable(`Reference cannot be created: "${name}" conflicts with an existing ref.`);
  const branch = name.replace('refs/heads/', '');
  const violation = ruleViolation(world.caller, repository, {
    branch,
    kind: 'create',
    paths: [],
    verified: true,
  });
  if (violation) throw unprocessable(violation);
  refs[name] = oid;
  repository.pushedAt = world.now;
  return { ref: refView(world, repository, name) };
}

interface CreateCommitOnBranch {
  readonly branch: { id?: string; repositoryNameWithOwner?: string; branchName?: string };
  readonly expectedHeadOid: string;
  readonly message: { headline: string; body?: string };
  readonly fileChanges?: { additions?: { path: string; contents: string }[]; deletions?: { path: string }[] };
}

function createCommitOnBranch(world: World, input: CreateCommitOnBranch) {
  const { branchName = '', repositoryNameWithOwner = '' } = input.branch;
  const id = world.state.repositories[repositoryNameWithOwner]?.id ?? repositoryNameWithOwner;
  const repository = writable(world, id, { permission: 'contents', operation: 'CreateCommitOnBranch' });
  const ref = `refs/heads/${branchName}`;
  const head = repository.git.refs[ref];
  if (head === undefined) throw notFound(`A branch named ${branchName} does not exist.`);
  if (head !== input.expectedHeadOid) {
    throw stale(
      `Expected branch to point to "${input.expectedHeadOid}" but it did not.  Pull and try again.`,
    );
  }
  const { additions = [], deletions = [] } = input.fileChanges ?? {};
  const paths = [...additions, ...deletions].map(({ path }) => path);
  if (paths.length === 0) throw unprocessable('No file changes were provided.');
  const workflow = paths.find(isWorkflowFile);
  if (workflow && !may(world.caller, { permission: 'workflows', access: 'write' }, repository)) {
    throw forbidden(workflowRefusal(world.caller, workflow));
  }
  const violation = ruleViolation(world.caller, repository, {
    branch: branchName,
    kind: 'update',
    paths,
    verified: true,
  });
  if (violation) throw unprocessable(violation);
  const oid = commitFiles(world, repository, input);
  repository.git.refs[ref] = oid;
  repository.pushedAt = world.now;
  return { commit: commitView(repository, oid), ref: refView(world, repository, ref) };
}

function commitFiles(world: World, repository: Repository, input: CreateCommitOnBranch): string {
  const parent = input.expectedHeadOid;
  const { git } = repository;
  let tree = commitOf(git, parent).tree;
  for (const { path, contents } of input.fileChanges?.additions ?? []) {
    if (entryAt(git, parent, path)?.mode === '40000') throw unprocessable(`${path} is a directory.`);
    tree = treeWith(git, tree, { path, bytes: Buffer.from(contents, 'base64') });
  }
  for (const { path } of input.fileChanges?.deletions ?? []) {
    try {
      tree = treeWith(git, tree, { path, bytes: null });
    } catch (error) {
      if (error instanceof MissingPath)
        throw unprocessable(`A path was requested for deletion which does not exist: ${path}`);
      throw error;
    }
  }
  const { login } = world.caller.grant;
  const { headline, body } = input.message;
  return putCommit(git, {
    tree,
    parents: [parent],
    author: { name: login, email: `${login}@users.noreply.github.com`, at: world.now },
    committer: { name: 'GitHub', email: 'noreply@github.com', at: world.now },
    message: body ? `${headline}\n\n${body}` : headline,
    verified: true,
  });
}

interface CreatePullRequest {
  readonly repositoryId: string;
  readonly baseRefName: string;
  readonly headRefName: string;
  readonly title: string;
  readonly body?: string;
  readonly draft?: boolean;
}

function createPullRequest(world: World, input: CreatePullRequest) {
  const repository = writable(world, input.repositoryId, {
    permission: 'pull_requests',
    operation: 'CreatePullRequest',
  });
  const { refs } = repository.git;
  const base = refs[`refs/heads/${input.baseRefName}`];
  const head = refs[`refs/heads/${input.headRefName}`];
  if (base === undefined || head === undefined) {
    throw unprocessable(
      `Head sha can't be blank, Base sha can't be blank, No commits between ${input.baseRefName} and ${input.headRefName}`,
    );
  }
  const headRepository = fullName(repository);
  const twin = repository.pullRequests.some(
    (pull) =>
      pull.state === 'OPEN' &&
      pull.headRefName === input.headRefName &&
      pull.baseRefName === input.baseRefName &&
      pull.headRepository === headRepository,
  );
  if (twin)
    throw unprocessable(`A pull request already exists for ${repository.owner}:${input.headRefName}.`);
  if (commitsAhead(repository.git, base, head).length === 0) {
    throw unprocessable(`No commits between ${input.baseRefName} and ${input.headRefName}`);
  }
  const pull: PullRequest = {
    ...newId(world.state, 'PR'),
    number: nextNumber(repository),
    title: input.title,
    body: input.body ?? '',
    state: 'OPEN',
    isDraft: input.draft ?? false,
    author: world.caller.grant.login,
    baseRefName: input.baseRefName,
    headRefName: input.headRefName,
    headRepository,
    headRefOid: head,
    createdAt: world.now,
  };
  repository.pullRequests.push(pull);
  return { pullRequest: pullRequestView(world, pull) };
}

function closePullRequest(world: World, { pullRequestId }: { readonly pullRequestId: string }) {
  const owner = Object.values(world.state.repositories).find((one) =>
    one.pullRequests.some((pull) => pull.id === pullRequestId),
  );
  const repository = writable(world, owner?.id ?? pullRequestId, {
    permission: 'pull_requests',
    operation: 'ClosePullRequest',
  });
  const pull = repository.pullRequests.find((one) => one.id === pullRequestId);
  if (pull?.state !== 'OPEN') throw unprocessable('Pull request is not open.');
  pull.state = 'CLOSED';
  pull.headRefOid = repository.git.refs[`refs/heads/${pull.headRefName}`] ?? pull.headRefOid;
  return { pullRequest: pullRequestView(world, pull) };
}
