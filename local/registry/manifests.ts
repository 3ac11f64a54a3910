import type { IncomingMessage } from 'node:http';
import { sha256, type BlobStore } from '../aws/blobs.ts';
import type { EcrImage, EcrRepository } from '../aws/state.ts';
import { RegistryError, immutableTag, invalidManifest, unknownManifest } from './errors.ts';
import { reply, replyJson, type Exchange } from './exchange.ts';

/** As ECR: a manifest is at most 4 MiB. */
const LARGEST_MANIFEST = 4 * 1024 * 1024;
const TAG = /^[\w][\w.-]{0,299}$/;

interface Descriptor {
  digest?: unknown;
  size?: unknown;
}

interface Manifest {
  mediaType?: string;
  config?: Descriptor;
  layers?: Descriptor[];
  manifests?: Descriptor[];
}

export interface ManifestStore {
  readonly blobs: BlobStore;
  now(): number;
}

export async function serveManifest(store: ManifestStore, exchange: Exchange): Promise<void> {
  switch (exchange.request.method) {
    case 'GET':
    case 'HEAD':
      return getManifest(exchange);
    case 'PUT':
      return putManifest(store, exchange);
    case 'DELETE':
      return deleteManifest(exchange);
    default:
      throw new RegistryError(405, 'UNSUPPORTED', { message: 'The operation is unsupported.' });
  }
}

function getManifest({ request, response, repository, reference }: Exchange): void {
  const image = find(repository, reference);
  response.writeHead(200, {
    'content-type': image.mediaType,
    'content-length': Buffer.byteLength(image.manifest),
    'docker-content-digest': image.digest,
  });
  response.end(request.method === 'HEAD' ? undefined : image.manifest);
}

/** The image a tag or digest names; throws MANIFEST_UNKNOWN. */
function find(repository: EcrRepository, reference: string): EcrImage {
  const image = repository.images[repository.tags[reference] ?? reference];
  if (image === undefined) throw unknownManifest();
  return image;
}

async function putManifest(store: ManifestStore, exchange: Exchange): Promise<void> {
  const { repository, reference, response, request } = exchange;
  const bytes = await readAll(request);
  const digest = sha256(bytes);
  const tag = reference.startsWith('sha256:') ? undefined : reference;
  if (tag === undefined && reference !== digest)
    throw invalidManifest('The digest in the URL is not the manifest’s.');
  if (tag !== undefined && !TAG.test(tag)) throw invalidManifest(`'${tag}' is not a valid image tag.`);
  const manifest = parse(bytes);
  requireParts(store.blobs, repository, manifest);
  const tagged = tag === undefined ? undefined : repository.tags[tag];
  if (
    tag !== undefined &&
    tagged !== undefined &&
    tagged !== digest &&
    repository.imageTagMutability === 'IMMUTABLE'
  ) {
    throw immutableTag(tag, repository.name);
  }
  repository.images[digest] ??= {
    digest,
    mediaType: request.headers['content-type'] ?? manifest.mediaType ?? '',
    manifest: bytes.toString('utf8'),
    pushedAt: store.now(),
    sizeInBytes: sizeOf(manifest),
  };
  if (tag !== undefined) repository.tags[tag] = digest;
  const location = `/v2/${repository.name}/manifests/${digest}`;
  reply(response, 201, { location, 'docker-content-digest': digest });
}

async function readAll(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > LARGEST_MANIFEST) throw invalidManifest('The manifest is larger than 4 MiB.');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function parse(bytes: Buffer): Manifest {
  try {
    const value: unknown = JSON.parse(bytes.toString('utf8'));
    const isObject = typeof value === 'object' && value !== null;
    if (isObject && ('layers' in value || 'manifests' in value)) return value as Manifest;
  } catch {
    // answered below like any other text that is no manifest
  }
  throw invalidManifest('The body is not an image manifest or an index.');
}

/** A manifest may only name what has been pushed: layers and configuration, or for an index its manifests. */
function requireParts(blobs: BlobStore, repository: EcrRepository, manifest: Manifest): void {
  const parts = [...(manifest.config ? [manifest.config] : []), ...(manifest.layers ?? [])].map(digestOf);
  const missing = parts.filter((digest) => !blobs.has(digest));
  const children = (manifest.manifests ?? []).map(digestOf);
  missing.push(...children.filter((digest) => repository.images[digest] === undefined));
  if (missing.length === 0) return;
  throw new RegistryError(400, 'MANIFEST_BLOB_UNKNOWN', {
    message: `Not in repository '${repository.name}': ${missing.join(', ')}`,
  });
}

function digestOf(descriptor: Descriptor): string {
  if (typeof descriptor.digest !== 'string') throw invalidManifest('A descriptor has no digest.');
  return descriptor.digest;
}

/** As ECR's imageSizeInBytes: the compressed layers and the configuration; 0 for an index. */
function sizeOf(manifest: Manifest): number {
  const parts = [...(manifest.config ? [manifest.config] : []), ...(manifest.layers ?? [])];
  return parts.reduce((sum, part) => sum + (typeof part.size === 'number' ? part.size : 0), 0);
}

/** By digest the image goes with all its tags; by tag only the tag goes. */
function deleteManifest({ response, repository, reference }: Exchange): void {
  const { digest } = find(repository, reference);
  if (reference === digest) delete repository.images[digest];
  for (const [tag, tagged] of Object.entries(repository.tags)) {
    if (tag === reference || (reference === digest && tagged === digest)) delete repository.tags[tag];
  }
  reply(response, 202);
}

/** `tags/list`, in pages of `n` after `last`. */
export function serveTags({ response, repository, query }: Exchange): void {
  const { items, link } = pageOf(Object.keys(repository.tags), query, `/v2/${repository.name}/tags/list`);
  replyJson(response, 200, { name: repository.name, tags: items }, link);
}

/** Sorted names after `last`, at most `n`, and the Link header to the next page. */
export function pageOf(
  names: string[],
  query: URLSearchParams,
  path: string,
): { items: string[]; link: Record<string, string> } {
  const last = query.get('last') ?? '';
  const limit = Number(query.get('n') ?? Infinity);
  const rest = names.sort().filter((name) => name > last);
  const items = rest.slice(0, limit);
  if (items.length === rest.length) return { items, link: {} };
  const next = new URLSearchParams({ n: String(limit), last: items.at(-1) ?? '' });
  return { items, link: { link: `<${path}?${next.toString()}>; rel="next"` } };
}
