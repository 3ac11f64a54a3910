import type { GitHubClient } from '../../../clients/github.ts';
import type { Announced } from '../../plan/announced.ts';
import type { ReleaseTools } from '../../tools.ts';
import { findComment } from './find-comment.ts';

interface Reviewed {
  readonly token: string;
  /** `OWNER/NAME`. */
  readonly repository: string;
  /** In full. */
  readonly commit: string;
  /** `function/alias` of each service. */
  readonly services: readonly string[];
}

/** A release is over by then, and its outputs wait for this. Milliseconds. */
const BUDGET_MS = 5_000;

/**
 * What a plan announced on the merged pull request that brought this commit: two requests, or three.
 * @returns undefined where there is no such pull request, or no comment of ours that says it.
 * @throws GitHubFailure, UserError
 */
export async function readAnnounced(
  tools: ReleaseTools,
  reviewed: Reviewed,
): Promise<{ readonly number: number; readonly announced: Announced } | undefined> {
  const { token, repository, services } = reviewed;
  const github = await tools.github(token, { within: BUDGET_MS });
  const number = await mergedPullRequest(github, reviewed);
  if (number === undefined) return undefined;
  const { own } = await findComment(github, { repository, number, services });
  return own?.announced && { number, announced: own.announced };
}

interface PullRequest {
  readonly number: number;
  readonly merged_at?: string | null;
  readonly merge_commit_sha?: string | null;
}

async function mergedPullRequest(
  github: GitHubClient,
  { repository, commit }: Reviewed,
): Promise<number | undefined> {
  const [owner, repo] = repository.split('/');
  const found = await github.get<readonly PullRequest[]>('/repos/{owner}/{repo}/commits/{commit_sha}/pulls', {
    owner,
    repo,
    commit_sha: commit,
  });
  const merged = found.filter(({ merged_at: at }) => typeof at === 'string');
  // A commit of a branch may have come with several of them.
  return (merged.find(({ merge_commit_sha: sha }) => sha === commit) ?? merged[0])?.number;
}
