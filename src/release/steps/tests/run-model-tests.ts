import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Builder } from '../../../clients/docker.ts';
import { TAIL_LINES, tail, withoutCommands } from '../../../clients/output-lines.ts';
import type { Command, Finished, Shell } from '../../../clients/shell.ts';
import type { Tools } from '../../../clients/tools.ts';
import { insideWorkspace } from '../../../clients/workspace.ts';
import { UserError } from '../../../errors.ts';
import { buildLogReader, planTestBuild, TEST_FILES_FOLDER, testDockerfile } from '../../plan/image-tests.ts';
import {
  lineThatMatters,
  NOTHING_YET,
  readLine,
  shownCommand,
  verdict,
  type TestVerdict,
} from '../../plan/test-report.ts';
import type { Architecture } from '../../../types.ts';

export interface TestStage {
  /** `unit`, `integration`, … */
  readonly name: string;
  /** Undefined: the stage has no tests, which the result says. */
  readonly command: readonly [file: string, ...args: string[]] | undefined;
  readonly timeoutMs: number;
}

/** Where the tests run: on the runner, or in the image's own build. */
export type TestPlace = OnRunner | InImage;

export interface OnRunner {
  readonly kind: 'runner';
  readonly workspace: string;
  /** Relative to the workspace. */
  readonly workingDirectory: string;
}

export interface InImage {
  readonly kind: 'image';
  readonly workspace: string;
  /** Files and folders under it are laid over the image's working directory. Relative to the workspace. */
  readonly workingDirectory: string;
  /** Relative to the working directory; those that do not exist are left out. */
  readonly files: readonly string[];
  /** The built image, as the engine calls it. */
  readonly reference: string;
  readonly architecture: Architecture;
  readonly builder: Builder;
  readonly network?: string | undefined;
  readonly addHosts?: readonly string[];
  readonly tempFolder: string;
}

/** What tests usually need beside themselves. */
export const USUAL_TEST_FILES = [
  'tests',
  'conftest.py',
  'pytest.ini',
  'pyproject.toml',
  'setup.cfg',
  'tox.ini',
];

export interface StageResult {
  readonly name: string;
  /** `skipped`: it has no command. `not-run`: an earlier stage ended the run. */
  readonly status: TestVerdict | 'skipped' | 'not-run';
  /** Undefined where the output does not tell. */
  readonly passed: number | undefined;
  readonly failed: number | undefined;
  readonly skipped: number | undefined;
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

  constructor(code: string, explanation: { what: string; fix: string }, result: TestResult) {
    super(code, explanation);
    this.result = result;
  }
}

type TestTools = Pick<Tools, 'shell' | 'log'>;

