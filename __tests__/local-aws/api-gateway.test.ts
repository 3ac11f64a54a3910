import {
  CreateDeploymentCommand,
  CreateResourceCommand,
  CreateRestApiCommand,
  CreateStageCommand,
  DeleteDeploymentCommand,
  GetDeploymentsCommand,
  GetIntegrationCommand,
  GetResourcesCommand,
  GetStageCommand,
  PutIntegrationCommand,
  PutMethodCommand,
  UpdateIntegrationCommand,
  UpdateStageCommand,
} from '@aws-sdk/client-api-gateway';
import type { Op } from '@aws-sdk/client-api-gateway';
import { UpdateAliasCommand } from '@aws-sdk/client-lambda';
import { expect, test } from '@jest/globals';
import { seedRestApi } from '../../local/aws/api-seeds.ts';
import type { ProgramRuntime } from '../../local/aws/runtime.ts';
import { refusal, released } from './clients.ts';
import type { Released } from './clients.ts';

const live = { functionName: 'iris', alias: 'live' };
const patch = (path: string, value?: string, op: Op = 'replace') => ({
  patchOperations: [{ op, path, ...(value === undefined ? {} : { value }) }],
});

/** A function that answers as a proxy integration does, with its version's name and the event it got. */
function serving(): Released {
  const made = released();
  for (const [index, image] of made.images.entries()) {
    const runtime = made.aws.runtime as ProgramRuntime;
    runtime.set(image.digest, (event) => ({
      statusCode: 200,
      body: JSON.stringify({ version: String(index + 1), event }),
    }));
  }
  return made;
}

async function json(response: Response): Promise<Record<string, unknown>> {
  return (await response.json()) as Record<string, unknown>;
}

test('an integration that names the alias: a release needs no API deployment at all', async () => {
  const { aws, lambda, fetch } = serving();
  const api = seedRestApi(aws, live);
  expect(await json(await fetch(`${api.url}/predict`))).toMatchObject({ version: '2' });
  await lambda.send(new UpdateAliasCommand({ FunctionName: 'iris', Name: 'live', FunctionVersion: '1' }));
  expect(await json(await fetch(`${api.url}/predict`))).toMatchObject({ version: '1' });
});

test('an integration can name the alias through a stage variable', async () => {
  const { aws, rest, fetch } = serving();
  const api = seedRestApi(aws, {
    ...live,
    qualifier: '${stageVariables.alias}',
    stageVariables: { alias: 'live' },
  });
  expect(await json(await fetch(`${api.url}/predict`))).toMatchObject({ version: '2' });
  const stage = { restApiId: api.id, stageName: 'prod' };
  await rest.send(new UpdateStageCommand({ ...stage, ...patch('/variables/alias', 'nobody') }));
  expect((await fetch(`${api.url}/predict`)).status).toBe(500);
});

test('without a permission for that alias the API answers 500', async () => {
  const { aws, fetch } = serving();
  const api = seedRestApi(aws, { ...live, permission: false });
  const response = await fetch(`${api.url}/predict`);
  expect(response.status).toBe(500);
  expect(await json(response)).toEqual({ message: 'Internal server error' });
});

test('a permission on the function does not let an API in that calls the alias', async () => {
  const { aws, fetch } = serving();
  const api = seedRestApi(aws, live);
  const fn = aws.state.functions['iris'];
  const policy = fn?.policies['live'];
  if (fn && policy) fn.policies = { '': policy };
  expect((await fetch(`${api.url}/predict`)).status).toBe(500);
});

test('a function that fails, or answers what is no proxy response, is 502', async () => {
  const { aws, fetch } = released();
  const api = seedRestApi(aws, live);
  expect((await fetch(`${api.url}/predict`)).status).toBe(502);
});

test('a path or a stage the API does not have is 403 Missing Authentication Token', async () => {
  const { aws, fetch } = serving();
  const api = seedRestApi(aws, live);
  const response = await fetch(`${api.url.replace('/prod', '/nostage')}/predict`);
  expect(response.status).toBe(403);
  expect(await json(response)).toEqual({ message: 'Missing Authentication Token' });
});

test('the event of a REST API has format 1.0', async () => {
  const { aws, fetch } = serving();
  const api = seedRestApi(aws, { ...live, stageVariables: { model: 'iris' } });
  const response = await fetch(`${api.url}/predict/one?x=1&x=2`, {
    method: 'POST',
    body: '{"sepal_length":5}',
  });
  expect((await json(response))['event']).toMatchObject({
    resource: '/{proxy+}',
    path: '/predict/one',
    httpMethod: 'POST',
    queryStringParameters: { x: '2' },
    multiValueQueryStringParameters: { x: ['1', '2'] },
    pathParameters: { proxy: 'predict/one' },
    stageVariables: { model: 'iris' },
    body: '{"sepal_length":5}',
    isBase64Encoded: false,
    requestContext: { stage: 'prod', apiId: api.id, path: '/prod/predict/one' },
  });
});

