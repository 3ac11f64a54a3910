/** The sentences of runners that stand beside models less often, as they print them. */
import { describe, expect, test } from '@jest/globals';
import { judge } from './judge-tests.ts';

describe('what a runner counts as failed has failed, although the exit code is that of the last program of a pipe', () => {
  test.each<[string, string, [number, number, number] | undefined]>([
    ['doctest', '***Test Failed*** 1 failures.', [0, 1, 0]],
    ['doctest since Python 3.13', '***Test Failed*** 2 failures.\n', [0, 2, 0]],
    ['behave', '0 features passed, 1 failed, 0 skipped\n2 scenarios passed, 1 failed, 0 skipped', [2, 1, 0]],
    ['behave, errors', '1 scenario passed, 0 failed, 2 error, 0 skipped', [1, 2, 0]],
    ['dbt', '10:02:03  Done. PASS=3 WARN=0 ERROR=1 SKIP=2 TOTAL=6', [3, 1, 2]],
    ['testthat', '[ FAIL 1 | WARN 0 | SKIP 2 | PASS 3 ]', [3, 1, 2]],
    [
      'Julia',
      'ERROR: LoadError: Some tests did not pass: 2 passed, 1 failed, 1 errored, 0 broken.',
      [2, 2, 0],
    ],
    ['mocha', '  3 passing (12ms)\n  1 pending\n  2 failing\n', [3, 2, 1]],
    ['AVA', '  1 test failed\n  2 tests passed', [2, 1, 0]],
    ['Playwright', '  1 failed\n    [chromium] › a.spec.ts:3:1 › a\n  2 passed (3.2s)', [2, 1, 0]],
    ['Deno', 'FAILED | 2 passed | 1 failed | 1 ignored (12ms)', [2, 1, 1]],
    ['Bun', ' 3 pass\n 1 fail\nRan 4 tests across 1 file. [10.00ms]', [3, 1, 0]],
    ['Gradle', 'FooTest > bar FAILED\n4 tests completed, 1 failed, 1 skipped\nBUILD FAILED in 2s', [2, 1, 1]],
    ['Gradle, without a count', 'BUILD FAILED in 2s', undefined],
    ['ScalaTest', '[info] Tests: succeeded 3, failed 1, canceled 0, ignored 2, pending 0', [3, 1, 2]],
  ])('%s', (_, output, counts) => {
    expect(judge(output, 0)).toMatchObject({ verdict: 'failed', counts });
  });
});

describe('passed', () => {
  test.each<[string, string, [number, number, number] | undefined, string[]]>([
    ['doctest is silent', '', undefined, ['python', '-m', 'doctest', 'model.py']],
    ['behave', '3 scenarios passed, 0 failed, 1 skipped', [3, 0, 1], ['behave']],
    ['dbt', 'Done. PASS=3 WARN=1 ERROR=0 SKIP=0 TOTAL=4', [3, 0, 0], ['dbt', 'test']],
    ['testthat', '[ FAIL 0 | WARN 1 | SKIP 0 | PASS 3 ]', [3, 0, 0], ['Rscript', '-e', 'devtools::test()']],
    ['mocha', '\n  3 passing (1s)\n', [3, 0, 0], ['npx', 'mocha']],
    ['AVA', '  2 tests passed', [2, 0, 0], ['npx', 'ava']],
    ['Playwright', '  2 passed (3.2s)', [2, 0, 0], ['npx', 'playwright', 'test']],
    ['Deno', 'ok | 3 passed | 0 failed (12ms)', [3, 0, 0], ['deno', 'test']],
    ['Bun', ' 3 pass\n 0 fail\nRan 3 tests across 1 file. [10.00ms]', [3, 0, 0], ['bun', 'test']],
    ['Gradle', 'BUILD SUCCESSFUL in 3s', undefined, ['./gradlew', 'test']],
    [
      'ScalaTest',
      '[info] Tests: succeeded 3, failed 0, canceled 0, ignored 0, pending 0',
      [3, 0, 0],
      ['sbt', 'test'],
    ],
  ])('%s', (_, ...[output, counts, command]) => {
    expect(judge(output, 0, command)).toMatchObject({ verdict: 'passed', counts });
  });
});

test.each([
  'behave',
  'dbt test',
  'npx mocha',
  'npx ava',
  'npx playwright test',
  'deno test',
  'bun test',
  './gradlew test',
])('%s that does not print how its tests ended proves nothing', (command) => {
  expect(judge('some line', 0, command.split(' ')).verdict).toBe('unproven');
});
