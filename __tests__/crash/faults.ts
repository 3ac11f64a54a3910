/** The ten ways in which one call goes wrong. */
import type { FaultKind, FaultRule, StrayReply } from '../../local/faults.ts';

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
  { name: 'empty or foreign reply', kind: 'empty-after' },
];

const FOREIGN: StrayReply = { body: '{"repositories":[],"nextToken":"x"}' };
/** Calls next to each other meet different ones. */
const EMPTY_REPLIES: readonly Pick<FaultRule, 'kind' | 'reply'>[] = [
  { kind: 'empty-before' },
  { kind: 'empty-after' },
  { kind: 'empty-before', reply: FOREIGN },
  { kind: 'empty-after', reply: FOREIGN },
];

/** The fault at the n-th call of a world, counted from 1. */
export function at(call: number, { kind, times }: Fault): FaultRule {
  const form = kind === 'empty-after' ? EMPTY_REPLIES[call % EMPTY_REPLIES.length] : undefined;
  return { kind, at: call, ...(times === undefined ? {} : { times }), ...form };
}
