import { CallerProcess, TransportFault } from '../faults.ts';
import type { LocalRequest } from '../http.ts';
import type { LocalGitHub } from './github.ts';

/** `fetch` against the local GitHub, for Octokit's `request: { fetch }`: no socket, the same request and response. */
export function fetchFor(github: LocalGitHub, process: CallerProcess = new CallerProcess()): typeof fetch {
  return async (input, init) => {
    const request = new Request(input, init);
    try {
      const response = await github.handle(await localRequest(request), process);
      const body = response.status === 204 ? null : Buffer.from(response.body);
      return new Response(body, { status: response.status, headers: response.headers });
    } catch (error) {
      if (error instanceof TransportFault) throw lostConnection(error);
      throw error;
    }
  };
}

async function localRequest(request: Request): Promise<LocalRequest> {
  const url = new URL(request.url);
  const query: Record<string, string | string[]> = {};
  for (const name of new Set(url.searchParams.keys())) {
    const values = url.searchParams.getAll(name);
    query[name] = values.length === 1 ? (values[0] ?? '') : values;
  }
  return {
    method: request.method,
    host: url.host,
    path: url.pathname,
    query,
    headers: Object.fromEntries(request.headers),
    body: new Uint8Array(await request.arrayBuffer()),
  };
}

/** What Node's fetch throws: a TypeError whose cause carries the system's code. */
function lostConnection(fault: TransportFault): Error {
  const code = fault.code ?? (fault.kind === 'reset' ? 'ECONNRESET' : 'UND_ERR_HEADERS_TIMEOUT');
  return new TypeError('fetch failed', { cause: Object.assign(new Error(fault.message), { code }) });
}
