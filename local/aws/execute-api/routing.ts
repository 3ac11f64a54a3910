import type { HttpRoute, RestMethod, RestResource } from '../state.ts';

interface PathMatch {
  /** Values of `{name}` and `{name+}` parts. */
  readonly parameters: Record<string, string>;
  /** Higher is more specific: an exact part beats `{name}`, which beats `{name+}`. */
  readonly rank: number;
}

/** Compares a path with a template such as `/models/{name}` or `/{proxy+}`. */
function matchPath(template: string, path: string): PathMatch | undefined {
  const wanted = template.split('/').filter((part) => part !== '');
  const given = path.split('/').filter((part) => part !== '');
  const parameters: Record<string, string> = {};
  let rank = 0;
  for (const [index, part] of wanted.entries()) {
    const value = given[index];
    if (value === undefined) return undefined;
    if (part.endsWith('+}')) {
      parameters[part.slice(1, -2)] = given.slice(index).map(decodeURIComponent).join('/');
      return { parameters, rank: rank * 4 + 1 };
    }
    if (part.startsWith('{')) parameters[part.slice(1, -1)] = decodeURIComponent(value);
    else if (part !== value) return undefined;
    rank = rank * 4 + (part.startsWith('{') ? 2 : 3);
  }
  return wanted.length === given.length ? { parameters, rank } : undefined;
}

export interface RestMatch {
  readonly resource: RestResource;
  readonly method: RestMethod;
  readonly parameters: Record<string, string>;
}

/** The most specific resource of a REST API that fits the path, and its method, or ANY. */
export function matchRest(
  resources: Readonly<Record<string, RestResource>>,
  httpMethod: string,
  path: string,
): RestMatch | undefined {
  let best: (RestMatch & { rank: number }) | undefined;
  for (const resource of Object.values(resources)) {
    const match = matchPath(resource.path, path);
    const method = resource.methods[httpMethod] ?? resource.methods['ANY'];
    if (match === undefined || method === undefined) continue;
    if (best === undefined || match.rank > best.rank) best = { resource, method, ...match };
  }
  return best;
}

export interface HttpMatch {
  readonly route: HttpRoute;
  readonly parameters: Record<string, string>;
}

/** The most specific route of an HTTP API: the method before ANY, `$default` when nothing else fits. */
export function matchHttp(
  routes: Readonly<Record<string, HttpRoute>>,
  httpMethod: string,
  path: string,
): HttpMatch | undefined {
  let best: (HttpMatch & { rank: number }) | undefined;
  for (const route of Object.values(routes)) {
    const [method, template = ''] = route.routeKey.split(' ');
    if (route.routeKey === '$default') best ??= { route, parameters: {}, rank: -1 };
    if (method !== httpMethod && method !== 'ANY') continue;
    const match = matchPath(template, path);
    if (match === undefined) continue;
    const rank = match.rank * 2 + (method === 'ANY' ? 0 : 1);
    if (best === undefined || rank > best.rank) best = { route, parameters: match.parameters, rank };
  }
  return best;
}
