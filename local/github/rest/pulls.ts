import { instant } from '../graphql/world.ts';
import { commitsAhead } from '../git-objects.ts';
import { fullName, type PullRequest, type Repository } from '../state.ts';
import { page } from './pages.ts';
import { repositoryView } from './repository-view.ts';
import type { RestContext, Route } from './route.ts';
import { userView } from './views.ts';

export const pullRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/repos/{owner}/{repo}/commits/{commit_sha}/pulls',
    operation: 'repos/list-pull-requests-associated-with-commit',
    permission: 'pull_requests',
    access: 'read',
    handle: (context, repository) =>
      page(context, pullsOf(context, repository), (pull) => pullView(repository, pull)),
  },
];

/** A commit on the default branch: the pull request that brought it. Any other: those that are open with it. */
function pullsOf({ params }: RestContext, { git, pullRequests }: Repository): readonly PullRequest[] {
  const { commit_sha: sha = '' } = params;
  return pullRequests.filter((pull) => {
    if (pull.mergeCommit === sha) return true;
    const head = git.refs[`refs/heads/${pull.headRefName}`] ?? pull.headRefOid;
    const base = git.refs[`refs/heads/${pull.baseRefName}`];
    return (
      git.objects[head] !== undefined && base !== undefined && commitsAhead(git, base, head).includes(sha)
    );
  });
}

/** GitHub's `pull-request-simple`. */
function pullView(repository: Repository, pull: PullRequest) {
  const api = `https://api.github.com/repos/${fullName(repository)}`;
  const url = `${api}/pulls/${pull.number}`;
  const web = `https://github.com/${fullName(repository)}/pull/${pull.number}`;
  const created = instant(pull.createdAt);
  const end = (ref: string, sha: string) => ({
    label: `${repository.owner}:${ref}`,
    ref,
    sha,
    repo: repositoryView(repository),
    user: userView(repository.owner),
  });
  const issue = `${api}/issues/${pull.number}`;
  const links = {
    comments_url: `${issue}/comments`,
    commits_url: `${url}/commits`,
    issue_url: issue,
    review_comment_url: `${api}/pulls/comments{/number}`,
    review_comments_url: `${url}/comments`,
    statuses_url: `${api}/statuses/${pull.headRefOid}`,
  };
  return {
    url,
    ...links,
    id: pull.databaseId,
    node_id: pull.id,
    html_url: web,
    diff_url: `${web}.diff`,
    patch_url: `${web}.patch`,
    number: pull.number,
    state: pull.state === 'OPEN' ? 'open' : 'closed',
    locked: pull.isLocked === true,
    title: pull.title,
    user: userView(pull.author),
    body: pull.body,
    labels: [],
    milestone: null,
    created_at: created,
    updated_at: created,
    closed_at: pull.state === 'OPEN' ? null : created,
    merged_at: pull.state === 'MERGED' ? created : null,
    merge_commit_sha: pull.mergeCommit ?? null,
    assignee: null,
    assignees: [],
    requested_reviewers: [],
    requested_teams: [],
    head: end(pull.headRefName, pull.headRefOid),
    base: end(pull.baseRefName, repository.git.refs[`refs/heads/${pull.baseRefName}`] ?? ''),
    _links: Object.fromEntries([
      ...Object.entries(links).map(([name, href]) => [name.replace('_url', ''), { href }] as const),
      ['html', { href: web }],
      ['self', { href: url }],
    ]),
    author_association: 'CONTRIBUTOR',
    auto_merge: null,
    draft: pull.isDraft,
  };
}
