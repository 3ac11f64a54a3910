import {
  countsIn,
  lineThatMatters,
  NOTHING_YET,
  readLine,
  verdictOnTests,
} from '../../../../src/release/plan/test-report.ts';

export const PYTEST = ['python', '-m', 'pytest', 'tests'];
export const MAKE = ['make', 'test'];

/** What a command's output and exit code come to. */
export function judge(output: string, exitCode: number | undefined, command: readonly string[] = MAKE) {
  const lines = output.split('\n');
  const report = lines.reduce(readLine, NOTHING_YET);
  const counts = countsIn(report);
  return {
    counts: counts && [counts.passed, counts.failed, counts.skipped],
    failures: report.failures,
    verdict: verdictOnTests(report, { command, exitCode, timedOut: false }),
    line: lineThatMatters(report, lines),
  };
}
