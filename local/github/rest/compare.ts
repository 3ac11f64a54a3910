import { jsonResponse, queryValue, type LocalResponse } from '../../http.ts';
import { commitsAhead, mergeBase } from '../git-objects.ts';
import { resolveExpression } from '../graphql/git-views.ts';
import { fullName, type Repository } from '../state.ts';
import { RestError, type RestContext, type Route } from './route.ts';
import { commitView } from './views.ts';

/** What GitHub gives without paging, and with a page that says no size. */
const [WHOLE, PAGE] = [250, 30];

export const compareRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/repos/{owner}/{repo}/compare/{basehead}',
    operation: 'repos/compare-commits-with-basehead',
    permission: 'contents',
    access: 'read',
    handle: compare,
  },
];

/** `BASE...HEAD`, both in this repository: how far each is from the other, and the head's own commits, oldest first. */
function compare({ params, request }: RestContext, repository: Repository): LocalResponse {
  const { basehead = '' } = params;
  const [base, head, ...more] = basehead.split('...').map((name) => commitNamed(repository, name));
  if (base === undefined || head === undefined || more.length > 0) throw new RestError(404, 'Not Found');
  const { git } = repository;
  const shared = mergeBase(git, base, head);
  if (shared === undefined)
    throw new RestError(404, `No common ancestor between ${basehead.replace('...', ' and ')}.`);
  const [ahead, behind] = [commitsAhead(git, base, head), commitsAhead(git, head, base)];
  const page = Number(queryValue(request, 'page') ?? 1);
  const size = Number(
    queryValue(request, 'per_page') ?? (queryValue(request, 'page') === undefined ? WHOLE : PAGE),
  );
  const listed = ahead.toReversed().slice((page - 1) * size, page * size);
  const web = `https://github.com/${fullName(repository)}/compare/${basehead}`;
  return jsonResponse(200, {
    url: `https://api.github.com/repos/${fullName(repository)}/compare/${basehead}`,
    html_url: web,
    permalink_url: web,
    diff_url: `${web}.diff`,
    patch_url: `${web}.patch`,
    base_commit: commitView(repository, base),
    merge_base_commit: commitView(repository, shared),
    status: statusOf(ahead.length, behind.length),
    ahead_by: ahead.length,
    behind_by: behind.length,
    total_commits: ahead.length,
    commits: listed.map((oid) => commitView(repository, oid)),
  });
}

function commitNamed(repository: Repository, name: string): string | undefined {
  const oid = name === '' ? undefined : resolveExpression(repository, name);
  return oid !== undefined && repository.git.objects[oid]?.type === 'commit' ? oid : undefined;
}

function statusOf(ahead: number, behind: number): string {
  if (ahead === 0) return behind === 0 ? 'identical' : 'behind';
  return behind === 0 ? 'ahead' : 'diverged';
}
