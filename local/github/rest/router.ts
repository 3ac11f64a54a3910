import type { LocalRequest } from '../../http.ts';
import { attestationRoutes } from './attestations.ts';
import { commentRoutes } from './comments.ts';
import { compareRoutes } from './compare.ts';
import { deploymentRoutes } from './deployments.ts';
import { environmentRoutes } from './environments.ts';
import { issueRoutes } from './issues.ts';
import { pullRoutes } from './pulls.ts';
import { repositoryRoutes } from './repositories.ts';
import type { Route } from './route.ts';
import { match } from './route.ts';

export const restRoutes: readonly Route[] = [
  ...attestationRoutes,
  ...commentRoutes,
  ...compareRoutes,
  ...deploymentRoutes,
  ...environmentRoutes,
  ...issueRoutes,
  ...pullRoutes,
  ...repositoryRoutes,
];

export interface Addressed {
  readonly route: Route;
  readonly params: Readonly<Record<string, string>>;
}

export function findRoute(request: LocalRequest): Addressed | undefined {
  for (const route of restRoutes) {
    const params = match(route, request);
    if (params !== undefined) return { route, params };
  }
  return undefined;
}
