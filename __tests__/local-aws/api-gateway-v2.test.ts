import {
  CreateApiCommand,
  CreateDeploymentCommand,
  CreateIntegrationCommand,
  CreateRouteCommand,
  CreateStageCommand,
  GetApiCommand,
  GetDeploymentsCommand,
  GetIntegrationsCommand,
  GetRoutesCommand,
  GetStageCommand,
  UpdateIntegrationCommand,
  UpdateStageCommand,
} from '@aws-sdk/client-apigatewayv2';
import { AddPermissionCommand } from '@aws-sdk/client-lambda';
import { expect, test } from '@jest/globals';
import { seedHttpApi } from '../../local/aws/api-seeds.ts';
import type { ProgramRuntime } from '../../local/aws/runtime.ts';
import { refusal, released } from './clients.ts';

const live = { functionName: 'iris', alias: 'live' };

test('a stage with auto-deploy refuses an explicit deploymentId', async () => {
  const { aws, http } = released();
  const api = seedHttpApi(aws, { ...live, autoDeploy: true });
  const stage = { ApiId: api.id, StageName: '$default' };
  const update = new UpdateStageCommand({ ...stage, DeploymentId: api.deploymentId });
  const refused = await refusal(http.send(update));
  expect(refused).toMatchObject({ name: 'BadRequestException', status: 400 });
  expect(refused.message).toContain('because AutoDeploy is enabled');
  const create = new CreateDeploymentCommand(stage);
  expect((await refusal(http.send(create))).name).toBe('BadRequestException');
  expect(
    (await http.send(new UpdateStageCommand({ ...stage, StageVariables: { version: '2' } }))).AutoDeploy,
  ).toBe(true);
});

test('auto-deploy makes a deployment at every change of the definition', async () => {
  const { aws, http } = released();
  const api = seedHttpApi(aws, { ...live, autoDeploy: true });
  const { Items: integrations = [] } = await http.send(new GetIntegrationsCommand({ ApiId: api.id }));
  const IntegrationId = integrations[0]?.IntegrationId;
  await http.send(new UpdateIntegrationCommand({ ApiId: api.id, IntegrationId, Description: 'changed' }));
  const stage = await http.send(new GetStageCommand({ ApiId: api.id, StageName: '$default' }));
  expect(stage.DeploymentId).not.toBe(api.deploymentId);
  const { Items: deployments } = await http.send(new GetDeploymentsCommand({ ApiId: api.id }));
  expect(deployments?.at(-1)).toMatchObject({ DeploymentId: stage.DeploymentId, AutoDeployed: true });
});

test('a stage without auto-deploy changes with an explicit deployment only', async () => {
  const { aws, http } = released();
  const api = seedHttpApi(aws, { ...live, stage: 'prod' });
  const create = new CreateDeploymentCommand({ ApiId: api.id, Description: 'release' });
  const { DeploymentId } = await http.send(create);
  const stage = { ApiId: api.id, StageName: 'prod' };
  expect((await http.send(new GetStageCommand(stage))).DeploymentId).toBe(api.deploymentId);
  await http.send(new UpdateStageCommand({ ...stage, DeploymentId }));
  expect((await http.send(new GetStageCommand(stage))).DeploymentId).toBe(DeploymentId);
  expect((await refusal(http.send(create))).name).toBe('TooManyRequestsException');
});

test('stage variables not named are kept, an empty value removes one', async () => {
  const { aws, http } = released();
  const api = seedHttpApi(aws, { ...live, stageVariables: { alias: 'live', Model_Name: 'iris' } });
  const update = new UpdateStageCommand({
    ApiId: api.id,
    StageName: '$default',
    StageVariables: { alias: '', Version: '2' },
  });
  expect((await http.send(update)).StageVariables).toEqual({ Model_Name: 'iris', Version: '2' });
});

test('the event of an HTTP API has format 2.0, and a bare answer becomes the body of a 200', async () => {
  const { aws, fetch, images } = released();
  const runtime = aws.runtime as ProgramRuntime;
  runtime.set(images[1].digest, (event) => ({ event }));
  const api = seedHttpApi(aws, { ...live, stage: 'prod', stageVariables: { model: 'iris' } });
  const response = await fetch(`${api.url}/predict?x=1&x=2`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', cookie: 'a=1; b=2' },
    body: '{"sepal_length":5}',
  });
  expect(response.status).toBe(200);
  const { event } = (await response.json()) as { event: unknown };
  expect(event).toMatchObject({
    version: '2.0',
    routeKey: '$default',
    rawPath: '/prod/predict',
    rawQueryString: 'x=1&x=2',
    cookies: ['a=1', 'b=2'],
    queryStringParameters: { x: '1,2' },
    stageVariables: { model: 'iris' },
    body: '{"sepal_length":5}',
    isBase64Encoded: false,
    requestContext: { stage: 'prod', http: { method: 'POST', path: '/prod/predict' } },
  });
});

test('an HTTP API is built by calls, and its source ARN is not a REST one', async () => {
  const { http, lambda, fetch } = released();
  const { ApiId, ApiEndpoint } = await http.send(
    new CreateApiCommand({ Name: 'iris', ProtocolType: 'HTTP' }),
  );
  const { IntegrationId } = await http.send(
    new CreateIntegrationCommand({
      ApiId,
      IntegrationType: 'AWS_PROXY',
      IntegrationUri: 'arn:aws:lambda:us-east-1:123456789012:function:iris:live',
      PayloadFormatVersion: '2.0',
    }),
  );
  const route = { ApiId, RouteKey: 'POST /models/{name}', Target: `integrations/${IntegrationId}` };
  await http.send(new CreateRouteCommand(route));
  await http.send(new CreateStageCommand({ ApiId, StageName: '$default', AutoDeploy: true }));
  const call = async (): Promise<number> =>
    (await fetch(`${ApiEndpoint}/models/iris`, { method: 'POST', body: '{}' })).status;
  expect(await call()).toBe(500);
  const allow = (StatementId: string, source: string) =>
    lambda.send(
      new AddPermissionCommand({
        FunctionName: 'iris',
        Qualifier: 'live',
        StatementId,
        Action: 'lambda:InvokeFunction',
        Principal: 'apigateway.amazonaws.com',
        SourceArn: `arn:aws:execute-api:us-east-1:123456789012:${ApiId}/${source}`,
      }),
    );
  await allow('other-route', '*/$default');
  expect(await call()).toBe(500);
  await allow('this-route', '*/*/models/{name}');
  expect(await call()).toBe(200);
  expect((await fetch(`${ApiEndpoint}/elsewhere`)).status).toBe(404);
  expect((await http.send(new GetRoutesCommand({ ApiId }))).Items).toMatchObject([
    { RouteKey: 'POST /models/{name}' },
  ]);
  expect((await http.send(new GetApiCommand({ ApiId }))).ProtocolType).toBe('HTTP');
});
