import { createHash, randomUUID, type Hash } from 'node:crypto';
import { createReadStream, createWriteStream, existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Transform, type Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { BlobStore } from '../aws/blobs.ts';

const DIGEST = /^sha256:[0-9a-f]{64}$/;

/** A blob on its way in: chunks are hashed as they are written, so that no byte is read twice. */
export interface Upload {
  readonly id: string;
  readonly file: string;
  readonly hash: Hash;
  size: number;
}

/** Blobs as files named by their digest; layers stream in and out and are never in memory as a whole. */
export class DiskBlobStore implements BlobStore {
  readonly #blobs: string;
  readonly #uploads: string;

  constructor(directory: string) {
    this.#blobs = join(directory, 'blobs');
    this.#uploads = join(directory, 'uploads');
    for (const path of [this.#blobs, this.#uploads]) mkdirSync(path, { recursive: true });
  }

  has(digest: string): boolean {
    return DIGEST.test(digest) && existsSync(this.#path(digest));
  }

  size(digest: string): number | undefined {
    return DIGEST.test(digest) ? statSync(this.#path(digest), { throwIfNoEntry: false })?.size : undefined;
  }

  put(digest: string, bytes: Uint8Array): void {
    writeFileSync(this.#path(digest), bytes);
  }

  async get(digest: string): Promise<Uint8Array | undefined> {
    return this.has(digest) ? readFile(this.#path(digest)) : undefined;
  }

  /** Bytes `start` to `end`, both included, as HTTP's Range counts. The blob must exist. */
  read(digest: string, range?: { start: number; end: number }): Readable {
    return createReadStream(this.#path(digest), range);
  }

  begin(): Upload {
    const id = randomUUID();
    return { id, file: join(this.#uploads, id), hash: createHash('sha256'), size: 0 };
  }

  /** Appends a stream to an upload; after a failure the upload is useless and must be dropped. */
  async append(upload: Upload, source: Readable): Promise<void> {
    const count = new Transform({
      transform(chunk: Buffer, _encoding, done) {
        upload.hash.update(chunk);
        upload.size += chunk.length;
        done(null, chunk);
      },
    });
    await pipeline(source, count, createWriteStream(upload.file, { flags: 'a' }));
  }

  /** Makes an upload a blob if its bytes have this digest; says whether they had. The upload is over either way. */
  async finish(upload: Upload, digest: string): Promise<boolean> {
    const matches = `sha256:${upload.hash.digest('hex')}` === digest;
    if (matches) await rename(upload.file, this.#path(digest));
    else await this.drop(upload);
    return matches;
  }

  async drop(upload: Upload): Promise<void> {
    await rm(upload.file, { force: true });
  }

  #path(digest: string): string {
    return join(this.#blobs, digest.slice('sha256:'.length));
  }
}
