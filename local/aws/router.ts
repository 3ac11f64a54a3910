import { fromUtf8, jsonResponse, queryValue } from '../http.ts';
import type { LocalRequest, LocalResponse } from '../http.ts';
import { restApiRoutes } from './api-gateway/routes.ts';
import { httpApiRoutes } from './api-gateway-v2/routes.ts';
import { cloudWatchOperations } from './cloudwatch.ts';
import { ecrOperations } from './ecr/operations.ts';
import { plainError } from './errors.ts';
import { answerApiRequest, locateApi } from './execute-api/answer.ts';
import { downloadLayer, isLayerDownload } from './layer-download.ts';
import { lambdaRoutes } from './lambda/routes.ts';
import { answerS3, s3Request } from './s3.ts';
import { SERVICES } from './protocols.ts';
import type { Service } from './protocols.ts';
import { matchRoute } from './routes.ts';
import type { AwsContext, RestRoute, RpcOperation } from './routes.ts';
import { queryOperations } from './query-operations.ts';
import { queryResponse, readForm } from './query.ts';

/** A request understood: what it is, and how to answer it. */
export interface Routed {
  readonly service: Service;
  readonly operation: string;
  readonly isWrite: boolean;
  answer(aws: AwsContext): LocalResponse | Promise<LocalResponse>;
}

/** Which operation a request is. Nobody needs to know the host: paths and headers tell, with any endpoint. */
export function routeRequest(aws: AwsContext, request: LocalRequest): Routed {
  const target = request.headers['x-amz-target'];
  if (target !== undefined) return routeRpc(target, request);
  if (isLayerDownload(aws.state, request)) {
    return {
      service: SERVICES.blobs,
      operation: 'GetObject',
      isWrite: false,
      answer: (context) => downloadLayer(context, request),
    };
  }
  const s3 = s3Request(request);
  if (s3 !== undefined) {
    const { operation } = s3;
    const answer = (context: AwsContext) => answerS3(context, request);
    return { service: SERVICES.s3, operation, isWrite: false, answer };
  }
  const api = locateApi(aws.state, request);
  if (api !== undefined) {
    return {
      service: SERVICES['execute-api'],
      operation: 'Request',
      isWrite: false,
      answer: (context) => answerApiRequest(context, request, api),
    };
  }
  return routeRest(request) ?? routeQuery(request) ?? unknown(request);
}

function routeRpc(target: string, request: LocalRequest): Routed {
  const [prefix = '', operation = ''] = target.split('.');
  const isEcr = prefix.startsWith('AmazonEC2ContainerRegistry');
  const service = isEcr ? SERVICES.ecr : SERVICES.cloudwatch;
  const table: Readonly<Record<string, RpcOperation>> = isEcr ? ecrOperations : cloudWatchOperations;
  const found = table[operation];
  return {
    service,
    operation,
    isWrite: found?.isWrite ?? false,
    answer: (aws) => {
      if (found === undefined) throw plainError(400, 'UnknownOperationException', notShown(operation));
      const output = found.handle(aws, bodyOf(request) as never);
      return jsonResponse(200, output, { 'content-type': request.headers['content-type'] ?? '' });
    },
  };
}

/** What Lambda's paths have behind the date of their version. */
const LAMBDA_PATHS = new Set(['functions', 'tags', 'account-settings', 'resource-policy']);

function routeRest(request: LocalRequest): Routed | undefined {
  const segments = request.path.split('/').filter((part) => part !== '');
  const first = segments[0];
  if (first === 'restapis') return routeWith(SERVICES.apigateway, restApiRoutes, { request, segments });
  if (first === 'v2' && segments[1] === 'apis') {
    return routeWith(SERVICES.apigatewayv2, httpApiRoutes, { request, segments });
  }
  if (LAMBDA_PATHS.has(segments[1] ?? ''))
    return routeWith(SERVICES.lambda, lambdaRoutes, { request, segments });
  return undefined;
}

