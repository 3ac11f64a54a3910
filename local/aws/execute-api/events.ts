import { fromUtf8 } from '../../http.ts';
import type { LocalRequest } from '../../http.ts';
import type { AwsContext } from '../routes.ts';

/** Everything both event formats are made from. */
export interface ApiCall {
  readonly request: LocalRequest;
  readonly apiId: string;
  readonly stage: string;
  /** The path behind the stage, as the client sent it. */
  readonly path: string;
  /** Resource path (REST) or route key (HTTP) that answered. */
  readonly resource: string;
  readonly parameters: Readonly<Record<string, string>>;
  readonly stageVariables: Readonly<Record<string, string>>;
  /** The function gets the body in base64. */
  readonly encoded: boolean;
}

const REQUEST_ID = 'local-request';

function orNull<T extends object>(value: T): T | null {
  return Object.keys(value).length > 0 ? value : null;
}

function lists(values: LocalRequest['query']): Record<string, string[]> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, [value].flat()]));
}

/** Where a name repeats, format 1.0 has the last value; 2.0 joins them with commas. */
function single(values: LocalRequest['query'], pick: (list: string[]) => string): Record<string, string> {
  return Object.fromEntries(Object.entries(lists(values)).map(([name, list]) => [name, pick(list)]));
}

function lastOf(list: string[]): string {
  return list.at(-1) ?? '';
}

/** The event of a REST API, and of an HTTP API whose integration asks for format 1.0. */
export function formatOne(aws: AwsContext, call: ApiCall): Record<string, unknown> {
  const { request, parameters, stageVariables } = call;
  const { state } = aws;
  return {
    resource: call.resource,
    path: call.path,
    httpMethod: request.method,
    headers: orNull(request.headers),
    multiValueHeaders: orNull(lists(request.headers)),
    queryStringParameters: orNull(single(request.query, lastOf)),
    multiValueQueryStringParameters: orNull(lists(request.query)),
    pathParameters: orNull(parameters),
    stageVariables: orNull(stageVariables),
    requestContext: {
      accountId: state.accountId,
      apiId: call.apiId,
      domainName: request.host,
      httpMethod: request.method,
      identity: { sourceIp: '127.0.0.1', userAgent: request.headers['user-agent'] ?? null },
      path: `/${call.stage}${call.path}`,
      protocol: 'HTTP/1.1',
      requestId: REQUEST_ID,
      requestTimeEpoch: aws.now(),
      resourcePath: call.resource,
      stage: call.stage,
    },
    body: request.body.length === 0 ? null : bodyText(request.body, call.encoded),
    isBase64Encoded: request.body.length > 0 && call.encoded,
  };
}

/** The event of an HTTP API in its own format. Absent is left out here, where format 1.0 has null. */
export function formatTwo(aws: AwsContext, call: ApiCall): Record<string, unknown> {
  const { request, parameters, stageVariables } = call;
  const rawPath = call.stage === '$default' ? call.path : `/${call.stage}${call.path}`;
  const { cookie, ...headers } = request.headers;
  const queryParameters = single(request.query, (list) => list.join(','));
  return {
    version: '2.0',
    routeKey: call.resource,
    rawPath,
    rawQueryString: rawQuery(request.query),
    ...(cookie === undefined ? {} : { cookies: cookie.split('; ') }),
    headers,
    ...(orNull(queryParameters) ? { queryStringParameters: queryParameters } : {}),
    requestContext: {
      accountId: aws.state.accountId,
      apiId: call.apiId,
      domainName: request.host,
      domainPrefix: call.apiId,
      http: {
        method: request.method,
        path: rawPath,
        protocol: 'HTTP/1.1',
        sourceIp: '127.0.0.1',
        userAgent: request.headers['user-agent'] ?? '',
      },
      requestId: REQUEST_ID,
      routeKey: call.resource,
      stage: call.stage,
      timeEpoch: aws.now(),
    },
    ...(orNull(parameters) ? { pathParameters: parameters } : {}),
    ...(orNull(stageVariables) ? { stageVariables } : {}),
    ...(request.body.length === 0 ? {} : { body: bodyText(request.body, call.encoded) }),
    isBase64Encoded: request.body.length > 0 && call.encoded,
  };
}

function rawQuery(query: LocalRequest['query']): string {
  const pairs = Object.entries(lists(query)).flatMap(([name, values]) =>
    values.map((value): [string, string] => [name, value]),
  );
  return new URLSearchParams(pairs).toString();
}

function bodyText(body: Uint8Array, encoded: boolean): string {
  return encoded ? Buffer.from(body).toString('base64') : fromUtf8(body);
}
