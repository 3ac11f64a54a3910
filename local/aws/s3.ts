/** Reads of S3: a list in pages and an object's bytes, in XML and with S3's own errors. */
import { createHash } from 'node:crypto';
import { queryValue, utf8 } from '../http.ts';
import type { LocalRequest, LocalResponse } from '../http.ts';
import { AwsError, plainError } from './errors.ts';
import { escapeXml } from './query.ts';
import type { AwsContext } from './routes.ts';
import type { AwsState } from './state.ts';

export interface S3Bucket {
  readonly region: string;
  objects: Record<string, S3Object>;
}

interface S3Object {
  /** Base64. */
  readonly body: string;
  readonly modifiedAt: number;
  readonly storageClass?: string;
}

type S3Operation = 'ListObjectsV2' | 'GetObject';

/** The operation, as the SDK's query says it, and where it goes: in the path, or in the host. */
export function s3Request(request: LocalRequest) {
  const operation: S3Operation | undefined =
    queryValue(request, 'list-type') === '2'
      ? 'ListObjectsV2'
      : queryValue(request, 'x-id') === 'GetObject'
        ? 'GetObject'
        : undefined;
  if (operation === undefined || request.method !== 'GET') return undefined;
  const path = decodeURIComponent(request.path.slice(1));
  const [hosted] = /^.+(?=\.s3[.-])/.exec(request.host) ?? [];
  const slash = path.indexOf('/');
  const bucket = hosted ?? (slash < 0 ? path : path.slice(0, slash));
  return { operation, bucket, key: hosted === undefined ? (slash < 0 ? '' : path.slice(slash + 1)) : path };
}

export function answerS3(aws: AwsContext, request: LocalRequest): LocalResponse {
  const asked = s3Request(request);
  const bucket = aws.state.buckets[asked?.bucket ?? ''];
  if (asked === undefined || bucket === undefined)
    throw plainError(404, 'NoSuchBucket', 'The specified bucket does not exist');
  refuseOtherRegion(bucket, request);
  return asked.operation === 'GetObject'
    ? getObject(bucket, asked.key, request)
    : listObjects(bucket, request);
}

/** A request is signed for one region, and only that of the bucket serves it. */
function refuseOtherRegion({ region }: S3Bucket, { headers }: LocalRequest): void {
  const signed = /Credential=[^/]+\/\d+\/([^/]+)\/s3\//.exec(headers['authorization'] ?? '')?.[1];
  if (signed === undefined || signed === region) return;
  throw new AwsError(301, 'PermanentRedirect', {
    message:
      'The bucket you are attempting to access must be addressed using the specified endpoint. Please send all future requests to this endpoint.',
    headers: { 'x-amz-bucket-region': region },
  });
}

/** Keys in a page at most. */
const MOST_KEYS = 1000;

function listObjects(bucket: S3Bucket, request: LocalRequest): LocalResponse {
  const prefix = queryValue(request, 'prefix') ?? '';
  const token = queryValue(request, 'continuation-token');
  const most = Math.min(Number(queryValue(request, 'max-keys') ?? MOST_KEYS), MOST_KEYS);
  const after = token === undefined ? '' : Buffer.from(token, 'base64url').toString();
  if (token !== undefined && bucket.objects[after] === undefined)
    throw plainError(400, 'InvalidArgument', 'The continuation token provided is incorrect');
  const keys = Object.keys(bucket.objects)
    .filter((key) => key.startsWith(prefix) && (token === undefined || bytewise(key, after) > 0))
    .sort(bytewise);
  const page = keys.slice(0, most);
  const isUrl = queryValue(request, 'encoding-type') === 'url';
  const named = (key: string) => escapeXml(isUrl ? encodeURIComponent(key).replaceAll('%2F', '/') : key);
  const contents = page.map((key) => contentOf(bucket, key, named(key))).join('');
  const isTruncated = keys.length > page.length;
  const next = isTruncated
    ? `<NextContinuationToken>${Buffer.from(page.at(-1) ?? '').toString('base64url')}</NextContinuationToken>`
    : '';
  const encoding = isUrl ? '<EncodingType>url</EncodingType>' : '';
  return xml(
    `<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Prefix>${named(prefix)}</Prefix>${encoding}<KeyCount>${page.length}</KeyCount><MaxKeys>${most}</MaxKeys><IsTruncated>${isTruncated}</IsTruncated>${next}${contents}</ListBucketResult>`,
  );
}

