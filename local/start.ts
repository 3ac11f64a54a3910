import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLocalAws, type LocalAws, type LocalAwsOptions } from './aws/aws.ts';
import type { FunctionRuntime } from './aws/runtime.ts';
import { dnsSuffix } from './aws/state.ts';
import { RealClock } from './clock.ts';
import { Control, type OnCrash } from './control.ts';
import { textResponse, type LocalRequest, type LocalResponse } from './http.ts';
import { DiskBlobStore } from './registry/disk-blob-store.ts';
import { createRegistry } from './registry/registry.ts';
import { createContainerRuntime, type ContainerRuntime } from './runtime/container-runtime.ts';
import { Docker } from './runtime/docker.ts';
import { listen, type Answer } from './transports/server.ts';

export interface StartOptions extends Omit<
  LocalAwsOptions,
  'clock' | 'blobs' | 'registryHost' | 'blobUrlBase'
> {
  /** 0 (the default) takes any free port. */
  readonly port?: number;
  /** Where layers are kept, also for the next start; default: a temporary folder that `stop` removes. */
  readonly dataDir?: string;
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

const API_PATH = /^\/_aws\/execute-api\/([^/]+)\/([^/]+)(\/.*)?$/;

/** Starts a local AWS on 127.0.0.1: control plane, registry, APIs and functions on one port, in real time. */
export async function startLocal(options: StartOptions = {}): Promise<RunningLocal> {
  const dataDir = options.dataDir ?? (await mkdtemp(join(tmpdir(), 'model-release-local-')));
  await mkdir(dataDir, { recursive: true });
  const blobs = new DiskBlobStore(dataDir);
  const server = await listen(options.port ?? 0);
  const url = `http://${server.host}`;
  const blobUrlBase = `${url}/_aws/blobs`;
  const aws = createLocalAws({
    ...options,
    clock: new RealClock(),
    blobs,
    registryHost: server.host,
    blobUrlBase,
  });
  const containers = options.engine && (await startContainers(aws, { ...options.engine, dataDir }));
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
    apiUrl: (apiId, stage) => `${url}/_aws/execute-api/${apiId}/${stage}`,
    async stop() {
      await server.close();
      await containers?.stop();
      await rm(options.dataDir === undefined ? dataDir : join(dataDir, 'docker'), {
        recursive: true,
        force: true,
      });
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
    return aws.handle(apiRequest(aws, request), control.callerOf(request));
  };
}

/** `/_aws/execute-api/{id}/{stage}/…` as the request that API's own host name would have brought. */
function apiRequest(aws: LocalAws, request: LocalRequest): LocalRequest {
  const match = API_PATH.exec(request.path);
  if (match === null) return request;
  const [, id = '', stage = '', rest = '/'] = match;
  const { region } = aws.state;
  const host = `${id}.execute-api.${region}.${dnsSuffix(region)}`;
  // The default stage of an HTTP API has no part in the path.
  const path = decodeURIComponent(stage) === '$default' ? rest : `/${stage}${rest}`;
  return { ...request, host, path, headers: { ...request.headers, host } };
}

/** The runtime's own docker client: it pulls from this registry without touching the user's logins. */
async function startContainers(
  aws: LocalAws,
  options: { dataDir: string; dockerHost?: string },
): Promise<ContainerRuntime> {
  const password = 'local-runtime';
  aws.state.registryTokens[password] = Number.MAX_SAFE_INTEGER;
  const auth = Buffer.from(`AWS:${password}`).toString('base64');
  const config = join(options.dataDir, 'docker');
  await mkdir(config, { recursive: true });
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
