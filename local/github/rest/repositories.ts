import type { LocalResponse } from '../../http.ts';
import { jsonResponse, queryValue } from '../../http.ts';
import { canSee, ruleViolation } from '../access.ts';
import { entryAt, treeOf } from '../git-objects.ts';
import { resolveExpression } from '../graphql/git-views.ts';
import { budgetOf } from '../limits.ts';
import type { Repository } from '../state.ts';
import { fullName } from '../state.ts';
import { page } from './pages.ts';
import type { RestContext, Route } from './route.ts';
import { bodyOf, requiredText, RestError } from './route.ts';
import { repositoryView } from './repository-view.ts';
import { refView } from './views.ts';

export const repositoryRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/repos/{owner}/{repo}',
    operation: 'repos/get',
    permission: 'metadata',
    access: 'read',
    handle: (_, repository) => jsonResponse(200, repositoryView(repository)),
  },
  {
    method: 'GET',
    path: '/repos/{owner}/{repo}/contents/{path}',
    operation: 'repos/get-content',
    permission: 'contents',
    access: 'read',
    handle: contents,
  },
  {
    method: 'GET',
    path: '/repos/{owner}/{repo}/git/ref/{ref}',
    operation: 'git/get-ref',
    permission: 'contents',
    access: 'read',
    handle: ({ params }, repository) => {
      const ref = `refs/${params['ref']}`;
      const sha = repository.git.refs[ref];
      if (sha === undefined) throw new RestError(404, 'Not Found');
      return jsonResponse(200, refView(repository, ref, sha));
    },
  },
  {
    method: 'POST',
    path: '/repos/{owner}/{repo}/git/refs',
    operation: 'git/create-ref',
    permission: 'contents',
    access: 'write',
    creates: 1,
    handle: createRef,
  },
  {
    method: 'GET',
    path: '/orgs/{org}/properties/values',
    operation: 'orgs/custom-properties-for-repos-get-organization-values',
    permission: 'organization_custom_properties',
    access: 'read',
    handle: propertyValues,
  },
  {
    method: 'GET',
    path: '/rate_limit',
    operation: 'rate-limit/get',
    permission: 'metadata',
    access: 'read',
    handle: (context) => {
      const budget = budgetOf(context);
      const resource = (used: number) => ({
        limit: budget.limit,
        used,
        remaining: budget.limit - used,
        reset: Math.ceil(budget.resetAt / 1000),
      });
      const core = resource(budget.rest);
      const resources = { core, search: core, graphql: resource(budget.graphql) };
      return jsonResponse(200, { resources, rate: core });
    },
  },
];

function contents({ params, request }: RestContext, repository: Repository): LocalResponse {
  const path = params['path'] ?? '';
  const commit = resolveExpression(repository, queryValue(request, 'ref') ?? 'HEAD');
  const entry = commit === undefined ? undefined : entryAt(repository.git, commit, path);
  if (entry === undefined) throw new RestError(404, 'Not Found');
  const object = repository.git.objects[entry.oid];
  if (object?.type === 'blob')
    return jsonResponse(200, fileView(repository, { path, sha: entry.oid, type: 'file' }, object.base64));
  const entries = treeOf(repository.git, entry.oid).entries.map((one) => {
    const bytes = repository.git.objects[one.oid];
    const size = bytes?.type === 'blob' ? Buffer.from(bytes.base64, 'base64').length : 0;
    const type = one.mode === '40000' ? 'dir' : ('file' as const);
    return { ...location(repository, { path: `${path}/${one.name}`, sha: one.oid, type }), size };
  });
  return jsonResponse(200, entries);
}

interface Entry {
  readonly path: string;
  readonly sha: string;
  readonly type: 'file' | 'dir';
}

function fileView(repository: Repository, entry: Entry, base64: string) {
  return {
    ...location(repository, entry),
    size: Buffer.from(base64, 'base64').length,
    encoding: 'base64',
    content: base64,
  };
}

function location(repository: Repository, { path, sha, type }: Entry) {
  const api = `https://api.github.com/repos/${fullName(repository)}`;
  const web = `https://github.com/${fullName(repository)}`;
  const url = `${api}/contents/${path}`;
  const git = `${api}/git/${type === 'dir' ? 'trees' : 'blobs'}/${sha}`;
  const html = `${web}/${type === 'dir' ? 'tree' : 'blob'}/${repository.defaultBranch}/${path}`;
  return {
    type,
    name: path.split('/').at(-1) ?? path,
    path,
    sha,
    url,
    git_url: git,
    html_url: html,
    download_url: type === 'dir' ? null : `https://raw.githubusercontent.com/${fullName(repository)}/${path}`,
    _links: { self: url, git, html },
  };
}

function createRef(context: RestContext, repository: Repository): LocalResponse {
  const body = bodyOf(context);
  const ref = requiredText(body, 'ref', 'Reference');
  const sha = requiredText(body, 'sha', 'Reference');
  if (!/^refs\/[^/]+\/.+$/.test(ref))
    throw new RestError(422, 'Reference name must start with refs/heads/ or refs/tags/');
  if (repository.git.objects[sha]?.type !== 'commit') throw new RestError(422, 'Object does not exist');
  if (repository.git.refs[ref] !== undefined) throw new RestError(422, 'Reference already exists');
  const branch = ref.replace('refs/heads/', '');
  const violation = ruleViolation(context.caller, repository, {
    branch,
    kind: 'create',
    paths: [],
    verified: true,
  });
  if (violation) throw new RestError(422, violation);
  repository.git.refs[ref] = sha;
  return jsonResponse(201, refView(repository, ref, sha));
}

/** Custom property values of an organization's repositories; `repository_query` understands `props.NAME:VALUE` here. */
function propertyValues(context: RestContext): LocalResponse {
  const { state, caller, params, request } = context;
  const terms = (queryValue(request, 'repository_query') ?? '').split(/\s+/).filter((term) => term !== '');
  const wanted = terms.map((term) => {
    const [, name = '', value = ''] = /^props\.([^:]+):"?([^"]*)"?$/.exec(term) ?? [];
    if (name === '') throw new RestError(422, `The local GitHub does not know the search term ${term}.`);
    return { name, value };
  });
  const found = Object.values(state.repositories).filter(
    (repository) =>
      repository.owner === params['org'] &&
      canSee(caller, repository) &&
      wanted.every(({ name, value }) => [repository.properties[name] ?? []].flat().includes(value)),
  );
  return page(context, found, (repository) => ({
    repository_id: repository.databaseId,
    repository_name: repository.name,
    repository_full_name: fullName(repository),
    properties: Object.entries(repository.properties).map(([property_name, value]) => ({
      property_name,
      value,
    })),
  }));
}
