import type { Octokit } from '@octokit/core';
import { Cancelled, UserError } from '../errors.ts';
import type { Clock } from './clock.ts';
import { Pacer } from './github-pacer.ts';

/** How GitHub is reached. The only place that builds an Octokit. */
export interface GitHubOptions {
  readonly token: string;
  readonly clock: Clock;
  /** `GITHUB_API_URL`; github.com when absent. */
  readonly apiUrl?: string | undefined;
  /** Replaces the network; absent, Node's fetch or the runner's proxy. */
  readonly fetch?: typeof fetch | undefined;
  /** The environment, looked at for a proxy. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** The transport refuses every request that could change something: what a dry run gets. */
  readonly readOnly?: boolean;
  /** Called before each write; throws where no step of the plan announced it. */
  readonly beforeWrite?: () => void;
  /** No request waits for a limit beyond this time (ms since the epoch). */
  readonly deadline?: number;
  /** Aborted when the run is told to stop: a wait ends at once. */
  readonly signal?: AbortSignal;
  /** Milliseconds until an answer must be complete. */
  readonly timeoutMs?: number;
  /** Called before each wait longer than a write's ordinary second. */
  readonly onWait?: (ms: number, why: string) => void;
}

export interface GraphQLFault {
  readonly type?: string;
  readonly message: string;
  readonly path?: readonly (string | number)[];
}

/**
 * What became of a document of mutations. Each mutation stands alone, so `refused` may come with the data of those that
 * succeeded; `unknown` means that the answer was lost and only another read shows it.
 */
export type Mutated<T> =
  | { readonly outcome: 'done'; readonly data: T }
  | { readonly outcome: 'refused'; readonly data: Partial<T>; readonly faults: readonly GraphQLFault[] }
  | { readonly outcome: 'unknown'; readonly reason: string };

/** Requests as they were sent, retries included. */
export interface RequestCount {
  reads: number;
  writes: number;
  /** Answers that said "slow down" (403 or 429 with a limit). */
  limited: number;
}

export interface GitHubClient {
  readonly count: Readonly<RequestCount>;
  readonly pacer: Pacer;
  /** One GraphQL read; lost answers are requested again. @throws UserError, GitHubFailure */
  query<T>(document: string, variables: Readonly<Record<string, unknown>>): Promise<T>;
  /** One document with this many mutations, in its turn; sent again only when GitHub said that it did not run it. @throws UserError */
  mutate<T>(
    document: string,
    variables: Readonly<Record<string, unknown>>,
    mutations: number,
  ): Promise<Mutated<T>>;
  /** One REST read, parsed. @throws UserError, GitHubFailure */
  get<T>(route: string, parameters: Readonly<Record<string, unknown>>): Promise<T>;
  /** One REST write, in its turn. @throws UserError, GitHubFailure */
  send<T>(route: string, parameters: Readonly<Record<string, unknown>>): Promise<T>;
}

/** A request that failed for good. `status` 0: there was no answer. */
export class GitHubFailure extends Error {
  override readonly name = 'GitHubFailure';
  readonly status: number;
  readonly faults: readonly GraphQLFault[];

  constructor(status: number, message: string, faults: readonly GraphQLFault[] = []) {
    super(message);
    this.status = status;
    this.faults = faults;
  }
}

/** GitHub itself ends a request after ten seconds; a silent connection would be waited for five minutes. */
const REQUEST_TIMEOUT_MS = 30_000;

/** Loaded at its first use: an action that never talks to GitHub does not pay for it. */
export async function createGitHub(options: GitHubOptions): Promise<GitHubClient> {
  const { Octokit: Core } = await import('@octokit/core');
  const network = options.fetch ?? (await proxyFetch(options.env ?? {})) ?? fetch;
  const transport = timed(network, options.timeoutMs ?? REQUEST_TIMEOUT_MS);
  const octokit = new Core({
    auth: options.token,
    userAgent: 'model-release',
    ...(options.apiUrl ? { baseUrl: options.apiUrl } : {}),
    request: { fetch: options.readOnly ? readOnlyFetch(transport) : transport },
  });
  return new Conversation(octokit, options);
}

/** The runner's proxy, read as every other action reads it; nothing is loaded when there is none. */
async function proxyFetch(
  env: Readonly<Record<string, string | undefined>>,
): Promise<typeof fetch | undefined> {
  if (!['https_proxy', 'HTTPS_PROXY', 'http_proxy', 'HTTP_PROXY'].some((name) => env[name])) return undefined;
  const { defaults } = await import('@actions/github/lib/utils');
  return defaults.request?.fetch as typeof fetch | undefined;
}

