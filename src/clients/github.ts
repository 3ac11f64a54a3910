import type { Octokit } from '@octokit/core';
import { Cancelled, UserError } from '../errors.ts';
import type { Clock } from './clock.ts';
import { failureOf, GitHubFailure, type GraphQLFault } from './github-failure.ts';
import { Pacer } from './github-pacer.ts';
import { retry, type Pause, type RetryPolicy } from './retry.ts';

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
  /** Names the run in the user agent, as GitHub's own actions do: its support finds a thousand requests by it. */
  readonly identifiesRun?: boolean;
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

/**
 * What became of a document of mutations. Each mutation stands alone, so `refused` may come with the data of those that
 * succeeded; `unknown` means that the answer was lost and only another read shows it.
 */
type Mutated<T> =
  | { readonly outcome: 'done'; readonly data: T }
  | { readonly outcome: 'refused'; readonly data: Partial<T>; readonly faults: readonly GraphQLFault[] }
  | { readonly outcome: 'unknown'; readonly reason: string };

/** Requests as they were sent, retries included. */
interface RequestCount {
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
  /** One REST write, in its turn: `POST` unless the route begins with another method. @throws UserError, GitHubFailure */
  send<T>(route: string, parameters: Readonly<Record<string, unknown>>): Promise<T>;
}

/** GitHub itself ends a request after ten seconds; a silent connection would be waited for five minutes. */
const REQUEST_TIMEOUT_MS = 30_000;

const USER_AGENT = 'model-release';

/** Loaded at its first use: an action that never talks to GitHub does not pay for it. */
export async function createGitHub(options: GitHubOptions): Promise<GitHubClient> {
  const { Octokit: Core } = await import('@octokit/core');
  const isProxied = isBehindProxy(options.env ?? {});
  // It takes several times as long to load as Octokit, so a release pays for it only where there is no other way out.
  const toolkit =
    isProxied || options.identifiesRun === true ? await import('@actions/github/lib/utils') : undefined;
  const proxied = isProxied ? (toolkit?.defaults.request?.fetch as typeof fetch | undefined) : undefined;
  const transport = timed(options.fetch ?? proxied ?? fetch, options.timeoutMs ?? REQUEST_TIMEOUT_MS);
  const octokit = new Core({
    auth: options.token,
    userAgent: toolkit?.getUserAgentWithOrchestrationId(USER_AGENT) ?? USER_AGENT,
    ...(options.apiUrl ? { baseUrl: options.apiUrl } : {}),
    request: { fetch: options.readOnly ? readOnlyFetch(transport) : transport },
  });
  return new Conversation(octokit, options);
}

/** The runner's proxy, read as every other action reads it. */
function isBehindProxy(env: Readonly<Record<string, string | undefined>>): boolean {
  return ['https_proxy', 'HTTPS_PROXY', 'http_proxy', 'HTTP_PROXY'].some((name) => env[name]);
}

/** A `fetch` that takes silence for a lost answer. */
function timed(transport: typeof fetch, timeoutMs: number): typeof fetch {
  return (input, init) => transport(input, { ...init, signal: AbortSignal.timeout(timeoutMs) });
}

/** A `fetch` through which nothing can be changed. */
function readOnlyFetch(transport: typeof fetch): typeof fetch {
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
const NEVER = new AbortController().signal;
/** Each wait is told by `onWait`. */
const SILENT = { info: () => undefined };

/** @throws GitHubFailure, UserError */
async function sent<T>(send: () => Promise<T>): Promise<T> {
  const answer: unknown = await send().catch((error: unknown) => {
    throw failureOf(error);
  });
  // Something between answered in GitHub's place.
  if (typeof answer !== 'object' || answer === null)
    throw new GitHubFailure({ status: 0, message: "the answer is empty or not GitHub's" });
  return answer as T;
}

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
    const line = route.startsWith('/') ? `POST ${route}` : route;
    return this.#inTurn(async () => {
      const { status, data } = await this.#octokit.request(line, parameters);
      // No content, and that is the answer.
      return (status === 204 ? {} : data) as T;
    }, 1);
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
    const passes = (failure: GitHubFailure, refusals: number) => {
      const pause = this.#limitOf(failure, refusals);
      // Only a refusal by a limit proves that nothing happened; any other lost answer is the caller's to look into.
      if (pause !== undefined) this.pacer.becomeCautious();
      // Whatever else went wrong, it may have been counted.
      else this.pacer.written(mutations);
      return pause;
    };
    return this.#retry(passes, async () => {
      await this.#wait({ ms: this.pacer.delay(mutations), why: 'keeping below the content-creation limits' });
      this.count.writes += 1;
      const answer = await sent(send);
      this.pacer.written(mutations);
      return answer;
    });
  }

  async #read<T>(send: () => Promise<T>): Promise<T> {
    let lost = 0;
    const passes = (failure: GitHubFailure, refusals: number) => {
      const limit = this.#limitOf(failure, refusals);
      if (limit !== undefined) return limit;
      const isLost = failure.status === 0 || failure.status >= 500;
      lost += 1;
      if (!isLost || lost === READ_ATTEMPTS) return undefined;
      return { ms: 1000 * 2 ** (lost - 1), why: 'no usable answer from GitHub' };
    };
    return this.#retry(passes, () => {
      this.count.reads += 1;
      return sent(send);
    });
  }

  /** `passes` gets the failure and how many refusals by a limit came before it. The bounds are its own, and those of the wait. */
  #retry<T>(
    passes: (failure: GitHubFailure, refusals: number) => Pause | undefined,
    attempt: () => Promise<T>,
  ): Promise<T> {
    const { clock, signal = NEVER } = this.#options;
    let refusals = 0;
    const policy: RetryPolicy = {
      budgetMs: Number.POSITIVE_INFINITY,
      // A mistake that a person can mend, a stop and a time that is used up are no failures of a request.
      passes: (error) => {
        if (!(error instanceof GitHubFailure)) return undefined;
        const pause = passes(error, refusals);
        if (error.limit !== undefined) refusals += 1;
        return pause;
      },
      wait: (pause) => this.#wait(pause),
    };
    return retry({ clock, signal, log: SILENT }, policy, attempt);
  }

  /** How long a limit asks to wait, or undefined when the failure is no limit. */
  #limitOf({ limit }: GitHubFailure, refusals: number): Pause | undefined {
    if (limit === undefined) return undefined;
    this.count.limited += 1;
    if (refusals === MAX_REFUSALS) return undefined;
    const untilReset = limit.retryAt === undefined ? undefined : limit.retryAt - this.#options.clock.now();
    // Without a time GitHub asks for at least a minute, and longer each time.
    const asked = limit.retryAfterMs ?? untilReset ?? MINUTE_MS * 2 ** Math.min(refusals, 4);
    // A clock that is ahead of GitHub's must not turn the wait into a burst.
    return { ms: Math.max(asked, 1000 * 2 ** refusals), why: 'GitHub asked to slow down' };
  }

  /** @throws OutOfTime when it would end after the deadline; Cancelled on the stop signal. */
  async #wait({ ms, why = '' }: Pause): Promise<void> {
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
