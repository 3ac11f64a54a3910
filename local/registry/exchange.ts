import type { IncomingMessage, ServerResponse } from 'node:http';
import type { EcrRepository } from '../aws/state.ts';

/** One request to the registry about one repository. Bodies are streams: a layer may be larger than memory. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly query: URLSearchParams;
  readonly repository: EcrRepository;
  /** What follows `blobs/`, `blobs/uploads/`, `manifests/` or `tags/` in the path. */
  readonly reference: string;
}

export type Handler = (exchange: Exchange) => void | Promise<void>;

export function reply(
  response: ServerResponse,
  status: number,
  headers: Record<string, string | number> = {},
): void {
  response.writeHead(status, { 'content-length': 0, ...headers }).end();
}

export function replyJson(
  response: ServerResponse,
  status: number,
  answer: { body: unknown; headers?: Readonly<Record<string, string>> },
): void {
  const text = JSON.stringify(answer.body);
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
    ...answer.headers,
  });
  response.end(text);
}
