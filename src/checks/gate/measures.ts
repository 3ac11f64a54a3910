/** Times, memory, size and cost of both sides, as far as each of them was measured. */
import { percentiles } from '../../stats/quantile.ts';
import { costPer1000 } from './cost.ts';
import type { Beside, GateResult, LiveTrials, Quantiles, Trial, TrialAnswer } from './trial.ts';

export type Measures = Pick<
  GateResult,
  'latencyMs' | 'coldStartMs' | 'usedMb' | 'memoryMb' | 'imageBytes' | 'costPer1000'
> & {
  /** `lambda`: as REPORT lines say; `caller`: as the caller saw it, with the network. */
  readonly timedBy: 'lambda' | 'caller';
};

/** Both answers of what is live count: twice as many times to take a quantile of. */
export function measuresOf(candidate: Trial, live: LiveTrials | undefined): Measures {
  const lives = live === undefined ? [] : [live.first, live.second];
  const warm = {
    candidate: warmAnswers(candidate.answers),
    live: warmAnswers(lives.flatMap(({ answers }) => answers)),
  };
  // Times with the network and times without it would not be comparable.
  const areReported = [...warm.candidate, ...warm.live].every(
    ({ report }) => report?.durationMs !== undefined,
  );
  const quantilesOf = (answers: readonly TrialAnswer[]): Quantiles | undefined =>
    known(
      answers.map(({ report, durationMs }) => (areReported ? report?.durationMs : undefined) ?? durationMs),
    );
  return {
    timedBy: areReported ? 'lambda' : 'caller',
    latencyMs: { candidate: quantilesOf(warm.candidate), live: quantilesOf(warm.live) },
    coldStartMs: {
      candidate: known(candidate.coldStartsMs),
      live: known(lives.flatMap(({ coldStartsMs }) => coldStartsMs)),
    },
    usedMb: { candidate: candidate.usedMb, live: largest(lives.map(({ usedMb }) => usedMb)) },
    memoryMb: beside(candidate, live, 'memoryMb'),
    imageBytes: beside(candidate, live, 'imageBytes'),
    costPer1000: {
      candidate: costPer1000({ ...candidate, answers: warm.candidate }),
      live: live === undefined ? undefined : costPer1000({ ...live.first, answers: warm.live }),
    },
  };
}

/** Cold ones are a measure of their own; an error is quick, and no prediction. A time-out is the slowest answer of all. */
function warmAnswers(answers: readonly TrialAnswer[]): readonly TrialAnswer[] {
  const timed = answers.filter(({ answer, report }) => 'status' in answer || report?.status === 'timeout');
  const warm = timed.filter(({ report }) => report?.initMs === undefined && report?.restoreMs === undefined);
  return warm.length > 0 ? warm : timed;
}

function known(values: readonly number[]): Quantiles | undefined {
  const { p50, p95 } = percentiles(values);
  return p50 === undefined ? undefined : { p50, p95 };
}

function largest(values: readonly (number | undefined)[]): number | undefined {
  const seen = values.filter((value) => value !== undefined);
  return seen.length === 0 ? undefined : Math.max(...seen);
}

function beside<K extends 'memoryMb' | 'imageBytes'>(
  candidate: Trial,
  live: LiveTrials | undefined,
  key: K,
): Beside<NonNullable<Trial[K]>> {
  return { candidate: candidate[key] ?? undefined, live: live?.first[key] ?? undefined };
}
