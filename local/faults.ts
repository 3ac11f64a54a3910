import type { ApiCall } from './calls.ts';

/**
 * What can go wrong with one call. `before` means the service never saw it; `after` means the effect happened and
 * only the answer was lost: the two look the same to the caller, and that is the point.
 */
export type FaultKind =
  | 'crash-before'
  | 'crash-after'
  | 'drop-before'
  | 'drop-after'
  | 'timeout-before'
  | 'timeout-after'
  | 'throttle'
  | '5xx-before'
  | '5xx-after'
  | 'denied'
  /**
   * A 200 with an empty body, or with somebody else's (`reply`): a proxy, a sign-in page, another service. The caller takes it for
   * success, whether the effect happened (`empty-after`) or never will (`empty-before`).
   */
  | 'empty-before'
  | 'empty-after';

export const FAULT_KINDS: readonly FaultKind[] = [
  'crash-before',
  'crash-after',
  'drop-before',
  'drop-after',
  'timeout-before',
  'timeout-after',
  'throttle',
  '5xx-before',
  '5xx-after',
  'denied',
  'empty-before',
  'empty-after',
];

/** Which calls a fault hits. Every condition given must hold; JSON-able except `matches`. */
export interface FaultRule {
  readonly kind: FaultKind;
  /** The number of the call, counted over all services from 1. With `times` > 1, the repeats of that call too. */
  readonly at?: number;
  readonly service?: string;
  readonly operation?: string;
  /** Name of the process whose calls are meant. */
  readonly process?: string;
  readonly matches?: (call: ApiCall) => boolean;
  /** How many calls it hits: default 1, and every repeat for `denied`. `Infinity` (or null in JSON) means for ever. */
  readonly times?: number | null;
  /** Sent as Retry-After with a throttle. */
  readonly retryAfterSeconds?: number;
  /** What the service answers instead of its usual words, for the kinds that answer: `denied`, `throttle`, `5xx-*`. */
  readonly says?: ServiceError;
  /** What stands in the place of the answer, for `empty-*`. */
  readonly reply?: StrayReply;
}

/** An answer that is not the service's own. */
export interface StrayReply {
  /** Default 200. */
  readonly status?: number;
  /** Default: JSON, as most services answer. */
  readonly contentType?: string;
  /** Default: nothing. */
  readonly body?: string;
}

/** An error by its code, as a service's model names it; `fields` are further members of its shape. */
export interface ServiceError {
  readonly status: number;
  readonly code: string;
  readonly message: string;
  readonly fields?: Readonly<Record<string, string | number>>;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface AppliedFault {
  readonly kind: FaultKind;
  readonly number: number;
  readonly service: string;
  readonly operation: string;
}

/**
 * Who makes calls: one run of the product. Killing it makes every call it has under way, and every later one, stay
 * without an answer and without an effect, which is what a lost machine looks like to AWS.
 */
export class CallerProcess {
  readonly name: string;
  readonly #onCrash: () => void;
  #alive = true;

  constructor(name = 'main', onCrash: () => void = () => undefined) {
    this.name = name;
    this.#onCrash = onCrash;
  }

  get alive(): boolean {
    return this.#alive;
  }

  kill(): void {
    if (!this.#alive) return;
    this.#alive = false;
    this.#onCrash();
  }
}

/** The connection failed: there is no HTTP response to give. Transports turn it into what their client would see. */
export class TransportFault extends Error {
  readonly kind: 'reset' | 'timeout' | 'unconnected';
  /** Why there never was a connection, as Node names it. */
  readonly code: string | undefined;

  constructor(kind: 'reset' | 'timeout' | 'unconnected', code = 'ENOTFOUND') {
    super(MESSAGES[kind]);
    this.name = 'TransportFault';
    this.kind = kind;
    this.code = kind === 'unconnected' ? code : undefined;
  }
}

const MESSAGES = {
  reset: 'the connection was reset',
  timeout: 'no answer came in time',
  unconnected: 'there was no connection',
};

interface ArmedRule {
  readonly rule: FaultRule;
  left: number;
  /** Set once a rule with `at` has met its call: repeats are calls of the same process to the same operation. */
  bound?: { service: string; operation: string; process: string };
}

/** The fault switch: rules go in, the faults that really happened are recorded. */
export class FaultSwitch {
  readonly applied: AppliedFault[] = [];
  readonly #rules: ArmedRule[] = [];

  add(...rules: FaultRule[]): this {
    for (const rule of rules) {
      const standard = rule.kind === 'denied' ? Infinity : 1;
      const times = rule.times === null ? Infinity : (rule.times ?? standard);
      this.#rules.push({ rule, left: times });
    }
    return this;
  }

  clear(): void {
    this.#rules.length = 0;
  }

  /** The fault for this call, if one is due; uses it up and records it. */
  take(call: ApiCall): FaultRule | undefined {
    if (this.#rules.length === 0) return undefined;
    const armed = this.#rules.find((candidate) => candidate.left > 0 && hits(candidate, call));
    if (armed === undefined) return undefined;
    armed.left--;
    armed.bound ??= { service: call.service, operation: call.operation, process: call.process };
    this.applied.push({
      kind: armed.rule.kind,
      number: call.number,
      service: call.service,
      operation: call.operation,
    });
    return armed.rule;
  }
}

function hits(armed: ArmedRule, call: ApiCall): boolean {
  const { rule, bound } = armed;
  if (rule.at !== undefined) {
    if (bound === undefined) return call.number === rule.at && meets(rule, call);
    return (
      call.service === bound.service && call.operation === bound.operation && call.process === bound.process
    );
  }
  return meets(rule, call);
}

function meets(rule: FaultRule, call: ApiCall): boolean {
  return (
    (rule.service === undefined || rule.service === call.service) &&
    (rule.operation === undefined || rule.operation === call.operation) &&
    (rule.process === undefined || rule.process === call.process) &&
    (rule.matches === undefined || rule.matches(call))
  );
}
