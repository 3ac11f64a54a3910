import type {
  GetMetricDataCommandInput,
  GetMetricDataCommandOutput,
  MetricStat,
} from '@aws-sdk/client-cloudwatch';
import { plainError } from './errors.ts';
import type { AwsContext, RpcOperation } from './routes.ts';
import type { MetricBucket } from './state.ts';
import { epochSeconds } from './wire.ts';
import type { Wire } from './wire.ts';

/** GetMetricData over the Lambda metrics kept in state: Invocations, Errors, Duration. */
function getMetricData(
  aws: AwsContext,
  input: Wire<GetMetricDataCommandInput>,
): Wire<GetMetricDataCommandOutput> {
  const from = milliseconds(input.StartTime);
  const to = milliseconds(input.EndTime);
  const newestFirst = input.ScanBy !== 'TimestampAscending';
  const results = (input.MetricDataQueries ?? []).map((query) => {
    if (query.MetricStat === undefined) {
      throw plainError(
        400,
        'ValidationError',
        'The local AWS answers MetricStat queries only, no expressions.',
      );
    }
    const points = series(aws, query.MetricStat as MetricStat, { from, to });
    if (newestFirst) points.reverse();
    return {
      Id: query.Id,
      Label: query.Label ?? query.MetricStat.Metric?.MetricName,
      StatusCode: 'Complete' as const,
      Timestamps: points.map((point) => epochSeconds(point.at)),
      Values: points.map((point) => point.value),
    };
  });
  return { MetricDataResults: results, Messages: [] };
}

function milliseconds(time: number | string | undefined): number {
  return typeof time === 'string' ? Date.parse(time) : (time ?? 0) * 1000;
}

interface Point {
  readonly at: number;
  readonly value: number;
}

/** Values by period, oldest first. A period without data has no point: absent is not zero. */
function series(aws: AwsContext, stat: MetricStat, span: { from: number; to: number }): Point[] {
  const period = (stat.Period ?? 60) * 1000;
  const visibleUntil = aws.now() - aws.state.settings.metricLagMs;
  const periods = new Map<number, MetricBucket[]>();
  for (const bucket of Object.values(aws.state.metrics)) {
    if (bucket.minute < span.from || bucket.minute >= span.to || bucket.minute > visibleUntil) continue;
    if (!fits(bucket, stat)) continue;
    const start = Math.floor(bucket.minute / period) * period;
    periods.set(start, [...(periods.get(start) ?? []), bucket]);
  }
  return [...periods]
    .sort(([a], [b]) => a - b)
    .map(([at, buckets]) => ({ at, value: statistic(buckets, stat) }));
}

/** Dimensions must be exactly those a metric was published with: AWS does not add up over missing ones. */
function fits(bucket: MetricBucket, stat: MetricStat): boolean {
  const { Namespace, Dimensions = [] } = stat.Metric ?? {};
  if (Namespace !== 'AWS/Lambda') return false;
  const values: Record<string, string> = {
    FunctionName: bucket.functionName,
    Resource: bucket.resource,
    ExecutedVersion: bucket.executedVersion,
  };
  const names = Dimensions.map((dimension) => dimension.Name ?? '').sort();
  const published = ['FunctionName', 'FunctionName,Resource', 'ExecutedVersion,FunctionName,Resource'];
  if (!published.includes(names.join(','))) return false;
  return Dimensions.every((dimension) => values[dimension.Name ?? ''] === dimension.Value);
}

function statistic(buckets: readonly MetricBucket[], stat: MetricStat): number {
  const name = stat.Metric?.MetricName;
  if (name === 'Invocations') return sum(buckets.map((bucket) => bucket.invocations));
  if (name === 'Errors') return sum(buckets.map((bucket) => bucket.errors));
  if (name !== 'Duration') throw plainError(400, 'ValidationError', `No metric ${name} in the local AWS.`);
  return ofDurations(
    buckets.flatMap((bucket) => bucket.durations),
    stat.Stat ?? 'Average',
  );
}

function ofDurations(durations: number[], stat: string): number {
  const sorted = durations.sort((a, b) => a - b);
  const percentile = /^p(\d+(?:\.\d+)?)$/.exec(stat);
  if (percentile !== null) {
    const rank = Math.ceil((Number(percentile[1]) / 100) * sorted.length);
    return sorted[Math.max(0, rank - 1)] ?? 0;
  }
  switch (stat) {
    case 'Sum':
      return sum(sorted);
    case 'SampleCount':
      return sorted.length;
    case 'Minimum':
      return sorted[0] ?? 0;
    case 'Maximum':
      return sorted.at(-1) ?? 0;
    default:
      return sum(sorted) / sorted.length;
  }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

export const cloudWatchOperations: Readonly<Record<string, RpcOperation>> = {
  GetMetricData: { isWrite: false, handle: getMetricData },
};
