import { newStage } from './api-gateway/stages.ts';
import { addDeployment } from './api-gateway-v2/deployments.ts';
import type { LocalAws } from './aws.ts';
import { addPermission } from './lambda/permissions.ts';
import { functionArn } from './lambda/resolve.ts';
import { dnsSuffix } from './partitions.ts';
import { nextId } from './state.ts';
import type { HttpApiState, HttpIntegration, HttpRoute, RestIntegration, RestResource } from './state.ts';

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
  /** Default: one for every path. */
  readonly routes?: readonly SeedRoute[];
}

export interface SeedRoute {
  /** `/predict`, `/models/{name}`. */
  readonly path: string;
  /** Default ANY. */
  readonly method?: string;
  /** Default NONE. */
  readonly authorizationType?: string;
  readonly apiKeyRequired?: boolean;
  /** False: the route leads nowhere; in a REST API it is then part of no deployment. Default true. */
  readonly integration?: boolean;
}

interface SeedRestApiOptions extends SeedApiOptions {
  /** Whether answers are streamed through the API; default false. */
  readonly stream?: boolean;
  /** Media types that travel as bytes; default none. */
  readonly binaryMediaTypes?: readonly string[];
}

/** A REST API with `ANY /{proxy+}` and `ANY /` on the function's alias, deployed to one stage. */
export function seedRestApi(aws: LocalAws, options: SeedRestApiOptions): SeededApi {
  const { state } = aws;
  const { functionName, stage = 'prod', stageVariables = {} } = options;
  const id = nextId(state, 'r');
  const { resources, rootId } = restResources(aws, options, integrationUri(aws, options));
  const deployed = structuredClone(resources);
  for (const { methods } of Object.values(deployed)) {
    for (const name in methods) if (methods[name]?.integration === undefined) delete methods[name];
  }
  const deployment = { id: nextId(state, 'd'), createdAt: aws.now(), resources: deployed };
  state.restApis[id] = {
    id,
    name: functionName,
    createdAt: aws.now(),
    rootResourceId: rootId,
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

const EVERY_PATH: readonly SeedRoute[] = [{ path: '/' }, { path: '/{proxy+}' }];

function integrationUri(aws: LocalAws, options: SeedRestApiOptions): string {
  const { state } = aws;
  const target = functionArn(state, options.functionName, options.qualifier ?? options.alias).replace(
    /:$/,
    '',
  );
  const [date, end] =
    options.stream === true
      ? ['2021-11-15', 'response-streaming-invocations']
      : ['2015-03-31', 'invocations'];
  return `arn:${state.partition}:apigateway:${state.region}:lambda:path/${date}/functions/${target}/${end}`;
}

/** The tree of resources that the routes need, with a method for each. */
function restResources(
  aws: LocalAws,
  options: SeedRestApiOptions,
  uri: string,
): { resources: Record<string, RestResource>; rootId: string } {
  const root: RestResource = { id: nextId(aws.state, 'x'), path: '/', methods: {} };
  const byPath = new Map([[root.path, root]]);
  for (const route of options.routes ?? EVERY_PATH) {
    const { methods } = restResource(aws, byPath, route.path);
    const { method = 'ANY', authorizationType = 'NONE', apiKeyRequired } = route;
    const integration: RestIntegration = {
      type: 'AWS_PROXY',
      integrationHttpMethod: 'POST',
      uri,
      ...(options.stream === true ? { responseTransferMode: 'STREAM' } : {}),
    };
    methods[method] = {
      httpMethod: method,
      authorizationType,
      ...(apiKeyRequired === undefined ? {} : { apiKeyRequired }),
      ...(route.integration === false ? {} : { integration }),
    };
  }
  const resources = Object.fromEntries([...byPath.values()].map((resource) => [resource.id, resource]));
  return { resources, rootId: root.id };
}

/** The resource of a path; it and the ones above it are made where they are missing. */
function restResource(aws: LocalAws, byPath: Map<string, RestResource>, path: string): RestResource {
  const known = byPath.get(path);
  if (known !== undefined) return known;
  const at = path.lastIndexOf('/');
  const parent = restResource(aws, byPath, path.slice(0, at) || '/');
  const pathPart = path.slice(at + 1);
  const made: RestResource = { id: nextId(aws.state, 'x'), parentId: parent.id, pathPart, path, methods: {} };
  byPath.set(path, made);
  return made;
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
  const routes = httpRoutes(aws, options, `integrations/${integration.id}`);
  const api: HttpApiState = {
    id: nextId(state, 'h'),
    name: functionName,
    protocolType: 'HTTP',
    createdAt: aws.now(),
    integrations: { [integration.id]: integration },
    routes: Object.fromEntries(routes.map((route) => [route.id, route])),
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

function httpRoutes(aws: LocalAws, { routes }: SeedApiOptions, target: string): HttpRoute[] {
  if (routes === undefined) return [{ id: nextId(aws.state, 't'), routeKey: '$default', target }];
  return routes.map(({ path, method = 'ANY', authorizationType, integration }) => ({
    id: nextId(aws.state, 't'),
    routeKey: `${method} ${path}`,
    ...(integration === false ? {} : { target }),
    ...(authorizationType === undefined ? {} : { authorizationType }),
  }));
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
