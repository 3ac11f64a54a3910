import type { RecordedCall } from '../calls.ts';
import { VirtualClock } from '../clock.ts';
import type { LocalClock } from '../clock.ts';
import { CallerProcess, FaultSwitch, TransportFault } from '../faults.ts';
import type { FaultRule } from '../faults.ts';
import type { LocalRequest, LocalResponse } from '../http.ts';
import { strayReply } from '../stray-reply.ts';
import { MemoryBlobStore } from './blobs.ts';
import type { BlobStore } from './blobs.ts';
import { AwsError } from './errors.ts';
import { enforceRateLimit } from './lambda/rate-limit.ts';
import { errorResponse } from './protocols.ts';
import type { Service } from './protocols.ts';
import { routeRequest } from './router.ts';
import type { Routed } from './router.ts';
import type { AwsContext } from './routes.ts';
import { programs } from './runtime.ts';
import type { FunctionRuntime } from './runtime.ts';
import { emptyState } from './state.ts';
import type { AwsState, AwsStateOptions } from './state.ts';

export interface LocalAwsOptions extends AwsStateOptions {
  /** A state to go on from; used as it is, not copied. */
  readonly state?: AwsState;
  readonly clock?: LocalClock;
  readonly blobs?: BlobStore;
  readonly runtime?: FunctionRuntime;
  /** Time each call takes, half before its effect and half after; default 0. */
  readonly latencyMs?: number;
}

/** Called with each call before anything happens; a scheduler holds calls back here to choose their order. */
export type BeforeCall = (call: RecordedCall, request: LocalRequest) => Promise<void>;

/** One call that took effect (or was refused): what was asked and what the answer is, whether or not it arrives. */
export interface Effect {
  readonly call: RecordedCall;
  readonly request: LocalRequest;
  readonly response: LocalResponse;
}

/** A local AWS: one account, one region. */
export interface LocalAws extends AwsContext {
  state: AwsState;
  readonly clock: LocalClock;
  readonly blobs: BlobStore;
  faults: FaultSwitch;
  readonly calls: RecordedCall[];
  runtime: FunctionRuntime;
  latencyMs: number;
  beforeCall?: BeforeCall;
  /** Called right after each effect and before its answer leaves, also when a fault then loses the answer. */
  afterEffect?: (effect: Effect) => void | Promise<void>;
  /**
   * Answers one request. Rejects with a TransportFault when the connection is to fail; never settles for a caller
   * that died.
   */
  handle(request: LocalRequest, caller?: CallerProcess): Promise<LocalResponse>;
}

/** Never settles: the answer a dead process gets. */
const SILENCE = new Promise<never>(() => undefined);

export function createLocalAws(options: LocalAwsOptions = {}): LocalAws {
  const main = new CallerProcess();
  const aws: LocalAws = {
    state: options.state ?? emptyState(options),
    clock: options.clock ?? new VirtualClock(),
    blobs: options.blobs ?? new MemoryBlobStore(),
    faults: new FaultSwitch(),
    calls: [],
    runtime: options.runtime ?? programs(),
    latencyMs: options.latencyMs ?? 0,
    now: () => aws.clock.now(),
    handle: (request, caller = main) => handle(aws, request, caller),
  };
  return aws;
}

async function handle(aws: LocalAws, request: LocalRequest, caller: CallerProcess): Promise<LocalResponse> {
  if (!caller.alive) return SILENCE;
  if (aws.clock instanceof VirtualClock) aws.clock.touch();
  const routed = routeRequest(aws, request);
  const call: RecordedCall = {
    service: routed.service.name,
    operation: routed.operation,
    number: aws.calls.length + 1,
    isWrite: routed.isWrite,
    at: aws.clock.now(),
    process: caller.name,
    status: 0,
  };
  aws.calls.push(call);
  await aws.beforeCall?.(call, request);
  if (!caller.alive) return SILENCE;
  if (aws.latencyMs > 0) await aws.clock.sleep(aws.latencyMs / 2);
  if (!caller.alive) return SILENCE;
  const fault = aws.faults.take(call);
  const response = await answerWith(aws, routed, { fault, caller, call, request });
  if (aws.latencyMs > 0) await aws.clock.sleep(aws.latencyMs / 2);
  if (!caller.alive) return SILENCE;
  call.status = response.status;
  return response;
}

/** The answer under a fault: what happens before the effect, the effect, what happens after it. */
async function answerWith(
  aws: LocalAws,
  routed: Routed,
  around: { fault: FaultRule | undefined; caller: CallerProcess } & Omit<Effect, 'response'>,
): Promise<LocalResponse> {
  const { fault, caller, call, request } = around;
  const early = fault === undefined ? undefined : failBefore(routed.service, fault, caller);
  if (early !== undefined) return early;
  const response = await answer(aws, routed);
  if (aws.afterEffect !== undefined) await aws.afterEffect({ call, request, response });
  if (fault === undefined) return response;
  switch (fault.kind) {
    case 'crash-after':
      caller.kill();
      return SILENCE;
    case 'drop-after':
      throw new TransportFault('reset');
    case 'timeout-after':
      throw new TransportFault('timeout');
    case 'empty-after':
      return strayReply(fault);
    case '5xx-after':
      return failure(routed.service, fault);
    default:
      return response;
  }
}

function failBefore(
  service: Service,
  fault: FaultRule,
  caller: CallerProcess,
): LocalResponse | Promise<LocalResponse> | undefined {
  switch (fault.kind) {
    case 'crash-before':
      caller.kill();
      return SILENCE;
    case 'drop-before':
      throw new TransportFault('reset');
    case 'timeout-before':
      throw new TransportFault('timeout');
    case 'empty-before':
      return strayReply(fault);
    case '5xx-before':
      return failure(service, fault);
    case 'throttle':
      return throttled(service, fault);
    case 'denied':
      return says(service, fault) ?? errorResponse(service, DENIED);
    default:
      return undefined;
  }
}

const DENIED = new AwsError(403, 'AccessDeniedException', {
  message: 'User: arn:aws:sts::local is not authorized to perform this operation.',
});

/** The rule's own words, in the protocol of the service that was called. */
function says(service: Service, { says: error }: FaultRule): LocalResponse | undefined {
  return error && errorResponse(service, new AwsError(error.status, error.code, error));
}

function failure(service: Service, fault: FaultRule): LocalResponse {
  const { status, code } = service.failure;
  const usual = new AwsError(status, code, { message: 'Internal failure, please try again.' });
  return says(service, fault) ?? errorResponse(service, usual);
}

function throttled(service: Service, fault: FaultRule): LocalResponse {
  const { status, code, fields = {} } = service.throttle;
  const { retryAfterSeconds } = fault;
  const headers = retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) };
  const usual = new AwsError(status, code, { message: 'Rate exceeded', fields, headers });
  return says(service, fault) ?? errorResponse(service, usual);
}

async function answer(aws: AwsContext, routed: Routed): Promise<LocalResponse> {
  try {
    if (routed.service.name === 'lambda') enforceRateLimit(aws, routed.operation);
    return await routed.answer(aws);
  } catch (error) {
    if (error instanceof AwsError) return errorResponse(routed.service, error);
    throw error;
  }
}
