import { describe, expect, test } from '@jest/globals';
import { FAILURES_SHOWN } from '../../../../src/release/plan/test-report.ts';
import { judge, MAKE, PYTEST } from './judge-tests.ts';

/** What each runner prints when one of its tests fails. */
const FAILING: readonly (readonly [
  string,
  string,
  [number, number, number],
  { name: string; reason?: string }[],
])[] = [
  [
    'pytest',
    '____ test_a ____\nE       AssertionError: 0.71\n== short test summary info ==\nFAILED t.py::test_a - AssertionError: 0.71\n== 1 failed in 0.1s ==',
    [0, 1, 0],
    [{ name: 't.py::test_a', reason: 'AssertionError: 0.71' }],
  ],
  [
    'pytest, a module that cannot be imported: the reason stands elsewhere',
    "____ ERROR collecting t/test_i.py ____\nImportError while importing test module '/t/test_i.py'.\nE   ModuleNotFoundError: No module named 'torch'\nERROR t/test_i.py\n=== 1 error in 0.1s ===",
    [0, 1, 0],
    [{ name: 't/test_i.py', reason: "ModuleNotFoundError: No module named 'torch'" }],
  ],
  [
    'unittest',
    'FAIL: test_a (t.T.test_a)\n-----\nTraceback (most recent call last):\n  File "t.py", line 3, in test_a\nAssertionError: 1 != 2\n\nRan 2 tests in 0.001s\n\nFAILED (failures=1)',
    [1, 1, 0],
    [{ name: 'test_a (t.T.test_a)', reason: 'AssertionError: 1 != 2' }],
  ],
  [
    'jest',
    '  ● adds › two\n\n    expect(received).toBe(expected)\n\nTests:       1 failed, 3 passed, 4 total',
    [3, 1, 0],
    [{ name: 'adds › two', reason: 'expect(received).toBe(expected)' }],
  ],
  [
    'jest, a suite that cannot be loaded',
    'Test Suites: 1 failed, 1 passed, 2 total\nTests:       3 passed, 3 total',
    [3, 1, 0],
    [],
  ],
  [
    'vitest',
    ' FAIL  a.test.ts > adds > two\nAssertionError: expected 1 to be 2\n Test Files  1 failed (1)\n      Tests  1 failed | 3 passed (4)',
    [3, 1, 0],
    [{ name: 'a.test.ts > adds > two', reason: 'AssertionError: expected 1 to be 2' }],
  ],
  ['vitest, an unhandled error', '      Tests  3 passed (3)\n     Errors  1 error', [3, 1, 0], []],
  [
    'node --test',
    '✖ adds (1.2ms)\n✔ ok (0.2ms)\nℹ pass 1\nℹ fail 1\n✖ failing tests:\ntest at a.mjs:1:1\n✖ adds (1.2ms)\n  AssertionError [ERR_ASSERTION]: 1 == 2',
    [1, 1, 0],
    [{ name: 'adds', reason: 'AssertionError [ERR_ASSERTION]: 1 == 2' }],
  ],
  ['node --test, cancelled', 'ℹ pass 1\nℹ fail 0\nℹ cancelled 2', [1, 2, 0], []],
  [
    'TAP',
    '1..3\nok 1 - a\nnot ok 2 - b\n# no such file\nnot ok 3 - c # TODO later',
    [1, 1, 1],
    [{ name: 'b', reason: '# no such file' }],
  ],
  [
    'TAP below a subtest',
    'TAP version 13\n    not ok 1 - inner\nok 1 - outer\nnot ok 2 - x\n1..2',
    [1, 1, 0],
    [{ name: 'x' }],
  ],
  [
    'go',
    '--- FAIL: TestAdd (0.00s)\n    add_test.go:7: got 1, want 2\nFAIL\nFAIL\texample.com/a\t0.003s',
    [0, 1, 0],
    [{ name: 'TestAdd', reason: 'add_test.go:7: got 1, want 2' }],
  ],
  [
    'cargo',
    'running 2 tests\ntest a::ok ... ok\ntest a::bad ... FAILED\ntest result: FAILED. 1 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s',
    [1, 1, 0],
    [
      {
        name: 'a::bad',
      },
    ],
  ],
  ['cargo nextest', '     Summary [   0.005s] 3 tests run: 2 passed, 1 failed, 0 skipped', [2, 1, 0], []],
  [
    'Maven',
    '[ERROR] Tests run: 2, Failures: 1, Errors: 0, Skipped: 0, Time elapsed: 0.04 s -- in FooTest\n[ERROR]   FooTest.bar:12 expected: <1> but was: <2>\n[ERROR] Tests run: 4, Failures: 1, Errors: 0, Skipped: 1\n[INFO] BUILD FAILURE',
    [2, 1, 1],
    [
      {
        name: 'FooTest.bar:12 expected: <1> but was: <2>',
      },
      { name: 'the Maven build', reason: 'BUILD FAILURE' },
    ],
  ],
  [
    'dotnet',
    'Failed!  - Failed:     1, Passed:     3, Skipped:     2, Total:     6, Duration: 5 ms - a.dll (net8.0)',
    [3, 1, 2],
    [],
  ],
  ['dotnet 9', 'Test summary: total: 4, failed: 1, succeeded: 3, skipped: 0, duration: 1.2s', [3, 1, 0], []],
  ['ctest', '67% tests passed, 1 tests failed out of 3', [2, 1, 0], []],
  [
    'RSpec',
    '3 examples, 1 failure, 1 pending\nrspec ./spec/a_spec.rb:3 # A adds',
    [1, 1, 1],
    [{ name: './spec/a_spec.rb:3', reason: 'A adds' }],
  ],
  [
    'RSpec, an error outside of examples',
    '0 examples, 0 failures, 1 error occurred outside of examples',
    [0, 1, 0],
    [],
  ],
  [
    'PHPUnit',
    '1) FooTest::testBar\nFailed asserting that 1 is 2.\nTests: 3, Assertions: 3, Failures: 1, Skipped: 1.',
    [1, 1, 1],
    [{ name: 'FooTest::testBar', reason: 'Failed asserting that 1 is 2.' }],
  ],
  ['behind docker compose', 'tests-1  | === 1 failed, 2 passed in 0.1s ===', [2, 1, 0], []],
  ['the second of two runs', '3 passed in 0.1s\n1 failed, 1 passed in 0.1s', [4, 1, 0], []],
];

