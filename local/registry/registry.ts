import type { IncomingMessage, ServerResponse } from 'node:http';
import { checkRegistryToken } from '../aws/ecr/authorization.ts';
import type { AwsContext } from '../aws/routes.ts';
import { blobHandlers } from './blobs.ts';
import type { DiskBlobStore } from './disk-blob-store.ts';
import { RegistryError, denied, unauthorized, unknownRepository } from './errors.ts';
import { replyJson, type Handler } from './exchange.ts';
import { pageOf, serveManifest, serveTags } from './manifests.ts';

export interface RegistryOptions {
  /** Repositories and tokens are ECR's: what is pushed here, ECR's operations show, and the other way round. */
  readonly aws: AwsContext;
  readonly blobs: DiskBlobStore;
}

/**
 * An OCI distribution registry (version 2 of the Docker registry API) as ECR's data plane is one, over HTTP streams.
 *
 * Serves every path below `/v2/`. Repositories come from CreateRepository only; credentials from
 * GetAuthorizationToken only. Layers are shared between repositories.
 */
export function createRegistry(
  options: RegistryOptions,
): (request: IncomingMessage, response: ServerResponse) => Promise<void> {
  const { blob, newUpload, upload } = blobHandlers(options.blobs);
  const routes: [RegExp, Handler][] = [
    [/^\/v2\/(.+)\/blobs\/uploads\/?()$/, newUpload],
    [/^\/v2\/(.+)\/blobs\/uploads\/([^/]+)$/, upload],
    [/^\/v2\/(.+)\/blobs\/([^/]+)$/, blob],
    [/^\/v2\/(.+)\/manifests\/([^/]+)$/, (exchange) => serveManifest(options.aws, exchange)],
    [/^\/v2\/(.+)\/tags\/(list)$/, serveTags],
  ];
  return async (request, response) => {
    response.setHeader('docker-distribution-api-version', 'registry/2.0');
    try {
      await dispatch({ options, routes }, request, response);
    } catch (error) {
      if (error instanceof RegistryError) return refuse(request, response, error);
      // A connection that broke under a transfer needs no answer.
      response.destroy();
    }
  };
}

async function dispatch(
  { options, routes }: { options: RegistryOptions; routes: [RegExp, Handler][] },
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  authorize(options, request);
  const url = new URL(request.url ?? '/', 'http://registry');
  if (url.pathname === '/v2/' || url.pathname === '/v2') return replyJson(response, 200, { body: {} });
  if (url.pathname === '/v2/_catalog') {
    const page = pageOf(Object.keys(options.aws.state.repositories), url.searchParams, '/v2/_catalog');
    return replyJson(response, 200, { body: { repositories: page.items }, headers: page.link });
  }
  for (const [pattern, handler] of routes) {
    const match = pattern.exec(url.pathname);
    if (match === null) continue;
    const [, name = '', reference = ''] = match;
    const repository = options.aws.state.repositories[name];
    if (repository === undefined) throw unknownRepository(name, options.aws.state.accountId);
    const exchange = { request, response, query: url.searchParams, repository };
    return handler({ ...exchange, reference: decodeURIComponent(reference) });
  }
  throw new RegistryError(404, 'UNSUPPORTED', { message: 'The operation is unsupported.' });
}

/** Basic authentication as user AWS with a token that GetAuthorizationToken gave and that has not expired. */
function authorize(options: RegistryOptions, request: IncomingMessage): void {
  const credentials = /^Basic (.+)$/i.exec(request.headers.authorization ?? '')?.[1];
  if (credentials === undefined) throw unauthorized(request.headers.host ?? '');
  const [user, ...rest] = Buffer.from(credentials, 'base64').toString('utf8').split(':');
  const verdict = user === 'AWS' ? checkRegistryToken(options.aws, rest.join(':')) : 'unknown';
  if (verdict === 'unknown') throw denied('Your Authorization Token is invalid.');
  if (verdict === 'expired') {
    throw denied('Your authorization token has expired. Reauthenticate and try again.');
  }
}

function refuse(request: IncomingMessage, response: ServerResponse, error: RegistryError): void {
  // What the client still sends is read and thrown away: closing under it would hide the answer behind a reset.
  request.resume();
  const body = { errors: [{ code: error.code, message: error.message }] };
  replyJson(response, error.status, { body, headers: error.headers });
}
