import { TAIL_LINES, tail, withoutCommands } from '../../../clients/output-lines.ts';
import type { Finished } from '../../../clients/shell.ts';
import { insideWorkspace } from '../../../clients/workspace.ts';
import { UserError, type Explanation } from '../../../errors.ts';
import { environmentOfTests } from '../../plan/test-environment.ts';
import {
  countsIn,
  lineThatMatters,
  NOTHING_YET,
  readLine,
  shownCommand,
  verdictOnTests,
  withoutResult,
  type TestFailure,
  type TestReport,
  type TestVerdict,
} from '../../plan/test-report.ts';
import type { RunStage, StageToRun, TestStage, TestTools } from './test-stage.ts';
import { inImage, type InImage } from './tests-in-image.ts';

/** Where the tests run: on the runner, or in the image's own build. */
export type TestPlace = OnRunner | InImage;

interface OnRunner {
  readonly kind: 'runner';
  readonly workspace: string;
  /** Relative to the workspace. */
  readonly workingDirectory: string;
  /** The runner's, of which tests get a part. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Whether integration tests get the AWS credentials of the job. */
  readonly passCredentials: boolean;
}

interface StageResult {
  readonly name: string;
  /** `skipped`: it has no command. `not-run`: an earlier stage ended the run. */
  readonly status: TestVerdict | 'skipped' | 'not-run';
  /** Undefined where the output does not say. */
  readonly passed: number | undefined;
  readonly failed: number | undefined;
  readonly skipped: number | undefined;
  /** The first ones by name, at most twenty. */
  readonly failures: readonly TestFailure[];
  readonly durationMs: number;
  /** The last lines of output, fit to print. */
  readonly tail: readonly string[];
}

export interface TestResult {
  readonly stages: readonly StageResult[];
}

/** Tests that failed, timed out or did not exist; `result` is what the summary shows. */
export class ModelTestsFailed extends UserError {
  readonly result: TestResult;

  constructor(code: string, explanation: Explanation, result: TestResult) {
    super(code, explanation);
    this.result = result;
  }
}

/**
 * Runs the stages in order and stops at the first that does not pass.
 * @throws ModelTestsFailed `tests-failed`, `no-tests`, `tests-unproven` or `tests-timed-out`; UserError when a program, path or file is missing.
 */
export async function runModelTests(
  tools: TestTools,
  { stages, place }: { readonly stages: readonly TestStage[]; readonly place: TestPlace },
): Promise<TestResult> {
  const results: StageResult[] = [];
  for (const [index, stage] of stages.entries()) {
    if (stage.command === undefined) {
      tools.log.info(`No ${stage.name} tests: no command is given for them.`);
      results.push(without(stage, 'skipped'));
      continue;
    }
    const outcome = await runStage(tools, { ...stage, command: stage.command }, place);
    results.push(outcome.result);
    if (outcome.failure === undefined) continue;
    const rest = stages
      .slice(index + 1)
      .map((later) => without(later, later.command ? 'not-run' : 'skipped'));
    throw new ModelTestsFailed(outcome.failure.code, outcome.failure, { stages: [...results, ...rest] });
  }
  return { stages: results };
}

function without({ name }: TestStage, status: 'skipped' | 'not-run'): StageResult {
  const uncounted = { passed: undefined, failed: undefined, skipped: undefined };
  return { name, status, ...uncounted, failures: [], durationMs: 0, tail: [] };
}

interface Failure {
  readonly code: string;
  readonly what: string;
  readonly fix: string;
}

async function runStage(
  tools: TestTools,
  stage: StageToRun,
  place: TestPlace,
): Promise<{ result: StageResult; failure: Failure | undefined }> {
  tools.log.info(`${stage.name} tests: ${shownCommand(stage.command)}`);
  const last = tail(TAIL_LINES);
  let report = NOTHING_YET;
  const finished = await runIn(place)(tools, stage, (line) => {
    // Cut out of docker's log, a line has a new beginning.
    last.push(withoutCommands(line));
    report = readLine(report, line);
  });
  const lines = last.lines();
  const status = verdictOnTests(report, { ...finished, command: stage.command });
  const counts = countsIn(report);
  const result = {
    name: stage.name,
    status,
    passed: counts?.passed,
    failed: counts?.failed,
    skipped: counts?.skipped,
    failures: report.failures,
    durationMs: finished.durationMs,
    tail: lines.length > 0 ? lines : finished.tail,
  };
  if (status === 'passed' && counts === undefined) {
    tools.log.info(
      `The ${stage.name} tests passed by their exit code; the output does not say how many ran.`,
    );
  }
  return { result, failure: failureOf(stage, { status, finished, report, tail: result.tail }) };
}

const UNTOUCHED = 'Nothing has been pushed or deployed.';

interface Judged {
  readonly status: TestVerdict;
  readonly finished: Finished;
  readonly report: TestReport;
  readonly tail: readonly string[];
}

function failureOf({ name, command, timeoutMs }: StageToRun, judged: Judged): Failure | undefined {
  const { status, finished, report, tail } = judged;
  const shown = shownCommand(command);
  const said = lineThatMatters(report, tail);
  const line = withoutCommands(/[.!?]$/.test(said) ? said : `${said}.`);
  switch (status) {
    case 'passed':
      return undefined;
    case 'no-tests':
      return {
        code: 'no-tests',
        what: `The ${name} tests ran no test (${shown}), which proves nothing.`,
        fix: `Correct the command, or leave it out when there are none; nothing was pushed or deployed.`,
      };
    case 'timed-out':
      return {
        code: 'tests-timed-out',
        what: `The ${name} tests were still running after ${Math.round(timeoutMs / 1000)} s (${shown}) and were ended; last line: ${line}`,
        fix: `Make them faster, or give them more time with test-timeout; nothing was pushed or deployed.`,
      };
    case 'unproven': {
      const runner = withoutResult(report, command) ?? 'the test runner';
      return {
        code: 'tests-unproven',
        what: `The ${name} tests ended with exit code 0 (${shown}), and ${runner} did not print the line with its result, so nothing proves that they passed.`,
        fix: `Let ${runner} print its result to the log (no -qq, no filter or file that takes it away), and run bash -c with set -o pipefail; nothing was pushed or deployed.`,
      };
    }
    case 'failed':
      return {
        code: 'tests-failed',
        what: `The ${name} tests failed (${shown}, ${howItEnded(finished, report)}): ${line}`,
        fix: UNTOUCHED,
      };
  }
}

function howItEnded({ exitCode, signal }: Finished, report: TestReport): string {
  if (exitCode === undefined) return `ended by ${signal}`;
  const failed = countsIn(report)?.failed ?? 0;
  const contradicted = failed > 0 ? `although ${failed} failed` : 'although the run failed';
  return exitCode === 0 ? `exit code 0, ${contradicted}` : `exit code ${exitCode}`;
}

function runIn(place: TestPlace): RunStage {
  return place.kind === 'runner' ? onRunner(place) : inImage(place);
}

function onRunner({ workspace, workingDirectory, env: own, passCredentials }: OnRunner): RunStage {
  return async ({ shell, log }, { name, command: [file, ...args], timeoutMs }, onLine) => {
    const cwd = await insideWorkspace({ workspace, path: workingDirectory, input: 'working-directory' });
    const show = (line: string): void => {
      log.info(line);
      onLine(line);
    };
    const env = environmentOfTests(own, name, passCredentials);
    return shell.run({ file, args, cwd, timeoutMs, env, writes: 'tests', onLine: show });
  };
}
