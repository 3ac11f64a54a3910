/** Programs on the runner: docker, git, and the model's own tests. Always an argument vector, never a shell. */
import { spawn, type ChildProcess } from 'node:child_process';
import type { Readable } from 'node:stream';
import { Cancelled, UserError, type Explanation } from '../errors.ts';
import { prepareAfterwards, type Afterwards } from './afterwards.ts';
import type { Clock } from './clock.ts';
import { askProgram } from './exec.ts';
import { lineSplitter, tail } from './output-lines.ts';
import { superviseGroup } from './process-group.ts';
import { inheritable, notStarted } from './program.ts';
import { stdout } from './stdout.ts';
import type { Write } from './writes.ts';
import type { Environment } from '../types.ts';

export { KILL_GRACE_MS } from './process-group.ts';

/**
 * What a program changes outside this process. A program that is given one runs only in a step of the plan that announced it.
 * - `docker:build`: images of this machine's engine - `docker:push`: the registry
 * - `docker:login`: a login in a folder of this run's own - `docker:run`: a container of this machine's engine
 * - `tests`: whatever tests on the runner do
 */
export type ShellWrite = Extract<Write, `docker:${string}` | 'tests'>;

interface Program {
  readonly file: string;
  readonly args: readonly string[];
  readonly cwd?: string;
  /** Added to the inherited environment; `undefined` removes a variable. */
  readonly env?: Environment;
  readonly timeoutMs?: number;
  /** Aborted when this program is to end, whatever becomes of the run. */
  readonly signal?: AbortSignal;
  /** Undefined for a program that is known to read only. */
  readonly writes: ShellWrite | undefined;
}

/** A program that runs for long or prints much. */
export interface LongCommand extends Program {
  /** Called with each complete, sanitised output line (stdout and stderr in order of arrival). */
  readonly onLine?: (line: string) => void;
  /** Run once it has ended: by itself, by its time limit, by the stop signal, or because this process was killed. */
  readonly afterwards?: Afterwards;
}

/** A program that answers within a minute and in a few lines. */
export interface ShortCommand extends Program {
  /** Written to the program's stdin, which is then closed: where passwords go. */
  readonly input?: string;
}

export interface Ended {
  /** Undefined when a signal ended it. */
  readonly exitCode: number | undefined;
  readonly timedOut: boolean;
  /** The last 200 lines of everything, sanitised. */
  readonly tail: readonly string[];
}

export interface Finished extends Ended {
  readonly signal: string | undefined;
  readonly durationMs: number;
}

export interface ShortOutput extends Ended {
  /** stdout as it came; empty when the time was up. Not sanitised: never print it. */
  readonly stdout: string;
}

export interface Shell {
  /**
   * Never rejects because of the program's exit code.
   * @throws UserError `program-missing`, `folder-missing` or `program-unusable` when it could not be started.
   * @throws Cancelled when the run was told to stop; the program and all its children are gone by then.
   */
  run(command: LongCommand): Promise<Finished>;
  /**
   * As `run`, with the program's answer and nothing in the log.
   * @throws UserError also `answer-too-long`.
   */
  ask(question: ShortCommand): Promise<ShortOutput>;
}

/** A program that a person has to look into: the message says what happened, `tail` holds its last lines. */
export class ProgramFailed extends UserError {
  readonly tail: readonly string[];

  /** `what` may end in a program's own words; it becomes a sentence here. */
  constructor(code: string, { what, fix = '', places = [] }: Explanation, lines: readonly string[]) {
    super(code, { what: /[.!?]$/.test(what) ? what : `${what}.`, fix, places });
    this.tail = lines;
  }
}

export interface ShellContext {
  /** Must run while a program runs: it is the program's time that is measured. */
  readonly clock: Clock;
  /** Aborted with the signal's name as reason when the run is told to stop. */
  readonly signal: AbortSignal;
  /** What programs inherit, but for what speaks to the runner in this action's name; by default the process's own. */
  readonly env?: Environment;
  /**
   * Resolves once the log has room again, undefined while it has: a program that prints faster than its lines are read waits, and they
   * do not pile up in memory. By default that of this process's stdout.
   */
  readonly drained?: () => Promise<void> | undefined;
}

/**
 * The real shell. What runs long stands on node:child_process, not on @actions/exec, because that one keeps all output in memory, passes
 * it on unsanitised, has no time limit, and cannot end a program's children: a hung `docker build` or a test's server would outlive the
 * job's step. Each such program leads a process group of its own, and the group is what is ended.
 */
export function nodeShell(context: ShellContext): Shell {
  const until = ({ signal }: Program): ShellContext =>
    signal === undefined ? context : { ...context, signal: AbortSignal.any([context.signal, signal]) };
  return {
    run: (command) => runProgram(until(command), command),
    ask: (question) => askProgram(until(question), question),
  };
}

async function runProgram(context: ShellContext, command: LongCommand): Promise<Finished> {
  const { clock, signal } = context;
  if (signal.aborted) throw new Cancelled(String(signal.reason));
  const env = inheritable(context.env ?? process.env);
  const { afterwards } = command;
  const carryOut =
    afterwards && (await prepareAfterwards(afterwards, { clock, env: { ...env, ...command.env } }));
  try {
    return await runToItsEnd(context, command, env);
  } finally {
    await carryOut?.();
  }
}

async function runToItsEnd(
  context: ShellContext,
  command: LongCommand,
  inherited: Environment,
): Promise<Finished> {
  const { clock, signal, drained = stdout.drained } = context;
  const started = clock.now();
  const output = collectOutput(command.onLine);
  const child = await start(command, inherited);
  readAsDrained(child.stdout, output.stdout, drained);
  readAsDrained(child.stderr, output.stderr, drained);
  const { timeoutMs } = command;
  const { timedOut, cancelled } = await superviseGroup({ clock, signal, timeoutMs, held: drained }, child);
  output.end();
  if (cancelled) throw new Cancelled(String(signal.reason));
  return {
    exitCode: child.exitCode ?? undefined,
    signal: child.signalCode ?? undefined,
    timedOut,
    tail: output.tail(),
    durationMs: clock.now() - started,
  };
}

async function start({ file, args, cwd, env }: LongCommand, inherited: Environment): Promise<ChildProcess> {
  try {
    const child = spawn(file, args, {
      env: { ...inherited, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
      ...(cwd === undefined ? {} : { cwd }),
    });
    await new Promise((resolve, reject) => child.once('spawn', resolve).once('error', reject));
    return child;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw notStarted({ file, cwd }, code ?? message);
  }
}

/** Reads no further while the lines of the last piece have not left this process. */
function readAsDrained(
  stream: Readable | null,
  take: (chunk: Buffer) => void,
  drained: () => Promise<void> | undefined,
): void {
  stream?.on('data', (chunk: Buffer) => {
    take(chunk);
    const wait = drained();
    if (wait === undefined) return;
    stream.pause();
    void wait.then(() => stream.resume());
  });
}

function collectOutput(onLine: LongCommand['onLine']) {
  const last = tail();
  const emit = (line: string): void => {
    last.push(line);
    onLine?.(line);
  };
  const [out, err] = [lineSplitter(emit), lineSplitter(emit)];
  return {
    stdout: (chunk: Buffer): void => out.write(chunk),
    stderr: (chunk: Buffer): void => err.write(chunk),
    end: (): void => {
      out.end();
      err.end();
    },
    tail: () => last.lines(),
  };
}
