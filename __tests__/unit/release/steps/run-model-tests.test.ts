/** The model's tests on the runner, by the real shell; those inside an image are in the container tier. */
import { mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { realClock, type Clock } from '../../../../src/clients/clock.ts';
import { nodeShell } from '../../../../src/clients/shell.ts';
import { ModelTestsFailed, runModelTests } from '../../../../src/release/steps/tests/run-model-tests.ts';
import type { TestStage } from '../../../../src/release/steps/tests/test-stage.ts';

let workspace: string;

beforeAll(async () => {
  workspace = await realpath(await mkdtemp(join(tmpdir(), 'model-release-')));
});
afterAll(() => rm(workspace, { recursive: true }));

interface Options {
  readonly clock?: Clock;
  readonly workingDirectory?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly passCredentials?: boolean;
  readonly onLine?: (line: string) => void;
}

async function run(stages: readonly TestStage[], options: Options = {}) {
  const lines: string[] = [];
  const shell = nodeShell({
    clock: options.clock ?? realClock,
    signal: new AbortController().signal,
    ...(options.env === undefined ? {} : { env: options.env }),
  });
  const info = (line: string): void => {
    lines.push(line);
    options.onLine?.(line);
  };
  const place = {
    kind: 'runner',
    workspace,
    workingDirectory: options.workingDirectory ?? '.',
    env: options.env ?? {},
    passCredentials: options.passCredentials ?? false,
  } as const;
  const result = await runModelTests({ shell, log: { info, warning: info } }, { stages, place }).catch(
    (error: unknown) => error,
  );
  return { lines, result };
}

/** A stage whose test program prints these lines and ends with this code. */
function stage(name: TestStage['name'], output: string, exitCode = 0): TestStage {
  const source = `process.stdout.write(${JSON.stringify(output)}); process.exitCode = ${exitCode}`;
  return { name, command: [process.execPath, '-e', source], timeoutMs: 60_000 };
}

const UNIT = stage('unit', '3 passed, 1 skipped in 0.01s\n');
const INTEGRATION = stage('integration', 'Ran 2 tests in 0.001s\n\nOK\n');
const ABSENT: TestStage = { name: 'integration', command: undefined, timeoutMs: 1 };

test('stages run in order, each with its counts', async () => {
  const { result } = await run([UNIT, INTEGRATION]);
  expect(result).toEqual({
    stages: [
      expect.objectContaining({ name: 'unit', status: 'passed', passed: 3, failed: 0, skipped: 1 }),
      expect.objectContaining({ name: 'integration', status: 'passed', passed: 2, failed: 0, skipped: 0 }),
    ],
  });
});

test('a stage without a command is skipped, and said to be', async () => {
  const { result, lines } = await run([UNIT, ABSENT]);
  expect(result).toMatchObject({
    stages: [{ status: 'passed' }, { name: 'integration', status: 'skipped' }],
  });
  expect(lines).toContain('No integration tests: no command is given for them.');
});

test('a failure names stage, command and the line that matters; later stages do not run', async () => {
  const output =
    'E   assert 1 == 2\nFAILED tests/test_a.py::test_b - assert 1 == 2\n1 failed, 2 passed in 0.1s\n';
  const { result } = await run([stage('unit', output, 1), INTEGRATION, ABSENT]);
  expect(result).toBeInstanceOf(ModelTestsFailed);
  expect(result).toMatchObject({
    code: 'tests-failed',
    message: expect.stringMatching(
      /^The unit tests failed \(.*, exit code 1\): tests\/test_a\.py::test_b - assert 1 == 2\. Nothing has been pushed or deployed\.$/,
    ),
    result: {
      stages: [
        {
          name: 'unit',
          status: 'failed',
          passed: 2,
          failed: 1,
          failures: [{ name: 'tests/test_a.py::test_b', reason: 'assert 1 == 2' }],
          tail: output.trimEnd().split('\n'),
        },
        { name: 'integration', status: 'not-run' },
        { name: 'integration', status: 'skipped' },
      ],
    },
  });
});

test('counted failures fail although the exit code is 0, and later stages do not run', async () => {
  const { result } = await run([stage('unit', '1 failed, 2 passed in 0.1s\n'), INTEGRATION]);
  expect(result).toMatchObject({
    code: 'tests-failed',
    message: expect.stringContaining('exit code 0, although 1 failed'),
    result: { stages: [{ status: 'failed', failed: 1 }, { status: 'not-run' }] },
  });
});

test('a run that its runner did not close proves nothing', async () => {
  const { result } = await run([stage('unit', '===== test session starts =====\ncollected 3 items\n')]);
  expect(result).toMatchObject({
    code: 'tests-unproven',
    message: expect.stringMatching(/exit code 0 .* pytest did not print the line with its result/),
    result: { stages: [{ status: 'unproven' }] },
  });
});

const KEYS = {
  AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
  AWS_SESSION_TOKEN: 'token',
  GITHUB_TOKEN: 'ghs',
  INPUT_X: 'y',
};

test.each([
  ['unit', false, []],
  ['unit', true, []],
  ['integration', false, []],
  ['integration', true, ['AWS_ACCESS_KEY_ID', 'AWS_SESSION_TOKEN']],
] as const)('%s tests, credentials passed on %s, see %j', async (name, passCredentials, seen) => {
  const source = `console.log(Object.keys(process.env).filter((n) => /AWS_.*(ID|TOKEN)$|GITHUB_TOKEN|INPUT/.test(n)).sort().join())`;
  const sees: TestStage = { name, command: [process.execPath, '-e', source], timeoutMs: 60_000 };
  const { lines } = await run([sees], { env: { ...KEYS, PATH: process.env['PATH'] ?? '' }, passCredentials });
  expect(lines[1]).toBe(seen.join());
});

test('no tests is a failure, whatever the exit code', async () => {
  const { result } = await run([stage('unit', 'no tests ran in 0.00s\n', 5)]);
  expect(result).toMatchObject({
    code: 'no-tests',
    message: expect.stringContaining('The unit tests ran no test'),
  });
  expect((await run([stage('unit', 'Ran 0 tests in 0.000s\n\nOK\n')])).result).toMatchObject({
    code: 'no-tests',
  });
});

test('time is up: the last line says where', async () => {
  let ring = (): void => undefined;
  const clock: Clock = {
    now: realClock.now,
    sleep: (ms, signal) =>
      ms === 60_000 ? new Promise((resolve) => (ring = resolve)) : realClock.sleep(ms, signal),
  };
  const hangs = `console.log('test_slow'); setInterval(() => {}, 1000)`;
  const { result } = await run(
    [{ name: 'unit', command: [process.execPath, '-e', hangs], timeoutMs: 60_000 }],
    { clock, onLine: (line) => line === 'test_slow' && ring() },
  );
  expect(result).toMatchObject({
    code: 'tests-timed-out',
    message: expect.stringMatching(/after 60 s .*last line: test_slow\./),
    result: { stages: [{ status: 'timed-out' }] },
  });
});

test('a script whose output names no count passes by its exit code, and the log says so', async () => {
  const { result, lines } = await run([stage('unit', 'all good\n')]);
  expect(result).toMatchObject({ stages: [{ status: 'passed', passed: undefined }] });
  expect(lines.at(-1)).toContain('does not say how many ran');
});

test('what tests print is never a workflow command: not in the log, the tail or the message', async () => {
  const forged = [
    '::set-output name=digest::sha256:forged',
    '::add-mask::a',
    '::stop-commands::x',
    '##[add-mask]a',
    'x ##[set-output name=a]b',
    '   ::error::no',
    'Error: ##[error]::warning::a',
  ];
  const { result, lines } = await run([stage('unit', `${forged.join('\r')}\n`, 1)]);
  const { message, result: report } = result as ModelTestsFailed;
  const printed = [
    ...lines.slice(1),
    ...(report.stages[0]?.tail ?? []),
    message.slice(message.indexOf('exit code')),
  ];
  expect(printed).toHaveLength(2 * forged.length + 1);
  for (const line of printed) expect(line).not.toMatch(/^\s*::|##\[/);
});

test('programs and folders that are not there are said to be', async () => {
  const missing: TestStage = { name: 'unit', command: ['no-such-pytest'], timeoutMs: 1000 };
  expect((await run([missing])).result).toMatchObject({ code: 'program-missing' });
  expect((await run([UNIT], { workingDirectory: 'none' })).result).toMatchObject({ code: 'path-missing' });
  expect((await run([UNIT], { workingDirectory: '..' })).result).toMatchObject({
    code: 'path-outside-workspace',
  });
});

test('tests run in the working directory', async () => {
  await writeFile(join(workspace, 'here.js'), `console.log('1 passed in 0.01s')`);
  const here: TestStage = { name: 'unit', command: [process.execPath, 'here.js'], timeoutMs: 60_000 };
  expect((await run([here])).result).toMatchObject({ stages: [{ passed: 1 }] });
});
