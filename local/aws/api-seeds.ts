import { newStage } from './api-gateway/stages.ts';
import { addDeployment } from './api-gateway-v2/deployments.ts';
import type { LocalAws } from './aws.ts';
import { addPermission } from './lambda/permissions.ts';
import { functionArn } from './lambda/resolve.ts';
import { dnsSuffix, nextId } from './state.ts';
import type { HttpApiState, HttpIntegration, RestMethod, RestResource } from './state.ts';

export interface SeededApi {
  readonly id: string;
  readonly stage: string;
  /** URL of the stage, without a slash at the end. */
  readonly url: string;
  readonly deploymentId: string;
}

export interface SeedApiOptions {
  readonly functionName: string;
  readonly alias: string;
  /** Default `prod`, or `$default` for an HTTP API. */
  readonly stage?: string;
  readonly stageVariables?: Readonly<Record<string, string>>;
  /** What follows the function's name in the integration: default the alias; `${stageVariables.alias}`, or '' for none. */
  readonly qualifier?: string;
  /** Whether the alias lets the API in; default true. */
  readonly permission?: boolean;
}

export interface SeedRestApiOptions extends SeedApiOptions {
  /** Media types that travel as bytes; default none. */
  readonly binaryMediaTypes?: readonly string[];
}

/** A REST API with `ANY /{proxy+}` and `ANY /` on the function's alias, deployed to one stage. */
export function seedRestApi(aws: LocalAws, options: SeedRestApiOptions): SeededApi {
  const { state } = aws;
  const { functionName, alias, stage = 'prod', stageVariables = {} } = options;
  const id = nextId(state, 'r');
  const target = functionArn(state, functionName, options.qualifier ?? alias);
  const uri = `arn:${state.partition}:apigateway:${state.region}:lambda:path/2015-03-31/functions/${target.replace(/:$/, '')}/invocations`;
  const methods: Record<string, RestMethod> = {
    ANY: {
      httpMethod: 'ANY',
      authorizationType: 'NONE',
      integration: { type: 'AWS_PROXY', integrationHttpMethod: 'POST', uri },
    },
  };
  const root: RestResource = { id: nextId(state, 'x'), path: '/', methods };
  const proxy: RestResource = {
    id: nextId(state, 'x'),
    parentId: root.id,
    pathPart: '{proxy+}',
    path: '/{proxy+}',
    methods: structuredClone(methods),
  };
  const resources = { [root.id]: root, [proxy.id]: proxy };
  const deployment = { id: nextId(state, 'd'), createdAt: aws.now(), resources: structuredClone(resources) };
  state.restApis[id] = {
    id,
    name: functionName,
    createdAt: aws.now(),
    rootResourceId: root.id,
    ...(options.binaryMediaTypes === undefined ? {} : { binaryMediaTypes: [...options.binaryMediaTypes] }),
    resources,
    deployments: { [deployment.id]: deployment },
    stages: {
      [stage]: { ...newStage(aws, stage, deployment.id), variables: { ...stageVariables } },
    },
  };
  if (options.permission !== false) allow(aws, options, `${id}/*/*/*`);
  return { id, stage, url: `${endpoint(aws, id)}/${stage}`, deploymentId: deployment.id };
}

/** An HTTP API whose `$default` route goes to the function's alias, in format 2.0, on a stage without auto-deploy. */
export function seedHttpApi(
  aws: LocalAws,
  options: SeedApiOptions & { readonly autoDeploy?: boolean },
): SeededApi {
  const { state } = aws;
  const { functionName, alias, stage = '$default', stageVariables = {} } = options;
  const integration: HttpIntegration = {
    id: nextId(state, 'i'),
    integrationType: 'AWS_PROXY',
    integrationUri: functionArn(state, functionName, options.qualifier ?? alias).replace(/:$/, ''),
    integrationMethod: 'POST',
    payloadFormatVersion: '2.0',
  };
  const route = { id: nextId(state, 't'), routeKey: '$default', target: `integrations/${integration.id}` };
  const api: HttpApiState = {
    id: nextId(state, 'h'),
    name: functionName,
    protocolType: 'HTTP',
    createdAt: aws.now(),
    integrations: { [integration.id]: integration },
    routes: { [route.id]: route },
    deployments: {},
    stages: {},
  };
  state.httpApis[api.id] = api;
  const autoDeploy = options.autoDeploy ?? false;
  const { id: deploymentId } = addDeployment(aws, api, { autoDeployed: autoDeploy });
  api.stages[stage] = {
    stageName: stage,
    autoDeploy,
    deploymentId,
    variables: { ...stageVariables },
    createdAt: aws.now(),
    updatedAt: aws.now(),
  };
  if (options.permission !== false) allow(aws, options, `${api.id}/*`);
  const path = stage === '$default' ? '' : `/${stage}`;
  return { id: api.id, stage, url: `${endpoint(aws, api.id)}${path}`, deploymentId };
}

function endpoint(aws: LocalAws, apiId: string): string {
  const { region } = aws.state;
  return `https://${apiId}.execute-api.${region}.${dnsSuffix(region)}`;
}

function allow(aws: LocalAws, options: SeedApiOptions, source: string): void {
  const { partition, region, accountId } = aws.state;
  addPermission(aws, {
    FunctionName: options.functionName,
    Qualifier: options.alias,
    StatementId: `api-${source.split('/')[0]}`,
    Action: 'lambda:InvokeFunction',
    Principal: 'apigateway.amazonaws.com',
    SourceArn: `arn:${partition}:execute-api:${region}:${accountId}:${source}`,
  });
}
