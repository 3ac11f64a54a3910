/** The part of a GraphQL document that asks about one repository, and the reading of its answer. */
import type { ObservedRepository, PullRequest, AttachBranch } from '../plan/observed.ts';

/** What GitHub is asked about each repository. */
export interface RepositoryQuery {
  /** Paths whose blob ids are compared. */
  readonly files: readonly string[];
  /** Paths whose mere presence matters. */
  readonly structure: readonly string[];
  readonly withTopics: boolean;
  /** Branches of attach start with this, followed by a slash. */
  readonly branch: string;
  /** The branch for exactly the wanted content. */
  readonly wantedBranch: string;
}

/** The latest of our branches; older ones are left over from merged requests. The one for the wanted content is asked for by name. */
const BRANCHES = 5;
const PULLS = 3;
const TOPICS = 20;

/** A fragment `attach`; its document declares REPOSITORY_VARIABLES. Aliases stand for paths by position. */
export function repositoryFragment({ files, structure, withTopics }: RepositoryQuery): string {
  const onHead = files.map((path, n) => `f${n}: object(expression: ${text(`HEAD:${path}`)}) { oid }`);
  const present = structure.map(
    (path, n) => `s${n}: object(expression: ${text(`HEAD:${path}`)}) { __typename }`,
  );
  const onBranch = files.map((path, n) => `f${n}: file(path: ${text(path)}) { oid }`);
  return `fragment attach on Repository {
    id nameWithOwner url isArchived isFork isTemplate isDisabled isLocked viewerPermission
    defaultBranchRef { name target { oid } }
    ${onHead.join('\n')}
    ${present.join('\n')}
    ${withTopics ? `repositoryTopics(first: ${TOPICS}) { nodes { topic { name } } }` : ''}
    refs(refPrefix: $prefix, first: ${BRANCHES}, orderBy: {field: TAG_COMMIT_DATE, direction: DESC}) {
      nodes { ...branch }
    }
    current: ref(qualifiedName: $ref) { ...branch }
    declined: pullRequests(headRefName: $branch, states: [CLOSED], first: ${PULLS}, orderBy: {field: CREATED_AT, direction: DESC}) {
      nodes { number url state createdAt isCrossRepository }
    }
  }
  fragment branch on Ref {
    prefix name
    target { oid ... on Commit { message ${onBranch.join(' ')} } }
    associatedPullRequests(first: ${PULLS}, orderBy: {field: CREATED_AT, direction: DESC}) {
      nodes { number url state createdAt isCrossRepository }
    }
  }`;
}

/** What a document with the fragment declares, and their values for a query. */
export const REPOSITORY_VARIABLES = '$prefix: String!, $branch: String!, $ref: String!';

export function repositoryVariables({
  branch,
  wantedBranch,
}: RepositoryQuery): Readonly<Record<string, string>> {
  return { prefix: `refs/heads/${branch}/`, branch: wantedBranch, ref: `refs/heads/${wantedBranch}` };
}

function text(value: string): string {
  return JSON.stringify(value);
}

type Found = { readonly oid: string } | null | undefined;

interface PullNode {
  readonly number: number;
  readonly url: string;
  readonly state: PullRequest['state'];
  readonly createdAt: string;
  readonly isCrossRepository: boolean;
}

interface BranchNode {
  readonly prefix: string;
  readonly name: string;
  readonly target: ({ readonly oid: string; readonly message?: string } & Aliased) | null;
  readonly associatedPullRequests: { readonly nodes: readonly (PullNode | null)[] };
}

/** `f0`, `s0`, …: what was asked about by position. */
type Aliased = { readonly [alias: `f${number}`]: Found };

