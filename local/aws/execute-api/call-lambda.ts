import { fromUtf8, jsonResponse, utf8 } from '../../http.ts';
import type { LocalResponse } from '../../http.ts';
import { AwsError } from '../errors.ts';
import { invokeFunction } from '../lambda/invoke.ts';
import { mayInvoke } from '../lambda/permissions.ts';
import { findFunction, parseReference } from '../lambda/resolve.ts';
import type { AwsContext } from '../routes.ts';
import { formatOne, formatTwo } from './events.ts';
import type { ApiCall } from './events.ts';
import { responseOne, responseStreamed, responseTwo } from './responses.ts';

/** Everything an integration needs to call Lambda, for both kinds of API. */
export interface Prepared {
  readonly call: ApiCall;
  readonly integrationUri: string;
  /** What the permission on the alias is checked against. */
  readonly sourceArn: string;
  readonly format: '1.0' | '2.0';
  /** STREAM: the function answers in pieces, behind a head of its own. REST APIs only. */
  readonly transfer: 'BUFFERED' | 'STREAM';
  /** Whether base64 answers are decoded for this client. */
  readonly decodes: boolean;
}

/** API Gateway's own form of a function ARN: the date and the end of the path say how the answer travels. */
const WRAPPED = /\/(2015-03-31|2021-11-15)\/functions\/(.+)\/(invocations|response-streaming-invocations)$/;

interface Integration {
  /** A function ARN. */
  readonly reference: string;
  /** Undefined for a plain ARN, which HTTP APIs use. */
  readonly transfer?: 'BUFFERED' | 'STREAM';
}

/** The function an integration URI names, stage variables filled in; undefined for a URI that mixes both forms. */
function parseIntegration(uri: string, variables: Readonly<Record<string, string>>): Integration | undefined {
  const filled = uri.replace(
    /\$\{stageVariables\.([A-Za-z0-9_]+)\}/g,
    (_all, name: string) => variables[name] ?? '',
  );
  const [, date, reference, end] = WRAPPED.exec(filled) ?? [];
  if (reference === undefined) return { reference: filled };
  const streams = end === 'response-streaming-invocations';
  if (streams !== (date === '2021-11-15')) return undefined;
  return { reference, transfer: streams ? 'STREAM' : 'BUFFERED' };
}

/**
 * 500 without the permission, and where the URI is not the one of the transfer mode; 502 when the function fails or
 * answers what is no proxy response.
 */
export async function callLambda(aws: AwsContext, prepared: Prepared, words: string): Promise<LocalResponse> {
  const { call, format, transfer } = prepared;
  const failed = (status: 500 | 502): LocalResponse => jsonResponse(status, { message: words });
  const integration = parseIntegration(prepared.integrationUri, call.stageVariables);
  if (integration === undefined || (integration.transfer ?? transfer) !== transfer) return failed(500);
  const { qualifier } = parseReference(integration.reference);
  try {
    const fn = findFunction(aws, integration.reference);
    if (!mayInvoke(aws, { fn, qualifier, sourceArn: prepared.sourceArn })) return failed(500);
    const event = format === '1.0' ? formatOne(aws, call) : formatTwo(aws, call);
    const outcome = await invokeFunction(aws, { fn, qualifier, payload: utf8(JSON.stringify(event)) });
    if (outcome.functionError !== undefined) return failed(502);
    if (transfer === 'STREAM') return responseStreamed(outcome.payload) ?? failed(500);
    return responseOf(prepared, fromUtf8(outcome.payload)) ?? failed(502);
  } catch (error) {
    if (error instanceof AwsError) return failed(500);
    throw error;
  }
}

function responseOf({ format, decodes }: Prepared, payload: string): LocalResponse | undefined {
  return format === '1.0' ? responseOne(payload, decodes) : responseTwo(payload);
}
