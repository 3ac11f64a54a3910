import { fromUtf8, jsonResponse, utf8 } from '../../http.ts';
import type { LocalRequest, LocalResponse } from '../../http.ts';
import { AwsError } from '../errors.ts';
import { invokeFunction } from '../lambda/invoke.ts';
import { mayInvoke } from '../lambda/permissions.ts';
import { findFunction, parseReference } from '../lambda/resolve.ts';
import type { AwsContext } from '../routes.ts';
import { dnsSuffix } from '../state.ts';
import type { AwsState, HttpApiState, RestApiState, RestResource, RestStage } from '../state.ts';
import { formatOne, formatTwo } from './events.ts';
import type { ApiCall } from './events.ts';
import { responseOne, responseTwo } from './responses.ts';
import { isBinary, isTextForHttpApi } from './media-types.ts';
import { matchHttp, matchRest } from './routing.ts';

/** API URLs where no host name per API can be had: behind the HTTP server. */
const HOSTLESS = '/_aws/execute-api/';
const GOLDEN_RATIO = 0.618033988749895;

export interface LocatedApi {
  readonly apiId: string;
  /** Stage (if any) and path. */
  readonly rest: string;
}

/** The API a URL belongs to: `{id}.execute-api.{region}…/…`, or `/_aws/execute-api/{id}/…` on any host. */
export function locateApi(state: AwsState, request: LocalRequest): LocatedApi | undefined {
  if (request.path.startsWith(HOSTLESS)) {
    const [apiId = '', ...parts] = request.path.slice(HOSTLESS.length).split('/');
    return { apiId, rest: `/${parts.join('/')}` };
  }
  const [apiId = '', service, ...host] = request.host.split('.');
  if (service !== 'execute-api') return undefined;
  if (host.join('.') !== `${state.region}.${dnsSuffix(state.region)}`) return undefined;
  return { apiId, rest: request.path };
}

/** Everything an integration needs to call Lambda, for both kinds of API. */
interface Prepared {
  readonly call: ApiCall;
  readonly integrationUri: string;
  /** What the permission on the alias is checked against. */
  readonly sourceArn: string;
  readonly format: '1.0' | '2.0';
  /** Whether base64 answers are decoded for this client. */
  readonly decodes: boolean;
}

export async function answerApiRequest(
  aws: AwsContext,
  request: LocalRequest,
  located: LocatedApi,
): Promise<LocalResponse> {
  const rest = aws.state.restApis[located.apiId];
  if (rest !== undefined) {
    const prepared = prepareRest(aws, rest, { request, rest: located.rest });
    return prepared === undefined ? forbidden() : callLambda(aws, prepared, 'Internal server error');
  }
  const http = aws.state.httpApis[located.apiId];
  if (http === undefined) return jsonResponse(404, { message: 'Not Found' });
  const prepared = prepareHttp(aws, http, { request, rest: located.rest });
  if (prepared === undefined) return jsonResponse(404, { message: 'Not Found' });
  return callLambda(aws, prepared, 'Internal Server Error');
}

/** What a REST API says to a path or stage it does not have. */
function forbidden(): LocalResponse {
  return jsonResponse(403, { message: 'Missing Authentication Token' });
}

function prepareRest(
  aws: AwsContext,
  api: RestApiState,
  from: { request: LocalRequest; rest: string },
): Prepared | undefined {
  const [, stageName = '', ...parts] = from.rest.split('/');
  const stage = api.stages[stageName];
  if (stage === undefined) return undefined;
  const serving = servingDeployment(aws, api, stage);
  const path = `/${parts.join('/')}`;
  const match = matchRest(serving.resources, from.request.method, path);
  const uri = match?.method.integration?.uri;
  if (match === undefined || uri === undefined) return undefined;
  return {
    call: {
      request: from.request,
      apiId: api.id,
      stage: stageName,
      path,
      resource: match.resource.path,
      parameters: match.parameters,
      stageVariables: serving.variables,
      encoded: isBinary(api.binaryMediaTypes, from.request.headers['content-type']),
    },
    integrationUri: uri,
    sourceArn: executeArn(aws, `${api.id}/${stageName}/${from.request.method}${match.resource.path}`),
    format: '1.0',
    decodes: isBinary(api.binaryMediaTypes, from.request.headers['accept']),
  };
}

