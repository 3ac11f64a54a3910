/** Captured requests: JSON Lines in the layout of SageMaker's data capture. What they hold may be personal, so no message quotes it. */

/** One request as it was captured. */
export interface CapturedRequest {
  /** Counted from 1: in its file, or over all objects in the order in which they are read. */
  readonly line: number;
  /** What Invoke is sent: JSON text; a body that is no JSON is a JSON text of it. */
  readonly input: string;
  readonly contentType: string | undefined;
  readonly eventId: string | undefined;
}

/** Why a line is no request that can be sent again: a clause that holds nothing of it. */
export interface NoRequest {
  readonly line: number;
  readonly why: string;
}

interface CaptureRecord {
  readonly captureData?: {
    readonly endpointInput?: {
      readonly data?: unknown;
      readonly encoding?: unknown;
      readonly observedContentType?: unknown;
    };
  };
  readonly eventMetadata?: { readonly eventId?: unknown };
  readonly eventVersion?: unknown;
}

/** Lambda's limit for a synchronous request. Bytes. */
const LARGEST_PAYLOAD = 6 * 1024 * 1024;

/** Reads one line; several rows in one record stay one request. */
export function readCapture(text: string, line: number): CapturedRequest | NoRequest {
  const record = parsed(text) as CaptureRecord | null | undefined;
  if (typeof record !== 'object' || record === null) return { line, why: 'no JSON object' };
  if (record.eventVersion !== undefined && record.eventVersion !== '0')
    return { line, why: 'of an unknown eventVersion' };
  const { data, encoding, observedContentType: type } = record.captureData?.endpointInput ?? {};
  if (typeof data !== 'string') return { line, why: 'without a captured input' };
  const body = bodyOf(data, encoding);
  if (body === undefined) return { line, why: 'of an unknown encoding, or in binary' };
  const isJson = parsed(body) !== undefined;
  if (encoding === 'JSON' && !isJson) return { line, why: 'no JSON, although their encoding says so' };
  const input = isJson ? body : JSON.stringify(body);
  if (Buffer.byteLength(input) > LARGEST_PAYLOAD) return { line, why: 'above 6 MiB' };
  const eventId = record.eventMetadata?.eventId;
  return {
    line,
    input,
    contentType: typeof type === 'string' ? type : undefined,
    eventId: typeof eventId === 'string' ? eventId : undefined,
  };
}

/** The body as text; undefined for bytes that are none. */
function bodyOf(data: string, encoding: unknown): string | undefined {
  if (encoding === 'CSV' || encoding === 'JSON') return data;
  if (encoding !== 'BASE64' || !/^[A-Za-z0-9+/\s]*={0,2}\s*$/.test(data)) return undefined;
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(data, 'base64'));
  } catch {
    return undefined;
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Bounds of what is sent again. */
export interface CaptureBounds {
  readonly rows: number;
  /** Of payloads in all. */
  readonly bytes: number;
}

/** Gathers requests, the newest first, until a bound is reached; the same event counts once. */
export class Gathered {
  readonly requests: CapturedRequest[] = [];
  readonly #left = new Map<string, number>();
  readonly #seen = new Set<string>();
  readonly #bounds: CaptureBounds;
  #bytes = 0;
  #isFull = false;

  constructor(bounds: CaptureBounds) {
    this.#bounds = bounds;
  }

  get isFull(): boolean {
    return this.#isFull;
  }

  add(text: string, line: number): void {
    if (this.#isFull || text.trim() === '') return;
    const read = readCapture(text, line);
    if ('why' in read) return this.leaveOut(read.why);
    const { eventId, input } = read;
    if (eventId !== undefined && this.#seen.has(eventId)) return this.leaveOut('captured twice');
    const bytes = Buffer.byteLength(input);
    const { requests } = this;
    if (requests.length === this.#bounds.rows || this.#bytes + bytes > this.#bounds.bytes) {
      this.#isFull = true;
      return;
    }
    if (eventId !== undefined) this.#seen.add(eventId);
    this.#bytes += bytes;
    requests.push(read);
  }

  leaveOut(why: string): void {
    this.#left.set(why, (this.#left.get(why) ?? 0) + 1);
  }

  /** `3 captured twice`, and what the bounds left out. */
  get leftOut(): readonly string[] {
    return [...this.#left].map(([why, count]) => `${count} ${why}`);
  }
}
