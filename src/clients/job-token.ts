/** The OIDC token with which GitHub vouches for the job. */
import type { Tools } from './tools.ts';
import { HttpFailure } from './http.ts';
import { retry } from './retry.ts';

type TokenTools = Pick<Tools, 'http' | 'env' | 'secret' | 'clock' | 'signal' | 'log'>;

interface JobToken<C> {
  readonly token: string;
  /** What it says, unverified: it comes from GitHub itself. */
  readonly claims: C;
}

const TIMEOUT_MS = 10_000;
const BUDGET_MS = 60_000;

/** The token is masked in all output. @throws HttpFailure, or what the connection threw. */
export async function readJobToken<C>(tools: TokenTools, audience: string): Promise<JobToken<C>> {
  const { ACTIONS_ID_TOKEN_REQUEST_URL: address = '', ACTIONS_ID_TOKEN_REQUEST_TOKEN: bearer = '' } =
    tools.env;
  const url = new URL(address);
  url.searchParams.set('audience', audience);
  const headers = { authorization: `Bearer ${bearer}`, accept: 'application/json' };
  const bounds = { attempts: 3, budgetMs: BUDGET_MS, passes: (error: unknown) => pauseOf(error) };
  const body = await retry(tools, bounds, async () => {
    const answer = await tools.http({ url: url.href, headers, timeoutMs: TIMEOUT_MS });
    if (answer.status !== 200) throw new TokenRefused(answer.status);
    return answer.body;
  });
  const { value: token = '' } = parsed(body) as { value?: string };
  if (token !== '') await tools.secret(token);
  const claims = parsed(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8')) as C;
  return { token, claims };
}

class TokenRefused extends HttpFailure {
  readonly status: number;

  constructor(status: number) {
    super(`GitHub gave no OIDC token for the job (status ${status})`);
    this.status = status;
  }
}

function pauseOf(error: unknown): { readonly ms: number; readonly why: string } | undefined {
  if (error instanceof TokenRefused && error.status < 500 && error.status !== 429) return undefined;
  return { ms: 2000, why: "the job's OIDC token could not be had" };
}

function parsed(text: string): object {
  try {
    return JSON.parse(text) as object;
  } catch {
    // What the answer holds may be a token.
    throw new HttpFailure('GitHub gave something else than an OIDC token for the job');
  }
}
