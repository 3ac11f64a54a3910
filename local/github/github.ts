import type { RecordedCall } from '../calls.ts';
import type { LocalClock } from '../clock.ts';
import { VirtualClock } from '../clock.ts';
import type { FaultRule } from '../faults.ts';
import { carryOut } from '../carry-out.ts';
import type { BeforeCall, CalledService, Effect, Refusal } from '../carry-out.ts';
import { CallerProcess, FaultSwitch } from '../faults.ts';
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

export interface LocalGitHub extends CalledService {
  readonly state: GitHubState;
  latencyMs: number;
  beforeCall?: BeforeCall;
  afterEffect?: (effect: Effect) => void | Promise<void>;
  /**
   * The server dies in the middle of a document: at request `at`, after `after` of its mutations, with a 502. Those done
   * stay done.
   */
  interruption: { readonly at: number; readonly after: number } | undefined;
  /** @throws TransportFault when the fault switch loses the connection; never settles for a process that has crashed. */
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
    handle: async (request, caller = new CallerProcess()) => {
      const understood = await understand(request);
      const { api, operation, isWrite } = understood;
      underWay += 1;
      try {
        return await carryOut(github, {
          request,
          caller,
          service: `github-${api}`,
          operation,
          isWrite,
          effect: (call) => answered(github, { request, understood, call, crowded: underWay }),
          refuse: refused,
        });
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

interface Turn {
  readonly request: LocalRequest;
  readonly understood: Understood;
  readonly call: RecordedCall;
  /** Requests under way, this one included. */
  readonly crowded: number;
}

function refused(refusal: Refusal, { says, retryAfterSeconds }: FaultRule): LocalResponse {
  if (says !== undefined)
    return jsonResponse(says.status, { message: says.message, ...says.fields }, { ...says.headers });
  switch (refusal) {
    case 'failure':
      return badGateway();
    case 'denied':
      return jsonResponse(403, { message: 'Resource not accessible by integration' });
    case 'throttle':
      return jsonResponse(
        429,
        {
          message:
            'You have exceeded a secondary rate limit. Please wait a few minutes before you try again.',
        },
        retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) },
      );
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