describe('counted failures fail, whatever the exit code says', () => {
  test.each(FAILING)('%s', (_, ...[output, counts, failures]) => {
    const judged = judge(output, 0);
    expect(judged).toMatchObject({ verdict: 'failed', counts });
    expect(judged.failures).toEqual(failures.map(({ name, reason }) => ({ name, reason })));
  });

  test.each([
    ['tox', '  py311: FAIL code 1\n  evaluation failed :('],
    ['nox', 'nox > Session tests failed.'],
    ['Maven, which did not come to its tests', '[INFO] BUILD FAILURE'],
    [
      'too little coverage',
      '3 passed in 0.1s\nFAIL Required test coverage of 80% not reached. Total coverage: 50.00%',
    ],
  ])('%s says so without a count', (_, output) => {
    expect(judge(output, 0).verdict).toBe('failed');
  });

  test('twenty are named, and all are counted', () => {
    const lines = Array.from({ length: 50 }, (_, n) => `FAILED t.py::test_${n} - x`);
    const judged = judge([...lines, '50 failed in 0.1s'].join('\n'), 0);
    expect(judged.failures).toHaveLength(FAILURES_SHOWN);
    expect(judged.counts).toEqual([0, 50, 0]);
  });
});

describe('a known runner without its own closing line proves nothing', () => {
  test.each<[string, string, string[]]>([
    ['pytest, nothing printed', '', PYTEST],
    ['in a shell', 'done', ['bash', '-c', 'python3 -m pytest -q t > log; echo done']],
    ['pytest -qq', '..', ['pytest', '-qq']],
    ['behind a wrapper', '', ['uv', 'run', 'pytest']],
    ['a path to it', '', ['.venv/bin/pytest']],
    ['begun and not ended, in a script', '=== test session starts ===\ncollected 3 items', MAKE],
    ['the second of two', '=== test session starts ===\n1 passed in 0.1s\n=== test session starts ===', MAKE],
    ['unittest, ended by os._exit', 'Ran 3 tests in 0.001s', MAKE],
    ['unittest', '', ['python', '-m', 'unittest']],
    ['jest', 'PASS a.test.js', ['npx', 'jest']],
    ['vitest', '', ['npx', 'vitest', 'run']],
    ['node', '', ['node', '--test']],
    ['go', '', ['go', 'test', './...']],
    ['cargo', 'running 3 tests\ntest a ... ok', MAKE],
    ['Maven', 'Tests run: 3, Failures: 0, Errors: 0, Skipped: 0', ['./mvnw', 'verify']],
    ['TAP, ended early', '1..3\nok 1\nok 2', MAKE],
    ['TAP without a plan', 'TAP version 13\nok 1', MAKE],
    ['PHPUnit', '', ['vendor/bin/phpunit']],
    ['tox', '3 passed in 0.1s', ['tox']],
  ])('%s', (_, output, command) => {
    expect(judge(output, 0, command).verdict).toBe('unproven');
  });

  test.each<[string, string, string[]]>([
    ['pytest that is only installed', 'all good', ['bash', '-c', 'pip install pytest && python check.py']],
    ['a script about pytest', 'all good', ['bash', 'scripts/run_pytest.sh']],
    ['a report in another format', '{"Action":"pass"}', ['go', 'test', '-json']],
    ['TAP', '1..2\nok 1\nok 2', MAKE],
    [
      'Maven',
      '[INFO] Tests run: 3, Failures: 0, Errors: 0, Skipped: 0\n[INFO] BUILD SUCCESS',
      ['mvn', 'test'],
    ],
    [
      'cargo, a run without tests and one with',
      'running 0 tests\ntest result: ok. 0 passed; 0 failed; 0 ignored; 0 m\nrunning 1 test\ntest result: ok. 1 passed; 0 failed; 0 ignored; 0 m',
      ['cargo', 'test'],
    ],
    ['PHPUnit', 'OK (3 tests, 5 assertions)', ['vendor/bin/phpunit']],
    ['tox', '3 passed in 0.1s\n  congratulations :) (1.2 seconds)', ['tox']],
  ])('%s passes', (_, output, command) => {
    expect(judge(output, 0, command).verdict).toBe('passed');
  });
});
