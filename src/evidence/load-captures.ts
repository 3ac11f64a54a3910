/** Captured requests from a file of the workspace or from S3, the newest first and within bounds. */
import type { S3, S3Object } from '../clients/s3.ts';
import { readInside } from '../clients/workspace.ts';
import { AwsError, explainAwsError, UserError } from '../errors.ts';
import { plural } from '../words.ts';
import { Gathered, type CaptureBounds, type CapturedRequest } from './captures.ts';

export interface CaptureTools {
  readonly s3: S3;
  readonly env: Readonly<Record<string, string | undefined>>;
}

export interface Captures {
  /** The newest first. */
  readonly requests: readonly CapturedRequest[];
  /** What was left out, as clauses; nothing of what was captured is in them. */
  readonly leftOut: readonly string[];
}

/** Every row is sent three times, and its payload with it. */
const BOUNDS: CaptureBounds = { rows: 1_000, bytes: 20 * 1024 * 1024 };
/** What is downloaded in all: a record holds an answer too. Bytes. */
const MOST_DOWNLOADED = 64 * 1024 * 1024;
/** Objects that are read at most; captures of a quiet endpoint are many small ones. */
const MOST_OBJECTS = 200;

const IN_S3 = /^s3:\/\/([^/]+)(?:\/(.*))?$/;

/**
 * @param from a JSON Lines file of the workspace, or `s3://bucket/prefix`.
 * @throws UserError `no-captures` where it holds no request that can be sent again.
 */
export async function loadCaptures(tools: CaptureTools, from: string): Promise<Captures> {
  const gathered = new Gathered(BOUNDS);
  const [, bucket, prefix = ''] = IN_S3.exec(from) ?? [];
  const notes =
    bucket === undefined
      ? await gatherFile(gathered, tools, from)
      : await gatherObjects(gathered, tools, { bucket, prefix });
  const { requests, leftOut, isFull } = gathered;
  const bound = `older ones: at most ${BOUNDS.rows} requests and ${BOUNDS.bytes / 1024 ** 2} MiB are sent again`;
  const left = [...leftOut, ...notes, ...(isFull ? [bound] : [])];
  if (requests.length === 0)
    throw new UserError('no-captures', {
      what: `gate.samples-from names ${JSON.stringify(from)}, which holds no captured request${left.length > 0 ? ` (${left.join('; ')})` : ''}.`,
      fix: 'Each line has to be a record of SageMaker’s data capture with captureData.endpointInput; docs/gate.md shows one.',
    });
  return { requests, leftOut: left };
}

async function gatherFile(
  gathered: Gathered,
  { env }: CaptureTools,
  path: string,
): Promise<readonly string[]> {
  const workspace = env['GITHUB_WORKSPACE'] ?? process.cwd();
  const text = (await readInside({ workspace, path, input: 'gate.samples-from' }, true)) ?? '';
  const lines = text.replace(/^\uFEFF/, '').split('\n');
  // Records are appended: the last line is the newest.
  for (let at = lines.length - 1; at >= 0 && !gathered.isFull; at -= 1) gathered.add(lines[at] ?? '', at + 1);
  return [];
}

async function gatherObjects(
  gathered: Gathered,
  { s3 }: CaptureTools,
  { bucket, prefix }: { readonly bucket: string; readonly prefix: string },
): Promise<readonly string[]> {
  const found = await s3.listObjects(bucket, prefix).catch((error: unknown) => {
    throw refused(error, `s3://${bucket}/${prefix}`);
  });
  const objects = found.filter(({ size }) => size > 0).toSorted((a, b) => b.modifiedAt - a.modifiedAt);
  let room = MOST_DOWNLOADED;
  let read = 0;
  let line = 0;
  for (const object of objects) {
    if (gathered.isFull || room <= 0 || read === MOST_OBJECTS) break;
    const lines = await linesOf(s3, { bucket, object, room });
    room -= object.size;
    read += 1;
    for (const text of lines) gathered.add(text, text.trim() === '' ? line : (line += 1));
  }
  const rest = objects.length - read;
  return rest === 0 ? [] : [`${plural(rest, 'older object')} not read`];
}

/** The newest line first. Of an object that is too large its end is not read, and a line that is cut off does not count. */
async function linesOf(
  s3: S3,
  { bucket, object, room }: { readonly bucket: string; readonly object: S3Object; readonly room: number },
): Promise<readonly string[]> {
  const bytes = await s3
    .getObject(bucket, object.key, Math.min(object.size, room))
    .catch((error: unknown) => {
      throw refused(error, `s3://${bucket}/${object.key}`);
    });
  const lines = Buffer.from(bytes).toString('utf8').split('\n');
  if (bytes.length < object.size) lines.pop();
  return lines.reverse();
}

/** AWS's words for a refusal need not name the bucket. */
function refused(error: unknown, place: string): unknown {
  if (!(error instanceof AwsError)) return error;
  const named = `gate.samples-from leads to ${JSON.stringify(place)}`;
  if (error.code === 'NoSuchBucket') {
    const what = `${named}, whose bucket does not exist.`;
    return new UserError('no-captures', { what, fix: 'Correct its name.' }, { cause: error });
  }
  if (!error.isForbidden) return error;
  const { code, what, fix } = explainAwsError(error);
  return new UserError(code, { what: `${named}. ${what}`, fix }, { cause: error });
}
