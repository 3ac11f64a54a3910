import type { LocalResponse } from '../http.ts';
import { jsonResponse } from '../http.ts';
import type { Caller } from './access.ts';
import type { GitHubState } from './state.ts';

/**
 * GitHub's limits. Primary: a budget of points (GraphQL) or requests (REST) an hour. Secondary: points a minute, content
 * creations a minute and an hour. Whoever meets a secondary limit is refused until `retry-after` has passed, whatever they ask.
 */

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

export interface Spending {
  readonly api: 'graphql' | 'rest';
  readonly isWrite: boolean;
  /** Points off the primary budget: a GraphQL query's cost, 1 for a REST request. */
  readonly cost: number;
  /** How many things the request creates (commits, branches, pull requests, comments, statuses). */
  readonly creations: number;
}

/** Whose budget is meant, and when. */
export interface Asker {
  readonly state: GitHubState;
  readonly caller: Caller;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** The refusal a limit calls for, or undefined after the request has been booked. */
export function spend(asker: Asker, spending: Spending): LocalResponse | undefined {
  const { state, caller, now } = asker;
  forget(state, now);
  const blocked = state.limits.blockedUntil[caller.grant.login] ?? 0;
  if (blocked > now) return secondaryLimit(Math.ceil((blocked - now) / SECOND));
  if (exceedsSecondary(asker, spending)) {
    state.limits.blockedUntil[caller.grant.login] = now + state.settings.retryAfterSeconds * SECOND;
    return secondaryLimit(state.settings.retryAfterSeconds);
  }
  const budget = budgetOf(asker);
  if (budget[spending.api] + spending.cost > budget.limit) return primaryLimit(asker, spending.api);
  book(asker, spending);
  return undefined;
}

/** The primary budget as the rate-limit fields and headers show it. Times in milliseconds. */
export function budgetOf({ state, caller, now }: Asker) {
  const { primary } = state.limits;
  const running = primary[caller.token];
  const ledger =
    running !== undefined && now - running.since < HOUR ? running : { since: now, graphql: 0, rest: 0 };
  primary[caller.token] = ledger;
  const limit = state.settings.primaryPerHour[caller.grant.kind];
  return { ...ledger, limit, resetAt: ledger.since + HOUR };
}

export function limitHeaders(asker: Asker, api: 'graphql' | 'rest'): Record<string, string> {
  const budget = budgetOf(asker);
  return {
    'x-ratelimit-limit': String(budget.limit),
    'x-ratelimit-remaining': String(Math.max(0, budget.limit - budget[api])),
    'x-ratelimit-used': String(budget[api]),
    'x-ratelimit-reset': String(Math.ceil(budget.resetAt / SECOND)),
    'x-ratelimit-resource': api === 'rest' ? 'core' : 'graphql',
  };
}

function exceedsSecondary({ state, caller, now }: Asker, spending: Spending): boolean {
  const { settings, limits } = state;
  const mine = limits.points.filter((entry) => entry.login === caller.grant.login);
  const points = pointsOf(spending);
  const graphql = sum(mine.map((entry) => entry.graphql)) + points.graphql;
  const rest = sum(mine.map((entry) => entry.rest)) + points.rest;
  if (graphql > settings.graphqlPointsPerMinute || rest > settings.restPointsPerMinute) return true;
  const weight = creationWeight(state, spending);
  if (weight === 0) return false;
  const created = limits.creations.filter((entry) => entry.login === caller.grant.login);
  const lastMinute = created.filter((entry) => now - entry.at < MINUTE);
  return (
    sum(lastMinute.map((entry) => entry.weight)) + weight > settings.creationsPerMinute ||
    sum(created.map((entry) => entry.weight)) + weight > settings.creationsPerHour
  );
}

function book({ state, caller, now }: Asker, spending: Spending): void {
  const { limits } = state;
  const { login } = caller.grant;
  const ledger = limits.primary[caller.token];
  if (ledger !== undefined) ledger[spending.api] += spending.cost;
  limits.points.push({ login, at: now, ...pointsOf(spending) });
  const weight = creationWeight(state, spending);
  if (weight > 0) limits.creations.push({ login, at: now, weight });
}

/** Points of the secondary limit: 1 for a read, 5 for a write. */
function pointsOf(spending: Spending): { graphql: number; rest: number } {
  const points = spending.isWrite ? 5 : 1;
  return spending.api === 'graphql' ? { graphql: points, rest: 0 } : { graphql: 0, rest: points };
}

function creationWeight(state: GitHubState, spending: Spending): number {
  return state.settings.countCreationsPer === 'mutation'
    ? spending.creations
    : Math.min(1, spending.creations);
}

function forget(state: GitHubState, now: number): void {
  const { limits } = state;
  while (limits.points[0] !== undefined && now - limits.points[0].at >= MINUTE) limits.points.shift();
  while (limits.creations[0] !== undefined && now - limits.creations[0].at >= HOUR) limits.creations.shift();
}

function secondaryLimit(retryAfterSeconds: number): LocalResponse {
  return jsonResponse(
    403,
    {
      documentation_url:
        'https://docs.github.com/rest/overview/rate-limits-for-the-rest-api#about-secondary-rate-limits',
      message: 'You have exceeded a secondary rate limit. Please wait a few minutes before you try again.',
    },
    { 'retry-after': String(retryAfterSeconds) },
  );
}

function primaryLimit(asker: Asker, api: 'graphql' | 'rest'): LocalResponse {
  const headers = { ...limitHeaders(asker, api), 'x-ratelimit-remaining': '0' };
  const message = `API rate limit exceeded for ${asker.caller.grant.login}.`;
  // GraphQL says it in a 200 with an error of its own type; REST with a 403.
  if (api === 'graphql') return jsonResponse(200, { errors: [{ type: 'RATE_LIMITED', message }] }, headers);
  return jsonResponse(403, { message, documentation_url: 'https://docs.github.com/rest' }, headers);
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
