/** Times, memory, size and cost against their limits. */
import { dollars, megabytes, milliseconds, percent, count } from './gate-words.ts';
import { LIST_PRICE } from './cost.ts';
import type { Judged } from './judge-gate.ts';
import type { Measures } from './measures.ts';
import type { Beside, GateFinding, LiveTrials, Quantiles, Trial } from './trial.ts';

export interface JudgedMeasures {
  readonly candidate: Trial;
  readonly live: LiveTrials | undefined;
  readonly policy: Judged['policy'];
  readonly measures: Measures;
}

export function judgeMeasures(judged: JudgedMeasures): readonly GateFinding[] {
  return [
    ...judgeLatency(judged),
    ...judgeColdStarts(judged),
    ...judgeMemory(judged),
    ...judgeSize(judged),
    ...judgeCost(judged),
  ];
}

/** One measure against its limit. */
interface Limited {
  readonly key: string;
  /** A sentence's beginning; undefined where nothing was measured. */
  readonly measured: string | undefined;
  /** Completes the sentence; undefined where the policy says nothing. */
  readonly limit: string | undefined;
  readonly isKept: boolean;
  readonly refused: string;
  /** Sentence and fix where a limit was set and nothing measured. */
  readonly unknown: readonly [string, string];
}

function limited({ key, measured, limit, isKept, refused, unknown }: Limited): readonly GateFinding[] {
  if (measured === undefined) {
    const [sentence, fix] = unknown;
    return limit === undefined ? [] : [{ key, kind: 'unknown', sentence, fix }];
  }
  if (limit === undefined) return [{ key, kind: 'shown', sentence: measured }];
  const sentence = `${measured}; ${limit}`;
  return [isKept ? { key, kind: 'passed', sentence } : { key, kind: 'refused', sentence, fix: refused }];
}

function judgeLatency(judged: JudgedMeasures): readonly GateFinding[] {
  const { latencyMs, timedBy } = judged.measures;
  const over = timedBy === 'lambda' ? 'as Lambda measured it' : 'with the network';
  return judgeTime(judged, {
    key: 'latency-p95-ms',
    what: 'The latency',
    times: latencyMs,
    over: judged.candidate.where === 'runner' ? '' : `, ${over}`,
    limit: judged.policy.latencyP95Ms,
    refused:
      'Make the model quicker, give the function more memory (which brings more CPU), or raise the limit.',
    unknown: [
      'The latency is not known, because no request was answered',
      'Give samples that the model answers.',
    ],
  });
}

function judgeColdStarts(judged: JudgedMeasures): readonly GateFinding[] {
  const starts = judged.candidate.coldStartsMs.length;
  return judgeTime(judged, {
    key: 'cold-start-p95-ms',
    what: 'A cold start',
    times: judged.measures.coldStartMs,
    over: ` over ${count(starts)} ${starts === 1 ? 'start' : 'starts'}`,
    limit: judged.policy.coldStartP95Ms,
    refused: 'Load less before the first request, make the image smaller, use SnapStart, or raise the limit.',
    unknown: [
      'No cold start was seen',
      'Set cold-starts below gate: to force some, and let the role read the log tails that Invoke returns.',
    ],
  });
}

interface Time {
  readonly key: string;
  readonly what: string;
  readonly times: Beside<Quantiles>;
  readonly over: string;
  /** Milliseconds. */
  readonly limit: number | undefined;
  readonly refused: string;
  readonly unknown: readonly [string, string];
}

