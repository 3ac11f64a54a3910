import { jsonResponse } from '../http.ts';
import type { LocalResponse } from '../http.ts';
import type { AwsError } from './errors.ts';
import { escapeXml } from './query.ts';
import { s3Error } from './s3.ts';

/** How a service writes its errors. */
type Protocol = 'rest-json' | 'rest-xml' | 'json-rpc' | 'query';

export interface Service {
  /** As the fault switch and the list of calls name it. */
  readonly name: ServiceName;
  readonly protocol: Protocol;
  /** What this service says when it throttles, and when it fails. */
  readonly throttle: {
    readonly status: number;
    readonly code: string;
    readonly fields?: Record<string, string>;
  };
  readonly failure: { readonly status: number; readonly code: string };
}

export type ServiceName =
  | 'lambda'
  | 'ecr'
  | 'apigateway'
  | 'apigatewayv2'
  | 'cloudwatch'
  | 'sts'
  | 'iam'
  | 'cloudformation'
  | 's3'
  | 'execute-api'
  | 'blobs'
  | 'unknown';

export const SERVICES: Readonly<Record<ServiceName, Service>> = {
  lambda: {
    name: 'lambda',
    protocol: 'rest-json',
    throttle: {
      status: 429,
      code: 'TooManyRequestsException',
      fields: { Reason: 'CallerRateLimitExceeded', Type: 'User' },
    },
    failure: { status: 500, code: 'ServiceException' },
  },
  ecr: {
    name: 'ecr',
    protocol: 'json-rpc',
    throttle: { status: 400, code: 'ThrottlingException' },
    failure: { status: 500, code: 'ServerException' },
  },
  apigateway: {
    name: 'apigateway',
    protocol: 'rest-json',
    throttle: { status: 429, code: 'TooManyRequestsException' },
    failure: { status: 500, code: 'InternalServerErrorException' },
  },
  apigatewayv2: {
    name: 'apigatewayv2',
    protocol: 'rest-json',
    throttle: { status: 429, code: 'TooManyRequestsException' },
    failure: { status: 500, code: 'InternalServerErrorException' },
  },
  cloudwatch: {
    name: 'cloudwatch',
    protocol: 'json-rpc',
    throttle: { status: 400, code: 'ThrottlingException' },
    failure: { status: 500, code: 'InternalServiceFault' },
  },
  sts: queryService('sts'),
  iam: queryService('iam'),
  cloudformation: queryService('cloudformation'),
  s3: {
    name: 's3',
    protocol: 'rest-xml',
    throttle: { status: 503, code: 'SlowDown' },
    failure: { status: 500, code: 'InternalError' },
  },
  'execute-api': plainHttp('execute-api'),
  blobs: plainHttp('blobs'),
  unknown: plainHttp('unknown'),
};

function queryService(name: ServiceName): Service {
  return {
    name,
    protocol: 'query',
    throttle: { status: 400, code: 'Throttling' },
    failure: { status: 500, code: 'InternalFailure' },
  };
}

function plainHttp(name: ServiceName): Service {
  return {
    name,
    protocol: 'rest-json',
    throttle: { status: 429, code: 'TooManyRequestsException' },
    failure: { status: 500, code: 'InternalServerErrorException' },
  };
}

/** Writes an error so that the SDK's client of that service raises the class it names. */
export function errorResponse(service: Service, error: AwsError): LocalResponse {
  const { status, code, message, fields, headers } = error;
  switch (service.protocol) {
    case 'rest-json':
      // Lambda's shapes say "Message" beside "Type", API Gateway's say "message"; clients take either.
      return jsonResponse(status, { ...fields, message }, { 'x-amzn-errortype': code, ...headers });
    case 'json-rpc':
      return jsonResponse(
        status,
        { __type: code, ...fields, message },
        { ...headers, 'content-type': 'application/x-amz-json-1.1' },
      );
    case 'rest-xml':
      return s3Error(error);
    case 'query':
      return xmlError(status, code, message);
  }
}

function xmlError(status: number, code: string, message: string): LocalResponse {
  const type = status < 500 ? 'Sender' : 'Receiver';
  const body = `<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>${type}</Type><Code>${code}</Code><Message>${escapeXml(message)}</Message></Error></ErrorResponse>`;
  return { status, headers: { 'content-type': 'text/xml' }, body: Buffer.from(body) };
}
