/** The test runners that are known: how a command names them, and what their lines say. One row per sentence a runner prints. */

import { FURTHER } from './test-runners-further.ts';
import { nameIn, nameAndReason, number, of, set, type Sentence } from './test-sentence.ts';

const PYTHON: readonly Sentence[] = [
  { runner: 'pytest', line: /^=+ test session starts =+$/, marks: 'opens' },
  {
    // "=== 1 failed, 2 passed, 1 skipped in 0.12s ===". Skipped ones did not run; expected failures did.
    runner: 'pytest',
    line: /^=*\s*(\d+ (?:passed|failed|errors?|skipped|deselected|xfailed|xpassed|warnings?|rerun|subtests)\b.*) in [\d.]+ ?s\b/,
    marks: 'closes',
    counts: ([, text = '']) => ({
      passed: of(text, 'passed', 'xfailed', 'xpassed'),
      failed: of(text, 'failed', 'error', 'errors'),
      skipped: of(text, 'skipped'),
    }),
  },
  { runner: 'pytest', line: /^=*\s*no tests ran in [\d.]+ ?s\b/, marks: 'closes', counts: () => ({}) },
  // --collect-only, which runs none
  { runner: 'pytest', line: /^=*\s*(?:no|\d+) tests? collected\b/, marks: 'closes', counts: () => ({}) },
  { runner: 'pytest', line: /^=*\s*collected 0 items\b/, counts: () => ({}) },
  {
    runner: 'pytest',
    line: /^(?:FAIL|ERROR:) Required test coverage of .* not reached/,
    counts: () => ({ failed: 1 }),
    failure: ([reason]) => ({ name: 'test coverage', reason }),
  },
  {
    runner: 'pytest',
    line: /^(?:FAILED|ERROR) ([^\s(][^(]*(?:::|\.py).*)$/,
    failure: ([, text = '']) => nameAndReason(text),
  },
  {
    // "Ran 3 tests in 0.001s", then "OK (skipped=1)" or "FAILED (failures=1, errors=1)"
    runner: 'unittest',
    line: /^Ran (\d+) tests? in [\d.]+s$/,
    marks: 'opens',
    counts: ([, ran]) => ({ passed: number(ran) }),
  },
  {
    runner: 'unittest',
    line: /^(?:OK|FAILED|NO TESTS RAN)(?: \(([a-z ]+=.*)\))?$/,
    marks: 'closes',
    counts: ([, text = '']) => {
      const failed = set(text, 'failures', 'errors', 'unexpected successes');
      const skipped = set(text, 'skipped');
      return { passed: -failed - skipped, failed, skipped };
    },
  },
  { runner: 'unittest', line: /^(?:FAIL|ERROR): (\w\S* \(.+\).*)$/, failure: nameIn },
  { runner: 'tox', line: /^\s*congratulations :\)/, marks: 'closes' },
  {
    runner: 'tox',
    line: /^\s*evaluation failed :\(/,
    marks: 'closes',
    fails: true,
    failure: ([reason]) => ({ name: 'tox', reason: reason.trim() }),
  },
  { runner: 'nox', line: /^nox > Session \S+ was (?:successful|skipped)/, marks: 'closes' },
  {
    runner: 'nox',
    line: /^nox > Session (\S+) (?:failed|aborted)/,
    marks: 'closes',
    fails: true,
    failure: nameIn,
  },
];

const JAVASCRIPT: readonly Sentence[] = [
  {
    runner: 'jest',
    line: /^Test Suites: (?:\d+ skipped, )?(\d+) failed\b/,
    suites: ([, suites]) => number(suites),
  },
  {
    // "Tests:       1 failed, 2 skipped, 3 passed, 6 total"
    runner: 'jest',
    line: /^Tests:\s+((?:\d+ \w+(?:, )?)+)/,
    marks: 'closes',
    counts: ([, text = '']) => ({
      passed: of(text, 'passed'),
      failed: of(text, 'failed'),
      skipped: of(text, 'skipped', 'todo'),
    }),
  },
  { runner: 'jest', line: /^No tests found\b/, marks: 'closes', counts: () => ({}) },
  {
    runner: 'jest',
    line: /^Jest: .* coverage threshold .* not met/,
    counts: () => ({ failed: 1 }),
    failure: ([reason]) => ({ name: 'coverage threshold', reason }),
  },
  { runner: 'jest', line: /^ {2}● (.*)$/, failure: nameIn },
  { runner: 'vitest', line: /^\s*Test Files {2}(\d+) failed\b/, suites: ([, files]) => number(files) },
  {
    runner: 'vitest',
    line: /^\s*Tests {2}((?:\d+ \w+(?: \| )?)+)/,
    marks: 'closes',
    counts: ([, text = '']) => ({
      passed: of(text, 'passed'),
      failed: of(text, 'failed'),
      skipped: of(text, 'skipped', 'todo'),
    }),
  },
  {
    runner: 'vitest',
    line: /^\s*Tests {2}no tests\b|^No test files found\b/,
    marks: 'closes',
    counts: () => ({}),
  },
  { runner: 'vitest', line: /^\s*Errors {2}(\d+) errors?\b/, counts: ([, n]) => ({ failed: number(n) }) },
  { runner: 'vitest', line: /^\s*FAIL {2}(\S.* > .*)$/, failure: nameIn },
  // node:test: "ℹ pass 3", or in TAP "# pass 3"
  { runner: 'node:test', line: /^(?:ℹ|#) pass (\d+)$/, counts: ([, n]) => ({ passed: number(n) }) },
  {
    runner: 'node:test',
    line: /^(?:ℹ|#) fail (\d+)$/,
    marks: 'closes',
    counts: ([, n]) => ({ failed: number(n) }),
  },
  { runner: 'node:test', line: /^(?:ℹ|#) cancelled (\d+)$/, counts: ([, n]) => ({ failed: number(n) }) },
  { runner: 'node:test', line: /^(?:ℹ|#) skipped (\d+)$/, counts: ([, n]) => ({ skipped: number(n) }) },
  { runner: 'node:test', line: /^✖ (.+) \([\d.]+ms\)$/, failure: nameIn },
];

const OTHERS: readonly Sentence[] = [
  // go test has a line per package; with -v also one per test, which a package's line must not count again
  {
    runner: 'go test',
    line: /^(?:ok\s+\S+\s.*\[no tests to run\]|\?\s+\S+\s+\[no test files\])/,
    marks: 'closes',
    counts: () => ({}),
  },
  {
    runner: 'go test',
    line: /^ok\s+\S+\s+(?:[\d.]+s|\(cached\))/,
    marks: 'closes',
    counts: () => ({ passed: 1 }),
  },
  {
    runner: 'go test',
    line: /^FAIL\s+\S+\s+(?:[\d.]+s|\[.*\])/,
    marks: 'closes',
    counts: () => ({ failed: 1 }),
  },
  { runner: 'go test', line: /^\s*--- FAIL: (\S+)/, failure: nameIn },
  { runner: 'cargo test', line: /^running \d+ tests?$/, marks: 'opens' },
  {
    runner: 'cargo test',
    line: /^test result: \w+\. (\d+) passed; (\d+) failed; (\d+) ignored;/,
    marks: 'closes',
    counts: ([, passed, failed, skipped]) => ({
      passed: number(passed),
      failed: number(failed),
      skipped: number(skipped),
    }),
  },
  {
    runner: 'cargo test',
    line: /^\s*Summary \[[^\]]*\] \d+ tests? run: (.*)$/,
    marks: 'closes',
    counts: ([, text = '']) => ({
      passed: of(text, 'passed'),
      failed: of(text, 'failed', 'timed out'),
      skipped: of(text, 'skipped'),
    }),
  },
  { runner: 'cargo test', line: /^test (\S+) \.\.\. FAILED$/, failure: nameIn },
  {
    // The total of a module; a class's line ends in its time.
    runner: 'Maven',
    line: /^(?:\[\w+\] )?(Tests run: \d+, Failures: \d+, Errors: \d+, Skipped: \d+)$/,
    counts: ([, text = '']) => {
      const failed = set(text, 'Failures', 'Errors');
      const skipped = set(text, 'Skipped');
      return { passed: set(text, 'Tests run') - failed - skipped, failed, skipped };
    },
  },
  { runner: 'Maven', line: /^\[INFO\] BUILD SUCCESS$/, marks: 'closes' },
  {
    runner: 'Maven',
    line: /^\[(?:INFO|ERROR)\] BUILD FAILURE$/,
    marks: 'closes',
    fails: true,
    failure: () => ({ name: 'the Maven build', reason: 'BUILD FAILURE' }),
  },
  { runner: 'Maven', line: /^\[ERROR\] {3}(\w[\w.$]*:\d+.*)$/, failure: nameIn },
  {
    runner: 'dotnet test',
    line: /^(?:Passed|Failed|Skipped)! +- (Failed: +\d+, Passed: +\d+, Skipped: +\d+)/,
    marks: 'closes',
    counts: ([, text = '']) => {
      const plain = text.replaceAll(/ +/g, ' ');
      return { passed: set(plain, 'Passed'), failed: set(plain, 'Failed'), skipped: set(plain, 'Skipped') };
    },
  },
  {
    runner: 'dotnet test',
    line: /^\s*Test summary: total: \d+, (failed: \d+, succeeded: \d+, skipped: \d+)/,
    marks: 'closes',
    counts: ([, text = '']) => ({
      passed: set(text, 'succeeded'),
      failed: set(text, 'failed'),
      skipped: set(text, 'skipped'),
    }),
  },
  { runner: 'dotnet test', line: /^ {2}Failed (\S.*) \[[^\]]*\]$/, failure: nameIn },
  {
    runner: 'ctest',
    line: /^\d+% tests passed, (\d+) tests? failed out of (\d+)$/,
    marks: 'closes',
    counts: ([, failed, all]) => ({ passed: number(all) - number(failed), failed: number(failed) }),
  },
  { runner: 'ctest', line: /^No tests were found!+$/, marks: 'closes', counts: () => ({}) },
  { runner: 'ctest', line: /^\s+\d+ - (\S+ \([A-Z][\w ]*\))$/, failure: nameIn },
  {
    runner: 'RSpec',
    line: /^(\d+) examples?, (\d+ failures?.*)$/,
    marks: 'closes',
    counts: ([, all, text = '']) => {
      const failed = of(text, 'failure', 'failures');
      const skipped = of(text, 'pending');
      const outside = of(text, 'error', 'errors');
      return { passed: number(all) - failed - skipped, failed: failed + outside, skipped };
    },
  },
  {
    runner: 'RSpec',
    line: /^rspec (\.\/\S+)(?: # (.*))?$/,
    failure: ([, name = '', reason]) => (reason === undefined ? { name } : { name, reason }),
  },
  {
    runner: 'PHPUnit',
    line: /^OK \((\d+) tests?, \d+ assertions?\)$/,
    marks: 'closes',
    counts: ([, passed]) => ({ passed: number(passed) }),
  },
  {
    runner: 'PHPUnit',
    line: /^(Tests: \d+, Assertions: \d+.*)\.$/,
    marks: 'closes',
    counts: ([, text = '']) => {
      const failed = set(text, 'Errors', 'Failures');
      const skipped = set(text, 'Skipped', 'Incomplete');
      return { passed: set(text, 'Tests') - failed - skipped, failed, skipped };
    },
  },
  { runner: 'PHPUnit', line: /^No tests executed!$/, marks: 'closes', counts: () => ({}) },
  { runner: 'PHPUnit', line: /^\d+\) ([\w\\]+::\w+.*)$/, failure: nameIn },
];

export const SENTENCES: readonly Sentence[] = [...PYTHON, ...JAVASCRIPT, ...OTHERS, ...FURTHER];
