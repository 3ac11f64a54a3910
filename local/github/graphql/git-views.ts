import type { Commit, TreeEntry } from '../git-objects.ts';
import { commitOf, entryAt } from '../git-objects.ts';
import type { PullRequest, Repository } from '../state.ts';
import { fullName } from '../state.ts';
import type { PageArguments } from './connection.ts';
import { connection } from './connection.ts';
import type { World } from './world.ts';
import { instant, WEB } from './world.ts';

/** Git objects as the schema's types. A view holds functions: fields that a query does not name cost nothing. */

export function objectView(repository: Repository, oid: string): unknown {
  const object = repository.git.objects[oid];
  if (object === undefined) return null;
  const common = { oid, abbreviatedOid: oid.slice(0, 7), id: `${repository.id}:${oid}` };
  if (object.type === 'commit') return commitView(repository, oid);
  if (object.type === 'tree') {
    const entries = () => object.entries.map((entry) => entryView(repository, entry, entry.name));
    return { __typename: 'Tree', ...common, entries };
  }
  const bytes = Buffer.from(object.base64, 'base64');
  const isBinary = bytes.includes(0);
  return {
    __typename: 'Blob',
    ...common,
    byteSize: bytes.length,
    isBinary,
    isTruncated: false,
    text: isBinary ? null : bytes.toString('utf8'),
  };
}

export function commitView(repository: Repository, oid: string): unknown {
  const commit: Commit = commitOf(repository.git, oid);
  const [headline = '', ...body] = commit.message.split('\n');
  const actor = (signature: Commit['author']) => ({
    name: signature.name,
    email: signature.email,
    date: instant(signature.at),
  });
  return {
    __typename: 'Commit',
    oid,
    abbreviatedOid: oid.slice(0, 7),
    id: `${repository.id}:${oid}`,
    url: `${WEB}/${fullName(repository)}/commit/${oid}`,
    message: commit.message,
    messageHeadline: headline,
    messageBody: body.join('\n').trim(),
    committedDate: instant(commit.committer.at),
    authoredDate: instant(commit.author.at),
    author: actor(commit.author),
    committer: actor(commit.committer),
    signature: commit.verified
      ? { __typename: 'GpgSignature', isValid: true, state: 'VALID', wasSignedByGitHub: true }
      : null,
    tree: () => objectView(repository, commit.tree),
    parents: (page: PageArguments) =>
      connection(commit.parents, { page, field: 'parents' }, (parent) => commitView(repository, parent)),
    file: ({ path }: { path: string }) => {
      const entry = entryAt(repository.git, oid, path);
      return entry === undefined ? null : entryView(repository, entry, path);
    },
  };
}

function entryView(repository: Repository, entry: TreeEntry, path: string): unknown {
  return {
    name: entry.name,
    path,
    oid: entry.oid,
    mode: Number.parseInt(entry.mode, 8),
    type: entry.mode === '40000' ? 'tree' : 'blob',
    object: () => objectView(repository, entry.oid),
  };
}

/** `HEAD:path`, `branch:path`, a branch, or an object id: the expressions of `Repository.object`. */
export function resolveExpression(repository: Repository, expression: string): string | undefined {
  const colon = expression.indexOf(':');
  const revision = colon < 0 ? expression : expression.slice(0, colon);
  const { refs, objects } = repository.git;
  const commit =
    revision === 'HEAD'
      ? refs[`refs/heads/${repository.defaultBranch}`]
      : (refs[revision] ?? refs[`refs/heads/${revision}`] ?? (objects[revision] ? revision : undefined));
  if (commit === undefined || colon < 0) return commit;
  return entryAt(repository.git, commit, expression.slice(colon + 1))?.oid;
}

export function refView(world: World, repository: Repository, ref: string): unknown {
  const target = repository.git.refs[ref];
  if (target === undefined) return null;
  const name = ref.replace(/^refs\/(heads|tags)\//, '');
  return {
    __typename: 'Ref',
    id: `REF_${repository.id}_${name}`,
    name,
    prefix: ref.slice(0, ref.length - name.length),
    target: () => objectView(repository, target),
    associatedPullRequests: (args: PullRequestArguments) =>
      pullRequests(
        world,
        repository.pullRequests.filter((pull) => pull.headRefName === name && isOwnHead(repository, pull)),
        args,
      ),
  };
}

export interface PullRequestArguments extends PageArguments {
  readonly states?: readonly string[] | null;
  readonly headRefName?: string | null;
  readonly baseRefName?: string | null;
  readonly orderBy?: { field: string; direction: string } | null;
}

/** A connection of pull requests: filtered and ordered (by creation; numbers grow with it) as the arguments say. */
export function pullRequests(world: World, all: readonly PullRequest[], args: PullRequestArguments) {
  const found = all.filter(
    (pull) =>
      (!args.states || args.states.includes(pull.state)) &&
      (!args.headRefName || args.headRefName === pull.headRefName) &&
      (!args.baseRefName || args.baseRefName === pull.baseRefName),
  );
  if (args.orderBy?.direction === 'DESC') found.reverse();
  return connection(found, { page: args, field: 'pullRequests' }, (pull) => pullRequestView(world, pull));
}

export function pullRequestView(world: World, pull: PullRequest): unknown {
  const repository = Object.values(world.state.repositories).find((one) => one.pullRequests.includes(pull));
  if (repository === undefined) return null;
  const open = pull.state === 'OPEN' && isOwnHead(repository, pull);
  return {
    __typename: 'PullRequest',
    id: pull.id,
    number: pull.number,
    url: `${WEB}/${fullName(repository)}/pull/${pull.number}`,
    title: pull.title,
    body: pull.body,
    state: pull.state,
    isDraft: pull.isDraft,
    merged: pull.state === 'MERGED',
    closed: pull.state !== 'OPEN',
    createdAt: instant(pull.createdAt),
    baseRefName: pull.baseRefName,
    headRefName: pull.headRefName,
    headRefOid: open
      ? (repository.git.refs[`refs/heads/${pull.headRefName}`] ?? pull.headRefOid)
      : pull.headRefOid,
    isCrossRepository: !isOwnHead(repository, pull),
    author: {
      __typename: pull.author.endsWith('[bot]') ? 'Bot' : 'User',
      login: pull.author.replace('[bot]', ''),
    },
  };
}

function isOwnHead(repository: Repository, pull: PullRequest): boolean {
  return pull.headRepository === fullName(repository);
}
