/** The routes of an API, by the integrations that were read of it. */
import type { ApiRoute, Authorization } from '../../checks/api-routes.ts';
import type { Integration } from '../../clients/api-gateway.ts';

/**
 * `connected`: those that call the alias.
 * @returns undefined where one of them does not tell its route, as the integrations of HTTP APIs do not: their routes are a list of its own.
 */
export function routesOf(
  integrations: readonly Integration[],
  connected: readonly Integration[],
): readonly ApiRoute[] | undefined {
  const routes: ApiRoute[] = [];
  for (const integration of integrations) {
    const { method, path } = integration;
    if (method === undefined || path === undefined) return undefined;
    const { integrationId } = integration;
    const callsFunction = connected.some(
      (one) => one === integration || (integrationId !== undefined && one.integrationId === integrationId),
    );
    routes.push({ method, path, callsFunction, authorization: authorizationOf(integration) });
  }
  return routes;
}

const AUTHORIZATION = new Map<string, Authorization>([
  ['NONE', 'none'],
  ['AWS_IAM', 'iam'],
  ['CUSTOM', 'custom'],
  ['COGNITO_USER_POOLS', 'jwt'],
  ['JWT', 'jwt'],
]);

function authorizationOf({ authorizationType = '', apiKeyRequired }: Integration): Authorization {
  const authorization = AUTHORIZATION.get(authorizationType) ?? 'unknown';
  return authorization === 'none' && apiKeyRequired === true ? 'api-key' : authorization;
}
