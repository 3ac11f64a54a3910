import type { Readable } from 'node:stream';
import type { CallContext } from './call.ts';
import { endAfter } from './late-reply.ts';
import { readOnlyHandler } from './writes.ts';

/**
 * What all AWS clients share. Region, credentials, endpoints (AWS_ENDPOINT_URL), FIPS, China and GovCloud are the SDK's own
 * business: whatever is undefined here is left to its default chain.
 */
export interface AwsConfig {
  readonly region?: string;
  readonly credentials?: {
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
    readonly sessionToken?: string;
  };
  /** Replaces the network: an SDK request handler. */
  readonly requestHandler?: object;
  /** The transport lets reads through and nothing else: what a dry run gets. */
  readonly readOnly?: boolean;
  /** Beside reads, Lambda's Invoke. */
  readonly invokes?: boolean;
}

/** Retries are ours (`call`), and a reply is complete by then or lost: the SDK's default is to wait for ever. Milliseconds. */
const CONNECTION_TIMEOUT_MS = 5_000;
export const REQUEST_TIMEOUT_MS = 30_000;
/** Lambda itself waits up to 15 minutes for a synchronous invocation. */
export const INVOKE_TIMEOUT_MS = 905_000;

/** The options every SDK client is built with. Node's agents honour HTTPS_PROXY when given the environment. */
export async function clientOptions(
  config: AwsConfig,
  requestTimeout = REQUEST_TIMEOUT_MS,
): Promise<Record<string, unknown>> {
  const handler = config.requestHandler ?? (await networkHandler(requestTimeout));
  return {
    maxAttempts: 1,
    ...(config.region === undefined ? {} : { region: config.region }),
    ...(config.credentials === undefined ? {} : { credentials: config.credentials }),
    requestHandler: config.readOnly ? readOnlyHandler(handler, config.invokes) : handler,
  };
}

async function networkHandler(requestTimeout: number): Promise<object> {
  const [{ NodeHttpHandler }, https, http] = await Promise.all([
    import('@smithy/node-http-handler'),
    import('node:https'),
    import('node:http'),
  ]);
  const agent = { keepAlive: true, maxSockets: 16, proxyEnv: process.env };
  class BoundedHandler extends NodeHttpHandler {
    override async handle(...request: Parameters<InstanceType<typeof NodeHttpHandler>['handle']>) {
      const began = performance.now();
      const reply = await super.handle(...request);
      endAfter(reply.response.body as Readable, requestTimeout - (performance.now() - began));
      return reply;
    }
  }
  return new BoundedHandler({
    connectionTimeout: CONNECTION_TIMEOUT_MS,
    requestTimeout,
    socketTimeout: requestTimeout,
    throwOnRequestTimeout: true,
    httpAgent: new http.Agent(agent),
    httpsAgent: new https.Agent(agent),
  });
}

/** Builds `make` once, at its first use. */
export function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => (made ??= make());
}

export interface ClientDependencies extends CallContext {
  readonly aws: AwsConfig;
}
