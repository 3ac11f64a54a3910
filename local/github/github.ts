import type { RecordedCall } from '../calls.ts';
import type { LocalClock } from '../clock.ts';
import { VirtualClock } from '../clock.ts';
import type { FaultRule } from '../faults.ts';
import { CallerProcess, FaultSwitch, TransportFault } from '../faults.ts';
import type { LocalRequest, LocalResponse } from '../http.ts';
import { fromUtf8, jsonResponse } from '../http.ts';
import type { Caller } from './access.ts';
import { authenticate } from './access.ts';
import type { PreparedRequest, Refused } from './graphql/execute.ts';
import { Interrupted, prepare, run } from './graphql/execute.ts';
import { limitHeaders, spend } from './limits.ts';
import { answer } from './rest/route.ts';
import type { Addressed } from './rest/router.ts';
import { findRoute } from './rest/router.ts';
import type { GitHubState } from './state.ts';
import { emptyGitHub } from './state.ts';

export interface LocalGitHub {
  readonly state: GitHubState;
  readonly clock: LocalClock;
  readonly faults: FaultSwitch;
  readonly calls: RecordedCall[];
  /** Virtual milliseconds each request takes. */
  latencyMs: number;
  /**
   * The server dies in the middle of a document: at request `at`, after `after` of its mutations, with a 502. Those done
   * stay done.
   */
  interruption: { readonly at: number; readonly after: number } | undefined;
  /** @throws TransportFault when the fault switch loses the connection; never settles for a dead process. */
  handle(request: LocalRequest, process?: CallerProcess): Promise<LocalResponse>;
}

export interface LocalGitHubOptions {
  readonly state?: GitHubState;
  readonly clock?: LocalClock;
  readonly faults?: FaultSwitch;
  readonly calls?: RecordedCall[];
  readonly latencyMs?: number;
}

/** One request as understood: which API, which operation, and what it would cost. */
type Understood =
  | {
      api: 'graphql';
      operation: string;
      isWrite: boolean;
      cost: number;
      creations: number;
      prepared: PreparedRequest | Refused;
    }
  | {
      api: 'rest';
      operation: string;
      isWrite: boolean;
      cost: number;
      creations: number;
      addressed: Addressed | undefined;
    };

const forever = new Promise<never>(() => undefined);

/** A local GitHub: a function from HTTP request to HTTP response over `state`. */
export function createLocalGitHub(options: LocalGitHubOptions = {}): LocalGitHub {
  let underWay = 0;
  const github: LocalGitHub = {
    state: options.state ?? emptyGitHub(),
    clock: options.clock ?? new VirtualClock(),
    faults: options.faults ?? new FaultSwitch(),
    calls: options.calls ?? [],
    latencyMs: options.latencyMs ?? 0,
    interruption: undefined,
    handle: async (request, process = new CallerProcess()) => {
      if (!process.alive) return forever;
      const understood = await understand(request);
      underWay += 1;
      try {
        if (github.latencyMs > 0) await github.clock.sleep(github.latencyMs);
        if (!process.alive) return await forever;
        const call = record(github, understood, process);
        const response = await faulty(github, { request, understood, call, process, crowded: underWay });
        call.status = response.status;
        return response;
      } finally {
        underWay -= 1;
      }
    },
  };
  return github;
}

async function understand(request: LocalRequest): Promise<Understood> {
  if (/^(\/api)?\/graphql$/.test(request.path)) {
    const prepared = await prepare(JSON.parse(fromUtf8(request.body)) as { query?: string });
    if ('errors' in prepared) {
      return { api: 'graphql', operation: 'invalid', isWrite: false, cost: 1, creations: 0, prepared };
    }
    const { operation, isMutation: isWrite, mutations: creations, cost } = prepared;
    return { api: 'graphql', operation, isWrite, cost: cost.points, creations, prepared };
  }
  const addressed = findRoute(request);
  const isWrite = !/^(GET|HEAD|OPTIONS)$/.test(request.method);
  const operation = addressed?.route.operation ?? `${request.method} ${request.path}`;
  return { api: 'rest', operation, isWrite, cost: 1, creations: addressed?.route.creates ?? 0, addressed };
}

