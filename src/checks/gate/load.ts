/** A short load on the candidate version, never on what is live. */
import type { Tools } from '../../clients/tools.ts';
import { AwsError } from '../../errors.ts';
import type { LoadPolicy } from '../../inputs/gate-policy.ts';
import { percentiles } from '../../stats/quantile.ts';
import { plural } from '../../words.ts';
import { AtOnce } from '../at-once.ts';
import type { CheckedVersion } from '../invoke-sample.ts';
import { inputOf } from './cold-starts.ts';
import { spareConcurrency, type Spare } from './spare-concurrency.ts';
import type { GateFinding, LoadResult } from './trial.ts';

/** However many calls are asked for. Milliseconds. */
const BUDGET_MS = 10 * 60_000;
/** A load of which more fail than this shows nothing more by going on. Share. */
const HOPELESS = 0.5;
/** How many calls are enough to stop for their errors. */
const ENOUGH = 20;

export interface Loaded {
  /** Undefined where no call was sent. */
  readonly load: LoadResult | undefined;
  readonly finding: GateFinding;
}

/**
 * Sends the samples in turn until the calls are sent, or until something says that more of them would show nothing or take what callers need.
 * @throws Cancelled when the run was told to stop.
 */
export async function loadVersion(
  tools: Tools,
  version: CheckedVersion,
  { policy, inputs }: { readonly policy: LoadPolicy; readonly inputs: readonly string[] },
): Promise<Loaded> {
  const spare = await spareConcurrency(tools, version.functionName);
  const concurrency = Math.min(policy.concurrency, spare.calls ?? 0);
  if (concurrency === 0) return { load: undefined, finding: noLoad(spare) };
  const load = await sendAll(tools, version, { policy, inputs, concurrency });
  if (concurrency < policy.concurrency)
    tools.log.info(`${concurrency} of ${policy.concurrency} calls at once: ${spare.why}`);
  return { load, finding: judgeLoad(load, policy) };
}

function noLoad({ why }: Spare): GateFinding {
  return {
    key: 'load',
    kind: 'unknown',
    sentence: `No load was sent: ${why}`,
    fix: 'Give the function concurrency to spare, or let the role read it.',
  };
}

interface Work {
  readonly policy: LoadPolicy;
  readonly inputs: readonly string[];
  readonly concurrency: number;
}

async function sendAll(
  tools: Tools,
  version: CheckedVersion,
  { policy, inputs, concurrency }: Work,
): Promise<LoadResult> {
  const { clock } = tools;
  const atOnce = new AtOnce(concurrency, tools.signal);
  const until = clock.now() + BUDGET_MS;
  const durations: number[] = [];
  const seen = { sent: 0, failed: 0, throttled: 0, stopped: undefined as string | undefined };
  const stop = (why: string): void => {
    seen.stopped ??= why;
    atOnce.close();
  };
  const one = (index: number) =>
    atOnce.run(async () => {
      const started = clock.now();
      if (started >= until) return stop('its time was over');
      seen.sent += 1;
      const outcome = await send(tools, version, inputOf(inputs, index));
      if (outcome === 'answered') durations.push(clock.now() - started);
      else seen[outcome] += 1;
      if (outcome === 'throttled')
        stop('Lambda refused a call for want of concurrency, which callers need too');
      const allowed = (policy.maxErrors ?? HOPELESS) * policy.requests;
      if (seen.failed > allowed || (seen.sent >= ENOUGH && seen.failed === seen.sent))
        stop('too many calls failed');
    });
  const ended = await Promise.allSettled(Array.from({ length: policy.requests }, (_, index) => one(index)));
  const broken = ended.find((end) => end.status === 'rejected' && !atOnce.isClosedBy(end.reason));
  if (broken?.status === 'rejected') throw broken.reason as Error;
  return { requests: policy.requests, concurrency, ...seen, ...percentiles(durations) };
}

async function send(
  tools: Tools,
  { functionName, qualifier }: CheckedVersion,
  payload: string,
): Promise<'answered' | 'failed' | 'throttled'> {
  try {
    const { functionError } = await tools.lambda.invoke(functionName, qualifier, { payload, mark: 'load' });
    return functionError === undefined ? 'answered' : 'failed';
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    return error.isThrottle && error.status === 429 ? 'throttled' : 'failed';
  }
}

/** Numbers and limits in one sentence. A load that stopped early for another reason than errors proves no limit. */
function judgeLoad(load: LoadResult, { maxErrors, p95Ms }: LoadPolicy): GateFinding {
  const { sent, requests, concurrency, failed, throttled, p50, p95, p99, stopped } = load;
  const share = sent === 0 ? 0 : failed / sent;
  const refusals = [
    ...(maxErrors !== undefined && share > maxErrors
      ? [`${percent(share)} of the calls failed, and ${percent(maxErrors)} are allowed`]
      : []),
    ...(p95Ms !== undefined && p95 !== undefined && p95 > p95Ms
      ? [`the p95 is ${round(p95)} ms, and ${p95Ms} ms are allowed`]
      : []),
  ];
  const times = [p50, p95, p99].map((value) => (value === undefined ? '–' : round(value))).join('/');
  const sentence = [
    `Load of ${sent} of ${plural(requests, 'call')}, ${concurrency} at once: p50/p95/p99 ${times} ms, ${failed} failed`,
    ...(throttled > 0 ? [`${throttled} refused`] : []),
    ...(stopped === undefined ? [] : [`stopped early because ${stopped}`]),
    ...refusals,
  ].join('; ');
  const base = { key: 'load', sentence } as const;
  if (refusals.length > 0)
    return {
      ...base,
      kind: 'refused',
      fix: 'Make the model faster or more robust, give it more memory, or raise the limit under gate.load.',
    };
  const isLimited = maxErrors !== undefined || p95Ms !== undefined;
  if (stopped !== undefined && isLimited)
    return {
      ...base,
      kind: 'unknown',
      fix: 'Ask for fewer calls, or fewer of them at once, under gate.load.',
    };
  return { ...base, kind: isLimited ? 'passed' : 'shown' };
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}

function round(ms: number): string {
  return ms < 10 ? ms.toFixed(1) : ms.toFixed(0);
}
