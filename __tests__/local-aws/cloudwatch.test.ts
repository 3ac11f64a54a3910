import { GetMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import { InvokeCommand } from '@aws-sdk/client-lambda';
import { expect, test } from '@jest/globals';
import { recordInvocation } from '../../local/aws/metrics.ts';
import { released } from './clients.ts';
import type { Released } from './clients.ts';

interface Wanted {
  readonly metric: string;
  readonly stat?: string;
  readonly dimensions: Record<string, string>;
}

async function values(made: Released, wanted: Wanted): Promise<number[]> {
  const now = made.aws.clock.now();
  const { MetricDataResults } = await made.cloudWatch.send(
    new GetMetricDataCommand({
      StartTime: new Date(now - 3_600_000),
      EndTime: new Date(now + 60_000),
      ScanBy: 'TimestampAscending',
      MetricDataQueries: [
        {
          Id: 'm1',
          MetricStat: {
            Metric: {
              Namespace: 'AWS/Lambda',
              MetricName: wanted.metric,
              Dimensions: Object.entries(wanted.dimensions).map(([Name, Value]) => ({ Name, Value })),
            },
            Period: 60,
            Stat: wanted.stat ?? 'Sum',
          },
        },
      ],
    }),
  );
  return MetricDataResults?.[0]?.Values ?? [];
}

const perVersion = (version: string) => ({
  FunctionName: 'iris',
  Resource: 'iris:live',
  ExecutedVersion: version,
});

test('per-version numbers: dimensions FunctionName, Resource and ExecutedVersion', async () => {
  const made = released();
  for (let call = 0; call < 3; call++) {
    await made.lambda.send(new InvokeCommand({ FunctionName: 'iris', Qualifier: 'live' }));
  }
  await made.lambda.send(new InvokeCommand({ FunctionName: 'iris', Qualifier: '1' }));
  await made.aws.clock.sleep(120_000);
  expect(await values(made, { metric: 'Invocations', dimensions: perVersion('2') })).toEqual([3]);
  expect(await values(made, { metric: 'Invocations', dimensions: perVersion('1') })).toEqual([]);
  expect(await values(made, { metric: 'Invocations', dimensions: { FunctionName: 'iris' } })).toEqual([4]);
  expect(await values(made, { metric: 'Errors', dimensions: perVersion('2') })).toEqual([0]);
});

test('dimensions AWS never publishes have no data, and no data is not zero', async () => {
  const made = released();
  await made.lambda.send(new InvokeCommand({ FunctionName: 'iris', Qualifier: 'live' }));
  await made.aws.clock.sleep(120_000);
  const unpublished = { FunctionName: 'iris', ExecutedVersion: '2' };
  expect(await values(made, { metric: 'Invocations', dimensions: unpublished })).toEqual([]);
});

test('metrics lag: what has just happened is not there yet', async () => {
  const made = released({ settings: { metricLagMs: 180_000 } });
  await made.lambda.send(new InvokeCommand({ FunctionName: 'iris', Qualifier: 'live' }));
  const wanted = { metric: 'Invocations', dimensions: perVersion('2') };
  expect(await values(made, wanted)).toEqual([]);
  await made.aws.clock.sleep(179_999);
  expect(await values(made, wanted)).toEqual([]);
  await made.aws.clock.sleep(1);
  expect(await values(made, wanted)).toEqual([1]);
});

test('errors, averages and percentiles by minute', async () => {
  const made = released();
  const { aws } = made;
  for (let call = 1; call <= 100; call++) {
    recordInvocation(aws.state, {
      functionName: 'iris',
      resource: 'iris:live',
      executedVersion: '2',
      at: aws.clock.now(),
      durationMs: call,
      failed: call > 90,
    });
  }
  await aws.clock.sleep(120_000);
  const of = (metric: string, stat: string): Promise<number[]> =>
    values(made, { metric, stat, dimensions: perVersion('2') });
  expect(await of('Errors', 'Sum')).toEqual([10]);
  expect(await of('Duration', 'Average')).toEqual([50.5]);
  expect(await of('Duration', 'p99')).toEqual([99]);
  expect(await of('Duration', 'Maximum')).toEqual([100]);
});
