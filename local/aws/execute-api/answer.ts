import { jsonResponse } from '../../http.ts';
import type { LocalRequest, LocalResponse } from '../../http.ts';
import type { AwsContext } from '../routes.ts';
import { dnsSuffix } from '../partitions.ts';
import type { AwsState, HttpApiState, RestApiState, RestResource, RestStage } from '../state.ts';
import { missingToken, refuseHttp, refuseRest } from './authorization.ts';
import { callLambda } from './call-lambda.ts';
import type { Prepared } from './call-lambda.ts';
import { isBinary, isTextForHttpApi } from './media-types.ts';
import { misbehave } from './misbehave.ts';
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

export async function answerApiRequest(
  aws: AwsContext,
  request: LocalRequest,
  located: LocatedApi,
): Promise<LocalResponse> {
  const rest = aws.state.restApis[located.apiId];
  const http = aws.state.httpApis[located.apiId];
  const how = (rest ?? http)?.misbehaviour;
  if (how !== undefined) return misbehave(aws, request, how);
  const from = { request, rest: located.rest };
  if (rest !== undefined) {
    const prepared = prepareRest(aws, rest, from) ?? missingToken();
    return 'status' in prepared ? prepared : callLambda(aws, prepared, 'Internal server error');
  }
  const prepared = http && prepareHttp(aws, http, from);
  if (prepared === undefined) return jsonResponse(404, { message: 'Not Found' });
  return 'status' in prepared ? prepared : callLambda(aws, prepared, 'Internal Server Error');
}

function prepareRest(
  aws: AwsContext,
  api: RestApiState,
  from: { request: LocalRequest; rest: string },
): Prepared | LocalResponse | undefined {
  const [, stageName = '', ...parts] = from.rest.split('/');
  const stage = api.stages[stageName];
  if (stage === undefined) return undefined;
  const serving = servingDeployment(aws, api, stage);
  const path = `/${parts.join('/')}`;
  const match = matchRest(serving.resources, from.request.method, path);
  const { uri, responseTransferMode = 'BUFFERED' } = match?.method.integration ?? {};
  if (match === undefined || uri === undefined) return undefined;
  const refusal = refuseRest(from.request, match.method);
  if (refusal !== undefined) return refusal;
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
    transfer: responseTransferMode,
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
): Prepared | LocalResponse | undefined {
  const [, first = '', ...parts] = from.rest.split('/');
  const named = api.stages[first] !== undefined;
  const stage = api.stages[named ? first : '$default'];
  const deployment = api.deployments[stage?.deploymentId ?? ''];
  if (stage === undefined || deployment === undefined) return undefined;
  const path = named ? `/${parts.join('/')}` : from.rest;
  const match = matchHttp(deployment.routes, from.request.method, path);
  const integration = deployment.integrations[match?.route.target?.replace('integrations/', '') ?? ''];
  if (match === undefined || integration?.integrationUri === undefined) return undefined;
  const refusal = refuseHttp(from.request, match.route);
  if (refusal !== undefined) return refusal;
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
    transfer: 'BUFFERED',
    decodes: true,
  };
}

function executeArn(aws: AwsContext, rest: string): string {
  const { partition, region, accountId } = aws.state;
  return `arn:${partition}:execute-api:${region}:${accountId}:${rest}`;
}
