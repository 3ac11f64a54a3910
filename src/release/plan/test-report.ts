/**
 * What a test command's output and exit code say: how many tests ran, and whether that counts as passed.
 * Read line by line, so that it works on any amount of output; several runs in one command add up.
 */

export interface TestCounts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** What has been understood of the output so far. */
export interface TestReport {
  /** Undefined while no test runner has said anything about its tests. */
  readonly counts: TestCounts | undefined;
  /** The last line that tells what went wrong; undefined when none did. */
  readonly reason: string | undefined;
  /** BuildKit cuts a step's long log, perhaps before the summary: then no counts is no proof of no tests. */
  readonly clipped: boolean;
}

export type TestVerdict = 'passed' | 'failed' | 'no-tests' | 'timed-out';

export const NOTHING_YET: TestReport = {
  counts: undefined,
  reason: undefined,
  clipped: false,
};

/** pytest and, since Python 3.12, unittest. */
const EXIT_NO_TESTS = 5;

interface Dialect {
  readonly line: RegExp;
  readonly counts: (match: RegExpExecArray) => Partial<TestCounts>;
}

const number = (text: string | undefined): number => (text === undefined ? 0 : Number.parseInt(text, 10));

/** The number before a word: `of(text, 'failed')` in "1 failed, 2 passed" is 1. */
function of(text: string, ...words: string[]): number {
  return words.reduce((sum, word) => sum + number(new RegExp(`\\b(\\d+) ${word}\\b`).exec(text)?.[1]), 0);
}

/** The number after a word: `set(text, 'failures')` in "failures=1, errors=2" is 1. */
function set(text: string, ...words: string[]): number {
  return words.reduce((sum, word) => sum + number(new RegExp(`(?:^|, )${word}=(\\d+)`).exec(text)?.[1]), 0);
}

/** One row per sentence a test runner ends with. Skipped ones did not run; expected failures did. */
const DIALECTS: readonly Dialect[] = [
  {
    // pytest: "=== 1 failed, 2 passed, 1 skipped in 0.12s ==="
    line: /^=*\s*(\d+ (?:passed|failed|errors?|skipped|deselected|xfailed|xpassed|warnings?|rerun|subtests)\b.*) in [\d.]+ ?s\b/,
    counts: ([, text = '']) => ({
      passed: of(text, 'passed', 'xfailed', 'xpassed'),
      failed: of(text, 'failed', 'error', 'errors'),
      skipped: of(text, 'skipped'),
    }),
  },
  // pytest: "no tests ran in 0.01s", "collected 0 items", and --collect-only, which runs none
  { line: /^=*\s*(?:no tests ran\b|collected 0 items\b|(?:no|\d+) tests? collected\b)/, counts: () => ({}) },
  // unittest: "Ran 3 tests in 0.001s", then "OK (skipped=1)" or "FAILED (failures=1, errors=1)"
  { line: /^Ran (\d+) tests? in [\d.]+s$/, counts: ([, ran]) => ({ passed: number(ran) }) },
  {
    line: /^(?:OK|FAILED) \((.*)\)$/,
    counts: ([, text = '']) => {
      const failed = set(text, 'failures', 'errors', 'unexpected successes');
      const skipped = set(text, 'skipped');
      return { passed: -failed - skipped, failed, skipped };
    },
  },
  // jest, vitest: "Tests:       1 failed, 2 skipped, 3 passed, 6 total"
  {
    line: /^\s*Tests:?\s+((?:\d+ \w+(?:, | \| )?)+)/,
    counts: ([, text = '']) => ({
      passed: of(text, 'passed'),
      failed: of(text, 'failed'),
      skipped: of(text, 'skipped', 'todo'),
    }),
  },
  { line: /^(?:No tests found|No test files found)\b/, counts: () => ({}) },
  // node:test and TAP: "ℹ pass 3", "# fail 0"
  { line: /^(?:ℹ|#) pass (\d+)$/, counts: ([, n]) => ({ passed: number(n) }) },
  { line: /^(?:ℹ|#) fail (\d+)$/, counts: ([, n]) => ({ failed: number(n) }) },
  { line: /^(?:ℹ|#) skipped (\d+)$/, counts: ([, n]) => ({ skipped: number(n) }) },
  // go test: a line per package; with -v also one per test, which a package's line must not count again
  { line: /^(?:ok\s+\S+\s.*\[no tests to run\]|\?\s+\S+\s+\[no test files\])/, counts: () => ({}) },
  { line: /^ok\s+\S+\s+(?:[\d.]+s|\(cached\))/, counts: () => ({ passed: 1 }) },
  { line: /^FAIL\s+\S+\s+(?:[\d.]+s|\[.*\])/, counts: () => ({ failed: 1 }) },
];

const PYTHON_RUNNER = /\b(?:pytest|py\.test|unittest)\b/;
const CLIPPED = /\[output clipped, log limit /;
/** Lines that say what went wrong, most runners' own words. */
const REASON =
  /^(?:E\s{2,}\S|FAILED [^(\s]|ERROR[: ]|\w*(?:Error|Exception)\b.*|AssertionError|FAIL[: ]|--- FAIL|.*: No module named|.*[Nn]ot found$|.*\berror: )/;

export function readLine(report: TestReport, line: string): TestReport {
  const found = countsIn(line);
  return {
    counts: found === undefined ? report.counts : added(report.counts, found),
    reason: REASON.test(line) ? line.trim() : report.reason,
    clipped: report.clipped || CLIPPED.test(line),
  };
}

function countsIn(line: string): Partial<TestCounts> | undefined {
  for (const dialect of DIALECTS) {
    const match = dialect.line.exec(line);
    if (match) return dialect.counts(match);
  }
  return undefined;
}

function added(counts: TestCounts | undefined, more: Partial<TestCounts>): TestCounts {
  return {
    passed: Math.max(0, (counts?.passed ?? 0) + (more.passed ?? 0)),
    failed: (counts?.failed ?? 0) + (more.failed ?? 0),
    skipped: (counts?.skipped ?? 0) + (more.skipped ?? 0),
  };
}

/**
 * The verdict on a finished command. No test that ran is no evidence, whatever the exit code says; that includes a run in which
 * every test was skipped. Output that names no count at all is judged by the exit code alone: it may be a script of the user's own.
 */
export function verdict(
  report: TestReport,
  finished: {
    readonly command: readonly string[];
    readonly exitCode: number | undefined;
    readonly timedOut: boolean;
  },
): TestVerdict {
  const { counts, reason, clipped } = report;
  const none = counts !== undefined && counts.passed + counts.failed === 0 && !clipped;
  if (finished.timedOut) return 'timed-out';
  if (finished.exitCode === 0) return none ? 'no-tests' : 'passed';
  // Told to be quiet, Python's runners say it by the exit code alone.
  const quiet = counts === undefined && PYTHON_RUNNER.test(finished.command.join(' '));
  if (finished.exitCode === EXIT_NO_TESTS && (none || quiet)) return 'no-tests';
  return none && reason === undefined ? 'no-tests' : 'failed';
}

/** The line to show a person: what went wrong, else the last thing that was said. */
export function lineThatMatters(report: TestReport, tail: readonly string[]): string {
  return report.reason ?? tail.findLast((line) => /\p{L}/u.test(line))?.trim() ?? 'it printed nothing';
}

/** A command as a message shows it: each argument that needs it in single quotes. */
export function shownCommand(command: readonly string[]): string {
  const plain = /^[\w@%+=:,./[\]-]+$/;
  return command.map((word) => (plain.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`)).join(' ');
}