function routeWith(
  service: Service,
  routes: readonly RestRoute[],
  call: { request: LocalRequest; segments: readonly string[] },
): Routed | undefined {
  const { request, segments } = call;
  for (const candidate of routes) {
    const labels = matchRoute(candidate, request, segments);
    if (labels === undefined) continue;
    return {
      service,
      operation: candidate.operation,
      isWrite: candidate.isWrite,
      answer: (aws) =>
        answerRest(aws, candidate, { request, labels, camel: service.name === 'apigatewayv2' }),
    };
  }
  return undefined;
}

function answerRest(
  aws: AwsContext,
  candidate: RestRoute,
  call: { request: LocalRequest; labels: Record<string, string>; camel: boolean },
): LocalResponse | Promise<LocalResponse> {
  const { request, labels, camel } = call;
  const query = queryInput(request);
  const headers = {
    InvocationType: request.headers['x-amz-invocation-type'],
    LogType: request.headers['x-amz-log-type'],
  };
  if (candidate.raw) return candidate.raw(aws, { input: { ...query, ...headers, ...labels }, request });
  const body = renamed(bodyOf(request), candidate.rename ?? {});
  const input = { ...query, ...body };
  // API Gateway v2's SDK types begin members with a capital letter; on the wire they are small.
  const typed = camel ? withFirstLetters(input, 'upper') : input;
  const output = candidate.handle(aws, { ...typed, ...labels } as never);
  const write = (given: unknown): LocalResponse => {
    if (candidate.status === 204) return jsonResponse(204, undefined);
    return jsonResponse(candidate.status, camel ? lowered(given) : given);
  };
  // What a handler knows at once is answered in the same turn, so that the order of calls stays theirs.
  return output instanceof Promise ? output.then(write) : write(output);
}

const NUMBERS = new Set(['MaxItems', 'limit']);

function queryInput(request: LocalRequest): Record<string, string | number | string[]> {
  const input: Record<string, string | number | string[]> = {};
  for (const name in request.query) {
    const value = queryValue(request, name) ?? '';
    input[name] = NUMBERS.has(name) ? Number(value) : value;
  }
  const { tagKeys } = request.query;
  if (tagKeys !== undefined) input['TagKeys'] = [tagKeys].flat();
  return input;
}

function bodyOf(request: LocalRequest): Record<string, unknown> {
  if (request.body.length === 0) return {};
  return JSON.parse(fromUtf8(request.body)) as Record<string, unknown>;
}

function renamed(
  body: Record<string, unknown>,
  names: Readonly<Record<string, string>>,
): Record<string, unknown> {
  for (const [from, to] of Object.entries(names)) {
    if (from in body) body[to] = body[from];
  }
  return body;
}

/** Only member names change: keys of maps (stage variables) are the user's. */
function withFirstLetters(value: object, to: 'upper' | 'lower'): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  for (const [key, member] of Object.entries(value)) {
    const first = key[0] ?? '';
    result[(to === 'upper' ? first.toUpperCase() : first.toLowerCase()) + key.slice(1)] = member;
  }
  return result;
}

function lowered(output: unknown): unknown {
  const result = withFirstLetters(output as object, 'lower');
  const { items } = result;
  if (Array.isArray(items)) result['items'] = items.map((item) => withFirstLetters(item as object, 'lower'));
  return result;
}

function routeQuery(request: LocalRequest): Routed | undefined {
  if (request.method !== 'POST' || request.path !== '/') return undefined;
  const operation = new URLSearchParams(fromUtf8(request.body)).get('Action');
  if (operation === null) return undefined;
  const found = queryOperations[operation];
  return {
    service: SERVICES[found?.service ?? 'sts'],
    operation,
    isWrite: found?.isWrite ?? false,
    answer: (aws) => {
      if (found === undefined) throw plainError(400, 'InvalidAction', notShown(operation));
      return queryResponse(operation, found.handle(aws, readForm(request) as never));
    },
  };
}

function unknown(request: LocalRequest): Routed {
  const operation = `${request.method} ${request.path}`;
  return {
    service: SERVICES.unknown,
    operation,
    isWrite: false,
    answer: () => {
      throw plainError(404, 'UnknownOperationException', notShown(operation));
    },
  };
}

function notShown(operation: string): string {
  return `The local AWS does not show ${operation}: local/README.md lists what it does.`;
}
