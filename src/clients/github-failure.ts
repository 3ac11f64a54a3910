/** What GitHub's refusals and lost answers mean. */
import { UserError } from '../errors.ts';

export interface GraphQLFault {
  readonly type?: string;
  readonly message: string;
  readonly path?: readonly (string | number)[];
}

/** A refusal because of too many requests, and what GitHub says about when to come back. */
export interface Limit {
  /** Milliseconds from now. */
  readonly retryAfterMs?: number;
  /** Milliseconds since the epoch. */
  readonly retryAt?: number;
}

interface FailureParts {
  readonly status: number;
  readonly message: string;
  readonly faults?: readonly GraphQLFault[];
  readonly limit?: Limit | undefined;
  /** What a GraphQL answer holds besides its faults. */
  readonly data?: unknown;
}

/** A request that failed. `status` 0: there was no answer. `cause`: the data that came with GraphQL's faults. */
export class GitHubFailure extends Error {
  override readonly name = 'GitHubFailure';
  readonly status: number;
  readonly faults: readonly GraphQLFault[];
  /** Undefined when it was no limit that refused it. */
  readonly limit: Limit | undefined;

  constructor({ status, message, faults = [], limit, data }: FailureParts) {
    super(message, { cause: data });
    this.status = status;
    this.faults = faults;
    this.limit = limit;
  }
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

/** Octokit's errors, sorted by what can be done about them. Mistakes a person can mend and our own guards come out as they are. */
export function failureOf(error: unknown): GitHubFailure | UserError {
  const guard = error instanceof UserError ? error : (error as OctokitError | undefined)?.cause;
  if (guard instanceof UserError) return guard;
  const { name, status = 0, message = '', errors = [], data, response } = error as OctokitError;
  const headers = response?.headers ?? (error as OctokitError).headers ?? {};
  if (status === 401) return badToken();
  if (name === 'GraphqlResponseError') {
    const limit = errors.some(({ type }) => type === 'RATE_LIMITED') ? limitIn(headers) : undefined;
    const all = errors.map((one) => one.message).join('; ');
    return new GitHubFailure({ status: 200, message: all, faults: errors, limit, data });
  }
  // Octokit gives a lost connection the status 500 and no response.
  if (name !== 'HttpError' || response === undefined) return new GitHubFailure({ status: 0, message });
  const isLimit =
    status === 429 ||
    (status === 403 &&
      (headers['retry-after'] !== undefined ||
        headers['x-ratelimit-remaining'] === '0' ||
        /rate limit/i.test(message)));
  return new GitHubFailure({ status, message, limit: isLimit ? limitIn(headers) : undefined });
}

function limitIn(headers: Readonly<Record<string, string>>): Limit {
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
