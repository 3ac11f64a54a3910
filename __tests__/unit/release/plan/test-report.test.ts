import { describe, expect, test } from '@jest/globals';
import fc from '../../../harness/property.ts';
import {
  NOTHING_YET,
  readLine,
  shownCommand,
  verdictOnTests,
} from '../../../../src/release/plan/test-report.ts';
import { judge, PYTEST } from './judge-tests.ts';

describe('passed', () => {
  test.each<[string, string, [number, number, number] | undefined]>([
    ['pytest', 'collected 3 items\n\n===== 3 passed in 0.12s =====', [3, 0, 0]],
    ['pytest, long', '==== 40 passed, 2 skipped, 7 warnings in 75.31s (0:01:15) ====', [40, 0, 2]],
    ['pytest -q', '...\n3 passed in 0.01s', [3, 0, 0]],
    ['pytest, expected failures', '== 1 passed, 2 xfailed, 1 xpassed in 1.00s ==', [4, 0, 0]],
    ['two runs in one command', '1 passed in 0.01s\n2 passed in 0.01s', [3, 0, 0]],
    ['a run without tests and one with', 'no tests ran in 0.01s\n2 passed in 0.01s', [2, 0, 0]],
    ['unittest', '...\nRan 3 tests in 0.001s\n\nOK', [3, 0, 0]],
    ['unittest, skipped', 'Ran 3 tests in 0.001s\n\nOK (skipped=1, expected failures=1)', [2, 0, 1]],
    ['jest', 'Tests:       2 skipped, 3 passed, 5 total', [3, 0, 2]],
    ['vitest', '      Tests  3 passed (3)', [3, 0, 0]],
    ['node --test', 'ℹ tests 4\nℹ pass 3\nℹ fail 0\nℹ skipped 1', [3, 0, 1]],
    ['go', 'ok  \texample.com/a\t0.003s\n?   \texample.com/b\t[no test files]', [1, 0, 0]],
    ['a script of one’s own', 'all good', undefined],
    ['nothing printed', '', undefined],
    ['BuildKit cut the log', 'collected 0 items\n[output clipped, log limit 2MiB reached]', [0, 0, 0]],
  ])('%s', (_, output, counts) => {
    expect(judge(output, 0)).toMatchObject({ verdict: 'passed', counts });
  });
});

describe('no tests', () => {
  test.each<[string, string, number, string[]?]>([
    ['pytest', 'collected 0 items\n\n==== no tests ran in 0.01s ====', 5, PYTEST],
    ['pytest -q', '\nno tests ran in 0.00s', 5],
    ['pytest -qq says it by the exit code alone', '', 5, PYTEST],
    ['pytest, all deselected', '4 deselected in 0.01s', 5],
    ['pytest, its exit code swallowed', '==== no tests ran in 0.01s ====', 0],
    ['pytest, all skipped', '3 skipped in 0.01s', 0],
    ['pytest --collect-only', '3 tests collected in 0.01s', 0],
    ['unittest before Python 3.12', 'Ran 0 tests in 0.000s\n\nOK', 0],
    ['unittest', 'Ran 0 tests in 0.000s\n\nNO TESTS RAN', 5],
    ['unittest, all skipped', 'Ran 2 tests in 0.000s\n\nOK (skipped=2)', 0],
    ['jest', 'No tests found, exiting with code 1', 1, ['npx', 'jest']],
    ['node --test', 'ℹ tests 0\nℹ pass 0\nℹ fail 0', 0, ['node', '--test']],
    ['go', 'ok  \texample.com/a\t0.003s [no tests to run]', 0, ['go', 'test']],
    ['go, no files', '?   \texample.com/a\t[no test files]', 0, ['go', 'test']],
  ])('%s', (_, ...[output, exitCode, command]) => {
    expect(judge(output, exitCode, command).verdict).toBe('no-tests');
  });
});

describe('failed, with the line that matters', () => {
  test.each<[string, string, number | undefined, string]>([
    [
      'pytest',
      'E       assert 1 == 2\nFAILED tests/test_a.py::test_b - assert 1 == 2\n=== 1 failed, 2 passed in 0.12s ===',
      1,
      'tests/test_a.py::test_b - assert 1 == 2',
    ],
    [
      'pytest, a folder that is not there',
      'collected 0 items\nERROR: file or directory not found: tests\nno tests ran in 0.00s',
      4,
      'ERROR: file or directory not found: tests',
    ],
    [
      'pytest not installed',
      '/usr/bin/python3: No module named pytest',
      1,
      '/usr/bin/python3: No module named pytest',
    ],
    [
      'unittest',
      'AssertionError: 1 != 2\n\nRan 2 tests in 0.001s\n\nFAILED (failures=1)',
      1,
      'AssertionError: 1 != 2',
    ],
    ['killed', 'working\n', undefined, 'working'],
    ['a script with exit code 5', 'nope', 5, 'nope'],
    ['silence', '\n', 1, 'it printed nothing'],
  ])('%s', (_, ...[output, exitCode, line]) => {
    expect(judge(output, exitCode, ['make', 'test'])).toMatchObject({ verdict: 'failed', line });
  });

  test('counts tell failures apart', () => {
    expect(judge('=== 1 failed, 2 passed, 1 error in 0.12s ===', 1).counts).toEqual([2, 2, 0]);
    expect(judge('Ran 4 tests in 0.001s\nFAILED (failures=1, errors=1, skipped=1)', 1).counts).toEqual([
      1, 2, 1,
    ]);
    expect(judge('Tests:       2 failed, 2 total', 1, ['npx', 'jest'])).toMatchObject({
      counts: [0, 2, 0],
      verdict: 'failed',
    });
    expect(judge('FAIL\texample.com/a\t0.01s\nok  \texample.com/b\t(cached)', 1).counts).toEqual([1, 1, 0]);
  });
});

test('what a model prints about errors is no failed test', () => {
  const output = 'ERROR: retrying (1 of 3)\nFAILED to connect (once)\nValueError: handled\n3 passed in 0.1s';
  expect(judge(output, 0, PYTEST)).toMatchObject({ verdict: 'passed', counts: [3, 0, 0] });
});

test('time is up, whatever was printed', () => {
  const report = readLine(NOTHING_YET, '3 passed in 0.01s');
  expect(verdictOnTests(report, { command: PYTEST, exitCode: 0, timedOut: true })).toBe('timed-out');
});

test('an exit code other than 0 never passes, whatever was printed', () => {
  fc.assert(
    fc.property(fc.array(fc.string()), fc.integer({ min: 1, max: 255 }), (lines, exitCode) => {
      expect(judge(['3 passed in 0.01s', ...lines].join('\n'), exitCode).verdict).not.toBe('passed');
    }),
  );
});

test('a command is shown so that it can be pasted', () => {
  expect(shownCommand(['python', '-m', 'pytest', 'test_a.py::b[x]', '-k', 'not slow', "it's", ''])).toBe(
    `python -m pytest test_a.py::b[x] -k 'not slow' 'it'\\''s' ''`,
  );
});
