import type { AwsState, MetricBucket } from './state.ts';

const MINUTE = 60_000;

export interface InvocationMetric {
  readonly functionName: string;
  /** `fn`, `fn:version` or `fn:alias`. */
  readonly resource: string;
  readonly executedVersion: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly durationMs: number;
  readonly failed: boolean;
}

/** Adds one invocation to the minute it happened in. */
export function recordInvocation(state: AwsState, metric: InvocationMetric): void {
  const minute = Math.floor(metric.at / MINUTE) * MINUTE;
  const key = `${metric.resource}|${metric.executedVersion}|${minute}`;
  const bucket: MetricBucket = (state.metrics[key] ??= {
    functionName: metric.functionName,
    resource: metric.resource,
    executedVersion: metric.executedVersion,
    minute,
    invocations: 0,
    errors: 0,
    durations: [],
  });
  bucket.invocations++;
  if (metric.failed) bucket.errors++;
  bucket.durations.push(metric.durationMs);
}
