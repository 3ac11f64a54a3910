import { pipeline } from 'node:stream/promises';
import type { DiskBlobStore, Upload } from './disk-blob-store.ts';
import { RegistryError, unknownBlob, unknownUpload, wrongDigest } from './errors.ts';
import { reply, type Exchange, type Handler } from './exchange.ts';

/** Blobs and their uploads: whole, in chunks, or mounted from another repository. */
export function blobHandlers(blobs: DiskBlobStore): { blob: Handler; newUpload: Handler; upload: Handler } {
  const uploads = new Map<string, Upload>();
  const open = { blobs, uploads };
  return {
    blob: (exchange) => serveBlob(blobs, exchange),
    newUpload: (exchange) => startUpload(open, exchange),
    upload: (exchange) => continueUpload(open, exchange),
  };
}

interface Uploads {
  readonly blobs: DiskBlobStore;
  readonly uploads: Map<string, Upload>;
}

async function serveBlob(blobs: DiskBlobStore, { request, response, reference }: Exchange): Promise<void> {
  const size = blobs.size(reference);
  if (size === undefined) throw unknownBlob();
  if (request.method !== 'GET' && request.method !== 'HEAD') throw notAllowed();
  const range = parseRange(request.headers.range, size);
  response.writeHead(range === undefined ? 200 : 206, {
    'content-type': 'application/octet-stream',
    'content-length': range === undefined ? size : range.end - range.start + 1,
    'accept-ranges': 'bytes',
    'docker-content-digest': reference,
    ...(range === undefined ? {} : { 'content-range': `bytes ${range.start}-${range.end}/${size}` }),
  });
  if (request.method === 'HEAD') response.end();
  else await pipeline(blobs.read(reference, range), response);
}

/** A single range (`bytes=0-99`, `bytes=100-`, `bytes=-50`); undefined when there is none. Throws 416 beyond the end. */
function parseRange(header: string | undefined, size: number): { start: number; end: number } | undefined {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header ?? '');
  if (match === null || (match[1] === '' && match[2] === '')) return undefined;
  const suffix = match[1] === '';
  const start = suffix ? Math.max(0, size - Number(match[2])) : Number(match[1]);
  const end = suffix || match[2] === '' ? size - 1 : Math.min(Number(match[2]), size - 1);
  if (start > end) throw rangeInvalid({ 'content-range': `bytes */${size}` });
  return { start, end };
}

async function startUpload(open: Uploads, exchange: Exchange): Promise<void> {
  if (exchange.request.method !== 'POST') throw notAllowed();
  const mount = exchange.query.get('mount');
  if (mount !== null && open.blobs.has(mount)) return created(exchange, mount);
  const upload = open.blobs.begin();
  const digest = exchange.query.get('digest');
  await receive(open, upload, exchange);
  if (digest !== null) return finish(open, upload, { exchange, digest });
  open.uploads.set(upload.id, upload);
  progress(exchange, 202, upload);
}

async function continueUpload(open: Uploads, exchange: Exchange): Promise<void> {
  const upload = open.uploads.get(exchange.reference);
  if (upload === undefined) throw unknownUpload();
  switch (exchange.request.method) {
    case 'GET':
      return progress(exchange, 204, upload);
    case 'PATCH':
      refuseGap(exchange, upload);
      await receive(open, upload, exchange);
      return progress(exchange, 202, upload);
    case 'PUT':
      refuseGap(exchange, upload);
      await receive(open, upload, exchange);
      return finish(open, upload, { exchange, digest: exchange.query.get('digest') ?? '' });
    case 'DELETE':
      open.uploads.delete(upload.id);
      await open.blobs.drop(upload);
      return reply(exchange.response, 204);
    default:
      throw notAllowed();
  }
}

async function receive(open: Uploads, upload: Upload, exchange: Exchange): Promise<void> {
  try {
    await open.blobs.append(upload, exchange.request);
  } catch (error) {
    // The connection broke in the middle of a chunk: how much was hashed is not known, so the client starts over.
    open.uploads.delete(upload.id);
    await open.blobs.drop(upload);
    throw error;
  }
}

/** A chunk that names its place (`Content-Range: 0-99`) must start where the last one ended. */
function refuseGap(exchange: Exchange, upload: Upload): void {
  const start = /^(?:bytes )?(\d+)-\d+/.exec(exchange.request.headers['content-range'] ?? '')?.[1];
  if (start !== undefined && Number(start) !== upload.size) throw rangeInvalid({ range: received(upload) });
}

async function finish(
  open: Uploads,
  upload: Upload,
  { exchange, digest }: { exchange: Exchange; digest: string },
): Promise<void> {
  open.uploads.delete(upload.id);
  if (!(await open.blobs.finish(upload, digest))) throw wrongDigest();
  created(exchange, digest);
}

function created({ response, repository }: Exchange, digest: string): void {
  const location = `/v2/${repository.name}/blobs/${digest}`;
  reply(response, 201, { location, 'docker-content-digest': digest });
}

function progress({ response, repository }: Exchange, status: number, upload: Upload): void {
  const location = `/v2/${repository.name}/blobs/uploads/${upload.id}`;
  reply(response, status, { location, range: received(upload), 'docker-upload-uuid': upload.id });
}

function received(upload: Upload): string {
  return `0-${Math.max(0, upload.size - 1)}`;
}

function rangeInvalid(headers: Record<string, string>): RegistryError {
  return new RegistryError(416, 'BLOB_UPLOAD_INVALID', { message: 'range out of order', headers });
}

function notAllowed(): RegistryError {
  return new RegistryError(405, 'UNSUPPORTED', { message: 'The operation is unsupported.' });
}
