import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Invocation } from '../aws/runtime.ts';

const ROOT = '/2018-06-01/runtime';
/** Synchronous invocations take 6 MB each way; Lambda lets the answer be a little larger. */
const LARGEST_RESPONSE = 6 * 1024 * 1024 + 100 * 1024;

/** What a runtime says about one invocation, or about its initialisation. */
export interface RuntimeAnswer {
  readonly payload: Uint8Array;
  readonly failed: boolean;
}

interface Running {
  readonly requestId: string;
  readonly resolve: (answer: RuntimeAnswer) => void;
}

/**
 * Lambda's Runtime API for one environment, on a port of its own: a runtime is told only host and port, so the port is
 * what tells one environment from another.
 */
export class RuntimeApi {
  /** Resolves when the runtime first asks for an event, or to the error it met before. */
  readonly ready: Promise<RuntimeAnswer | undefined>;
  readonly #server: Server;
  #becomeReady: (failure: RuntimeAnswer | undefined) => void = () => {};
  #waiting: ServerResponse | undefined;
  #queued: Invocation | undefined;
  #running: Running | undefined;
  #onNext: () => void = () => {};

  constructor() {
    this.ready = new Promise((resolve) => (this.#becomeReady = resolve));
    this.#server = createServer((request, response) => {
      // A runtime that hangs up ends its own call, nothing else.
      this.#serve(request, response).catch(() => response.destroy());
    });
    // The long poll for the next event has no end; an idle environment keeps it open for hours.
    this.#server.requestTimeout = 0;
    this.#server.keepAliveTimeout = 0;
  }

  /** Starts to listen and returns the port. */
  listen(): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(0, '127.0.0.1', () => resolve((this.#server.address() as AddressInfo).port));
    });
  }

  /** Hands over one event; resolves with the answer once the runtime has requested the next one. One at a time. */
  async invoke(invocation: Invocation): Promise<RuntimeAnswer> {
    const asksAgain = new Promise<void>((resolve) => (this.#onNext = resolve));
    const answer = await new Promise<RuntimeAnswer>((resolve) => {
      this.#running = { requestId: invocation.requestId, resolve };
      this.#queued = invocation;
      this.#handOver();
    });
    await asksAgain;
    return answer;
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = (request.url ?? '').slice(ROOT.length);
    const outcome = /^\/invocation\/([^/]+)\/(response|error)$/.exec(path);
    if (request.method === 'GET' && path === '/invocation/next') return this.#next(response);
    if (request.method !== 'POST') return reply(response, 404, 'NotFound');
    const payload = await readAll(request);
    if (path === '/init/error') {
      this.#becomeReady({ payload, failed: true });
      return reply(response, 202);
    }
    if (outcome === null) return reply(response, 404, 'NotFound');
    const running = this.#running;
    if (running === undefined || running.requestId !== outcome[1])
      return reply(response, 400, 'InvalidRequestID');
    this.#running = undefined;
    if (payload.length > LARGEST_RESPONSE) {
      running.resolve({ payload: tooLarge(payload.length), failed: true });
      return reply(response, 413, 'RequestEntityTooLarge');
    }
    running.resolve({ payload, failed: outcome[2] === 'error' });
    reply(response, 202);
  }

  #next(response: ServerResponse): void {
    this.#becomeReady(undefined);
    this.#waiting = response;
    this.#onNext();
    this.#onNext = () => {};
    this.#handOver();
  }

  #handOver(): void {
    const [invocation, response] = [this.#queued, this.#waiting];
    if (invocation === undefined || response === undefined) return;
    this.#queued = undefined;
    this.#waiting = undefined;
    // The one call to `next` that is being answered is not the one that ends this invocation.
    response.writeHead(200, {
      'content-type': 'application/json',
      'content-length': invocation.payload.length,
      'lambda-runtime-aws-request-id': invocation.requestId,
      'lambda-runtime-deadline-ms': String(invocation.deadline),
      'lambda-runtime-invoked-function-arn': invocation.functionArn,
      ...(invocation.clientContext === undefined
        ? {}
        : { 'lambda-runtime-client-context': invocation.clientContext }),
    });
    response.end(invocation.payload);
  }
}

async function readAll(request: IncomingMessage): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function reply(response: ServerResponse, status: number, errorType?: string): void {
  const body = JSON.stringify(errorType === undefined ? { status: 'OK' } : { errorType });
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': body.length }).end(body);
}

function tooLarge(size: number): Uint8Array {
  const errorMessage = `Response payload size (${size} bytes) exceeded maximum allowed payload size (6291556 bytes).`;
  return Buffer.from(JSON.stringify({ errorMessage, errorType: 'Function.ResponseSizeTooLarge' }));
}
