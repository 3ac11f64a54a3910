import type { IncomingMessage } from 'node:http';
import { sha256 } from '../aws/blobs.ts';
import { storeManifest } from '../aws/ecr/manifests.ts';
import { imageStatus } from '../aws/ecr/storage-class.ts';
import { AwsError } from '../aws/errors.ts';
import type { AwsContext } from '../aws/routes.ts';
import type { EcrImage, EcrRepository } from '../aws/state.ts';
import { RegistryError, invalidManifest, unknownManifest } from './errors.ts';
import { reply, replyJson, type Exchange } from './exchange.ts';

/** As ECR: a manifest is at most 4 MiB. */
const LARGEST_MANIFEST = 4 * 1024 * 1024;
const TAG = /^[\w][\w.-]{0,299}$/;

/** What ECR's PutImage refuses, by the name the registry's protocol has for it; docker prints it in lower case. */
const CODES: Readonly<Record<string, string>> = {
  ImageTagAlreadyExistsException: 'TAG_INVALID',
  LayersNotFoundException: 'MANIFEST_BLOB_UNKNOWN',
  ReferencedImagesNotFoundException: 'MANIFEST_BLOB_UNKNOWN',
};

export async function serveManifest(aws: AwsContext, exchange: Exchange): Promise<void> {
  switch (exchange.request.method) {
    case 'GET':
    case 'HEAD':
      return getManifest(aws, exchange);
    case 'PUT':
      return putManifest(aws, exchange);
    case 'DELETE':
      return deleteManifest(exchange);
    default:
      throw new RegistryError(405, 'UNSUPPORTED', { message: 'The operation is unsupported.' });
  }
}

function getManifest(aws: AwsContext, { request, response, repository, reference }: Exchange): void {
  const image = find(repository, reference);
  // An archived image cannot be pulled; docker's push looks here too, and then sends the manifest again.
  if (imageStatus(aws, image) !== 'ACTIVE') throw unknownManifest();
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

async function putManifest(aws: AwsContext, exchange: Exchange): Promise<void> {
  const { repository, reference, response, request } = exchange;
  const bytes = await readAll(request);
  const digest = sha256(bytes);
  const tag = reference.startsWith('sha256:') ? undefined : reference;
  if (tag === undefined && reference !== digest) {
    throw invalidManifest('The digest in the path is not the digest of the manifest.');
  }
  if (tag !== undefined && !TAG.test(tag)) throw invalidManifest(`'${tag}' is not a valid image tag.`);
  const manifest = manifestText(bytes);
  try {
    storeManifest(aws, repository, { manifest, mediaType: request.headers['content-type'], tag });
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    const code = CODES[error.code] ?? 'MANIFEST_INVALID';
    throw new RegistryError(400, code, { message: error.message });
  }
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

/** The body as text, once it is known to be an image manifest or an index. */
function manifestText(bytes: Buffer): string {
  const text = bytes.toString('utf8');
  try {
    const value: unknown = JSON.parse(text);
    const isObject = typeof value === 'object' && value !== null;
    if (isObject && ('layers' in value || 'manifests' in value)) return text;
  } catch {
    // answered below like any other text that is no manifest
  }
  throw invalidManifest('The body is not an image manifest or an index.');
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
  replyJson(response, 200, { body: { name: repository.name, tags: items }, headers: link });
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
