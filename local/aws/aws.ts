import type { RecordedCall } from '../calls.ts';
import { VirtualClock } from '../clock.ts';
import type { LocalClock } from '../clock.ts';
import { carryOut } from '../carry-out.ts';
import type { BeforeCall, CalledService, Effect, Refusal } from '../carry-out.ts';
import { CallerProcess, FaultSwitch } from '../faults.ts';
import type { LocalRequest, LocalResponse } from '../http.ts';
import { MemoryBlobStore } from './blobs.ts';
import type { BlobStore } from './blobs.ts';
import { AwsError } from './errors.ts';
import { enforceRateLimit } from './lambda/rate-limit.ts';
import { errorResponse } from './protocols.ts';
import type { Service } from './protocols.ts';
import { routeRequest } from './router.ts';
import type { Routed } from './router.ts';
import type { AwsContext, Needed } from './routes.ts';
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

/** A call as IAM sees it, before it has any effect. */
export type AskedCall = Pick<Effect, 'call' | 'request'>;

/** A local AWS: one account, one region. */
export interface LocalAws extends AwsContext, CalledService {
  state: AwsState;
  readonly clock: LocalClock;
  readonly blobs: BlobStore;
  faults: FaultSwitch;
  readonly calls: RecordedCall[];
  runtime: FunctionRuntime;
  latencyMs: number;
  /** What the caller's identity policies say: a call that it returns false for is answered with AccessDenied and has no effect. */
  allows?: (caller: CallerProcess, asked: AskedCall) => boolean;
  /** The same for one action that CloudFormation takes with the caller's permissions. */
  allowsAction?: (caller: CallerProcess, needed: Needed) => boolean;
  beforeCall?: BeforeCall;
  /** Called right after each effect and before its answer leaves, also when a fault then loses the answer. */
  afterEffect?: (effect: Effect) => void | Promise<void>;
  /**
   * Answers one request. Rejects with a TransportFault when the connection is to fail; never settles for a caller
   * that died.
   */
  handle(request: LocalRequest, caller?: CallerProcess): Promise<LocalResponse>;
}

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

function handle(aws: LocalAws, request: LocalRequest, caller: CallerProcess): Promise<LocalResponse> {
  const routed = routeRequest(aws, request);
  const { service, operation, isWrite } = routed;
  return carryOut(aws, {
    request,
    caller,
    service: service.name,
    operation,
    isWrite,
    effect: (call) =>
      aws.allows?.(caller, { call, request }) === false
        ? Promise.resolve(errorResponse(service, DENIED))
        : answer(contextFor(aws, caller), routed),
    refuse: (refusal, { says, retryAfterSeconds }) =>
      errorResponse(
        service,
        says === undefined
          ? refused(service, refusal, retryAfterSeconds)
          : new AwsError(says.status, says.code, says),
      ),
  });
}

/** What the service says of itself, in the words of its model. */
function refused(service: Service, refusal: Refusal, retryAfterSeconds: number | undefined): AwsError {
  if (refusal === 'denied') return DENIED;
  if (refusal === 'failure') {
    const { status, code } = service.failure;
    return new AwsError(status, code, { message: 'Internal failure, please try again.' });
  }
  const { status, code, fields = {} } = service.throttle;
  const headers = retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) };
  return new AwsError(status, code, { message: 'Rate exceeded', fields, headers });
}

const DENIED = new AwsError(403, 'AccessDeniedException', {
  message: 'User: arn:aws:sts::local is not authorized to perform this operation.',
});

function contextFor(aws: LocalAws, caller: CallerProcess): AwsContext {
  const { allowsAction, state, blobs, runtime, clock, now } = aws;
  if (allowsAction === undefined) return aws;
  const may = (needed: Needed) => allowsAction(caller, needed);
  return { state, blobs, runtime, clock, now, may };
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
