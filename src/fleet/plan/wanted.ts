import { createHash } from 'node:crypto';
import { withDefaultBranch } from './default-branch.ts';

/** One file every attached repository receives. */
export interface WantedFile {
  /** Its path in the repository. */
  readonly path: string;
  readonly bytes: Uint8Array;
  /** The id Git gives to these bytes: equal ids prove equal files without reading either. */
  readonly oid: string;
  /** Ids of versions shipped before. A file that is none of them was edited where it lies. */
  readonly earlier: readonly string[];
}

/** What all repositories shall hold, and the name that stands for exactly this content. */
export interface Wanted {
  readonly files: readonly WantedFile[];
  /** Twelve hex digits over paths and blob ids, before default branches are filled in: the same for every repository. */
  readonly digest: string;
}

export function wantedFile(path: string, bytes: Uint8Array, earlier: readonly string[] = []): WantedFile {
  return { path, bytes, oid: blobId(bytes), earlier };
}

export function wantedContent(files: readonly WantedFile[]): Wanted {
  const sorted = [...files].sort((a, b) => (a.path < b.path ? -1 : 1));
  const hash = createHash('sha256');
  for (const { path, oid } of sorted) hash.update(`${path}\0${oid}\n`);
  return { files: sorted, digest: hash.digest('hex').slice(0, 12) };
}

/** What Git and GitHub call a default branch of themselves: what most that are renamed were called before. */
const USUAL = ['main', 'master'] as const;

/**
 * What a repository shall hold, by the name of its default branch. The same file for another of these branches is an earlier
 * version of it: the branch was renamed. So is the file with its placeholder: somebody copied it.
 */
export function wantedByBranch(wanted: Wanted, branches: Iterable<string>): ReadonlyMap<string, Wanted> {
  const names = [...new Set([...branches, ...USUAL])];
  const earlier = new Map(
    wanted.files.map(({ path, bytes, oid, earlier }) => {
      const others = names.map((name) => blobId(withDefaultBranch(bytes, name)));
      return [path, [...new Set([...earlier, oid, ...others])]];
    }),
  );
  const filesFor = (name: string) =>
    wanted.files.map(({ path, bytes }) =>
      wantedFile(path, withDefaultBranch(bytes, name), earlier.get(path)),
    );
  return new Map(names.map((name) => [name, { files: filesFor(name), digest: wanted.digest }]));
}

/** `git hash-object`: SHA-1 over a header with the length, and the bytes. */
export function blobId(bytes: Uint8Array): string {
  return createHash('sha1').update(`blob ${bytes.byteLength}\0`).update(bytes).digest('hex');
}
