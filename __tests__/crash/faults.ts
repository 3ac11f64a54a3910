/** The nine ways in which one call goes wrong. */
import type { FaultKind, FaultRule } from '../../local/faults.ts';

export interface Fault {
  readonly name: string;
  readonly kind: FaultKind;
  /** How many repeats of the call it hits; null is for ever. */
  readonly times?: number | null;
}

export const faults: readonly Fault[] = [
  { name: 'crash before', kind: 'crash-before' },
  { name: 'crash after', kind: 'crash-after' },
  { name: 'timeout before', kind: 'timeout-before' },
  { name: 'timeout after effect', kind: 'timeout-after' },
  { name: 'throttled three times', kind: 'throttle', times: 3 },
  { name: 'throttled for ever', kind: 'throttle', times: null },
  { name: '5xx before', kind: '5xx-before' },
  { name: '5xx after effect', kind: '5xx-after' },
  { name: 'permanent 4xx', kind: 'denied' },
];

/** The fault at the n-th call of a world, counted from 1. */
export function at(call: number, { kind, times }: Fault): FaultRule {
  return times === undefined ? { kind, at: call } : { kind, at: call, times };
}
