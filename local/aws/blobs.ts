import { createHash } from 'node:crypto';

/** Layers and image configurations by digest (`sha256:…`); one store for the registry, ECR and Lambda. */
export interface BlobStore {
  has(digest: string): boolean;
  /** Size in bytes, or undefined when there is no such blob. */
  size(digest: string): number | undefined;
  put(digest: string, bytes: Uint8Array): void;
  /** The bytes; undefined when there is no such blob. */
  get(digest: string): Uint8Array | undefined | Promise<Uint8Array | undefined>;
}

export function sha256(bytes: Uint8Array | string): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

export class MemoryBlobStore implements BlobStore {
  readonly #blobs = new Map<string, Uint8Array>();

  has(digest: string): boolean {
    return this.#blobs.has(digest);
  }

  size(digest: string): number | undefined {
    return this.#blobs.get(digest)?.length;
  }

  put(digest: string, bytes: Uint8Array): void {
    this.#blobs.set(digest, bytes);
  }

  get(digest: string): Uint8Array | undefined {
    return this.#blobs.get(digest);
  }
}
