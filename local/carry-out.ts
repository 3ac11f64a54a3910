import type { RecordedCall } from './calls.ts';
import { VirtualClock, type LocalClock } from './clock.ts';
import { TransportFault, type CallerProcess, type FaultRule, type FaultSwitch } from './faults.ts';
import type { LocalRequest, LocalResponse } from './http.ts';
import { strayReply } from './stray-reply.ts';

/** Called with each call before anything happens; a scheduler holds calls back here to choose their order. */
export type BeforeCall = (call: RecordedCall, request: LocalRequest) => Promise<void>;

/** One call that took effect (or was refused): the request and its answer, whether or not it arrives. */
export interface Effect {
  readonly call: RecordedCall;
  readonly request: LocalRequest;
  readonly response: LocalResponse;
}

/** What both local services have around their calls. */
export interface CalledService {
  readonly clock: LocalClock;
  readonly faults: FaultSwitch;
  readonly calls: RecordedCall[];
  /** Milliseconds that each call takes, half before its effect and half after. */
  readonly latencyMs: number;
  readonly beforeCall?: BeforeCall;
  /** Called right after each effect and before its answer leaves, also when a fault then loses the answer. */
  readonly afterEffect?: (effect: Effect) => void | Promise<void>;
}

/** A fault that the service answers, in place of one that breaks the connection. */
export type Refusal = 'throttle' | 'failure' | 'denied';

/** One request as its service understood it. */
export interface UnderstoodCall {
  readonly request: LocalRequest;
  readonly caller: CallerProcess;
  readonly service: string;
  readonly operation: string;
  readonly isWrite: boolean;
  readonly effect: (call: RecordedCall) => Promise<LocalResponse>;
  /** What the service answers under a fault: the rule's own words, else its usual ones. */
  readonly refuse: (refusal: Refusal, fault: FaultRule) => LocalResponse;
}

/** Never settles: a process that has crashed gets no answer. */
const SILENCE = new Promise<never>(() => undefined);

/**
 * The one way of a call through a local service: it is recorded, held back, delayed, meets its fault, takes effect, and is
 * answered. Rejects with a TransportFault when the connection is to fail; never settles for a caller that died.
 */
export async function carryOut(on: CalledService, understood: UnderstoodCall): Promise<LocalResponse> {
  const { caller, request } = understood;
  if (!caller.alive) return SILENCE;
  if (on.clock instanceof VirtualClock) on.clock.touch();
  const call = record(on, understood);
  await on.beforeCall?.(call, request);
  if (!caller.alive) return SILENCE;
  if (on.latencyMs > 0) await on.clock.sleep(on.latencyMs / 2);
  if (!caller.alive) return SILENCE;
  const response = await answer(on, understood, call);
  if (on.latencyMs > 0) await on.clock.sleep(on.latencyMs / 2);
  if (!caller.alive) return SILENCE;
  call.status = response.status;
  return response;
}

function record(on: CalledService, { caller, service, operation, isWrite }: UnderstoodCall): RecordedCall {
  const call: RecordedCall = {
    service,
    operation,
    number: on.calls.length + 1,
    isWrite,
    at: on.clock.now(),
    process: caller.name,
    status: 0,
  };
  on.calls.push(call);
  return call;
}

/** The answer under the fault that is due: what happens before the effect, the effect, what happens after it. */
async function answer(
  on: CalledService,
  understood: UnderstoodCall,
  call: RecordedCall,
): Promise<LocalResponse> {
  const { request, effect } = understood;
  const fault = on.faults.take(call);
  const early = fault === undefined ? undefined : failBefore(fault, understood);
  if (early !== undefined) return early;
  const response = await effect(call);
  // Awaited only where there is one: a turn of the event loop more would change the order of parallel calls.
  if (on.afterEffect !== undefined) await on.afterEffect({ call, request, response });
  return fault === undefined ? response : failAfter(fault, understood, response);
}

/** What the caller gets in place of an effect; undefined for faults that come later. */
function failBefore(
  fault: FaultRule,
  { caller, refuse }: UnderstoodCall,
): LocalResponse | Promise<never> | undefined {
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
      return refuse('failure', fault);
    case 'throttle':
      return refuse('throttle', fault);
    case 'denied':
      return refuse('denied', fault);
    default:
      return undefined;
  }
}

function failAfter(
  fault: FaultRule,
  { caller, refuse }: UnderstoodCall,
  response: LocalResponse,
): LocalResponse | Promise<never> {
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
      return refuse('failure', fault);
    default:
      return response;
  }
}