/** A time of this machine meets no limit and fails none: the published version's does. */
function judgeTime({ candidate, live }: JudgedMeasures, time: Time): readonly GateFinding[] {
  const { key, what, times, over, limit, refused, unknown } = time;
  const p95 = times.candidate?.p95;
  const p50 = times.candidate?.p50;
  const liveP95 = times.live?.p95;
  const isHere = candidate.where === 'runner';
  if (p95 === undefined || p50 === undefined)
    return limited({
      key,
      measured: undefined,
      limit: limit === undefined || isHere ? undefined : '',
      isKept: false,
      refused,
      unknown,
    });
  const itself = `${what} had a p95 of ${milliseconds(p95)} (p50 ${milliseconds(p50)})`;
  if (isHere) {
    const liveHere = live?.first.where === 'runner';
    const other = liveP95 === undefined ? '' : `, and ${milliseconds(liveP95)} for what is live`;
    const sentence = liveHere
      ? `${itself}${over} on this machine${other}, which says little about Lambda`
      : `${itself}${over} on this machine, which says little about Lambda${other === '' ? '' : `: what is live had ${milliseconds(liveP95 ?? 0)} there, and the two are not comparable`}`;
    const later =
      limit === undefined
        ? ''
        : `; the limit of ${milliseconds(limit)} is for the version that is published on Lambda`;
    return [{ key, kind: 'shown', sentence: `${sentence}${later}` }];
  }
  const beside = liveP95 === undefined ? '' : `, against ${milliseconds(liveP95)} for what is live`;
  return limited({
    key,
    measured: `${itself}${over}${beside}`,
    limit: limit === undefined ? undefined : `at most ${milliseconds(limit)}`,
    isKept: limit === undefined || p95 <= limit,
    refused,
    unknown,
  });
}

function judgeMemory({ candidate, policy, measures }: JudgedMeasures): readonly GateFinding[] {
  const { usedMb, memoryMb } = candidate;
  const { memoryHeadroom } = policy;
  const free = usedMb === undefined ? undefined : Math.max(0, 1 - usedMb / memoryMb);
  const other = measures.usedMb.live;
  const beside = other === undefined ? '' : ` (what is live: ${count(other)} MB)`;
  const here = candidate.where === 'runner' ? ' on this machine' : '';
  return limited({
    key: 'memory-headroom',
    measured:
      usedMb === undefined || free === undefined
        ? undefined
        : `At most ${count(usedMb)} of ${count(memoryMb)} MB memory were used${here}${beside}, so ${percent(free)} stayed free`,
    limit: memoryHeadroom === undefined ? undefined : `at least ${percent(memoryHeadroom)} must`,
    isKept: free !== undefined && memoryHeadroom !== undefined && free >= memoryHeadroom,
    refused: 'Give the function more memory, or make the model smaller.',
    unknown: [
      'How much memory was used is not known: no log tail had a REPORT line',
      'Keep the system log level of the function at INFO, so that Lambda reports it.',
    ],
  });
}

function judgeSize({ measures, policy }: JudgedMeasures): readonly GateFinding[] {
  const { candidate, live } = measures.imageBytes;
  const { imageSize } = policy;
  return limited({
    key: 'image-size',
    measured:
      candidate === undefined
        ? undefined
        : `The image has ${megabytes(candidate)} compressed${live === undefined ? '' : `, ${more(candidate, live)} what is live`}`,
    limit: imageSize === undefined ? undefined : `at most ${megabytes(imageSize)}`,
    isKept: candidate !== undefined && imageSize !== undefined && candidate <= imageSize,
    refused:
      'Leave out of the image what predictions do not need, use a smaller base image, or raise the limit.',
    unknown: [
      'The size of the image is not known',
      'Let the role read the image in ECR (ecr:BatchGetImage).',
    ],
  });
}

/** `3 MB more than`, `as much as`. */
function more(candidate: number, live: number): string {
  const difference = candidate - live;
  if (Math.abs(difference) < 50_000) return 'as much as';
  return `${megabytes(Math.abs(difference))} ${difference > 0 ? 'more' : 'less'} than`;
}

function judgeCost({ measures, candidate, live }: JudgedMeasures): readonly GateFinding[] {
  const { candidate: cost, live: before } = measures.costPer1000;
  if (cost === undefined) return [];
  const isHere = candidate.where === 'runner';
  const isComparable = live !== undefined && live.first.where === candidate.where;
  const condition = isHere ? ', if Lambda takes as long as this machine did' : '';
  const beside =
    before === undefined || !isComparable
      ? ''
      : `, ${changeOf(cost, before)} the ${dollars(before)} of what is live`;
  const sentence = `1,000 predictions cost about ${dollars(cost)}${condition}${beside} (an estimate for warm answers, at Lambda's list price in ${LIST_PRICE.region})`;
  return [{ key: 'cost', kind: 'shown', sentence }];
}

/** `12 % more than`, `about as much as`. */
function changeOf(cost: number, before: number): string {
  const share = cost / before - 1;
  if (Math.abs(share) < 0.005) return 'about as much as';
  return `${percent(Math.abs(share))} ${share > 0 ? 'more' : 'less'} than`;
}