function contentOf(bucket: S3Bucket, key: string, named: string): string {
  const { body, modifiedAt, storageClass = 'STANDARD' } = bucket.objects[key] as S3Object;
  const bytes = Buffer.from(body, 'base64');
  const modified = new Date(modifiedAt).toISOString();
  return `<Contents><Key>${named}</Key><LastModified>${modified}</LastModified><ETag>${escapeXml(etag(bytes))}</ETag><Size>${bytes.length}</Size><StorageClass>${storageClass}</StorageClass></Contents>`;
}

/** S3 sorts keys by their UTF-8 bytes. */
function bytewise(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

function etag(bytes: Uint8Array): string {
  return `"${createHash('md5').update(bytes).digest('hex')}"`;
}

function getObject(bucket: S3Bucket, key: string, { headers }: LocalRequest): LocalResponse {
  const found = bucket.objects[key];
  if (found === undefined) throw plainError(404, 'NoSuchKey', 'The specified key does not exist.');
  if (/^(GLACIER|DEEP_ARCHIVE)$/.test(found.storageClass ?? ''))
    throw plainError(403, 'InvalidObjectState', "The operation is not valid for the object's storage class");
  const bytes = Buffer.from(found.body, 'base64');
  const known = {
    'content-type': 'binary/octet-stream',
    etag: etag(bytes),
    'last-modified': new Date(found.modifiedAt).toUTCString(),
    'accept-ranges': 'bytes',
  };
  const [, from, to] = /^bytes=(\d+)-(\d*)$/.exec(headers['range'] ?? '') ?? [];
  if (from === undefined)
    return { status: 200, headers: { ...known, 'content-length': String(bytes.length) }, body: bytes };
  const start = Number(from);
  if (start >= bytes.length) throw plainError(416, 'InvalidRange', 'The requested range is not satisfiable');
  const part = bytes.subarray(start, to === '' ? undefined : Number(to) + 1);
  const range = `bytes ${start}-${start + part.length - 1}/${bytes.length}`;
  return {
    status: 206,
    headers: { ...known, 'content-length': String(part.length), 'content-range': range },
    body: part,
  };
}

function xml(text: string): LocalResponse {
  const body = utf8(`<?xml version="1.0" encoding="UTF-8"?>\n${text}`);
  return { status: 200, headers: { 'content-type': 'application/xml' }, body };
}

/** S3's errors have no frame around them, and its own word for a denied call. */
export function s3Error({ status, code, message, headers }: AwsError): LocalResponse {
  const named = code === 'AccessDeniedException' ? 'AccessDenied' : code;
  const text = `<Error><Code>${named}</Code><Message>${escapeXml(message)}</Message></Error>`;
  const { body } = xml(text);
  return { status, headers: { 'content-type': 'application/xml', ...headers }, body };
}

/** An object as somebody put it there; makes the bucket if needed. */
export function seedObject(
  { state, now }: { readonly state: AwsState; now(): number },
  at: {
    readonly bucket: string;
    readonly key: string;
    readonly region?: string;
    readonly modifiedAt?: number;
    readonly storageClass?: string;
  },
  body: string | Uint8Array,
): void {
  const { bucket, key, region = state.region, modifiedAt = now(), storageClass } = at;
  const made = (state.buckets[bucket] ??= { region, objects: {} });
  made.objects[key] = {
    body: Buffer.from(body).toString('base64'),
    modifiedAt,
    ...(storageClass === undefined ? {} : { storageClass }),
  };
}
