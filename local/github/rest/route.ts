import type { LocalRequest, LocalResponse } from '../../http.ts';
import { fromUtf8, jsonResponse } from '../../http.ts';
import type { Caller } from '../access.ts';
import { canSee, may, refusal } from '../access.ts';
import type { Access, GitHubState, Permission, Repository } from '../state.ts';

/** One REST request on its way to its handler. */
export interface RestContext {
  readonly state: GitHubState;
  readonly caller: Caller;
  readonly now: number;
  readonly request: LocalRequest;
  /** Values of the path's `{names}`. */
  readonly params: Readonly<Record<string, string>>;
}

export interface Route {
  readonly method: string;
  /** GitHub's own path template: `/repos/{owner}/{repo}/deployments`. */
  readonly path: string;
  /** GitHub's operation id: `repos/create-deployment`. */
  readonly operation: string;
  readonly permission: Permission;
  readonly access: Access;
  /** Another permission that does as well. */
  readonly or?: Permission;
  /** Things created, as the content-creation limit counts them. */
  readonly creates?: number;
  readonly handle: (context: RestContext, repository: Repository) => LocalResponse;
}

/** The handler's refusal: a status and GitHub's message. */
export class RestError extends Error {
  override readonly name = 'RestError';
  readonly status: number;
  readonly errors: readonly object[] | undefined;

  constructor(status: number, message: string, errors?: readonly object[]) {
    super(message);
    this.status = status;
    this.errors = errors;
  }
}

export function match(route: Route, request: LocalRequest): Record<string, string> | undefined {
  if (route.method !== request.method) return undefined;
  const names: string[] = [];
  // The last parameter of a contents or ref path swallows slashes, as GitHub's does.
  const source = route.path.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    names.push(name);
    return name === 'path' || name === 'ref' ? '(.+)' : '([^/]+)';
  });
  const found = new RegExp(`^${source}$`).exec(request.path);
  if (!found) return undefined;
  return Object.fromEntries(names.map((name, index) => [name, decodeURIComponent(found[index + 1] ?? '')]));
}

/** Visibility and permission first, as GitHub does it; then the handler. */
export function answer(route: Route, context: RestContext): LocalResponse {
  try {
    return route.handle(context, addressed(route, context));
  } catch (error) {
    if (!(error instanceof RestError)) throw error;
    return jsonResponse(error.status, {
      message: error.message,
      ...(error.errors ? { errors: error.errors } : {}),
      documentation_url: 'https://docs.github.com/rest',
      status: String(error.status),
    });
  }
}

function addressed(route: Route, { state, caller, params }: RestContext): Repository {
  if (!route.path.startsWith('/repos/')) {
    if (!may(caller, route)) throw new RestError(403, refusal(caller, route.operation));
    // Organization routes look at no repository of their own.
    return undefined as unknown as Repository;
  }
  const repository = state.repositories[`${params['owner']}/${params['repo']}`];
  // What one may not see does not exist: a private repository is answered 404, never 403.
  if (repository === undefined || !canSee(caller, repository)) throw new RestError(404, 'Not Found');
  const other = route.or && { permission: route.or, access: route.access };
  const isAllowed = may(caller, route, repository) || (other !== undefined && may(caller, other, repository));
  if (!isAllowed) throw new RestError(403, refusal(caller, route.operation));
  if (route.access === 'write' && repository.isArchived) {
    throw new RestError(403, 'Repository was archived so is read-only.');
  }
  return repository;
}

/** The request's JSON body; GitHub answers 400 to anything else. */
export function bodyOf(context: RestContext): Record<string, unknown> {
  try {
    const body: unknown = JSON.parse(fromUtf8(context.request.body) || '{}');
    if (typeof body === 'object' && body !== null) return body as Record<string, unknown>;
  } catch {
    // Falls through to the same refusal.
  }
  throw new RestError(400, 'Problems parsing JSON');
}

export function textOf(body: Record<string, unknown>, name: string): string | undefined {
  const value = body[name];
  return typeof value === 'string' ? value : undefined;
}

export function requiredText(body: Record<string, unknown>, name: string, resource: string): string {
  const value = textOf(body, name);
  if (value === undefined) {
    throw new RestError(422, 'Validation Failed', [{ resource, field: name, code: 'missing_field' }]);
  }
  return value;
}