/** The stage's deployment, or its canary's for the canary's share of the requests. */
function servingDeployment(
  aws: AwsContext,
  api: RestApiState,
  stage: RestStage,
): { resources: Readonly<Record<string, RestResource>>; variables: Record<string, string> } {
  const { canary, variables } = stage;
  const own = api.deployments[stage.deploymentId]?.resources ?? {};
  if (canary === undefined) return { resources: own, variables };
  aws.state.counters.invocation++;
  const share = (aws.state.counters.invocation * GOLDEN_RATIO) % 1;
  if (share >= canary.percentTraffic / 100) return { resources: own, variables };
  return {
    resources: api.deployments[canary.deploymentId]?.resources ?? {},
    variables: { ...variables, ...canary.stageVariableOverrides },
  };
}

function prepareHttp(
  aws: AwsContext,
  api: HttpApiState,
  from: { request: LocalRequest; rest: string },
): Prepared | undefined {
  const [, first = '', ...parts] = from.rest.split('/');
  const named = api.stages[first] !== undefined;
  const stage = api.stages[named ? first : '$default'];
  const deployment = api.deployments[stage?.deploymentId ?? ''];
  if (stage === undefined || deployment === undefined) return undefined;
  const path = named ? `/${parts.join('/')}` : from.rest;
  const match = matchHttp(deployment.routes, from.request.method, path);
  const integration = deployment.integrations[match?.route.target?.replace('integrations/', '') ?? ''];
  if (match === undefined || integration?.integrationUri === undefined) return undefined;
  const { routeKey } = match.route;
  const template = routeKey.split(' ')[1];
  const tail = template === undefined ? '/$default' : `/${from.request.method}${template}`;
  return {
    call: {
      request: from.request,
      apiId: api.id,
      stage: stage.stageName,
      path,
      resource: routeKey,
      parameters: match.parameters,
      stageVariables: stage.variables,
      encoded: !isTextForHttpApi(from.request.headers['content-type']),
    },
    integrationUri: integration.integrationUri,
    sourceArn: executeArn(aws, `${api.id}/${stage.stageName}${tail}`),
    format: integration.payloadFormatVersion === '2.0' ? '2.0' : '1.0',
    decodes: true,
  };
}

function executeArn(aws: AwsContext, rest: string): string {
  const { partition, region, accountId } = aws.state;
  return `arn:${partition}:execute-api:${region}:${accountId}:${rest}`;
}

/**
 * The function an integration URI names, stage variables filled in: a function ARN, or one wrapped in API Gateway's
 * own `…:lambda:path/2015-03-31/functions/{arn}/invocations`.
 */
function functionReference(uri: string, variables: Readonly<Record<string, string>>): string {
  const filled = uri.replace(
    /\$\{stageVariables\.([A-Za-z0-9_]+)\}/g,
    (_all, name: string) => variables[name] ?? '',
  );
  return /functions\/(.+)\/invocations$/.exec(filled)?.[1] ?? filled;
}

/** 500 without the permission, 502 when the function fails or answers what is no proxy response. */
async function callLambda(aws: AwsContext, prepared: Prepared, words: string): Promise<LocalResponse> {
  const { call, format } = prepared;
  const reference = functionReference(prepared.integrationUri, call.stageVariables);
  const { qualifier } = parseReference(reference);
  try {
    const fn = findFunction(aws, reference);
    if (!mayInvoke(aws, { fn, qualifier, sourceArn: prepared.sourceArn })) {
      return jsonResponse(500, { message: words });
    }
    const event = format === '1.0' ? formatOne(aws, call) : formatTwo(aws, call);
    const outcome = await invokeFunction(aws, { fn, qualifier, payload: utf8(JSON.stringify(event)) });
    const payload = fromUtf8(outcome.payload);
    const answer = format === '1.0' ? responseOne(payload, prepared.decodes) : responseTwo(payload);
    if (outcome.functionError !== undefined || answer === undefined) {
      return jsonResponse(502, { message: words });
    }
    return answer;
  } catch (error) {
    if (error instanceof AwsError) return jsonResponse(500, { message: words });
    throw error;
  }
}