export interface RepositoryNode extends Aliased {
  readonly [alias: `s${number}`]: { readonly __typename: string } | null;
  readonly id: string;
  readonly nameWithOwner: string;
  readonly url: string;
  readonly isArchived: boolean;
  readonly isFork: boolean;
  readonly isTemplate: boolean;
  readonly isDisabled: boolean;
  readonly isLocked: boolean;
  readonly viewerPermission: string | null;
  readonly defaultBranchRef: {
    readonly name: string;
    readonly target: { readonly oid: string } | null;
  } | null;
  readonly repositoryTopics?: { readonly nodes: readonly ({ topic: { name: string } } | null)[] };
  readonly refs: { readonly nodes: readonly (BranchNode | null)[] } | null;
  readonly current: BranchNode | null;
  readonly declined: { readonly nodes: readonly (PullNode | null)[] };
}

export function observedRepository(node: RepositoryNode, query: RepositoryQuery): ObservedRepository {
  const base = node.defaultBranchRef;
  const structure = new Map<string, 'file' | 'folder'>();
  query.structure.forEach((path, n) => {
    const found = node[`s${n}`];
    if (found) structure.set(path, found.__typename === 'Tree' ? 'folder' : 'file');
  });
  return {
    id: node.id,
    name: node.nameWithOwner,
    url: node.url,
    isArchived: node.isArchived,
    isFork: node.isFork,
    isTemplate: node.isTemplate,
    isLocked: node.isLocked || node.isDisabled,
    permission: node.viewerPermission ?? undefined,
    base: base?.target ? { branch: base.name, oid: base.target.oid } : undefined,
    topics: (node.repositoryTopics?.nodes ?? []).flatMap((one) => (one ? [one.topic.name] : [])),
    files: blobs(node, query.files),
    structure,
    branches: branchesOf(node, query),
    declined: pulls(node.declined.nodes)[0],
  };
}

function branchesOf(node: RepositoryNode, query: RepositoryQuery): AttachBranch[] {
  const found = [node.current, ...(node.refs?.nodes ?? [])].flatMap((one) =>
    one ? attachBranch(one, query) : [],
  );
  return [...new Map(found.map((branch) => [branch.name, branch])).values()];
}

function attachBranch(
  { prefix, name, target, associatedPullRequests }: BranchNode,
  query: RepositoryQuery,
): AttachBranch[] {
  if (target === null) return [];
  return [
    {
      // Whether the name still contains the prefix asked for differs; together they are always the whole.
      name: `${prefix}${name}`.replace('refs/heads/', ''),
      oid: target.oid,
      message: target.message ?? '',
      files: blobs(target, query.files),
      pulls: pulls(associatedPullRequests.nodes),
    },
  ];
}

function blobs(found: Aliased, paths: readonly string[]): Map<string, string> {
  const files = new Map<string, string>();
  paths.forEach((path, n) => {
    const oid = found[`f${n}`]?.oid;
    if (oid !== undefined) files.set(path, oid);
  });
  return files;
}

/** A fork can name its branch like ours; its pull requests are not ours. */
function pulls(nodes: readonly (PullNode | null)[]): PullRequest[] {
  return nodes.flatMap((node) =>
    node === null || node.isCrossRepository
      ? []
      : [{ number: node.number, url: node.url, state: node.state, createdAt: Date.parse(node.createdAt) }],
  );
}

export interface TextsNode {
  readonly [alias: `f${number}`]: { readonly text?: string | null } | null;
  readonly id: string;
}

/** A document that reads these files of repositories. */
export function textsDocument(paths: readonly string[]): string {
  const files = paths.map(
    (path, n) => `f${n}: object(expression: ${text(`HEAD:${path}`)}) { ... on Blob { text } }`,
  );
  return `query ($ids: [ID!]!) { nodes(ids: $ids) { ... on Repository { id ${files.join(' ')} } } }`;
}

export function textsIn(node: TextsNode, paths: readonly string[]): ReadonlyMap<string, string> {
  return new Map(
    paths.flatMap((path, n) => {
      const found = node[`f${n}`]?.text;
      return typeof found === 'string' ? [[path, found] as const] : [];
    }),
  );
}
