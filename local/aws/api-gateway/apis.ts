import type {
  CreateResourceCommandInput,
  CreateRestApiCommandInput,
  GetIntegrationCommandInput,
  GetMethodCommandInput,
  GetResourcesCommandInput,
  GetRestApiCommandInput,
  Integration,
  Method,
  PatchOperation,
  PutIntegrationCommandInput,
  PutMethodCommandInput,
  Resource,
  RestApi,
  UpdateIntegrationCommandInput,
} from '@aws-sdk/client-api-gateway';
import { plainError } from '../errors.ts';
import type { AwsError } from '../errors.ts';
import type { AwsContext } from '../routes.ts';
import { nextId } from '../state.ts';
import type { AwsState, RestApiState, RestIntegration, RestMethod, RestResource } from '../state.ts';
import { epochSeconds, page } from '../wire.ts';
import type { Wire } from '../wire.ts';

export function missing(what: string): AwsError {
  return plainError(404, 'NotFoundException', `Invalid ${what} identifier specified`);
}

export function badRequest(message: string): AwsError {
  return plainError(400, 'BadRequestException', message);
}

export function findRestApi(state: AwsState, id: string | undefined): RestApiState {
  const api = state.restApis[id ?? ''];
  if (api === undefined) throw missing('API');
  return api;
}

function findResource(api: RestApiState, id: string | undefined): RestResource {
  const resource = api.resources[id ?? ''];
  if (resource === undefined) throw missing('Resource');
  return resource;
}

function findMethod(api: RestApiState, id: string | undefined, httpMethod: string | undefined): RestMethod {
  const method = findResource(api, id).methods[httpMethod ?? ''];
  if (method === undefined) throw missing('Method');
  return method;
}

function describeApi(api: RestApiState): Wire<RestApi> {
  return {
    id: api.id,
    name: api.name,
    ...(api.description === undefined ? {} : { description: api.description }),
    createdDate: epochSeconds(api.createdAt),
    apiKeySource: 'HEADER',
    ...(api.binaryMediaTypes === undefined ? {} : { binaryMediaTypes: api.binaryMediaTypes }),
    endpointConfiguration: { types: ['REGIONAL'] },
    disableExecuteApiEndpoint: false,
    rootResourceId: api.rootResourceId,
  };
}

export function createRestApi(aws: AwsContext, input: CreateRestApiCommandInput): Wire<RestApi> {
  const id = nextId(aws.state, 'r');
  const root: RestResource = { id: nextId(aws.state, 'x'), path: '/', methods: {} };
  const api: RestApiState = {
    id,
    name: input.name ?? '',
    ...(input.description === undefined ? {} : { description: input.description }),
    createdAt: aws.now(),
    rootResourceId: root.id,
    ...(input.binaryMediaTypes === undefined ? {} : { binaryMediaTypes: [...input.binaryMediaTypes] }),
    resources: { [root.id]: root },
    deployments: {},
    stages: {},
  };
  aws.state.restApis[id] = api;
  return describeApi(api);
}

export function getRestApi(aws: AwsContext, input: GetRestApiCommandInput): Wire<RestApi> {
  return describeApi(findRestApi(aws.state, input.restApiId));
}

function describeResource(resource: RestResource, withMethods: boolean): Wire<Resource> {
  const methods = Object.values(resource.methods);
  return {
    id: resource.id,
    ...(resource.parentId === undefined ? {} : { parentId: resource.parentId }),
    ...(resource.pathPart === undefined ? {} : { pathPart: resource.pathPart }),
    path: resource.path,
    ...(methods.length === 0
      ? {}
      : {
          resourceMethods: Object.fromEntries(
            methods.map((method) => [method.httpMethod, withMethods ? describeMethod(method) : {}]),
          ),
        }),
  };
}

function describeMethod(method: RestMethod): Wire<Method> {
  return {
    httpMethod: method.httpMethod,
    authorizationType: method.authorizationType,
    apiKeyRequired: method.apiKeyRequired ?? false,
    ...(method.authorizerId === undefined ? {} : { authorizerId: method.authorizerId }),
    ...(method.integration ? { methodIntegration: describeIntegration(method.integration) } : {}),
  };
}

/** On the wire the list is called `item`. */
export function getResources(
  aws: AwsContext,
  input: GetResourcesCommandInput,
): { item: Wire<Resource>[]; position?: string } {
  const api = findRestApi(aws.state, input.restApiId);
  const { items, next } = page(Object.values(api.resources), input.limit ?? 25, input.position);
  const withMethods = [input.embed ?? []].flat().includes('methods');
  return {
    item: items.map((resource) => describeResource(resource, withMethods)),
    ...(next === undefined ? {} : { position: next }),
  };
}

