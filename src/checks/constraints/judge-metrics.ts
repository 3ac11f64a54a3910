/** What training measured, against limits and against the live release. Pure. */
import { plural } from '../../words.ts';
import type { GateFinding } from '../gate/trial.ts';
import type { MetricLimit } from './constraints.ts';
import { shortName } from './json-file.ts';
import { isLargerBetter, figure, ROUNDING, type Metrics } from './metrics.ts';

/** What the live release's image says of its metrics. */
export type LiveMetrics =
  | { readonly kind: 'known'; readonly metrics: Metrics }
  /** Why there is nothing to compare with: a clause. */
  | { readonly kind: 'none' | 'unknown'; readonly why: string };

export interface MetricsToJudge {
  /** For sentences. */
  readonly file: string;
  readonly metrics: Metrics;
  readonly limits: readonly MetricLimit[];
  readonly live: LiveMetrics;
  readonly maxLoss: number | undefined;
}

const RETRAIN = 'Train again, or look at what changed in the data and the code since the live release.';

export function judgeMetrics(judged: MetricsToJudge): readonly GateFinding[] {
  const { metrics, limits } = judged;
  const findings = [...limits.map((limit) => judgeLimit(judged, limit)), ...judgeLoss(judged)];
  const limited = new Set(limits.map(({ metric }) => metric));
  const rest = [...metrics].filter(([name]) => !limited.has(name)).map(([name]) => beside(judged, name));
  if (rest.length === 0) return findings;
  const more = rest.length > MOST_SHOWN ? `; and ${plural(rest.length - MOST_SHOWN, 'further one')}` : '';
  return [...findings, shownOnly(`${rest.slice(0, MOST_SHOWN).join(', ')}${more}`)];
}

const MOST_SHOWN = 12;

function judgeLimit(judged: MetricsToJudge, { metric, threshold, brokenBy }: MetricLimit): GateFinding {
  const value = judged.metrics.get(metric);
  const bound = brokenBy === 'below' ? 'at least' : 'at most';
  const limit = `${bound} ${figure(threshold)} is asked`;
  const name = shortName(metric);
  if (value === undefined)
    return refused(
      `${name} is limited (${limit}), and ${shortName(judged.file)} has no metric of that name`,
      'Write the metric, or take its limit out of the constraints.',
    );
  if (Number.isNaN(value)) return refused(`${name} is NaN, and ${limit}`, RETRAIN);
  const isBroken = brokenBy === 'below' ? value < threshold : value > threshold;
  const sentence = `${beside(judged, metric)}, and ${limit}`;
  return isBroken ? refused(sentence, RETRAIN) : { key: 'metrics', kind: 'passed', sentence };
}

/** `accuracy 0.97 (live 0.95)`. */
function beside({ metrics, live }: MetricsToJudge, name: string): string {
  const before = live.kind === 'known' ? live.metrics.get(name) : undefined;
  const said = `${shortName(name)} ${figure(metrics.get(name) ?? NaN)}`;
  return before === undefined ? said : `${said} (live ${figure(before)})`;
}

function judgeLoss(judged: MetricsToJudge): readonly GateFinding[] {
  const { live, maxLoss } = judged;
  if (live.kind !== 'known') {
    const sentence = `The metrics are not compared with the live release's, because ${live.why}`;
    if (live.kind === 'none' || maxLoss === undefined) return [shownOnly(sentence)];
    const fix = 'From the next release on they are compared: its image carries its metrics.';
    return [{ key: 'metrics', kind: 'unknown', sentence, fix }];
  }
  if (maxLoss === undefined) return [];
  return [...live.metrics].flatMap(([name, before]) => judgeOne(judged, { name, before, maxLoss }) ?? []);
}

function judgeOne(
  judged: MetricsToJudge,
  { name, before, maxLoss }: { readonly name: string; readonly before: number; readonly maxLoss: number },
): GateFinding | undefined {
  const larger = isLargerBetter(name);
  const now = judged.metrics.get(name);
  if (larger === undefined || Number.isNaN(before)) return undefined;
  if (now === undefined) {
    const sentence = `${shortName(name)} was ${figure(before)} in the live release, and ${shortName(judged.file)} has no metric of that name`;
    return {
      key: 'metrics',
      kind: 'unknown',
      sentence,
      fix: 'Write it under the same name, so that it can be compared.',
    };
  }
  if (Number.isNaN(now))
    return refused(`${shortName(name)} is NaN, and was ${figure(before)} in the live release`, RETRAIN);
  const loss = larger ? before - now : now - before;
  const share = before === 0 ? (loss > 0 ? Infinity : 0) : loss / Math.abs(before);
  const percent = (value: number) => `${figure(value * 100)} %`;
  const side =
    share > 0 ? `${Number.isFinite(share) ? percent(share) : 'infinitely'} worse than` : 'no worse than';
  const sentence = `${shortName(name)} ${figure(now)} is ${side} the live release's ${figure(before)}, and at most ${percent(maxLoss)} is let through`;
  if (share > maxLoss + ROUNDING) return refused(sentence, RETRAIN);
  return { key: 'metrics', kind: 'passed', sentence };
}

function refused(sentence: string, fix: string): GateFinding {
  return { key: 'metrics', kind: 'refused', sentence, fix };
}

function shownOnly(sentence: string): GateFinding {
  return { key: 'metrics', kind: 'shown', sentence };
}