/**
 * Runs the stages in order and stops at the first that does not pass.
 * @throws ModelTestsFailed `tests-failed`, `no-tests` or `tests-timed-out`; UserError when a program, path or file is missing.
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
  return { name, status, passed: undefined, failed: undefined, skipped: undefined, durationMs: 0, tail: [] };
}

type Stage = TestStage & { readonly command: NonNullable<TestStage['command']> };

interface Failure {
  readonly code: string;
  readonly what: string;
  readonly fix: string;
}

async function runStage(
  tools: TestTools,
  stage: Stage,
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
  const status = verdict(report, { ...finished, command: stage.command });
  const said = lineThatMatters(report, lines.length > 0 ? lines : finished.tail);
  const result = {
    name: stage.name,
    status,
    passed: report.counts?.passed,
    failed: report.counts?.failed,
    skipped: report.counts?.skipped,
    durationMs: finished.durationMs,
    tail: lines.length > 0 ? lines : finished.tail,
  };
  if (status === 'passed' && report.counts === undefined) {
    tools.log.info(
      `The ${stage.name} tests passed by their exit code; how many ran cannot be told from the output.`,
    );
  }
  return { result, failure: failureOf(stage, { status, finished, said }) };
}

const UNTOUCHED = 'Nothing has been pushed or deployed.';

function failureOf(
  { name, command, timeoutMs }: Stage,
  { status, finished, said }: { status: TestVerdict; finished: Ran; said: string },
): Failure | undefined {
  const shown = shownCommand(command);
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
    case 'failed': {
      const how =
        finished.exitCode === undefined ? `ended by ${finished.signal}` : `exit code ${finished.exitCode}`;
      return {
        code: 'tests-failed',
        what: `The ${name} tests failed (${shown}, ${how}): ${line}`,
        fix: UNTOUCHED,
      };
    }
  }
}

type Ran = Pick<Finished, 'exitCode' | 'signal' | 'timedOut' | 'durationMs' | 'tail'>;
type RunStage = (tools: TestTools, stage: Stage, onLine: (line: string) => void) => Promise<Ran>;

function runIn(place: TestPlace): RunStage {
  return place.kind === 'runner' ? onRunner(place) : inImage(place);
}

function onRunner({ workspace, workingDirectory }: OnRunner): RunStage {
  return async ({ shell, log }, { command: [file, ...args], timeoutMs }, onLine) => {
    const cwd = await insideWorkspace({ workspace, path: workingDirectory, input: 'working-directory' });
    const show = (line: string): void => {
      log.info(line);
      onLine(line);
    };
    // Buffered output is lost when a time limit ends Python, and it is what says where the tests hung.
    const env = { PYTHONUNBUFFERED: '1' };
    return shell.run({ file, args, cwd, timeoutMs, env, writes: 'tests', onLine: show });
  };
}

function inImage(place: InImage): RunStage {
  return async ({ shell, log }, stage, onLine) => {
    await mkdir(place.tempFolder, { recursive: true });
    const folder = await mkdtemp(join(place.tempFolder, 'model-release-tests-'));
    const [context, idFile] = [join(folder, 'context'), join(folder, 'image-id')];
    try {
      await fillContext(context, place, stage);
      let exitCode: number | undefined;
      const read = buildLogReader(place.builder);
      const command: Command = {
        file: 'docker',
        ...planTestBuild({ ...place, context, idFile }, place.builder),
        timeoutMs: stage.timeoutMs,
        writes: 'tests',
        onLine: (line) => {
          log.info(line);
          const seen = read(line);
          if (seen.kind === 'output') onLine(seen.text);
          if (seen.kind === 'exit-code') exitCode = seen.code;
        },
      };
      const finished = await shell.run(command);
      await removeImage(shell, idFile);
      // A build that failed before the tests is docker's exit code; it is never less than a failure.
      return { ...finished, exitCode: finished.exitCode === 0 ? 0 : (exitCode ?? finished.exitCode) };
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  };
}

/** A context of its own: the model's .dockerignore often leaves the tests out, and its data need not travel twice. */
async function fillContext(context: string, place: InImage, { command }: Stage): Promise<void> {
  const { workspace, workingDirectory, files, reference } = place;
  const root = await insideWorkspace({ workspace, path: workingDirectory, input: 'working-directory' });
  const target = join(context, TEST_FILES_FOLDER);
  await mkdir(target, { recursive: true });
  for (const file of files) {
    const path = join(root, file);
    const found = await insideWorkspace({ workspace, path, input: 'the tests' }).catch(unlessMissing);
    if (found === undefined) continue;
    await mkdir(dirname(join(target, file)), { recursive: true });
    await cp(found, join(target, file), { recursive: true, verbatimSymlinks: true });
  }
  await writeFile(join(context, 'Dockerfile'), testDockerfile({ reference, command }));
}

/** What is left of the tests would otherwise pile up on a runner that is kept; when it cannot go, that is no fault of the tests. */
async function removeImage(shell: Shell, idFile: string): Promise<void> {
  const id = await readFile(idFile, 'utf8').catch(() => '');
  if (id !== '') {
    const args = ['image', 'rm', '--force', '--', id.trim()];
    await shell.ask({ file: 'docker', args, writes: 'tests' });
  }
}

function unlessMissing(error: unknown): undefined {
  if (error instanceof UserError && error.code === 'path-missing') return undefined;
  throw error;
}