export function createResource(aws: AwsContext, input: CreateResourceCommandInput): Wire<Resource> {
  const api = findRestApi(aws.state, input.restApiId);
  const parent = findResource(api, input.parentId);
  const pathPart = input.pathPart ?? '';
  const path = `${parent.path === '/' ? '' : parent.path}/${pathPart}`;
  if (Object.values(api.resources).some((resource) => resource.path === path)) {
    throw plainError(
      409,
      'ConflictException',
      `Another resource with the same parent already has this name: ${pathPart}`,
    );
  }
  const resource: RestResource = {
    id: nextId(aws.state, 'x'),
    parentId: parent.id,
    pathPart,
    path,
    methods: {},
  };
  api.resources[resource.id] = resource;
  return describeResource(resource, true);
}

export function putMethod(aws: AwsContext, input: PutMethodCommandInput): Wire<Method> {
  const api = findRestApi(aws.state, input.restApiId);
  const resource = findResource(api, input.resourceId);
  const httpMethod = input.httpMethod ?? '';
  if (resource.methods[httpMethod] !== undefined) {
    throw plainError(409, 'ConflictException', 'Method already exists for this resource');
  }
  const { authorizationType = 'NONE', authorizerId, apiKeyRequired } = input;
  const method: RestMethod = {
    httpMethod,
    authorizationType,
    ...(authorizerId === undefined ? {} : { authorizerId }),
    ...(apiKeyRequired === undefined ? {} : { apiKeyRequired }),
  };
  resource.methods[httpMethod] = method;
  return describeMethod(method);
}

/** One method, as GetResources shows it with `embed=methods`. */
export function getMethod(aws: AwsContext, input: GetMethodCommandInput): Wire<Method> {
  const api = findRestApi(aws.state, input.restApiId);
  return describeMethod(findMethod(api, input.resourceId, input.httpMethod));
}

function describeIntegration(integration: RestIntegration): Wire<Integration> {
  return {
    type: integration.type as Integration['type'],
    ...(integration.integrationHttpMethod === undefined
      ? {}
      : { httpMethod: integration.integrationHttpMethod }),
    ...(integration.uri === undefined ? {} : { uri: integration.uri }),
    passthroughBehavior: 'WHEN_NO_MATCH',
    timeoutInMillis: integration.timeoutInMillis ?? 29_000,
    responseTransferMode: integration.responseTransferMode ?? 'BUFFERED',
    cacheKeyParameters: [],
  };
}

export function putIntegration(aws: AwsContext, input: PutIntegrationCommandInput): Wire<Integration> {
  const api = findRestApi(aws.state, input.restApiId);
  const method = findMethod(api, input.resourceId, input.httpMethod);
  const { type = 'AWS_PROXY', integrationHttpMethod, uri, timeoutInMillis, responseTransferMode } = input;
  method.integration = {
    type,
    ...(integrationHttpMethod === undefined ? {} : { integrationHttpMethod }),
    ...(uri === undefined ? {} : { uri }),
    ...(timeoutInMillis === undefined ? {} : { timeoutInMillis }),
    ...(responseTransferMode === undefined ? {} : { responseTransferMode }),
  };
  return describeIntegration(method.integration);
}

function findIntegration(
  aws: AwsContext,
  input: GetIntegrationCommandInput | UpdateIntegrationCommandInput,
): RestIntegration {
  const api = findRestApi(aws.state, input.restApiId);
  const { integration } = findMethod(api, input.resourceId, input.httpMethod);
  if (integration === undefined) throw missing('Integration');
  return integration;
}

export function getIntegration(aws: AwsContext, input: GetIntegrationCommandInput): Wire<Integration> {
  return describeIntegration(findIntegration(aws, input));
}

/** Changes the API's definition; stages answer as before until a deployment. */
export function updateIntegration(aws: AwsContext, input: UpdateIntegrationCommandInput): Wire<Integration> {
  const integration = findIntegration(aws, input);
  for (const operation of input.patchOperations ?? []) patchIntegration(integration, operation);
  return describeIntegration(integration);
}

function patchIntegration(integration: RestIntegration, operation: PatchOperation): void {
  const { op, path, value = '' } = operation;
  if (op !== 'replace') throw badRequest(`Invalid patch operation specified: ${op}`);
  switch (path) {
    case '/uri':
      integration.uri = value;
      return;
    case '/httpMethod':
      integration.integrationHttpMethod = value;
      return;
    case '/responseTransferMode':
      integration.responseTransferMode = value === 'STREAM' ? 'STREAM' : 'BUFFERED';
      return;
    case '/timeoutInMillis':
      integration.timeoutInMillis = Number(value);
      return;
    default:
      throw badRequest(`Invalid patch path ${path}`);
  }
}
