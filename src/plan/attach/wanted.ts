import { createHash } from 'node:crypto';

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
  /** Twelve hex digits over paths and blob ids. */
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

/** `git hash-object`: SHA-1 over a header with the length, and the bytes. */
export function blobId(bytes: Uint8Array): string {
  return createHash('sha1').update(`blob ${bytes.byteLength}\0`).update(bytes).digest('hex');
}
