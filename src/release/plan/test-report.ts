/**
 * What a test command's output and exit code say: how many tests ran, which failed and why, and whether that counts as passed.
 * Read line by line, so that it works on any amount of output; several runs in one command add up.
 */
import { runnersIn } from './test-commands.ts';
import { SENTENCES } from './test-runners.ts';
import type { RunnerName, Sentence, TestCounts } from './test-sentence.ts';

/** A test or a suite that failed, in its runner's words. */
export interface TestFailure {
  readonly name: string;
  /** Undefined where the output gives none. */
  readonly reason: string | undefined;
}

/** What has been understood of the output so far. */
export interface TestReport {
  /** Undefined while no test runner has said anything about its tests. */
  readonly counts: TestCounts | undefined;
  /** The first ones by name, at most `FAILURES_SHOWN`. */
  readonly failures: readonly TestFailure[];
  /** The last line that says what went wrong; undefined when none did. */
  readonly reason: string | undefined;
  /** Runs that a runner began and that it closed with its own closing line. */
  readonly opened: Readonly<Partial<Record<RunnerName, number>>>;
  readonly closed: Readonly<Partial<Record<RunnerName, number>>>;
  /** Failed suites of the run that is being counted; its tests may not be among the failed ones. */
  readonly suites: number;
  /** A runner said that its run failed, whatever it counted. */
  readonly fails: boolean;
  /** Lines of the Test Anything Protocol, which counts where its producer prints no totals. */
  readonly tap: Tap | undefined;
  /** Where the output stands: below the heading of this test. */
  readonly below: string | undefined;
  /** What was said below which heading; the last ones. */
  readonly said: readonly TestFailure[];
  /** BuildKit cuts a step's long log, perhaps before the summary: then no counts is no proof of no tests. */
  readonly clipped: boolean;
}

interface Tap extends TestCounts {
  readonly planned: number | undefined;
}

/** `unproven`: exit code 0, and a known runner did not print how its tests ended. */
export type TestVerdict = 'passed' | 'failed' | 'no-tests' | 'timed-out' | 'unproven';

export const NOTHING_YET: TestReport = {
  counts: undefined,
  failures: [],
  reason: undefined,
  opened: {},
  closed: {},
  suites: 0,
  fails: false,
  tap: undefined,
  below: undefined,
  said: [],
  clipped: false,
};

/** Failing tests that are named; the counts say how many there were. */
export const FAILURES_SHOWN = 20;
/** A summary's line is shorter; what is longer is data, and is looked at no further. Characters. */
const LONGEST_LINE = 2_000;
const REASON_LENGTH = 300;

