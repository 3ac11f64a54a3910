import type {
  Api,
  AuthorizationType,
  CreateApiCommandInput,
  CreateIntegrationCommandInput,
  CreateRouteCommandInput,
  GetApiCommandInput,
  GetIntegrationCommandInput,
  GetIntegrationsCommandInput,
  GetRoutesCommandInput,
  Integration,
  Route,
  UpdateIntegrationCommandInput,
} from '@aws-sdk/client-apigatewayv2';
import { plainError } from '../errors.ts';
import type { AwsError } from '../errors.ts';
import type { AwsContext } from '../routes.ts';
import { dnsSuffix } from '../partitions.ts';
import { nextId } from '../state.ts';
import type { AwsState, HttpApiState, HttpIntegration, HttpRoute } from '../state.ts';
import { isoTime, page } from '../wire.ts';
import type { Wire } from '../wire.ts';
import { deployAutomatically } from './deployments.ts';

export function missing(what: string): AwsError {
  return plainError(404, 'NotFoundException', `Invalid ${what} identifier specified`);
}

export function badRequest(message: string): AwsError {
  return plainError(400, 'BadRequestException', message);
}

export function findHttpApi(state: AwsState, id: string | undefined): HttpApiState {
  const api = state.httpApis[id ?? ''];
  if (api === undefined) throw missing('API');
  return api;
}

function describeApi(aws: AwsContext, api: HttpApiState): Wire<Api> {
  const { region } = aws.state;
  return {
    ApiId: api.id,
    Name: api.name,
    ...(api.description === undefined ? {} : { Description: api.description }),
    ProtocolType: api.protocolType,
    ApiEndpoint: `https://${api.id}.execute-api.${region}.${dnsSuffix(region)}`,
    RouteSelectionExpression: '$request.method $request.path',
    ApiKeySelectionExpression: '$request.header.x-api-key',
    DisableExecuteApiEndpoint: false,
    CreatedDate: isoTime(api.createdAt),
  };
}

export function createApi(aws: AwsContext, input: CreateApiCommandInput): Wire<Api> {
  if (input.ProtocolType !== 'HTTP')
    throw badRequest('The local AWS shows HTTP APIs only, no WebSocket APIs.');
  const api: HttpApiState = {
    id: nextId(aws.state, 'h'),
    name: input.Name ?? '',
    ...(input.Description === undefined ? {} : { description: input.Description }),
    protocolType: 'HTTP',
    createdAt: aws.now(),
    integrations: {},
    routes: {},
    deployments: {},
    stages: {},
  };
  aws.state.httpApis[api.id] = api;
  return describeApi(aws, api);
}

export function getApi(aws: AwsContext, input: GetApiCommandInput): Wire<Api> {
  return describeApi(aws, findHttpApi(aws.state, input.ApiId));
}

function describeIntegration(integration: HttpIntegration): Wire<Integration> {
  return {
    IntegrationId: integration.id,
    IntegrationType: integration.integrationType as Integration['IntegrationType'],
    ...(integration.integrationUri === undefined ? {} : { IntegrationUri: integration.integrationUri }),
    ...(integration.integrationMethod === undefined
      ? {}
      : { IntegrationMethod: integration.integrationMethod }),
    ...(integration.description === undefined ? {} : { Description: integration.description }),
    PayloadFormatVersion: integration.payloadFormatVersion,
    ConnectionType: 'INTERNET',
    TimeoutInMillis: 30_000,
  };
}

export function createIntegration(aws: AwsContext, input: CreateIntegrationCommandInput): Wire<Integration> {
  const api = findHttpApi(aws.state, input.ApiId);
  const { IntegrationUri, IntegrationMethod, Description } = input;
  const integration: HttpIntegration = {
    id: nextId(aws.state, 'i'),
    integrationType: input.IntegrationType ?? 'AWS_PROXY',
    ...(IntegrationUri === undefined ? {} : { integrationUri: IntegrationUri }),
    ...(IntegrationMethod === undefined ? {} : { integrationMethod: IntegrationMethod }),
    ...(Description === undefined ? {} : { description: Description }),
    payloadFormatVersion: input.PayloadFormatVersion ?? '1.0',
  };
  api.integrations[integration.id] = integration;
  deployAutomatically(aws, api);
  return describeIntegration(integration);
}

