import { expect, test } from '@jest/globals';
import { finish, type Report } from '../../../src/run/finish.ts';
import { memoryRunner } from '../../harness/runner.ts';

const REPORT: Report = {
  ...{ outputs: {}, summary: '', warnings: [], failures: [], closing: 'ok', isGreen: false },
};

async function annotationsOf(report: Partial<Report>) {
  const runner = memoryRunner({}, {});
  await finish(runner, 'deploy', { ...REPORT, ...report });
  return runner.annotations;
}

const places = (count: number) =>
  Array.from({ length: count }, (_, n) => ({
    file: 'tests/samples.jsonl',
    line: n + 1,
    message: `Sample ${n}`,
  }));

test('each mistake is shown on its line, after the whole message', async () => {
  const failure = { code: 'samples-failed', message: 'Two are wrong.', places: places(2) };
  const title = 'deploy failed (samples-failed)';
  expect(await annotationsOf({ failures: [failure] })).toEqual([
    { level: 'error', title, message: 'Two are wrong.' },
    { level: 'error', title, message: 'Sample 0', file: 'tests/samples.jsonl', line: 1 },
    { level: 'error', title, message: 'Sample 1', file: 'tests/samples.jsonl', line: 2 },
  ]);
});

test('ten errors are all shown', async () => {
  const failure = { code: 'samples-failed', message: 'Nine are wrong.', places: places(9) };
  const told = await annotationsOf({ failures: [failure] });
  expect(told).toHaveLength(10);
  expect(told[9]?.message).toBe('Sample 8');
});

test('of two services with twelve mistakes each there are ten errors, and the tenth counts the others', async () => {
  const failures = ['a', 'b'].map((message) => ({ code: 'samples-failed', message, places: places(12) }));
  const told = await annotationsOf({ failures });
  expect(told).toHaveLength(10);
  expect(told.slice(0, 2).map(({ message }) => message)).toEqual(['a', 'b']);
  expect(told[8]?.message).toBe('Sample 6');
  // 26 in all, nine of them shown.
  expect(told[9]?.message).toMatch(/^17 more errors are not shown here: .* log .* job summary/);
  expect(told[9]?.line).toBeUndefined();
});
