import { commitOf } from '../git-objects.ts';
import type { Comment, Deployment, DeploymentStatus, Issue, Repository } from '../state.ts';
import { fullName } from '../state.ts';
import { instant } from '../graphql/world.ts';

/** REST representations, complete enough for GitHub's OpenAPI schemas (checked by a contract test). */

const API = 'https://api.github.com';
const WEB = 'https://github.com';

export function userView(login: string) {
  const name = login.replace('[bot]', '');
  const url = `${API}/users/${encodeURIComponent(login)}`;
  return {
    login,
    id: stableNumber(login),
    node_id: `U_${name}`,
    avatar_url: `https://avatars.githubusercontent.com/${name}`,
    gravatar_id: '',
    url,
    html_url: `${WEB}/${name}`,
    followers_url: `${url}/followers`,
    following_url: `${url}/following{/other_user}`,
    gists_url: `${url}/gists{/gist_id}`,
    starred_url: `${url}/starred{/owner}{/repo}`,
    subscriptions_url: `${url}/subscriptions`,
    organizations_url: `${url}/orgs`,
    repos_url: `${url}/repos`,
    events_url: `${url}/events{/privacy}`,
    received_events_url: `${url}/received_events`,
    type: login.endsWith('[bot]') ? 'Bot' : 'User',
    site_admin: false,
  };
}

function stableNumber(text: string): number {
  return [...text].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 1_000_003, 7) + 1;
}

export function deploymentView(repository: Repository, deployment: Deployment) {
  const url = `${API}/repos/${fullName(repository)}/deployments/${deployment.databaseId}`;
  return {
    url,
    id: deployment.databaseId,
    node_id: deployment.id,
    sha: deployment.sha,
    ref: deployment.ref,
    task: deployment.task,
    payload: deployment.payload ?? {},
    original_environment: deployment.environment,
    environment: deployment.environment,
    description: deployment.description,
    creator: userView(deployment.creator),
    created_at: instant(deployment.createdAt),
    updated_at: instant(deployment.statuses.at(-1)?.createdAt ?? deployment.createdAt),
    statuses_url: `${url}/statuses`,
    repository_url: `${API}/repos/${fullName(repository)}`,
    transient_environment: false,
    production_environment: deployment.environment.startsWith('prod'),
  };
}

export function deploymentStatusView(
  repository: Repository,
  deployment: Deployment,
  status: DeploymentStatus,
) {
  const url = `${API}/repos/${fullName(repository)}/deployments/${deployment.databaseId}`;
  return {
    url: `${url}/statuses/${status.databaseId}`,
    id: status.databaseId,
    node_id: status.id,
    state: status.state,
    creator: userView(status.creator),
    description: status.description,
    environment: deployment.environment,
    target_url: status.logUrl,
    created_at: instant(status.createdAt),
    updated_at: instant(status.createdAt),
    deployment_url: url,
    repository_url: `${API}/repos/${fullName(repository)}`,
    environment_url: status.environmentUrl,
    log_url: status.logUrl,
  };
}

export function issueView(repository: Repository, issue: Issue) {
  const url = `${API}/repos/${fullName(repository)}/issues/${issue.number}`;
  return {
    id: issue.databaseId,
    node_id: issue.id,
    url,
    repository_url: `${API}/repos/${fullName(repository)}`,
    labels_url: `${url}/labels{/name}`,
    comments_url: `${url}/comments`,
    events_url: `${url}/events`,
    html_url: `${WEB}/${fullName(repository)}/issues/${issue.number}`,
    number: issue.number,
    state: issue.state,
    title: issue.title,
    body: issue.body,
    user: userView(issue.author),
    labels: issue.labels.map((name) => ({ name })),
    assignee: null,
    milestone: null,
    locked: false,
    comments: issue.comments.length,
    closed_at: issue.state === 'closed' ? instant(issue.createdAt) : null,
    created_at: instant(issue.createdAt),
    updated_at: instant(issue.comments.at(-1)?.createdAt ?? issue.createdAt),
    author_association: 'NONE',
  };
}

export function commentView(repository: Repository, issue: Pick<Issue, 'number'>, comment: Comment) {
  return {
    id: comment.id,
    node_id: `IC_${comment.id}`,
    url: `${API}/repos/${fullName(repository)}/issues/comments/${comment.id}`,
    html_url: `${WEB}/${fullName(repository)}/issues/${issue.number}#issuecomment-${comment.id}`,
    issue_url: `${API}/repos/${fullName(repository)}/issues/${issue.number}`,
    body: comment.body,
    user: userView(comment.author),
    created_at: instant(comment.createdAt),
    updated_at: instant(comment.updatedAt ?? comment.createdAt),
    author_association: 'NONE',
  };
}

export function commitView(repository: Repository, oid: string) {
  const { author, committer, message, parents, tree, verified } = commitOf(repository.git, oid);
  const url = `${API}/repos/${fullName(repository)}/commits/${oid}`;
  const git = `${API}/repos/${fullName(repository)}/git`;
  const person = ({ name, email, at }: typeof author) => ({ name, email, date: instant(at) });
  return {
    url,
    sha: oid,
    node_id: `C_${oid}`,
    html_url: `${WEB}/${fullName(repository)}/commit/${oid}`,
    comments_url: `${url}/comments`,
    commit: {
      url: `${git}/commits/${oid}`,
      author: person(author),
      committer: person(committer),
      message,
      comment_count: 0,
      tree: { sha: tree, url: `${git}/trees/${tree}` },
      verification: {
        verified,
        reason: verified ? 'valid' : 'unsigned',
        payload: null,
        signature: null,
        verified_at: null,
      },
    },
    author: userView(author.name),
    committer: userView(committer.name),
    parents: parents.map((sha) => ({ sha, url: `${API}/repos/${fullName(repository)}/commits/${sha}` })),
  };
}

export function refView(repository: Repository, ref: string, sha: string) {
  const url = `${API}/repos/${fullName(repository)}/git`;
  return {
    ref,
    node_id: `REF_${ref}`,
    url: `${url}/${ref}`,
    object: { type: 'commit', sha, url: `${url}/commits/${sha}` },
  };
}
