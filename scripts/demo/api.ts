/** The REST API that a team already has, made with the real SDK, and the request that people send. */
import {
  APIGatewayClient,
  CreateDeploymentCommand,
  CreateResourceCommand,
  CreateRestApiCommand,
  GetResourcesCommand,
  PutIntegrationCommand,
  PutMethodCommand,
} from '@aws-sdk/client-api-gateway';
import type { RunningLocal } from '../../local/start.ts';

export const STAGE = 'prod';

export interface Flower {
  readonly sepal_length: number;
  readonly sepal_width: number;
  readonly petal_length: number;
  readonly petal_width: number;
}

export interface Answer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

/**
 * `POST /predict` on the function, without a qualifier: the way most APIs are when they first meet an alias.
 * @returns the API's id and the URL that people call.
 */
export async function createPredictApi(
  local: RunningLocal,
  functionName: string,
): Promise<{ id: string; url: string }> {
  const { region, accountId } = local.aws.state;
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  const client = new APIGatewayClient({ endpoint: local.url, region, credentials });
  const { id: restApiId = '' } = await client.send(new CreateRestApiCommand({ name: functionName }));
  const { items: [root] = [] } = await client.send(new GetResourcesCommand({ restApiId }));
  const parent = { restApiId, parentId: root?.id, pathPart: 'predict' };
  const { id: resourceId } = await client.send(new CreateResourceCommand(parent));
  const method = { restApiId, resourceId, httpMethod: 'POST' };
  await client.send(new PutMethodCommand({ ...method, authorizationType: 'NONE' }));
  const arn = `arn:aws:lambda:${region}:${accountId}:function:${functionName}`;
  const uri = `arn:aws:apigateway:${region}:lambda:path/2015-03-31/functions/${arn}/invocations`;
  const proxy = { type: 'AWS_PROXY', integrationHttpMethod: 'POST', uri } as const;
  await client.send(new PutIntegrationCommand({ ...method, ...proxy }));
  await client.send(new CreateDeploymentCommand({ restApiId, stageName: STAGE }));
  client.destroy();
  return { id: restApiId, url: `${local.apiUrl(restApiId, STAGE)}/predict` };
}

/** One POST, as anybody's client would send it. */
export async function ask(url: string, flower: Flower): Promise<Answer> {
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(flower) });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}
