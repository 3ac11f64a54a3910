/** What the gate has to say about one candidate: a function of what was measured and of the policy. */
import type { GatePolicy } from '../../inputs/gate-policy.ts';
import { compareWithLive } from './compare-with-live.ts';
import { judgeChanges, judgeNothingCompared } from './judge-changes.ts';
import { judgeMeasures } from './judge-measures.ts';
import { measuresOf } from './measures.ts';
import type { GateResult, LiveTrials, Trial } from './trial.ts';

export interface Judged {
  readonly candidate: Trial;
  readonly live: LiveTrials | undefined;
  /** Why nothing was compared with what is live: a clause, such as `nothing is live yet`. */
  readonly notCompared: string | undefined;
  readonly policy: Pick<
    GatePolicy,
    'changed' | 'mustNotBeWorseThanLive' | 'latencyP95Ms' | 'coldStartP95Ms' | 'memoryHeadroom' | 'imageSize'
  >;
  /** Values of the function's environment, which no sentence may show. */
  readonly hidden?: readonly string[];
}

/**
 * Judges the keys `changed`, `must-not-be-worse-than-live`, `latency-p95-ms`, `cold-start-p95-ms`, `memory-headroom` and `image-size`;
 * two more findings are only shown: `live` (samples that what is live answers wrongly) and `cost`. A key of which nothing was measured
 * and nothing was asked has no finding.
 */
export function judgeGate({ candidate, live, notCompared, policy, hidden = [] }: Judged): GateResult {
  const { fields } = policy.changed;
  const { timedBy, ...measured } = measuresOf(candidate, live);
  const own = judgeMeasures({ candidate, live, policy, measures: { ...measured, timedBy } });
  const result = { where: candidate.where, asked: candidate.answers.length, ...measured };
  if (live === undefined) {
    const why = notCompared ?? 'nothing is live';
    const findings = [...judgeNothingCompared(policy, why), ...own];
    return { ...result, comparison: undefined, notCompared: why, findings };
  }
  const compared = compareWithLive({ candidate, live, fields, hidden });
  const { noisyField: _noisy, oddLive: _odd, ...comparison } = compared;
  const findings = [...judgeChanges({ candidate, live, policy, compared }), ...own];
  return { ...result, comparison, notCompared: undefined, findings };
}
