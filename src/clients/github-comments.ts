/** Comments on pull requests: one request each. */
import type { GitHubClient } from './github.ts';

export interface IssueComment {
  readonly id: number;
  readonly body?: string | null;
  readonly html_url: string;
  readonly user: { readonly login: string; readonly type: string } | null;
}

/** Of one pull request. */
export interface Conversation {
  /** `OWNER/NAME`. */
  readonly repository: string;
  readonly number: number;
}

const PAGE = 100;
/** Of a conversation as many pages are looked at. */
const MOST_PAGES = 10;

/** Oldest first, at most a thousand. `isWhole`: there are no more of them. @throws GitHubFailure, UserError */
export async function listComments(
  github: GitHubClient,
  { repository, number }: Conversation,
): Promise<{ readonly comments: readonly IssueComment[]; readonly isWhole: boolean }> {
  const comments: IssueComment[] = [];
  for (let page = 1; page <= MOST_PAGES; page += 1) {
    const found = await github.get<readonly IssueComment[]>(
      '/repos/{owner}/{repo}/issues/{issue_number}/comments',
      { ...named(repository), issue_number: number, per_page: PAGE, page },
    );
    comments.push(...found);
    if (found.length < PAGE) return { comments, isWhole: true };
  }
  return { comments, isWhole: false };
}

/** @throws GitHubFailure, UserError */
export function createComment(
  github: GitHubClient,
  { repository, number }: Conversation,
  body: string,
): Promise<IssueComment> {
  const at = { ...named(repository), issue_number: number };
  return github.send('/repos/{owner}/{repo}/issues/{issue_number}/comments', { ...at, body });
}

/** @throws GitHubFailure, UserError */
export function updateComment(
  github: GitHubClient,
  { repository, id }: { readonly repository: string; readonly id: number },
  body: string,
): Promise<IssueComment> {
  const at = { ...named(repository), comment_id: id };
  return github.send('PATCH /repos/{owner}/{repo}/issues/comments/{comment_id}', { ...at, body });
}

export interface PullRequestOfCommit {
  readonly number: number;
  readonly html_url: string;
  readonly merged_at: string | null;
  readonly merge_commit_sha: string | null;
}

/** The pull requests that brought a commit, at most thirty. @throws GitHubFailure, UserError */
export function pullRequestsOf(
  github: GitHubClient,
  { repository, commit }: { readonly repository: string; readonly commit: string },
): Promise<readonly PullRequestOfCommit[]> {
  const at = { ...named(repository), commit_sha: commit };
  return github.get('/repos/{owner}/{repo}/commits/{commit_sha}/pulls', at);
}

/** The login that a person's token stands for. @throws GitHubFailure, UserError; an app's token has none. */
export async function loginOf(github: GitHubClient): Promise<string> {
  return (await github.get<{ readonly login: string }>('/user', {})).login;
}

function named(repository: string): { owner: string; repo: string } {
  const [owner = '', repo = ''] = repository.split('/');
  return { owner, repo };
}
