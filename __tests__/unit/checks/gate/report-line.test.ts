import { expect, test } from '@jest/globals';
import { parseReportLine } from '../../../../src/checks/gate/report-line.ts';
import type { ReportLine } from '../../../../src/checks/gate/trial.ts';

const ID = '8f5e2c1a-0000-4000-8000-000000000001';
const START = `START RequestId: ${ID} Version: 41`;
const END = `END RequestId: ${ID}`;
const report = (rest: string) => `REPORT RequestId: ${ID}\t${rest}`;
const WARM = report(
  'Duration: 11.48 ms\tBilled Duration: 12 ms\tMemory Size: 512 MB\tMax Memory Used: 90 MB\t',
);

const NOTHING: ReportLine = {
  durationMs: undefined,
  billedMs: undefined,
  initMs: undefined,
  restoreMs: undefined,
  memoryMb: undefined,
  usedMb: undefined,
  status: 'success',
  errorType: undefined,
};
const WARM_REPORT = { ...NOTHING, durationMs: 11.48, billedMs: 12, memoryMb: 512, usedMb: 90 };

function json(record: Readonly<Record<string, unknown>>): string {
  return JSON.stringify({ time: '2026-11-29T11:00:00.000Z', type: 'platform.report', record });
}

const metrics = { durationMs: 11.48, billedDurationMs: 12, memorySizeMB: 512, maxMemoryUsedMB: 90 };

const CASES: readonly (readonly [string, readonly string[], ReportLine])[] = [
  ['a warm answer', [START, END, WARM, ''], WARM_REPORT],
  [
    'a cold start with its init',
    [
      report(
        'Duration: 3016.78 ms\tBilled Duration: 3101 ms\tMemory Size: 512 MB\tMax Memory Used: 90 MB\tInit Duration: 84.00 ms\t',
      ),
    ],
    { ...WARM_REPORT, durationMs: 3016.78, billedMs: 3101, initMs: 84 },
  ],
  [
    'a restored snapshot, whose billed restore is not its duration',
    [
      'RESTORE_REPORT Restore Duration: 789.64 ms',
      report(
        'Duration: 149.53 ms\tBilled Duration: 313 ms\tMemory Size: 3538 MB\tMax Memory Used: 163 MB\tRestore Duration: 789.64 ms\tBilled Restore Duration: 163 ms\t',
      ),
    ],
    { ...NOTHING, durationMs: 149.53, billedMs: 313, memoryMb: 3538, usedMb: 163, restoreMs: 789.64 },
  ],
  [
    'an error with its type',
    [`${WARM}Status: error\tError Type: Runtime.OutOfMemory`],
    { ...WARM_REPORT, status: 'error', errorType: 'Runtime.OutOfMemory' },
  ],
  ['a time-out', [`${WARM}Status: timeout`], { ...WARM_REPORT, status: 'timeout' }],
  ['a status that is not known yet', [`${WARM}Status: failure`], { ...WARM_REPORT, status: 'error' }],
  [
    'a time-out in older words, after the report',
    [WARM, `2026-11-29T11:00:03.004Z ${ID} Task timed out after 3.00 seconds`, ''],
    { ...WARM_REPORT, status: 'timeout' },
  ],
  [
    'a killed runtime in older words, before the report',
    [`RequestId: ${ID} Error: Runtime exited with error: signal: killed`, 'Runtime.ExitError', END, WARM],
    { ...WARM_REPORT, status: 'error', errorType: 'Runtime.ExitError' },
  ],
  [
    'older words that another request left in the tail',
    ['RequestId: another Error: Runtime exited with error: signal: killed', 'Runtime.ExitError', START, WARM],
    WARM_REPORT,
  ],
  [
    'a trace after the report, on a line of its own',
    [WARM, 'XRAY TraceId: 1-5e1b4151\tSegmentId: 506c\tSampled: true', ''],
    WARM_REPORT,
  ],
  ['a tail that begins in the middle of a line', ['equestId: x Version: 41', END, WARM], WARM_REPORT],
  ['the last of two', [report('Duration: 9 ms\tBilled Duration: 9 ms'), START, WARM], WARM_REPORT],
  ['one behind text without a line break', [`loading… done${WARM}`], WARM_REPORT],
  ['JSON', [json({ requestId: ID, metrics, status: 'success' })], WARM_REPORT],
  [
    'JSON of a cold start that failed',
    [
      json({
        requestId: ID,
        metrics: { ...metrics, initDurationMs: 84 },
        status: 'error',
        errorType: 'Runtime.ExitError',
      }),
    ],
    { ...WARM_REPORT, initMs: 84, status: 'error', errorType: 'Runtime.ExitError' },
  ],
  [
    'JSON of a restored snapshot',
    [json({ requestId: ID, metrics: { ...metrics, restoreDurationMs: 789.64 }, status: 'success' })],
    { ...WARM_REPORT, restoreMs: 789.64 },
  ],
  [
    'JSON of Managed Instances, which has a duration only',
    [json({ requestId: ID, metrics: { durationMs: 5 }, status: 'timeout' })],
    { ...NOTHING, durationMs: 5, status: 'timeout' },
  ],
];

test.each(CASES)('%s is read', (_, lines, expected) => {
  expect(parseReportLine(lines.join('\n'))).toEqual(expected);
});

test.each([
  ['nothing', ''],
  ['a model that prints a lot', `${'x'.repeat(4000)}\n${END}\n`],
  ['a report that is cut off', 'ration: 11.48 ms\tBilled Duration: 12 ms\tMemory Size: 512 MB'],
  ['a restore without a report', 'RESTORE_REPORT Restore Duration: 789.64 ms'],
  ['an init that timed out', 'INIT_REPORT Init Duration: 10000.04 ms\tPhase: init\tStatus: timeout'],
  ['a line that a model prints', 'REPORT RequestId: none of yours'],
  ['JSON of another kind', '{"type":"platform.start","record":{"version":"41"}}'],
  ['JSON that is cut off', '"platform.report","record":{"metrics":{"durationMs":5}}}'],
])('%s has no report', (_, tail) => {
  expect(parseReportLine(tail)).toBeUndefined();
});