test('a changed definition takes effect with a deployment that the stage points at, and not before', async () => {
  const { aws, rest, fetch } = serving();
  const api = seedRestApi(aws, live);
  const { items = [] } = await rest.send(
    new GetResourcesCommand({ restApiId: api.id, embed: ['methods'], limit: 500 }),
  );
  const proxy = items.find((resource) => resource.path === '/{proxy+}');
  const method = { restApiId: api.id, resourceId: proxy?.id, httpMethod: 'ANY' };
  const { uri = '' } = proxy?.resourceMethods?.['ANY']?.methodIntegration ?? {};
  expect(uri).toContain(':function:iris:live/invocations');
  await rest.send(
    new UpdateIntegrationCommand({ ...method, ...patch('/uri', uri.replace(':live/', ':1/')) }),
  );
  expect((await rest.send(new GetIntegrationCommand(method))).uri).toContain(':iris:1/');
  expect((await fetch(`${api.url}/predict`)).status).toBe(200);
  const { id } = await rest.send(new CreateDeploymentCommand({ restApiId: api.id, description: 'release' }));
  const stage = { restApiId: api.id, stageName: 'prod' };
  expect((await fetch(`${api.url}/predict`)).status).toBe(200);
  await rest.send(new UpdateStageCommand({ ...stage, ...patch('/deploymentId', id) }));
  // Version 1 has no permission of its own.
  expect((await fetch(`${api.url}/predict`)).status).toBe(500);
  await rest.send(new UpdateStageCommand({ ...stage, ...patch('/deploymentId', api.deploymentId) }));
  expect((await fetch(`${api.url}/predict`)).status).toBe(200);
});

test('a deployment is a snapshot: what changes after it does not reach the stage', async () => {
  const { aws, rest, fetch } = serving();
  const api = seedRestApi(aws, live);
  const { id } = await rest.send(new CreateDeploymentCommand({ restApiId: api.id }));
  const stage = { restApiId: api.id, stageName: 'prod' };
  await rest.send(new UpdateStageCommand({ ...stage, ...patch('/deploymentId', id) }));
  const { items = [] } = await rest.send(new GetResourcesCommand({ restApiId: api.id }));
  const proxy = items.find((resource) => resource.path === '/{proxy+}');
  const method = { restApiId: api.id, resourceId: proxy?.id, httpMethod: 'ANY' };
  await rest.send(new UpdateIntegrationCommand({ ...method, ...patch('/uri', 'nowhere') }));
  expect((await fetch(`${api.url}/predict`)).status).toBe(200);
});

test('CreateDeployment: one per 5 seconds per account, whatever the API', async () => {
  const { aws, rest } = serving();
  const one = seedRestApi(aws, live);
  const two = seedRestApi(aws, live);
  await rest.send(new CreateDeploymentCommand({ restApiId: one.id }));
  const soon = await refusal(rest.send(new CreateDeploymentCommand({ restApiId: two.id })));
  expect(soon).toMatchObject({ name: 'TooManyRequestsException', status: 429 });
  await aws.clock.sleep(5000);
  await rest.send(new CreateDeploymentCommand({ restApiId: two.id }));
});

test('a concurrent modification is 409, or 400, and goes away', async () => {
  const { aws, rest } = serving();
  const api = seedRestApi(aws, live);
  const stage = { restApiId: api.id, stageName: 'prod' };
  aws.state.settings.apiConflicts = 1;
  const update = new UpdateStageCommand({ ...stage, ...patch('/variables/version', '3') });
  expect(await refusal(rest.send(update))).toMatchObject({ name: 'ConflictException', status: 409 });
  aws.state.settings.apiConflicts = 1;
  aws.state.settings.apiConflictStatus = 400;
  const refused = await refusal(rest.send(new CreateDeploymentCommand({ restApiId: api.id })));
  expect(refused).toMatchObject({ name: 'BadRequestException', status: 400 });
  expect(refused.message).toContain('concurrent modification');
  expect((await rest.send(update)).variables).toEqual({ version: '3' });
});

test('CreateDeployment has no client token: a repeated one is an orphan, found by its description', async () => {
  const { aws, rest } = serving();
  const api = seedRestApi(aws, live);
  const create = new CreateDeploymentCommand({ restApiId: api.id, description: 'op=7.1.abcd' });
  await rest.send(create);
  await aws.clock.sleep(5000);
  await rest.send(create);
  const { items = [] } = await rest.send(new GetDeploymentsCommand({ restApiId: api.id, limit: 500 }));
  expect(items.filter((deployment) => deployment.description === 'op=7.1.abcd')).toHaveLength(2);
});

