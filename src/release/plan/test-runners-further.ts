/** Sentences of the runners that stand beside models less often: rows as in test-runners.ts. */
import { nameIn, number, of, type Sentence } from './test-sentence.ts';

export const FURTHER: readonly Sentence[] = [
  // Silent when all is well.
  {
    runner: 'doctest',
    line: /^\*\*\*Test Failed\*\*\* (\d+) failures?\./,
    counts: ([, failed]) => ({ failed: number(failed) }),
  },
  {
    runner: 'behave',
    line: /^(\d+) scenarios? passed, (\d+) failed, (?:(\d+) error, )?(\d+) skipped/,
    marks: 'closes',
    counts: ([, passed, failed, errors, skipped]) => ({
      passed: number(passed),
      failed: number(failed) + number(errors),
      skipped: number(skipped),
    }),
  },
  {
    // "Done. PASS=3 WARN=0 ERROR=1 SKIP=0 TOTAL=4", after the time
    runner: 'dbt',
    line: /^(?:\d\d:\d\d:\d\d\s+)?Done\. PASS=(\d+) WARN=\d+ ERROR=(\d+) SKIP=(\d+)/,
    marks: 'closes',
    counts: ([, passed, failed, skipped]) => ({
      passed: number(passed),
      failed: number(failed),
      skipped: number(skipped),
    }),
  },
  {
    runner: 'testthat',
    line: /^\[ FAIL (\d+) \| WARN \d+ \| SKIP (\d+) \| PASS (\d+) \]$/,
    marks: 'closes',
    counts: ([, failed, skipped, passed]) => ({
      passed: number(passed),
      failed: number(failed),
      skipped: number(skipped),
    }),
  },
  {
    runner: 'Julia',
    line: /^(?:ERROR: (?:LoadError: )?)?Some tests did not pass: (\d+) passed, (\d+) failed, (\d+) errored/,
    counts: ([, passed, failed, errors]) => ({
      passed: number(passed),
      failed: number(failed) + number(errors),
    }),
  },
  // mocha prints what passed first: "3 passing (12ms)", "2 pending", "1 failing"
  {
    runner: 'mocha',
    line: /^\s+(\d+) passing \(\d+m?s\)$/,
    marks: 'closes',
    counts: ([, passed]) => ({ passed: number(passed) }),
  },
  { runner: 'mocha', line: /^\s+(\d+) pending$/, counts: ([, skipped]) => ({ skipped: number(skipped) }) },
  { runner: 'mocha', line: /^\s+(\d+) failing$/, counts: ([, failed]) => ({ failed: number(failed) }) },
  { runner: 'AVA', line: /^\s+(\d+) tests? failed$/, counts: ([, failed]) => ({ failed: number(failed) }) },
  {
    runner: 'AVA',
    line: /^\s+(\d+) tests? passed$/,
    marks: 'closes',
    counts: ([, passed]) => ({ passed: number(passed) }),
  },
  // Playwright: "1 failed", names, then "2 passed (3.2s)"
  { runner: 'Playwright', line: /^ {2}(\d+) failed$/, counts: ([, failed]) => ({ failed: number(failed) }) },
  {
    runner: 'Playwright',
    line: /^ {2}(\d+) passed \([\d.]+m?s\)$/,
    marks: 'closes',
    counts: ([, passed]) => ({ passed: number(passed) }),
  },
  {
    runner: 'Deno',
    // What stands before it looks like the name of a service of docker compose.
    line: /^(?:(?:ok|FAILED) \| )?(\d+ passed.* \| \d+ failed.*) \(.*\)$/,
    marks: 'closes',
    counts: ([, text = '']) => ({
      passed: of(text, 'passed'),
      failed: of(text, 'failed'),
      skipped: of(text, 'ignored'),
    }),
  },
  { runner: 'Bun', line: /^ (\d+) pass$/, counts: ([, passed]) => ({ passed: number(passed) }) },
  { runner: 'Bun', line: /^ (\d+) fail$/, counts: ([, failed]) => ({ failed: number(failed) }) },
  { runner: 'Bun', line: /^Ran \d+ tests? across \d+ files?\./, marks: 'closes' },
  {
    // It counts only when a test failed.
    runner: 'Gradle',
    line: /^(\d+) tests? completed, (\d+) failed(?:, (\d+) skipped)?$/,
    counts: ([, all, failed, skipped]) => ({
      passed: number(all) - number(failed) - number(skipped),
      failed: number(failed),
      skipped: number(skipped),
    }),
  },
  { runner: 'Gradle', line: /^BUILD SUCCESSFUL in /, marks: 'closes' },
  {
    runner: 'Gradle',
    line: /^BUILD FAILED in /,
    marks: 'closes',
    fails: true,
    failure: () => ({ name: 'the Gradle build', reason: 'BUILD FAILED' }),
  },
  { runner: 'Gradle', line: /^(\S+ > \S.*) FAILED$/, failure: nameIn },
  {
    runner: 'ScalaTest',
    line: /^(?:\[\w+\] )?Tests: succeeded (\d+), failed (\d+), canceled (\d+), ignored (\d+)/,
    marks: 'closes',
    counts: ([, passed, failed, canceled, ignored]) => ({
      passed: number(passed),
      failed: number(failed),
      skipped: number(canceled) + number(ignored),
    }),
  },
];
