/** What the gate does with a published version, as a step of the plan. It reads only. */
import type { GatePolicy } from '../../inputs/gate-policy.ts';
import type { PlanStep } from '../../run/plan.ts';
import { plural } from '../../words.ts';
import type { DeploySituation, DeployWish } from './deploy-wish.ts';

/** Undefined where there is nothing to compare with, and nothing else is asked for. */
export function gateStep({ gate, samples }: DeployWish, now: DeploySituation): PlanStep | undefined {
  if (gate === undefined) return undefined;
  const compares = comparison(gate, { samples, version: now.live?.version });
  const limits = limitsIn(gate);
  const parts = [
    ...(compares === undefined ? [] : [compares]),
    ...(gate.load === undefined ? [] : [loadWords(gate.load)]),
    ...(limits.length === 0 ? [] : [`hold it to ${limits.join(', ')}`]),
  ];
  if (parts.length === 0) return undefined;
  return {
    name: compares === undefined ? 'Check the limits of the gate' : 'Compare with what is live',
    does: parts.join('; '),
    why: 'what a release changes is seen before it has any traffic',
    writes: [],
  };
}

/** Where a limit is given and no number. */
const DEFAULT_COLD_STARTS = 10;

/** How many cold starts are forced before the samples. */
export function coldStartsWanted({ coldStarts, coldStartP95Ms }: GatePolicy): number {
  return coldStarts ?? (coldStartP95Ms === undefined ? 0 : DEFAULT_COLD_STARTS);
}

function comparison(
  gate: GatePolicy,
  { samples = 0, version }: { readonly samples: number | undefined; readonly version: string | undefined },
): string | undefined {
  if (gate.live === 'none' || version === undefined) return undefined;
  const sent = [
    ...(samples === 0 ? [] : [plural(samples, 'sample')]),
    ...(gate.samplesFrom === undefined ? [] : ['the captured requests']),
  ];
  if (sent.length === 0) return undefined;
  return `compare its answers to ${sent.join(' and ')} with those of version ${version}, which is asked twice`;
}

function loadWords({ requests, concurrency }: NonNullable<GatePolicy['load']>): string {
  return `send it ${plural(requests, 'call')}, at most ${concurrency} at once`;
}

/** The keys that may refuse a version. */
function limitsIn(gate: GatePolicy): readonly string[] {
  const limits = {
    'changed.max-share': gate.changed.maxShare,
    'must-not-be-worse-than-live': gate.mustNotBeWorseThanLive || undefined,
    'latency-p95-ms': gate.latencyP95Ms,
    'cold-start-p95-ms': gate.coldStartP95Ms,
    'memory-headroom': gate.memoryHeadroom,
    'image-size': gate.imageSize,
  };
  return Object.entries(limits).flatMap(([key, limit]) => (limit === undefined ? [] : [key]));
}
