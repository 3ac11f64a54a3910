import {
  CreateResourceCommand,
  GetMethodCommand,
  GetResourcesCommand,
  PutMethodCommand,
} from '@aws-sdk/client-api-gateway';
import { CreateRouteCommand, GetIntegrationsCommand, GetRoutesCommand } from '@aws-sdk/client-apigatewayv2';
import { expect, test } from '@jest/globals';
import { seedHttpApi, seedRestApi } from '../../local/aws/api-seeds.ts';
import type { SeedRoute } from '../../local/aws/api-seeds.ts';
import type { ProgramRuntime } from '../../local/aws/runtime.ts';
import { released } from './clients.ts';
import type { Released } from './clients.ts';

const live = { functionName: 'iris', alias: 'live' };
const routes: readonly SeedRoute[] = [
  { path: '/predict', method: 'POST' },
  { path: '/v1/signed', method: 'GET', authorizationType: 'AWS_IAM' },
  { path: '/v1/keyed', method: 'GET', apiKeyRequired: true },
  { path: '/v1/custom', method: 'GET', authorizationType: 'CUSTOM' },
  { path: '/nowhere', method: 'GET', integration: false },
];

function serving(): Released {
  const made = released();
  (made.aws.runtime as ProgramRuntime).set(made.images[1].digest, () => ({ statusCode: 200, body: 'ok' }));
  return made;
}

/** Status, message and error type of an answer. */
async function told(response: Response): Promise<[number, string, string | null]> {
  const { message } = (await response.json()) as { message: string };
  return [response.status, message, response.headers.get('x-amzn-errortype')];
}

test('GetResources and GetMethod tell what each method asks of a caller, and which lead nowhere', async () => {
  const { aws, rest } = serving();
  const restApiId = seedRestApi(aws, { ...live, routes }).id;
  const { items = [] } = await rest.send(
    new GetResourcesCommand({ restApiId, embed: ['methods'], limit: 500 }),
  );
  const shown = items.flatMap(({ path, resourceMethods = {} }) =>
    Object.values(resourceMethods).map((method) => [
      `${method.httpMethod} ${path}`,
      method.authorizationType,
      method.apiKeyRequired,
      method.methodIntegration?.type,
    ]),
  );
  expect(shown).toEqual([
    ['POST /predict', 'NONE', false, 'AWS_PROXY'],
    ['GET /v1/signed', 'AWS_IAM', false, 'AWS_PROXY'],
    ['GET /v1/keyed', 'NONE', true, 'AWS_PROXY'],
    ['GET /v1/custom', 'CUSTOM', false, 'AWS_PROXY'],
    ['GET /nowhere', 'NONE', false, undefined],
  ]);
  const keyed = items.find((resource) => resource.path === '/v1/keyed');
  const method = { restApiId, resourceId: keyed?.id, httpMethod: 'GET' };
  expect(await rest.send(new GetMethodCommand(method))).toMatchObject({ apiKeyRequired: true });
});

test('PutMethod keeps authorizer and API key', async () => {
  const { aws, rest } = serving();
  const { id: restApiId } = seedRestApi(aws, live);
  const parentId = aws.state.restApis[restApiId]?.rootResourceId;
  const { id: resourceId } = await rest.send(
    new CreateResourceCommand({ restApiId, parentId, pathPart: 'own' }),
  );
  const access = { authorizationType: 'CUSTOM', authorizerId: 'a1', apiKeyRequired: true };
  const method = { restApiId, resourceId, httpMethod: 'GET', ...access };
  expect(await rest.send(new PutMethodCommand(method))).toMatchObject(access);
});

const TOKEN = [403, 'Missing Authentication Token', 'MissingAuthenticationTokenException'];

test.each<[string, string, Record<string, string>, unknown]>([
  ['POST', '/predict', {}, 200],
  ['GET', '/predict', {}, TOKEN],
  ['GET', '/unknown', {}, TOKEN],
  ['GET', '/nowhere', {}, TOKEN],
  ['GET', '/v1/signed', {}, TOKEN],
  ['GET', '/v1/signed', { authorization: 'AWS4-HMAC-SHA256 …' }, 200],
  ['GET', '/v1/keyed', {}, [403, 'Forbidden', 'ForbiddenException']],
  ['GET', '/v1/keyed', { 'x-api-key': 'key' }, 200],
  ['GET', '/v1/custom', {}, [401, 'Unauthorized', 'UnauthorizedException']],
  ['GET', '/v1/custom', { authorization: 'token' }, 200],
])('a REST API answers %s %s with %j: %j', async (...row) => {
  const [method, path, headers, expected] = row;
  const { aws, fetch } = serving();
  const api = seedRestApi(aws, { ...live, routes });
  const response = await fetch(`${api.url}${path}`, { method, headers });
  expect(response.status === 200 ? 200 : await told(response)).toEqual(expected);
});

test('GetRoutes and GetIntegrations tell what each route asks of a caller, and which lead nowhere', async () => {
  const { aws, http } = serving();
  const { id: ApiId } = seedHttpApi(aws, { ...live, routes });
  await http.send(
    new CreateRouteCommand({ ApiId, RouteKey: 'GET /jwt', AuthorizationType: 'JWT', AuthorizerId: 'a1' }),
  );
  const { Items: integrations = [] } = await http.send(new GetIntegrationsCommand({ ApiId }));
  expect(integrations).toHaveLength(1);
  const { Items: items = [] } = await http.send(new GetRoutesCommand({ ApiId }));
  const target = `integrations/${integrations[0]?.IntegrationId}`;
  expect(items.map((route) => [route.RouteKey, route.AuthorizationType, route.Target])).toEqual([
    ['POST /predict', 'NONE', target],
    ['GET /v1/signed', 'AWS_IAM', target],
    ['GET /v1/keyed', 'NONE', target],
    ['GET /v1/custom', 'CUSTOM', target],
    ['GET /nowhere', 'NONE', undefined],
    ['GET /jwt', 'JWT', undefined],
  ]);
  expect(items.at(-1)?.AuthorizerId).toBe('a1');
});

test.each<[string, string, Record<string, string>, unknown]>([
  ['POST', '/predict', {}, 200],
  ['GET', '/predict', {}, [404, 'Not Found', null]],
  ['GET', '/unknown', {}, [404, 'Not Found', null]],
  ['GET', '/nowhere', {}, [404, 'Not Found', null]],
  ['GET', '/v1/signed', {}, [403, 'Forbidden', 'ForbiddenException']],
  ['GET', '/v1/signed', { authorization: 'AWS4-HMAC-SHA256 …' }, 200],
  ['GET', '/v1/custom', {}, [401, 'Unauthorized', 'UnauthorizedException']],
  ['GET', '/v1/custom', { authorization: 'Bearer token' }, 200],
])('an HTTP API answers %s %s with %j: %j', async (...row) => {
  const [method, path, headers, expected] = row;
  const { aws, fetch } = serving();
  const api = seedHttpApi(aws, { ...live, routes });
  const response = await fetch(`${api.url}${path}`, { method, headers });
  expect(response.status === 200 ? 200 : await told(response)).toEqual(expected);
});
