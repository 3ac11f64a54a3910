import { CallerProcess, FAULT_KINDS, FaultSwitch, type FaultRule } from './faults.ts';
import { fromUtf8, jsonResponse, type LocalRequest, type LocalResponse } from './http.ts';
import type { LocalAws } from './aws/aws.ts';

/** Called when a crash fault ends a caller; gets the caller's name. The one who started that process kills it. */
export type OnCrash = (process: string) => void;

/**
 * The local AWS's switchboard over HTTP, below `/_local/`:
 *
 *   GET    /_local/calls    the calls so far, with their HTTP status
 *   DELETE /_local/calls    forget them; numbering starts at 1 again
 *   POST   /_local/faults   arm a fault rule, or a list of them (local/faults.ts)
 *   GET    /_local/faults   the faults that have happened
 *   DELETE /_local/faults   disarm, forget, and answer crashed callers again
 *   GET    /_local/state    everything the local AWS knows
 *
 * Callers are told apart by the SDK's application id: AWS_SDK_UA_APP_ID=name makes calls those of process `name`.
 */
export class Control {
  readonly #aws: LocalAws;
  readonly #onCrash: OnCrash;
  readonly #callers = new Map<string, CallerProcess>();

  constructor(aws: LocalAws, onCrash: OnCrash = () => {}) {
    this.#aws = aws;
    this.#onCrash = onCrash;
  }

  /** The process that made a request. After a crash fault it gets no answers until the faults are cleared. */
  callerOf(request: LocalRequest): CallerProcess {
    const name = /\bapp\/([\w.-]+)/.exec(request.headers['user-agent'] ?? '')?.[1] ?? 'main';
    const known = this.#callers.get(name) ?? new CallerProcess(name, () => this.#onCrash(name));
    this.#callers.set(name, known);
    return known;
  }

  answer(request: LocalRequest): LocalResponse {
    const aws = this.#aws;
    switch (`${request.method} ${request.path}`) {
      case 'GET /_local/calls':
        return jsonResponse(200, aws.calls);
      case 'DELETE /_local/calls':
        aws.calls.length = 0;
        return jsonResponse(204, undefined);
      case 'GET /_local/faults':
        return jsonResponse(200, aws.faults.applied);
      case 'POST /_local/faults':
        return this.#arm(request);
      case 'DELETE /_local/faults':
        aws.faults = new FaultSwitch();
        this.#callers.clear();
        return jsonResponse(204, undefined);
      case 'GET /_local/state':
        return jsonResponse(200, aws.state);
      default:
        return jsonResponse(404, { message: `local/ has no ${request.method} ${request.path}.` });
    }
  }

  #arm(request: LocalRequest): LocalResponse {
    const rules = parseRules(fromUtf8(request.body));
    if (typeof rules === 'string') return jsonResponse(400, { message: rules });
    this.#aws.faults.add(...rules);
    return jsonResponse(204, undefined);
  }
}

/** The rules, or the sentence that says what is wrong with them. */
function parseRules(text: string): FaultRule[] | string {
  let given: unknown;
  try {
    given = JSON.parse(text);
  } catch {
    return 'The body is not JSON: send a fault rule, or a list of them.';
  }
  const rules = (Array.isArray(given) ? given : [given]) as Partial<FaultRule>[];
  const unknown = rules.find((rule) => !FAULT_KINDS.some((kind) => kind === rule?.kind));
  if (unknown !== undefined) {
    return `${JSON.stringify(unknown?.kind)} is no kind of fault; there are ${FAULT_KINDS.join(', ')}.`;
  }
  return rules as FaultRule[];
}
