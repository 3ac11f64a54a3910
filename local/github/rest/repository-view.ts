import { instant } from '../graphql/world.ts';
import type { Repository } from '../state.ts';
import { fullName } from '../state.ts';
import { userView } from './views.ts';

/** GitHub's link templates below a repository: field → what follows the repository's own URL. */
const LINKS: Readonly<Record<string, string>> = {
  archive_url: '/{archive_format}{/ref}',
  assignees_url: '/assignees{/user}',
  blobs_url: '/git/blobs{/sha}',
  branches_url: '/branches{/branch}',
  collaborators_url: '/collaborators{/collaborator}',
  comments_url: '/comments{/number}',
  commits_url: '/commits{/sha}',
  compare_url: '/compare/{base}...{head}',
  contents_url: '/contents/{+path}',
  contributors_url: '/contributors',
  deployments_url: '/deployments',
  downloads_url: '/downloads',
  events_url: '/events',
  forks_url: '/forks',
  git_commits_url: '/git/commits{/sha}',
  git_refs_url: '/git/refs{/sha}',
  git_tags_url: '/git/tags{/sha}',
  hooks_url: '/hooks',
  issue_comment_url: '/issues/comments{/number}',
  issue_events_url: '/issues/events{/number}',
  issues_url: '/issues{/number}',
  keys_url: '/keys{/key_id}',
  labels_url: '/labels{/name}',
  languages_url: '/languages',
  merges_url: '/merges',
  milestones_url: '/milestones{/number}',
  notifications_url: '/notifications{?since,all,participating}',
  pulls_url: '/pulls{/number}',
  releases_url: '/releases{/id}',
  stargazers_url: '/stargazers',
  statuses_url: '/statuses/{sha}',
  subscribers_url: '/subscribers',
  subscription_url: '/subscription',
  tags_url: '/tags',
  teams_url: '/teams',
  trees_url: '/git/trees{/sha}',
};

/** A repository as `GET /repos/{owner}/{repo}` shows it. What the local GitHub has no state for is zero or absent. */
export function repositoryView(repository: Repository) {
  const name = fullName(repository);
  const url = `https://api.github.com/repos/${name}`;
  const html = `https://github.com/${name}`;
  const links = Object.fromEntries(
    Object.entries(LINKS).map(([field, suffix]) => [field, `${url}${suffix}`]),
  );
  const counts = ['forks', 'open_issues', 'watchers', 'stargazers', 'network', 'subscribers'];
  return {
    ...links,
    ...Object.fromEntries(counts.map((field) => [`${field}_count`, 0])),
    id: repository.databaseId,
    node_id: repository.id,
    name: repository.name,
    full_name: name,
    owner: userView(repository.owner),
    private: repository.visibility !== 'PUBLIC',
    visibility: repository.visibility.toLowerCase(),
    description: repository.description,
    fork: repository.isFork,
    archived: repository.isArchived,
    disabled: repository.isDisabled,
    is_template: repository.isTemplate,
    default_branch: repository.defaultBranch,
    topics: repository.topics,
    url,
    html_url: html,
    clone_url: `${html}.git`,
    git_url: `git://github.com/${name}.git`,
    ssh_url: `git@github.com:${name}.git`,
    svn_url: html,
    homepage: null,
    language: null,
    license: null,
    mirror_url: null,
    forks: 0,
    open_issues: repository.issues.filter(({ state }) => state === 'open').length,
    watchers: 0,
    size: 0,
    has_issues: true,
    has_projects: false,
    has_downloads: true,
    has_wiki: false,
    has_pages: false,
    has_discussions: false,
    created_at: instant(repository.createdAt),
    updated_at: instant(repository.pushedAt),
    pushed_at: instant(repository.pushedAt),
  };
}
