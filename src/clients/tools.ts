import type { ApiAddress, ApiGateway } from './api-gateway.ts';
import type { AwsConfig, ClientDependencies } from './aws-config.ts';
import type { Clock } from './clock.ts';
import { ecrClient, type Ecr } from './ecr.ts';
import { createGitHub, type GitHubClient } from './github.ts';
import { httpApi } from './http-api.ts';
import { httpClient, type Http } from './http.ts';
import { lambdaClient, type Lambda } from './lambda.ts';
import type { Log } from './log.ts';
import { restApi } from './rest-api.ts';
import { s3Client, type S3 } from './s3.ts';
import type { LongCommand, ShortCommand, Shell, ShellContext } from './shell.ts';
import { notInDryRun, type Permits } from './writes.ts';
import { readInside } from './workspace.ts';

/** How GitHub is used. */
interface GitHubUse {
  /** Milliseconds until it is given up; a minute without it. */
  readonly within?: number;
  /** What it may be told to do; by default a deployment. */
  readonly write?: 'github:attestation' | 'github:comment' | 'github:deployment';
}

/** Everything a step may act with. Built in one place, handed down, never imported. */
export interface Tools {
  readonly lambda: Lambda;
  readonly ecr: Ecr;
  readonly s3: S3;
  readonly apiGateway: (address: ApiAddress) => ApiGateway;
  /** GitHub, for showing things; loaded at its first use. */
  readonly github: (token: string, options?: GitHubUse) => Promise<GitHubClient>;
  readonly http: Http;
  readonly shell: Shell;
  readonly clock: Clock;
  readonly log: Log;
  /** A number in [0, 1), for jitter and for the nonce of an op id. */
  readonly random: () => number;
  /** Aborted when the run is told to stop. */
  readonly signal: AbortSignal;
  /** Checked before every write. */
  readonly permits: Permits;
  /** Masks a value in all output. */
  readonly secret: (value: string) => Promise<void>;
  /** Reads a file of the workspace as UTF-8; undefined when there is none. */
  readonly readFile: (path: string) => Promise<string | undefined>;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** What differs between a runner, a test and a laptop. */
export interface ToolParts extends Pick<
  Tools,
  'clock' | 'random' | 'shell' | 'log' | 'signal' | 'permits' | 'secret' | 'env'
> {
  readonly aws: AwsConfig;
  readonly fetch?: typeof fetch;
  /** A dry run: the transports let reads through and nothing else. */
  readonly readOnly: boolean;
  /** Of a dry run that asks the live version: Invoke passes as well. */
  readonly invokes?: boolean;
}

/** What only shows a release must not hold up its outputs: GitHub's rate limit may require a wait of an hour. Milliseconds. */
const SHOWING_BUDGET_MS = 60_000;

/** No client is loaded before its first call: a rollback never pays for what only a deploy needs. */
export function buildTools(parts: ToolParts): Tools {
  const { aws, fetch: fetcher, readOnly, invokes = false, ...rest } = parts;
  const workspace = parts.env['GITHUB_WORKSPACE'] ?? process.cwd();
  const dependencies = { ...rest, aws: { ...aws, readOnly, invokes } };
  const http = httpClient({ clock: parts.clock, fetch: fetcher });
  return {
    ...rest,
    shell: announcedOnly(parts),
    lambda: lambdaClient(dependencies),
    ecr: ecrClient(dependencies),
    s3: s3Client(dependencies),
    apiGateway: (address) => apiGatewayClient(dependencies, address),
    github: (token, { within = SHOWING_BUDGET_MS, write = 'github:deployment' } = {}) =>
      createGitHub({
        token,
        clock: parts.clock,
        apiUrl: parts.env['GITHUB_API_URL'],
        env: parts.env,
        fetch: fetcher,
        signal: parts.signal,
        deadline: parts.clock.now() + within,
        timeoutMs: within / 2,
        // A comment is no release: a plan writes one, where a step of its own announced it.
        readOnly: readOnly && write !== 'github:comment',
        beforeWrite: () => parts.permits.check(write),
      }),
    http: readOnly ? getOnly(http) : http,
    readFile: (path) => readInside({ workspace, path, input: 'samples' }, false),
  };
}

/** Programs whose effects a step of the plan announced, and those that only read. */
function announcedOnly({ shell, permits }: ToolParts): Shell {
  const check = ({ writes }: LongCommand | ShortCommand): void => {
    if (writes !== undefined) permits.check(writes);
  };
  return {
    run: async (command) => {
      check(command);
      return shell.run(command);
    },
    ask: async (question) => {
      check(question);
      return shell.ask(question);
    },
  };
}

/** What a dry run reads over HTTP; it calls no model. */
function getOnly(http: Http): Http {
  return async (request) => {
    if ((request.method ?? 'GET') !== 'GET') throw notInDryRun(`${request.method} ${request.url}`);
    return http(request);
  };
}

/** The API behind an address, of whichever kind it is. */
export function apiGatewayClient(dependencies: ClientDependencies, address: ApiAddress): ApiGateway {
  return address.kind === 'REST' ? restApi(dependencies, address) : httpApi(dependencies, address);
}

/** A shell that is loaded with its first program: a rollback runs none. */
export function lazyShell(context: ShellContext): Shell {
  const shell = async () => (await import('./shell.ts')).nodeShell(context);
  return {
    run: async (command) => (await shell()).run(command),
    ask: async (question) => (await shell()).ask(question),
  };
}
