import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLocalAws, type LocalAws, type LocalAwsOptions } from './aws/aws.ts';
import type { FunctionRuntime } from './aws/runtime.ts';
import { RealClock } from './clock.ts';
import { Control, type OnCrash } from './control.ts';
import { textResponse, type LocalResponse } from './http.ts';
import { DiskBlobStore } from './registry/disk-blob-store.ts';
import { createRegistry } from './registry/registry.ts';
import { createContainerRuntime, type ContainerRuntime } from './runtime/container-runtime.ts';
import { Docker } from './runtime/docker.ts';
import { listen, type Answer, type LocalServer } from './transports/server.ts';

export interface StartOptions extends Omit<
  LocalAwsOptions,
  'clock' | 'blobs' | 'registryHost' | 'blobUrlBase'
> {
  /** 0 (the default) takes any free port. */
  readonly port?: number;
  /**
   * Where layers are kept, also for the next start, which docker then need not compress and send them again. May be
   * shared by several at once. Default: a temporary folder that `stop` removes.
   */
  readonly dataDir?: string;
  /** Where its temporary folder is made; default the machine's folder for them. */
  readonly temp?: string;
  /** The engine that runs functions: DOCKER_HOST, or an empty object for the client's own. Without it none is used. */
  readonly engine?: { readonly dockerHost?: string };
  readonly onCrash?: OnCrash;
  /** Further servers on the same port, by the first part of the path (`/_github`), which is cut off. */
  readonly mounts?: Readonly<Record<string, Answer>>;
}

export interface RunningLocal {
  /** `http://127.0.0.1:PORT`: value for AWS_ENDPOINT_URL. */
  readonly url: string;
  /** `127.0.0.1:PORT`: the registry, as in image references. */
  readonly registryHost: string;
  readonly aws: LocalAws;
  /** Variables that lead the AWS SDK, the AWS CLI and docker here. */
  readonly env: Readonly<Record<string, string>>;
  /** URL of an API's stage; without a trailing slash. */
  apiUrl(apiId: string, stage: string): string;
  /** Ends everything: connections, containers, temporary files. */
  stop(): Promise<void>;
}

/** Starts a local AWS on 127.0.0.1: control plane, registry, APIs and functions on one port, in real time. */
export async function startLocal(options: StartOptions = {}): Promise<RunningLocal> {
  const server = await listen(options.port ?? 0);
  const temporary = await mkdtemp(join(options.temp ?? tmpdir(), 'model-release-local-'));
  const cleanUp = async (): Promise<void> => {
    await server.close();
    await rm(temporary, { recursive: true, force: true });
  };
  try {
    return await serve(options, { server, temporary, cleanUp });
  } catch (error) {
    await cleanUp();
    throw error;
  }
}

async function serve(
  options: StartOptions,
  { server, temporary, cleanUp }: { server: LocalServer; temporary: string; cleanUp: () => Promise<void> },
): Promise<RunningLocal> {
  const url = `http://${server.host}`;
  const blobs = new DiskBlobStore(options.dataDir ?? temporary);
  const where = { registryHost: server.host, blobUrlBase: `${url}/_aws/blobs` };
  const aws = createLocalAws({ ...options, ...where, clock: new RealClock(), blobs });
  const containers = options.engine && (await startContainers(aws, { ...options.engine, config: temporary }));
  if (options.runtime === undefined) aws.runtime = containers ?? NO_ENGINE;
  const registry = createRegistry({ aws, blobs });
  server.serve({
    stream: (request, response) => {
      if (!isRegistry(request.url ?? '', request.headers.authorization)) return false;
      void registry(request, response);
      return true;
    },
    answer: router(aws, options),
  });
  return {
    url,
    registryHost: server.host,
    aws,
    env: environment(aws, url, options.engine?.dockerHost),
    // The default stage of an HTTP API has no part in the path.
    apiUrl: (apiId, stage) => `${url}/_aws/execute-api/${apiId}${stage === '$default' ? '' : `/${stage}`}`,
    async stop() {
      await containers?.stop();
      await cleanUp();
    },
  };
}

/** `/v2/` is the registry's, and API Gateway v2's `/v2/apis`: requests of an SDK are signed, those of docker are not. */
function isRegistry(url: string, authorization: string | undefined): boolean {
  return /^\/v2(\/|$)/.test(url) && authorization?.startsWith('AWS4') !== true;
}

function router(aws: LocalAws, options: StartOptions): Answer {
  const control = new Control(aws, options.onCrash);
  return async (request) => {
    const first = `/${request.path.split('/')[1] ?? ''}`;
    const mounted = options.mounts?.[first];
    if (mounted !== undefined) return mounted({ ...request, path: request.path.slice(first.length) || '/' });
    if (first === '/_local') return control.answer(request);
    if (request.method === 'GET' && request.path === '/') return welcome(aws);
    return aws.handle(request, control.callerOf(request));
  };
}

/** The runtime's own docker client: it pulls from this registry without touching the user's logins. */
async function startContainers(
  aws: LocalAws,
  options: { config: string; dockerHost?: string },
): Promise<ContainerRuntime> {
  const password = 'local-runtime';
  aws.state.registryTokens[password] = Number.MAX_SAFE_INTEGER;
  const auth = Buffer.from(`AWS:${password}`).toString('base64');
  const { config } = options;
  const content = JSON.stringify({ auths: { [aws.state.registryHost]: { auth } } });
  await writeFile(join(config, 'config.json'), content, { mode: 0o600 });
  const host = options.dockerHost === undefined ? {} : { host: options.dockerHost };
  return createContainerRuntime({ docker: new Docker({ ...host, config }), region: aws.state.region });
}

const NO_ENGINE: FunctionRuntime = {
  invoke: () => {
    const errorMessage = 'The local AWS was started without a Docker Engine and cannot run images.';
    const payload = Buffer.from(JSON.stringify({ errorType: 'Runtime.NoEngine', errorMessage }));
    return Promise.resolve({ payload, functionError: 'Unhandled', durationMs: 0 });
  },
};

function environment(aws: LocalAws, url: string, dockerHost?: string): Record<string, string> {
  return {
    AWS_ENDPOINT_URL: url,
    AWS_REGION: aws.state.region,
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
    ...(dockerHost === undefined ? {} : { DOCKER_HOST: dockerHost }),
  };
}

function welcome(aws: LocalAws): LocalResponse {
  const { functions, repositories, restApis, httpApis } = aws.state;
  const count = (table: object): number => Object.keys(table).length;
  return textResponse(
    200,
    `A local AWS (${aws.state.accountId}, ${aws.state.region}): ${count(repositories)} repositories, ` +
      `${count(functions)} functions, ${count(restApis) + count(httpApis)} APIs. Calls: /_local/calls\n`,
  );
}