/** pytest and, since Python 3.12, unittest. */
const EXIT_NO_TESTS = 5;
const CLIPPED = /\[output clipped, log limit /;
/** `docker compose` names the service in front of each line. */
const COMPOSE_PREFIX = /^[\w.-]{1,60} +\| /;

/** Lines that say what went wrong, most runners' own words. */
const REASON =
  /^(?:E\s{2,}\S|FAILED [^(\s]|ERROR[: ]|\w*(?:Error|Exception)\b|FAIL[: ]|--- FAIL|.*: No module named|.*[Nn]ot found$|.*\berror: )/;
/** pytest's and unittest's exception, and the first line below the heading of other runners. */
const EXCEPTION = /^[\w.]*(?:Error|Exception|Exit|Interrupt|Warning|Failed)\b/;
/** pytest's own lines of a failure, below its heading. */
const PYTEST_REASON = /^E\s{2,}(\S.*)$/;
/** What stands below a failed test's name and is not its reason. */
const NO_REASON =
  /^(?:Traceback |File "|FAIL|ERROR|(?:not )?ok |[●✖✔▶ℹ]|at |test at |---|stack backtrace|duration_ms|type: |location: |failureType|error: \||1\.\.\d)/;
/** pytest: "____ ERROR collecting tests/test_i.py ____", "____ test_b ____" */
const HEADING = /^_{3,} (?:ERROR (?:collecting|at setup of|at teardown of) )?(.+?) _{3,}$/;

/** One look at a line instead of sixty: most lines of a log are no runner's. */
const TELLS_SOMETHING = new RegExp(
  [...SENTENCES.map(({ line }) => line), COMPOSE_PREFIX, REASON, HEADING, /^TAP version |^1\.\.\d/]
    .map(({ source }) => source)
    .join('|'),
);

export function readLine(report: TestReport, whole: string): TestReport {
  const line = whole.length > LONGEST_LINE ? whole.slice(0, LONGEST_LINE) : whole;
  const { below, tap, clipped } = report;
  const isNothing = below === undefined && tap === undefined && !TELLS_SOMETHING.test(line);
  if (isNothing && (clipped || !CLIPPED.test(line))) return report;
  const plain = line.replace(COMPOSE_PREFIX, '');
  const sentence = sentenceOf(plain);
  const next = sentence === undefined ? report : withSentence(report, sentence);
  return withReason(withTap(next, plain), plain, sentence === undefined);
}

function sentenceOf(line: string): readonly [Sentence, RegExpExecArray] | undefined {
  for (const sentence of SENTENCES) {
    const match = sentence.line.exec(line);
    if (match) return [sentence, match];
  }
  return undefined;
}

function withSentence(
  report: TestReport,
  [sentence, match]: readonly [Sentence, RegExpExecArray],
): TestReport {
  const { runner, marks } = sentence;
  const failure = sentence.failure?.(match);
  const found = sentence.counts?.(match);
  const one = (kind: 'opens' | 'closes', so: TestReport['opened']) =>
    marks === kind ? { ...so, [runner]: (so[runner] ?? 0) + 1 } : so;
  const suites = sentence.suites?.(match);
  const closesSuites = marks === 'closes' && found !== undefined;
  const failed = Math.max(found?.failed ?? 0, closesSuites ? report.suites : 0);
  return {
    ...report,
    counts: found === undefined ? report.counts : added(report.counts, { ...found, failed }),
    suites: suites ?? (closesSuites ? 0 : report.suites),
    fails: report.fails || sentence.fails === true,
    opened: one('opens', report.opened),
    closed: one('closes', report.closed),
    failures: failure === undefined ? report.failures : withFailure(report, failure),
    below: failure === undefined ? report.below : failure.name,
  };
}

/** A runner may name a test when it fails and again at its end. */
function withFailure(
  { failures, said }: TestReport,
  { name, reason }: { readonly name: string; readonly reason?: string },
): readonly TestFailure[] {
  const known = failures.findIndex((failure) => failure.name === name);
  const why = reason ?? said.find((one) => isTitleOf(one.name, name))?.reason;
  if (known >= 0)
    return failures[known]?.reason === undefined ? withReasonAt(failures, known, why) : failures;
  return failures.length < FAILURES_SHOWN
    ? [...failures, { name, reason: why?.slice(0, REASON_LENGTH) }]
    : failures;
}

function withReasonAt(failures: readonly TestFailure[], index: number, reason: string | undefined) {
  return failures.map((failure, at) =>
    at === index ? { ...failure, reason: reason?.slice(0, REASON_LENGTH) } : failure,
  );
}

/** pytest heads a test's output with its name alone, and a file's with its path. */
function isTitleOf(title: string, name: string): boolean {
  return title === name || title === name.split('::').slice(1).join('.');
}

const TITLES_KEPT = 2 * FAILURES_SHOWN;

/** `mayExplain`: the line is no sentence of a runner's own. */
function withReason(report: TestReport, line: string, mayExplain: boolean): TestReport {
  const clipped = report.clipped || CLIPPED.test(line);
  const title = HEADING.exec(line)?.[1];
  const reason = REASON.test(line) ? line.trim() : report.reason;
  const below = title ?? report.below;
  const pytest = PYTEST_REASON.exec(line)?.[1];
  const said =
    pytest === undefined || below === undefined
      ? report.said
      : [...report.said, { name: below, reason: pytest }].slice(-TITLES_KEPT);
  const failures = mayExplain && title === undefined ? explained(report, line) : report.failures;
  const isSame =
    clipped === report.clipped &&
    reason === report.reason &&
    below === report.below &&
    said === report.said &&
    failures === report.failures;
  return isSame ? report : { ...report, clipped, reason, below, said, failures };
}

/** The first line below a test's name that is not empty or decoration is its reason; an exception is a better one. */
function explained({ failures, below }: TestReport, line: string): readonly TestFailure[] {
  if (below === undefined) return failures;
  const at = failures.findIndex(({ name }) => name === below);
  const failure = failures[at];
  if (failure === undefined) return failures;
  const text = line.trim().replace(/^error: /, '');
  const isName = text === below || text.startsWith(`${below} `);
  if (isName || NO_REASON.test(text) || !/[\p{L}\p{N}]/u.test(text)) return failures;
  const isBetter =
    EXCEPTION.test(line) && !EXCEPTION.test(failure.reason ?? '') && !failure.reason?.includes(text);
  return failure.reason === undefined || isBetter ? withReasonAt(failures, at, text) : failures;
}

/** "1..3", "ok 1 - a", "not ok 2 - b", at the left margin: below it are subtests. */
function withTap(report: TestReport, line: string): TestReport {
  const { tap } = report;
  if (tap === undefined && /^TAP version \d+$/.test(line)) return { ...report, tap: NO_TAP };
  const planned = /^1\.\.(\d+)\b/.exec(line)?.[1];
  if (planned !== undefined)
    return { ...report, tap: { ...(tap ?? NO_TAP), planned: Number.parseInt(planned, 10) } };
  if (tap === undefined) return report;
  const [, not, text = ''] = /^(not )?ok\b(.*)$/.exec(line) ?? [];
  if (!/^(?:not )?ok\b/.test(line)) return report;
  const isSkipped = /# (?:SKIP|TODO)\b/i.test(text);
  const kind = isSkipped ? 'skipped' : not === undefined ? 'passed' : 'failed';
  const name = text.replace(/^ *\d* *(?:- )?/, '');
  const failures = kind === 'failed' ? withFailure(report, { name }) : report.failures;
  return {
    ...report,
    tap: { ...tap, [kind]: tap[kind] + 1 },
    failures,
    below: kind === 'failed' ? name : report.below,
  };
}

const NO_TAP: Tap = { passed: 0, failed: 0, skipped: 0, planned: undefined };

function added(counts: TestCounts | undefined, more: Partial<TestCounts>): TestCounts {
  return {
    passed: Math.max(0, (counts?.passed ?? 0) + (more.passed ?? 0)),
    failed: (counts?.failed ?? 0) + (more.failed ?? 0),
    skipped: (counts?.skipped ?? 0) + (more.skipped ?? 0),
  };
}

/** How many tests ran, by the totals that runners print, else by the lines of the Test Anything Protocol. */
export function countsIn({ counts, tap }: TestReport): TestCounts | undefined {
  if (counts !== undefined || tap === undefined) return counts;
  return { passed: tap.passed, failed: tap.failed, skipped: tap.skipped };
}

export interface FinishedTests {
  readonly command: readonly string[];
  readonly exitCode: number | undefined;
  readonly timedOut: boolean;
}

/**
 * The verdictOnTests on a finished command. What its output counts as failed has failed, whatever the exit code says: that of a pipe is its
 * last program's. No test that ran is no evidence; that includes a run in which every test was skipped. Output that names no count at
 * all is decided by the exit code alone, as a script of the user's own is, unless a known runner was to print its result.
 */
export function verdictOnTests(report: TestReport, finished: FinishedTests): TestVerdict {
  const { reason, clipped, fails } = report;
  const counts = countsIn(report);
  if (finished.timedOut) return 'timed-out';
  if (fails || (counts?.failed ?? 0) > 0) return 'failed';
  const none = counts !== undefined && counts.passed === 0 && !clipped;
  if (finished.exitCode === 0) {
    if (none) return 'no-tests';
    return withoutResult(report, finished.command) === undefined ? 'passed' : 'unproven';
  }
  // Told to be quiet, Python's runners say it by the exit code alone.
  const runners = runnersIn(finished.command);
  const quiet = counts === undefined && (runners.has('pytest') || runners.has('unittest'));
  if (finished.exitCode === EXIT_NO_TESTS && (none || quiet)) return 'no-tests';
  return none && reason === undefined ? 'no-tests' : 'failed';
}

/** The runner that began, or that the command names, and did not print its result. Of a log that was cut, nothing can be said. */
export function withoutResult(report: TestReport, command: readonly string[]): RunnerName | undefined {
  const { opened, closed, tap, clipped } = report;
  if (clipped) return undefined;
  const cutShort = SENTENCES.find(({ runner }) => (opened[runner] ?? 0) > (closed[runner] ?? 0));
  if (cutShort !== undefined) return cutShort.runner;
  if (tap !== undefined && closed['node:test'] === undefined) {
    const seen = tap.passed + tap.failed + tap.skipped;
    if (tap.planned === undefined || seen < tap.planned) return 'TAP';
  }
  const hasTap = tap !== undefined;
  return [...runnersIn(command)].find(
    (runner) => closed[runner] === undefined && !(hasTap && runner === 'node:test'),
  );
}

/** The line to show a person: what went wrong, else the last thing that was said. */
export function lineThatMatters(report: TestReport, tail: readonly string[]): string {
  const [failure] = report.failures;
  if (failure?.reason !== undefined) return `${failure.name} - ${failure.reason}`;
  return report.reason ?? tail.findLast((line) => /\p{L}/u.test(line))?.trim() ?? 'it printed nothing';
}

/** A command as a message shows it: each argument that needs it in single quotes. */
export function shownCommand(command: readonly string[]): string {
  const plain = /^[\w@%+=:,./[\]-]+$/;
  return command.map((word) => (plain.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`)).join(' ');
}
