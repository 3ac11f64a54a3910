import { queryValue } from '../http.ts';
import type { LocalRequest, LocalResponse } from '../http.ts';
import type { LocalClock } from '../clock.ts';
import type { BlobStore } from './blobs.ts';
import type { FunctionRuntime } from './runtime.ts';
import type { AwsState } from './state.ts';

/** What a handler works on: the state, the time of the call, and the two things that are not state. */
export interface AwsContext {
  readonly state: AwsState;
  readonly blobs: BlobStore;
  readonly runtime: FunctionRuntime;
  readonly clock: LocalClock;
  now(): number;
  /** Whether the caller may take an action that the service takes in its name; absent: every one. */
  readonly may?: ((needed: Needed) => boolean) | undefined;
}

/** An action on a resource, as IAM decides on it. */
export interface Needed {
  readonly action: string;
  readonly resource: string;
}

/** A handler that writes the response itself, where a body and a status are not enough (Invoke). */
export type RawHandler = (
  aws: AwsContext,
  call: { input: Record<string, unknown>; request: LocalRequest },
) => LocalResponse | Promise<LocalResponse>;

export interface RestRoute {
  readonly operation: string;
  readonly method: string;
  readonly segments: readonly string[];
  /** A query parameter that must be there with this value: one path may carry two operations. */
  readonly query?: { readonly name: string; readonly value: string };
  readonly status: number;
  readonly isWrite: boolean;
  readonly handle: (aws: AwsContext, input: never) => unknown;
  readonly raw?: RawHandler;
  /** Members of the body that the SDK's input type calls something else. */
  readonly rename?: Readonly<Record<string, string>>;
}

/**
 * A route of a REST service: `PUT /restapis/{restApiId}` and the like. The handler's input is what the SDK's input
 * type says: labels, query and JSON body in one object.
 */
export function route(
  line: string,
  handle: RestRoute['handle'],
  options: Pick<RestRoute, 'operation' | 'raw' | 'rename'> & { status?: number; isWrite?: boolean },
): RestRoute {
  const [method = '', target = ''] = line.split(' ');
  const [path = '', query] = target.split('?');
  const [name = '', value = ''] = query?.split('=') ?? [];
  return {
    operation: options.operation,
    method,
    segments: path.split('/').filter((part) => part !== ''),
    ...(query === undefined ? {} : { query: { name, value } }),
    status: options.status ?? 200,
    isWrite: options.isWrite ?? method !== 'GET',
    handle,
    ...(options.raw ? { raw: options.raw } : {}),
    ...(options.rename ? { rename: options.rename } : {}),
  };
}

/** The labels of the path if the route fits it, else undefined. */
export function matchRoute(
  candidate: RestRoute,
  request: LocalRequest,
  segments: readonly string[],
): Record<string, string> | undefined {
  if (candidate.method !== request.method || candidate.segments.length !== segments.length) return undefined;
  const { query } = candidate;
  if (query !== undefined && queryValue(request, query.name) !== query.value) return undefined;
  const labels: Record<string, string> = {};
  for (let index = 0; index < segments.length; index++) {
    const wanted = candidate.segments[index] as string;
    const given = segments[index] as string;
    if (wanted.startsWith('{')) labels[wanted.slice(1, -1)] = decodeURIComponent(given);
    else if (wanted !== given) return undefined;
  }
  return labels;
}

/** An operation of a service that speaks JSON RPC (ECR, CloudWatch). */
export interface RpcOperation {
  readonly isWrite: boolean;
  readonly handle: (aws: AwsContext, input: never) => unknown;
}
