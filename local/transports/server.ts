import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pipeline, Readable } from 'node:stream';
import { TransportFault } from '../faults.ts';
import { textResponse, type LocalRequest, type LocalResponse } from '../http.ts';

/** Takes a request whose body is still a stream; says whether it was for it. */
type StreamHandler = (request: IncomingMessage, response: ServerResponse) => boolean;
export type Answer = (request: LocalRequest) => Promise<LocalResponse>;

export interface LocalServer {
  /** `127.0.0.1:PORT`. */
  readonly host: string;
  /** From now on requests are answered; before, they wait. */
  serve(handlers: { stream: StreamHandler; answer: Answer }): void;
  close(): Promise<void>;
}

/** A request body that is read as a whole is at most this: twice what Lambda takes as an event. */
const LARGEST_BODY = 12 * 1024 * 1024;

/**
 * An HTTP server on 127.0.0.1 (any free port for 0), which carries requests to a function and its answers back.
 * What is served needs the port's number in its URLs, so it comes after the port: see `serve`.
 */
export async function listen(port: number): Promise<LocalServer> {
  let ready: (handlers: { stream: StreamHandler; answer: Answer }) => void = () => {};
  const handlers = new Promise<{ stream: StreamHandler; answer: Answer }>((resolve) => (ready = resolve));
  const server = createServer((request, response) => {
    void handlers.then(({ stream, answer }) => {
      if (!stream(request, response)) void carry(request, response, answer);
    });
  });
  // A push of a large layer takes as long as it takes.
  server.requestTimeout = 0;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { host, serve: ready, close: () => close(server) };
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

async function carry(request: IncomingMessage, response: ServerResponse, answer: Answer): Promise<void> {
  try {
    const local = await readRequest(request);
    write(response, local === undefined ? textResponse(413, 'The body is too large.') : await answer(local));
  } catch (error) {
    if (error instanceof TransportFault) {
      // A timeout is a connection that stays open and silent: the client has to give up by itself.
      if (error.kind === 'reset') request.socket.resetAndDestroy();
      return;
    }
    if (request.destroyed && !request.complete) return; // the client has closed the connection
    const reason = error instanceof Error ? (error.stack ?? error.message) : String(error);
    console.error(`local: ${request.method ?? ''} ${request.url ?? ''}: ${reason}`);
    write(response, textResponse(500, 'A defect of the local server; its own output has the details.'));
  }
}

function write(response: ServerResponse, answer: LocalResponse): void {
  if (answer.stream !== undefined) {
    response.writeHead(answer.status, answer.headers);
    response.flushHeaders();
    // A client that hangs up ends the stream, and is no defect.
    pipeline(Readable.from(answer.stream), response, () => undefined);
    return;
  }
  response.writeHead(answer.status, { 'content-length': answer.body.length, ...answer.headers });
  response.end(answer.body);
}

/** The request in local/'s own shape; undefined when its body is too large. */
async function readRequest(request: IncomingMessage): Promise<LocalRequest | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size <= LARGEST_BODY) chunks.push(chunk);
  }
  if (size > LARGEST_BODY) return undefined;
  const [path = '/', search = ''] = splitOnce(request.url ?? '/', '?');
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(request.headers)) {
    headers[name] = Array.isArray(value) ? value.join(', ') : (value ?? '');
  }
  const host = headers['host'] ?? '';
  return {
    method: request.method ?? 'GET',
    host,
    path,
    query: queryOf(search),
    headers,
    body: Buffer.concat(chunks),
  };
}

function splitOnce(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}

function queryOf(search: string): Record<string, string | string[]> {
  const parameters = new URLSearchParams(search);
  const query: Record<string, string | string[]> = {};
  for (const name of parameters.keys()) {
    const values = parameters.getAll(name);
    query[name] = values.length > 1 ? values : (values[0] ?? '');
  }
  return query;
}
