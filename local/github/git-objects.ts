import { createHash } from 'node:crypto';

/**
 * Git's object model as plain data: blobs, trees and commits under the ids real Git gives them, so that a blob id computed
 * elsewhere (`git hash-object`) finds its file here.
 */

interface Blob {
  type: 'blob';
  base64: string;
}

export interface TreeEntry {
  /** `100644` file, `100755` executable, `120000` symbolic link, `40000` directory. */
  mode: string;
  name: string;
  oid: string;
}

export interface Tree {
  type: 'tree';
  entries: TreeEntry[];
}

interface Signature {
  name: string;
  email: string;
  /** Milliseconds since the epoch. */
  at: number;
}

export interface Commit {
  type: 'commit';
  tree: string;
  parents: string[];
  author: Signature;
  committer: Signature;
  message: string;
  /** GitHub signs what it commits by itself (createCommitOnBranch); such a commit shows as Verified. */
  verified: boolean;
}

type GitObject = Blob | Tree | Commit;

export interface GitStore {
  objects: Record<string, GitObject>;
  /** Full ref name (`refs/heads/main`) → commit id. */
  refs: Record<string, string>;
}

export function emptyStore(): GitStore {
  return { objects: {}, refs: {} };
}

/** The id Git gives to `body` as an object of this type (SHA-1). */
function objectId(type: GitObject['type'], body: Uint8Array): string {
  return createHash('sha1').update(`${type} ${body.byteLength}\0`).update(body).digest('hex');
}

function put(store: GitStore, object: GitObject, body: Uint8Array): string {
  const oid = objectId(object.type, body);
  store.objects[oid] ??= object;
  return oid;
}

function putBlob(store: GitStore, bytes: Uint8Array): string {
  return put(store, { type: 'blob', base64: Buffer.from(bytes).toString('base64') }, bytes);
}

export function putTree(store: GitStore, entries: readonly TreeEntry[]): string {
  // Git sorts a directory as if its name ended in a slash.
  const key = (entry: TreeEntry) => (entry.mode === '40000' ? `${entry.name}/` : entry.name);
  const sorted = [...entries].sort((a, b) => Buffer.compare(Buffer.from(key(a)), Buffer.from(key(b))));
  const body = Buffer.concat(
    sorted.map((entry) =>
      Buffer.concat([Buffer.from(`${entry.mode} ${entry.name}\0`), Buffer.from(entry.oid, 'hex')]),
    ),
  );
  return put(store, { type: 'tree', entries: sorted }, body);
}

export function putCommit(store: GitStore, commit: Omit<Commit, 'type'>): string {
  const who = ({ name, email, at }: Signature) => `${name} <${email}> ${Math.floor(at / 1000)} +0000`;
  const text = [
    `tree ${commit.tree}`,
    ...commit.parents.map((parent) => `parent ${parent}`),
    `author ${who(commit.author)}`,
    `committer ${who(commit.committer)}`,
    '',
    commit.message,
  ].join('\n');
  return put(store, { type: 'commit', ...commit }, Buffer.from(text));
}

export function commitOf(store: GitStore, oid: string): Commit {
  const object = store.objects[oid];
  if (object?.type !== 'commit') throw new Error(`${oid} is not a commit of this repository`);
  return object;
}

export function treeOf(store: GitStore, oid: string): Tree {
  const object = store.objects[oid];
  if (object?.type !== 'tree') throw new Error(`${oid} is not a tree of this repository`);
  return object;
}

/** The entry at a path inside a commit, or undefined. An empty path is the root tree. */
export function entryAt(store: GitStore, commit: string, path: string): TreeEntry | undefined {
  let entry: TreeEntry | undefined = { mode: '40000', name: '', oid: commitOf(store, commit).tree };
  for (const part of path.split('/').filter((segment) => segment !== '')) {
    const parent: GitObject | undefined = store.objects[entry.oid];
    if (parent?.type !== 'tree') return undefined;
    entry = parent.entries.find((candidate) => candidate.name === part);
    if (entry === undefined) return undefined;
  }
  return entry;
}

/** The text of a file in a commit, or undefined when there is none at that path. */
export function textAt(store: GitStore, commit: string, path: string): string | undefined {
  const entry = entryAt(store, commit, path);
  const object = entry && store.objects[entry.oid];
  return object?.type === 'blob' ? Buffer.from(object.base64, 'base64').toString('utf8') : undefined;
}

export interface FileWrite {
  readonly path: string;
  /** Null removes the file. */
  readonly bytes: Uint8Array | null;
}

/** Writes or removes one file in a tree and returns the new root tree. @throws MissingPath on removing what is not there */
export function treeWith(store: GitStore, root: string | undefined, { path, bytes }: FileWrite): string {
  const [head = '', ...rest] = path.split('/');
  const entries = root === undefined ? [] : treeOf(store, root).entries;
  const existing = entries.find((entry) => entry.name === head);
  const others = entries.filter((entry) => entry.name !== head);
  if (rest.length > 0) {
    const inner = existing?.mode === '40000' ? existing.oid : undefined;
    if (bytes === null && inner === undefined) throw new MissingPath(path);
    const subtree = treeWith(store, inner, { path: rest.join('/'), bytes });
    if (treeOf(store, subtree).entries.length === 0) return putTree(store, others);
    return putTree(store, [...others, { mode: '40000', name: head, oid: subtree }]);
  }
  if (bytes === null) {
    if (existing === undefined) throw new MissingPath(path);
    return putTree(store, others);
  }
  // A file that exists keeps its mode: the API that commits on a branch cannot set one.
  const mode = existing !== undefined && existing.mode !== '40000' ? existing.mode : '100644';
  return putTree(store, [...others, { mode, name: head, oid: putBlob(store, bytes) }]);
}

export class MissingPath extends Error {
  override readonly name = 'MissingPath';
}

/** True when `ancestor` is `commit` or reachable from it. */
function isAncestor(store: GitStore, ancestor: string, commit: string): boolean {
  const pending = [commit];
  const seen = new Set<string>();
  for (let oid = pending.pop(); oid !== undefined; oid = pending.pop()) {
    if (oid === ancestor) return true;
    if (seen.has(oid)) continue;
    seen.add(oid);
    pending.push(...commitOf(store, oid).parents);
  }
  return false;
}

/** Commits reachable from `tip` and not from `base`: what a pull request between them would show. */
export function commitsAhead(store: GitStore, base: string, tip: string): string[] {
  const ahead: string[] = [];
  const pending = [tip];
  const seen = new Set<string>();
  for (let oid = pending.pop(); oid !== undefined; oid = pending.pop()) {
    if (seen.has(oid) || isAncestor(store, oid, base)) continue;
    seen.add(oid);
    ahead.push(oid);
    pending.push(...commitOf(store, oid).parents);
  }
  return ahead;
}

/** The newest commit, by its distance from `tip`, that both are or come from; undefined for histories that have nothing in common. */
export function mergeBase(store: GitStore, base: string, tip: string): string | undefined {
  // A set is walked in the order in which it grows: by distance.
  const seen = new Set([tip]);
  for (const oid of seen) {
    if (isAncestor(store, oid, base)) return oid;
    for (const parent of commitOf(store, oid).parents) seen.add(parent);
  }
  return undefined;
}
