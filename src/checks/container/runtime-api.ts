/**
 * Lambda's Runtime API for one container on this machine, as a runtime sees it: it asks for an event, answers it, and asks for the next.
 *
 * The header of X-Ray and the Extensions API are left out: nothing here traces, and Lambda itself starts extensions, which a container
 * does not.
 */
import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

const ROOT = '/2018-06-01/runtime';
/** What Lambda takes of an answer that somebody waits for, streamed or not. Bytes. */
export const ANSWER_LIMIT_BYTES = 6_291_556;
/** An error's JSON with its traceback. Bytes. */
const ERROR_LIMIT_BYTES = 256 * 1024;

/** An event as the runtime gets it. */
export interface RuntimeEvent {
  readonly payload: string;
  /** Milliseconds since the epoch. */
  readonly deadline: number;
  readonly functionArn: string;
  /** JSON. */
  readonly clientContext: string;
}

/** What the runtime said to one event. `error`: Lambda's JSON with errorType and errorMessage. */
export type RuntimeAnswer =
  { readonly payload: Uint8Array } | { readonly error: Uint8Array } | { readonly tooLarge: true };

export class RuntimeApi {
  /** Resolves when the runtime first asks for an event; to the error's JSON where it reports that it cannot. */
  readonly ready: Promise<Uint8Array | undefined>;
  readonly #server: Server;
  #becomeReady: (error: Uint8Array | undefined) => void = () => undefined;
  /** The request for the next event that waits for one. */
  #waiting: ServerResponse | undefined;
  #event: (RuntimeEvent & { readonly id: string }) | undefined;
  #answered: ((answer: RuntimeAnswer) => void) | undefined;
  #asked = false;

  constructor() {
    this.ready = new Promise((resolve) => (this.#becomeReady = resolve));
    this.#server = createServer((request, response) => {
      // A runtime that hangs up ends its own call, nothing else.
      this.#serve(request, response).catch(() => response.destroy());
    });
    // The wait for the next event may last as long as the trial.
    this.#server.requestTimeout = 0;
    this.#server.keepAliveTimeout = 0;
  }

  /** Whether anything was ever asked of it. */
  get wasReached(): boolean {
    return this.#asked;
  }

  /** @returns the port of 127.0.0.1 that it listens on. */
  listen(): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(0, '127.0.0.1', () => resolve((this.#server.address() as AddressInfo).port));
    });
  }

  /** One event at a time, as an environment of Lambda takes them. */
  ask(event: RuntimeEvent): Promise<RuntimeAnswer> {
    return new Promise((resolve) => {
      this.#event = { ...event, id: randomUUID() };
      this.#answered = resolve;
      this.#handOver();
    });
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.#asked = true;
    const path = (request.url ?? '').startsWith(ROOT) ? (request.url ?? '').slice(ROOT.length) : '';
    const [, id, said] = /^\/invocation\/([^/]+)\/(response|error)$/.exec(path) ?? [];
    if (request.method === 'GET' && path === '/invocation/next') return this.#next(response);
    // Nothing is snapshot here: what was to be restored is there.
    if (request.method === 'GET' && path === '/restore/next') return reply(response, 200);
    if (request.method !== 'POST') return reply(response, 404, 'NotFound');
    if (path === '/init/error' || path === '/restore/error') {
      const error = await read(request, ERROR_LIMIT_BYTES);
      reply(response, 202);
      return this.#becomeReady(error ?? NO_REASON);
    }
    if (said === undefined) return reply(response, 404, 'NotFound');
    if (id !== this.#event?.id || this.#waiting !== undefined)
      return reply(response, 400, 'InvalidRequestID');
    await this.#take(request, response, said === 'error');
  }

  async #take(request: IncomingMessage, response: ServerResponse, isError: boolean): Promise<void> {
    // Before anything is awaited: an event is answered once.
    const answered = this.#answered;
    [this.#event, this.#answered] = [undefined, undefined];
    const payload = await read(request, isError ? ERROR_LIMIT_BYTES : ANSWER_LIMIT_BYTES);
    if (payload === undefined && !isError) {
      reply(response, 413, 'RequestEntityTooLarge');
      return answered?.({ tooLarge: true });
    }
    reply(response, 202);
    const error = isError ? (payload ?? NO_REASON) : errorInStream(request);
    answered?.(error === undefined ? { payload: payload ?? new Uint8Array() } : { error });
  }

  #next(response: ServerResponse): void {
    this.#becomeReady(undefined);
    this.#waiting = response;
    this.#handOver();
  }

  #handOver(): void {
    const [event, response] = [this.#event, this.#waiting];
    if (event === undefined || response === undefined) return;
    this.#waiting = undefined;
    response.writeHead(200, {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(event.payload),
      'lambda-runtime-aws-request-id': event.id,
      'lambda-runtime-deadline-ms': String(event.deadline),
      'lambda-runtime-invoked-function-arn': event.functionArn,
      'lambda-runtime-client-context': event.clientContext,
    });
    response.end(event.payload);
  }
}

const NO_REASON = Buffer.from('{"errorMessage":"the runtime gave no reason"}');

/** A streamed answer that broke off says so behind its end (trailers of RFC 9112), because its beginning was sent before. */
function errorInStream({ trailers }: IncomingMessage): Uint8Array | undefined {
  const type = trailers['lambda-runtime-function-error-type'];
  if (type === undefined) return undefined;
  const body = Buffer.from(String(trailers['lambda-runtime-function-error-body'] ?? ''), 'base64');
  return body.length > 0 ? body : Buffer.from(JSON.stringify({ errorType: type }));
}

/** @returns undefined where there is more than `limit`; the rest is read and dropped, so that the sender can read the answer. */
async function read(request: IncomingMessage, limit: number): Promise<Uint8Array | undefined> {
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of request as AsyncIterable<Buffer>) {
    size += piece.length;
    if (size <= limit) pieces.push(piece);
    else pieces.length = 0;
  }
  return size > limit ? undefined : Buffer.concat(pieces);
}

function reply(response: ServerResponse, status: number, errorType?: string): void {
  const body = JSON.stringify(errorType === undefined ? { status: 'OK' } : { errorType });
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': body.length }).end(body);
}
