import { InvokeCommand } from '@aws-sdk/client-lambda';
import { expect, test } from '@jest/globals';
import { Ended, type Figures, type Program, type ProgramRuntime } from '../../local/aws/runtime.ts';
import type { FunctionSettings } from '../../local/aws/state.ts';
import { refusal, released, type Released } from './clients.ts';

const iris = { FunctionName: 'iris', Qualifier: '2' };
const ID = /RequestId: [0-9a-f-]{36}/;

/** Version 2 with this program, which takes what `figures` says. */
function running(
  figures: Figures,
  settings: Partial<FunctionSettings> = {},
  program: Program = (event) => event,
): Released {
  const made = released();
  (made.aws.runtime as ProgramRuntime).set(made.images[1].digest, program, () => figures);
  const version = made.aws.state.functions['iris']?.versions['2'];
  if (version) version.settings = { ...version.settings, ...settings };
  return made;
}

async function tailOf({ lambda }: Released): Promise<string> {
  const { LogResult } = await lambda.send(new InvokeCommand({ ...iris, LogType: 'Tail' }));
  return Buffer.from(LogResult ?? '', 'base64').toString();
}

/** The last line without the request's id. */
async function reportOf(made: Released): Promise<string> {
  const [last = ''] = (await tailOf(made)).split('\n').slice(-2);
  return last.replace(ID, 'RequestId: ID');
}

const figures = { durationMs: 3016.78, initMs: 84, usedMb: 90, log: 'loading' };

test('a cold start: START with the version, the log, END, and REPORT with tabs and Init Duration', async () => {
  const made = running(figures);
  const lines = (await tailOf(made)).split('\n').map((line) => line.replace(ID, 'RequestId: ID'));
  expect(lines).toEqual([
    'START RequestId: ID Version: 2',
    'loading',
    'END RequestId: ID',
    'REPORT RequestId: ID\tDuration: 3016.78 ms\tBilled Duration: 3101 ms\tMemory Size: 512 MB\tMax Memory Used: 90 MB\tInit Duration: 84.00 ms\t',
    '',
  ]);
  expect(await reportOf(made)).toBe(
    'REPORT RequestId: ID\tDuration: 3016.78 ms\tBilled Duration: 3017 ms\tMemory Size: 512 MB\tMax Memory Used: 90 MB\t',
  );
});

test('SnapStart: Restore Duration and what is billed of it, and no Init Duration', async () => {
  const made = running(
    { durationMs: 149.53, restoreMs: 162.4, usedMb: 163 },
    { SnapStart: { ApplyOn: 'PublishedVersions' }, MemorySize: 3538 },
  );
  expect(await reportOf(made)).toBe(
    'REPORT RequestId: ID\tDuration: 149.53 ms\tBilled Duration: 313 ms\tMemory Size: 3538 MB\tMax Memory Used: 163 MB\tRestore Duration: 162.40 ms\tBilled Restore Duration: 163 ms\t',
  );
});

test('an initialisation of more than ten seconds shows as a long Duration, and not as Init Duration', async () => {
  const made = running({ durationMs: 20, initMs: 12_000 });
  const before = made.aws.now();
  const tail = await tailOf(made);
  expect(tail).toMatch(/^INIT_REPORT Init Duration: 10000\.00 ms\tPhase: init\tStatus: timeout\n/);
  expect(tail).toMatch(/\tDuration: 12020\.00 ms\t/);
  expect(tail).not.toMatch(/Max Memory.*Init Duration/);
  expect(made.aws.now() - before).toBe(22_020);
});

test.each([
  ['timeout', 'Status: timeout', /Task timed out after 30\.00 seconds/],
  ['out of memory', 'Status: error\tError Type: Runtime.OutOfMemory', /signal: killed/],
] as const)('%s: REPORT says %s', async (how, words, payload) => {
  const ends = () => {
    throw new Ended(how);
  };
  const made = running({ durationMs: 30_000 }, {}, ends);
  const report = await reportOf(made);
  expect(report.endsWith(`\t${words}`)).toBe(true);
  expect(report).toContain('Init Duration');
  const again = await made.lambda.send(new InvokeCommand(iris));
  expect(again.FunctionError).toBe('Unhandled');
  expect(again.Payload?.transformToString()).toMatch(payload);
  expect(await reportOf(made)).toContain('Init Duration');
});

test('X-Ray adds a line behind REPORT', async () => {
  const made = running({}, { TracingConfig: { Mode: 'Active' } });
  expect(await reportOf(made)).toMatch(/^XRAY TraceId: .*\tSegmentId: .*\tSampled: true\t$/);
});

test('JSON log format: platform.start and platform.report', async () => {
  const made = running(figures, { LoggingConfig: { LogFormat: 'JSON' } });
  const lines = (await tailOf(made)).trim().split('\n');
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({ type: 'platform.start', record: { version: '2' } });
  expect(JSON.parse(lines.at(-1) ?? '')).toMatchObject({
    type: 'platform.report',
    record: {
      metrics: {
        durationMs: 3016.78,
        billedDurationMs: 3101,
        memorySizeMB: 512,
        maxMemoryUsedMB: 90,
        initDurationMs: 84,
      },
      status: 'success',
    },
  });
});

test('at system log level WARN only a failure is reported', async () => {
  const quiet = { LoggingConfig: { LogFormat: 'JSON', SystemLogLevel: 'WARN' } } as const;
  expect(await tailOf(running(figures, quiet))).toBe('loading\n');
  const ends = () => {
    throw new Ended('timeout');
  };
  const failed = await tailOf(running({}, quiet, ends));
  expect(JSON.parse(failed)).toMatchObject({ type: 'platform.report', record: { status: 'timeout' } });
});

test('the tail is the last 4 KB: START is cut off, REPORT is kept', async () => {
  const tail = await tailOf(running({ log: 'x'.repeat(6000) }));
  expect(Buffer.byteLength(tail)).toBe(4096);
  expect(tail).not.toContain('START');
  expect(tail).toMatch(/xx\nEND .*\nREPORT .*\n$/);
});

test('simultaneous calls on a fresh version start an environment each, and later ones find them', async () => {
  const made = running({ durationMs: 200, initMs: 1000 });
  const before = made.aws.now();
  const cold = await Promise.all(Array.from({ length: 5 }, () => tailOf(made)));
  expect(cold.filter((tail) => tail.includes('Init Duration: 1000.00 ms'))).toHaveLength(5);
  expect(made.aws.now() - before).toBe(1200);
  const warm = await Promise.all(Array.from({ length: 6 }, () => tailOf(made)));
  expect(warm.filter((tail) => tail.includes('Init Duration'))).toHaveLength(1);
});

test('the client context reaches the function, and one that is no JSON is refused', async () => {
  const made = running({}, {}, (_event, _environment, { clientContext = '' }) => JSON.parse(clientContext));
  const custom = { custom: { 'model-release': 'sample' } };
  const ClientContext = Buffer.from(JSON.stringify(custom)).toString('base64');
  const answer = await made.lambda.send(new InvokeCommand({ ...iris, ClientContext }));
  expect(JSON.parse(answer.Payload?.transformToString() ?? '')).toEqual(custom);
  const wrong = made.lambda.send(new InvokeCommand({ ...iris, ClientContext: 'bm8=' }));
  expect(await refusal(wrong)).toMatchObject({ name: 'InvalidRequestContentException', status: 400 });
});