test('a deployment that a stage points at cannot be deleted', async () => {
  const { aws, rest } = serving();
  const api = seedRestApi(aws, live);
  const remove = new DeleteDeploymentCommand({ restApiId: api.id, deploymentId: api.deploymentId });
  const refused = await refusal(rest.send(remove));
  expect(refused).toMatchObject({ name: 'BadRequestException', status: 400 });
  expect(refused.message).toContain('Active stages pointing to this deployment');
});

test('UpdateStage has no compare-and-swap: the last writer wins', async () => {
  const { aws, rest } = serving();
  const api = seedRestApi(aws, live);
  const stage = { restApiId: api.id, stageName: 'prod' };
  await rest.send(new UpdateStageCommand({ ...stage, ...patch('/variables/version', '3') }));
  await rest.send(new UpdateStageCommand({ ...stage, ...patch('/variables/version', '2') }));
  expect((await rest.send(new GetStageCommand(stage))).variables).toEqual({ version: '2' });
});

test('UpdateStage: one bad operation among several, and none takes effect', async () => {
  const { aws, rest } = serving();
  const api = seedRestApi(aws, live);
  const stage = { restApiId: api.id, stageName: 'prod' };
  const operations = [
    ...patch('/variables/version', '3').patchOperations,
    ...patch('/variables/a-b', '1').patchOperations,
  ];
  const update = new UpdateStageCommand({ ...stage, patchOperations: operations });
  expect((await refusal(rest.send(update))).name).toBe('BadRequestException');
  expect((await rest.send(new GetStageCommand(stage))).variables).toBeUndefined();
});

test("a stage's canary keeps a deployment of its own", async () => {
  const { aws, rest, fetch } = serving();
  const api = seedRestApi(aws, live);
  const { id: first } = await rest.send(new CreateDeploymentCommand({ restApiId: api.id }));
  await aws.clock.sleep(5000);
  const { id: second } = await rest.send(new CreateDeploymentCommand({ restApiId: api.id }));
  const stage = { restApiId: api.id, stageName: 'prod' };
  const canary = [
    ...patch('/canarySettings/deploymentId', first).patchOperations,
    ...patch('/canarySettings/percentTraffic', '50').patchOperations,
  ];
  await rest.send(new UpdateStageCommand({ ...stage, patchOperations: canary }));
  const moved = await rest.send(new UpdateStageCommand({ ...stage, ...patch('/deploymentId', second) }));
  expect(moved).toMatchObject({
    deploymentId: second,
    canarySettings: { deploymentId: first, percentTraffic: 50 },
  });
  expect((await fetch(`${api.url}/predict`)).status).toBe(200);
  const ended = await rest.send(
    new UpdateStageCommand({ ...stage, ...patch('/canarySettings', undefined, 'remove') }),
  );
  expect(ended.canarySettings).toBeUndefined();
});

test("a stage's cache is off by default", async () => {
  const { aws, rest } = serving();
  const api = seedRestApi(aws, live);
  const stage = await rest.send(new GetStageCommand({ restApiId: api.id, stageName: 'prod' }));
  expect(stage).toMatchObject({ cacheClusterEnabled: false, cacheClusterStatus: 'NOT_AVAILABLE' });
});

test('a REST API is built by calls: resource, method, integration, deployment, stage', async () => {
  const { aws, rest, fetch } = serving();
  const { id: restApiId, rootResourceId } = await rest.send(new CreateRestApiCommand({ name: 'iris' }));
  const empty = await refusal(rest.send(new CreateDeploymentCommand({ restApiId })));
  expect(empty.message).toContain("doesn't contain any methods");
  const resource = { restApiId, parentId: rootResourceId, pathPart: 'predict' };
  const { id: resourceId } = await rest.send(new CreateResourceCommand(resource));
  const method = { restApiId, resourceId, httpMethod: 'POST' };
  await rest.send(new PutMethodCommand({ ...method, authorizationType: 'NONE' }));
  const bare = await refusal(rest.send(new CreateDeploymentCommand({ restApiId })));
  expect(bare.message).toContain('No integration defined for method');
  const alias = 'arn:aws:lambda:us-east-1:123456789012:function:iris:live';
  const integration = await rest.send(
    new PutIntegrationCommand({
      ...method,
      type: 'AWS_PROXY',
      integrationHttpMethod: 'POST',
      uri: `arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/${alias}/invocations`,
    }),
  );
  expect(integration).toMatchObject({ type: 'AWS_PROXY', httpMethod: 'POST' });
  const { id: deploymentId } = await rest.send(new CreateDeploymentCommand({ restApiId }));
  await rest.send(new CreateStageCommand({ restApiId, stageName: 'prod', deploymentId }));
  seedRestApi(aws, live); // brings a permission, but for another API
  const url = `https://${restApiId}.execute-api.us-east-1.amazonaws.com/prod/predict`;
  expect((await fetch(url, { method: 'POST', body: '{}' })).status).toBe(500);
});