/** A `fetch` that takes silence for a lost answer. */
function timed(transport: typeof fetch, timeoutMs: number): typeof fetch {
  return (input, init) => transport(input, { ...init, signal: AbortSignal.timeout(timeoutMs) });
}

/** A `fetch` through which nothing can be changed. */
export function readOnlyFetch(transport: typeof fetch): typeof fetch {
  return async (input, init) => {
    const request = new Request(input, init);
    const isRead = /^(GET|HEAD|OPTIONS)$/.test(request.method);
    const isQuery = request.method === 'POST' && new URL(request.url).pathname.endsWith('/graphql');
    if (isRead || (isQuery && isGraphQLRead(await request.clone().text()))) return transport(request);
    throw new UserError('dry-run-write', {
      what: `A dry run tried to send ${request.method} ${new URL(request.url).pathname}; it was not sent.`,
      fix: 'This is a defect of model-release: please report it.',
    });
  };
}

/** True when the body is a GraphQL document in which the word for a write does not even occur. */
function isGraphQLRead(body: string): boolean {
  const { query } = JSON.parse(body) as { query?: unknown };
  return typeof query === 'string' && !/\b(mutation|subscription)\b/.test(query);
}

const READ_ATTEMPTS = 4;
/** A limit that is still there after so many waits will not go away for this run. */
const MAX_REFUSALS = 8;
const MINUTE_MS = 60_000;

class Conversation implements GitHubClient {
  readonly count: RequestCount = { reads: 0, writes: 0, limited: 0 };
  readonly pacer: Pacer;
  readonly #octokit: Octokit;
  readonly #options: GitHubOptions;
  #lastWrite: Promise<unknown> = Promise.resolve();

  constructor(octokit: Octokit, options: GitHubOptions) {
    this.#octokit = octokit;
    this.#options = options;
    this.pacer = new Pacer(options.clock);
  }

  async query<T>(document: string, variables: Readonly<Record<string, unknown>>): Promise<T> {
    return this.#read(() => this.#octokit.graphql<T>(document, variables));
  }

  async get<T>(route: string, parameters: Readonly<Record<string, unknown>>): Promise<T> {
    return this.#read(async () => (await this.#octokit.request(`GET ${route}`, parameters)).data as T);
  }

  async send<T>(route: string, parameters: Readonly<Record<string, unknown>>): Promise<T> {
    return this.#inTurn(async () => (await this.#octokit.request(`POST ${route}`, parameters)).data as T, 1);
  }

  async mutate<T>(
    document: string,
    variables: Readonly<Record<string, unknown>>,
    mutations: number,
  ): Promise<Mutated<T>> {
    try {
      const data = await this.#inTurn(() => this.#octokit.graphql<T>(document, variables), mutations);
      return { outcome: 'done', data };
    } catch (error) {
      if (!(error instanceof GitHubFailure)) throw error;
      if (error.faults.length > 0) {
        return { outcome: 'refused', data: (error.cause ?? {}) as Partial<T>, faults: error.faults };
      }
      if (error.status === 0 || error.status >= 500) return { outcome: 'unknown', reason: error.message };
      return { outcome: 'refused', data: {}, faults: [{ message: error.message }] };
    }
  }