function record(github: LocalGitHub, understood: Understood, process: CallerProcess): RecordedCall {
  const call: RecordedCall = {
    service: `github-${understood.api}`,
    operation: understood.operation,
    number: github.calls.length + 1,
    isWrite: understood.isWrite,
    at: github.clock.now(),
    process: process.name,
    status: 0,
  };
  github.calls.push(call);
  return call;
}

interface Turn {
  readonly request: LocalRequest;
  readonly understood: Understood;
  readonly call: RecordedCall;
  readonly process: CallerProcess;
  /** Requests under way, this one included. */
  readonly crowded: number;
}

async function faulty(github: LocalGitHub, turn: Turn): Promise<LocalResponse> {
  const fault = github.faults.take(turn.call);
  if (fault === undefined) return answered(github, turn);
  const instead = before(fault, turn.process);
  if (instead !== undefined) return instead;
  await answered(github, turn);
  return after(fault, turn.process);
}

/** What the caller gets instead of an answer, when the request never reaches GitHub; undefined for faults that come later. */
function before(fault: FaultRule, process: CallerProcess): LocalResponse | Promise<never> | undefined {
  switch (fault.kind) {
    case 'crash-before':
      process.kill();
      return forever;
    case 'drop-before':
      throw new TransportFault('reset');
    case 'timeout-before':
      throw new TransportFault('timeout');
    case '5xx-before':
      return badGateway();
    case 'throttle':
      return jsonResponse(
        429,
        {
          message:
            'You have exceeded a secondary rate limit. Please wait a few minutes before you try again.',
        },
        fault.retryAfterSeconds === undefined ? {} : { 'retry-after': String(fault.retryAfterSeconds) },
      );
    case 'denied':
      return jsonResponse(403, { message: 'Resource not accessible by integration' });
    default:
      return undefined;
  }
}

function after(fault: FaultRule, process: CallerProcess): LocalResponse | Promise<never> {
  switch (fault.kind) {
    case 'crash-after':
      process.kill();
      return forever;
    case 'drop-after':
      throw new TransportFault('reset');
    case 'timeout-after':
      throw new TransportFault('timeout');
    default:
      return badGateway();
  }
}

function badGateway(): LocalResponse {
  return jsonResponse(502, { message: 'Server Error' });
}

async function answered(
  github: LocalGitHub,
  { request, understood, call, crowded }: Turn,
): Promise<LocalResponse> {
  const { state, clock } = github;
  const now = clock.now();
  const caller = authenticate(state, request.headers['authorization'], now);
  if (caller === undefined) return jsonResponse(401, { message: 'Bad credentials' });
  if (crowded > state.settings.concurrentRequests) {
    return jsonResponse(
      403,
      { message: 'You have exceeded a secondary rate limit.' },
      { 'retry-after': '60' },
    );
  }
  const asker = { state, caller, now };
  const limited = spend(asker, understood);
  if (limited !== undefined) return limited;
  const response =
    understood.api === 'graphql'
      ? await graphql(github, understood.prepared, { caller, call })
      : rest(github, understood.addressed, { caller, request });
  return {
    ...response,
    headers: { ...limitHeaders(asker, understood.api), ...response.headers },
  };
}

async function graphql(
  github: LocalGitHub,
  prepared: PreparedRequest | Refused,
  { caller, call }: { readonly caller: Caller; readonly call: RecordedCall },
): Promise<LocalResponse> {
  if ('errors' in prepared) return jsonResponse(200, prepared);
  let done = 0;
  const beforeMutation = () => {
    const { interruption } = github;
    if (interruption?.at === call.number && done >= interruption.after) throw new Interrupted();
    done += 1;
  };
  try {
    const execution = { state: github.state, caller, now: github.clock.now(), beforeMutation };
    return jsonResponse(200, await run(prepared, execution));
  } catch (error) {
    if (error instanceof Interrupted) return badGateway();
    throw error;
  }
}

function rest(
  { state, clock }: LocalGitHub,
  addressed: Addressed | undefined,
  { caller, request }: { readonly caller: Caller; readonly request: LocalRequest },
): LocalResponse {
  if (addressed === undefined) return jsonResponse(404, { message: 'Not Found' });
  const { route, params } = addressed;
  return answer(route, { state, caller, now: clock.now(), request, params });
}
