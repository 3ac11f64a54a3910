/** The routes of an API as API Gateway itself describes them, and which of them a request meets. */

/** Who may call a route. `unknown`: it could not be read. */
export type Authorization = 'none' | 'iam' | 'custom' | 'jwt' | 'api-key' | 'unknown';

export interface ApiRoute {
  /** `POST`, or `ANY`. */
  readonly method: string;
  /** `/models/{id}`, `/{proxy+}`; `$default` for the route of an HTTP API that takes what no other one does. */
  readonly path: string;
  /** Whether its integration calls the function that is released. */
  readonly callsFunction: boolean;
  readonly authorization: Authorization;
}

/** The route that API Gateway would choose: the most exact one. Undefined where no route fits. */
export function routeOf(
  routes: readonly ApiRoute[],
  { method, path }: { readonly method: string; readonly path: string },
): ApiRoute | undefined {
  const fitting = routes.filter(
    (route) => (route.method === 'ANY' || route.method === method) && fits(route.path, path),
  );
  return fitting.sort((a, b) => rankOf(b) - rankOf(a))[0];
}

function fits(pattern: string, path: string): boolean {
  if (pattern === '$default') return true;
  const wanted = partsOf(pattern);
  const given = partsOf(path);
  const isGreedy = /^\{[^{}]+\+\}$/.test(wanted.at(-1) ?? '');
  if (isGreedy ? given.length < wanted.length : given.length !== wanted.length) return false;
  return wanted.every((part, index) => /^\{[^{}]+\}$/.test(part) || part === given[index]);
}

/** Fixed parts count most, a greedy parameter least; a method of its own decides between equals. */
function rankOf({ method, path }: ApiRoute): number {
  if (path === '$default') return -1;
  const parts = partsOf(path).map((part) => (/\+\}$/.test(part) ? 1 : part.startsWith('{') ? 100 : 10_000));
  return parts.reduce((sum, part) => sum + part, 0) + (method === 'ANY' ? 0 : 0.5);
}

/** `/` has none. A slash at the end does not count. */
function partsOf(path: string): readonly string[] {
  return path.split('/').filter((part) => part !== '');
}