function findIntegration(
  aws: AwsContext,
  input: GetIntegrationCommandInput | UpdateIntegrationCommandInput,
): { api: HttpApiState; integration: HttpIntegration } {
  const api = findHttpApi(aws.state, input.ApiId);
  const integration = api.integrations[input.IntegrationId ?? ''];
  if (integration === undefined) throw missing('Integration');
  return { api, integration };
}

export function getIntegration(aws: AwsContext, input: GetIntegrationCommandInput): Wire<Integration> {
  return describeIntegration(findIntegration(aws, input).integration);
}

export function getIntegrations(
  aws: AwsContext,
  input: GetIntegrationsCommandInput,
): { Items: Wire<Integration>[]; NextToken?: string } {
  const api = findHttpApi(aws.state, input.ApiId);
  const { items, next } = page(Object.values(api.integrations), pageSize(input.MaxResults), input.NextToken);
  return { Items: items.map(describeIntegration), ...(next === undefined ? {} : { NextToken: next }) };
}

/** v2 types MaxResults as text. */
export function pageSize(given: string | undefined): number {
  return given === undefined ? 100 : Number(given);
}

export function updateIntegration(aws: AwsContext, input: UpdateIntegrationCommandInput): Wire<Integration> {
  const { api, integration } = findIntegration(aws, input);
  if (input.IntegrationUri !== undefined) integration.integrationUri = input.IntegrationUri;
  if (input.IntegrationMethod !== undefined) integration.integrationMethod = input.IntegrationMethod;
  if (input.Description !== undefined) integration.description = input.Description;
  if (input.PayloadFormatVersion !== undefined) integration.payloadFormatVersion = input.PayloadFormatVersion;
  deployAutomatically(aws, api);
  return describeIntegration(integration);
}

function describeRoute(route: HttpRoute): Wire<Route> {
  return {
    RouteId: route.id,
    RouteKey: route.routeKey,
    ...(route.target === undefined ? {} : { Target: route.target }),
    AuthorizationType: (route.authorizationType ?? 'NONE') as AuthorizationType,
    ...(route.authorizerId === undefined ? {} : { AuthorizerId: route.authorizerId }),
    ApiKeyRequired: route.apiKeyRequired ?? false,
  };
}

export function createRoute(aws: AwsContext, input: CreateRouteCommandInput): Wire<Route> {
  const api = findHttpApi(aws.state, input.ApiId);
  const routeKey = input.RouteKey ?? '';
  if (Object.values(api.routes).some((route) => route.routeKey === routeKey)) {
    throw plainError(409, 'ConflictException', `Route with key ${routeKey} already exists for this API`);
  }
  const route: HttpRoute = {
    id: nextId(aws.state, 't'),
    routeKey,
    ...(input.Target === undefined ? {} : { target: input.Target }),
    ...(input.AuthorizationType === undefined ? {} : { authorizationType: input.AuthorizationType }),
    ...(input.AuthorizerId === undefined ? {} : { authorizerId: input.AuthorizerId }),
    ...(input.ApiKeyRequired === undefined ? {} : { apiKeyRequired: input.ApiKeyRequired }),
  };
  api.routes[route.id] = route;
  deployAutomatically(aws, api);
  return describeRoute(route);
}

export function getRoutes(
  aws: AwsContext,
  input: GetRoutesCommandInput,
): { Items: Wire<Route>[]; NextToken?: string } {
  const api = findHttpApi(aws.state, input.ApiId);
  const { items, next } = page(Object.values(api.routes), pageSize(input.MaxResults), input.NextToken);
  return { Items: items.map(describeRoute), ...(next === undefined ? {} : { NextToken: next }) };
}
