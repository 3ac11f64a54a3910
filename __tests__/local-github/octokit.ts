import { Octokit } from '@octokit/core';
import { fetchFor } from '../../local/github/fetch.ts';
import type { LocalGitHub } from '../../local/github/github.ts';

/** A plain Octokit without retries, so that a test sees each answer as GitHub gives it. */
export function octokitFor(github: LocalGitHub, token = 'app-token'): Octokit {
  return new Octokit({ auth: token, request: { fetch: fetchFor(github) } });
}