  /** One write at a time: GitHub asks for it, and two writes side by side count as a burst. */
  #inTurn<T>(send: () => Promise<T>, mutations: number): Promise<T> {
    const turn = this.#lastWrite.then(() => this.#write(send, mutations));
    this.#lastWrite = turn.catch(() => undefined);
    return turn;
  }

  async #write<T>(send: () => Promise<T>, mutations: number): Promise<T> {
    this.#options.beforeWrite?.();
    for (let refusals = 0; ; refusals += 1) {
      await this.#wait(this.pacer.delay(mutations), 'keeping below the content-creation limits');
      this.count.writes += 1;
      try {
        const answer = await send();
        this.pacer.written(mutations);
        return answer;
      } catch (error) {
        const failure = failureOf(error);
        const pause = this.#pauseAfter(failure, refusals);
        if (pause === undefined) {
          // Whatever else went wrong, it may have been counted.
          this.pacer.written(mutations);
          throw failure;
        }
        // Only a refusal by a limit proves that nothing happened; any other lost answer is the caller's to look into.
        this.pacer.becomeCautious();
        await this.#wait(pause, 'GitHub asked to slow down');
      }
    }
  }

  async #read<T>(send: () => Promise<T>): Promise<T> {
    for (let attempt = 1, refusals = 0; ;) {
      this.count.reads += 1;
      try {
        return await send();
      } catch (error) {
        const failure = failureOf(error);
        const pause = this.#pauseAfter(failure, refusals);
        if (pause !== undefined) {
          refusals += 1;
          await this.#wait(pause, 'GitHub asked to slow down');
        } else {
          const isLost = failure.status === 0 || failure.status >= 500;
          if (!isLost || attempt === READ_ATTEMPTS) throw failure;
          await this.#wait(1000 * 2 ** (attempt - 1), 'no usable answer from GitHub');
          attempt += 1;
        }
      }
    }
  }

  /** How long a limit asks to wait, or undefined when the failure is no limit. */
  #pauseAfter(failure: LimitedFailure, refusals: number): number | undefined {
    if (!failure.limited) return undefined;
    this.count.limited += 1;
    if (refusals === MAX_REFUSALS) return undefined;
    const untilReset =
      failure.retryAt === undefined ? undefined : failure.retryAt - this.#options.clock.now();
    // Without a time GitHub asks for at least a minute, and longer each time.
    const asked = failure.retryAfterMs ?? untilReset ?? MINUTE_MS * 2 ** Math.min(refusals, 4);
    // A clock that is ahead of GitHub's must not turn the wait into a burst.
    return Math.max(asked, 1000 * 2 ** refusals);
  }

  async #wait(ms: number, why: string): Promise<void> {
    if (ms <= 0) return;
    const { clock, deadline, onWait, signal } = this.#options;
    if (deadline !== undefined && clock.now() + ms > deadline) throw new OutOfTime(ms, why);
    if (ms > MINUTE_MS / 12) onWait?.(ms, why);
    await clock.sleep(ms, signal);
    if (signal?.aborted) throw new Cancelled(String(signal.reason));
  }
}

/** The next request would have had to wait beyond the time given to this run. Nothing was sent. */
export class OutOfTime extends UserError {
  constructor(ms: number, why: string) {
    super('github-out-of-time', {
      what: `The time for this run is used up: the next request to GitHub would have to wait ${Math.ceil(ms / 1000)} s (${why}).`,
      fix: 'Run it again: it continues from what GitHub shows.',
    });
  }
}

interface LimitedFailure extends GitHubFailure {
  readonly limited?: boolean;
  readonly retryAfterMs?: number;
  readonly retryAt?: number;
}

interface OctokitError {
  readonly name?: string;
  readonly status?: number;
  readonly message?: string;
  readonly errors?: readonly GraphQLFault[];
  readonly data?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly response?: { readonly headers?: Readonly<Record<string, string>> };
  readonly cause?: unknown;
}

/** Octokit's errors, sorted by what can be done about them. Mistakes a person can mend and our own guards pass as they are. */
function failureOf(error: unknown): LimitedFailure {
  const guard = error instanceof UserError ? error : (error as OctokitError | undefined)?.cause;
  if (guard instanceof UserError) throw guard;
  const { name, status = 0, message = '', errors = [], data } = error as OctokitError;
  const headers = (error as OctokitError).response?.headers ?? (error as OctokitError).headers ?? {};
  if (status === 401) throw badToken();
  if (name === 'GraphqlResponseError') {
    const limited = errors.some(({ type }) => type === 'RATE_LIMITED');
    const failure = new GitHubFailure(200, errors.map((one) => one.message).join('; '), errors);
    return Object.assign(failure, { cause: data, limited }, limited ? timesOf(headers) : {});
  }
  // Octokit gives a lost connection the status 500 and no response.
  const answered = name === 'HttpError' && (error as OctokitError).response !== undefined;
  const failure = new GitHubFailure(answered ? status : 0, message);
  const limited =
    answered &&
    (status === 429 ||
      (status === 403 &&
        (headers['retry-after'] !== undefined ||
          headers['x-ratelimit-remaining'] === '0' ||
          /rate limit/i.test(message))));
  return Object.assign(failure, { limited }, limited ? timesOf(headers) : {});
}

function timesOf(headers: Readonly<Record<string, string>>): { retryAfterMs?: number; retryAt?: number } {
  const seconds = Number(headers['retry-after']);
  if (headers['retry-after'] !== undefined && Number.isFinite(seconds))
    return { retryAfterMs: seconds * 1000 };
  const reset = Number(headers['x-ratelimit-reset']);
  return headers['x-ratelimit-remaining'] === '0' && Number.isFinite(reset) ? { retryAt: reset * 1000 } : {};
}

function badToken(): UserError {
  return new UserError('github-token', {
    what: 'GitHub did not accept the token (401): it is wrong or has expired.',
    fix: 'Create it in the same job, right before this step; the token of a GitHub App lives for one hour.',
  });
}
