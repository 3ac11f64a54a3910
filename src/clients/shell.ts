/** Programs on the runner: docker, and the model's own tests. Always an argument vector, never a shell. */
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { Cancelled, UserError, type Explanation } from '../errors.ts';
import type { Clock } from './clock.ts';
import { lineSplitter, tail } from './output-lines.ts';

export interface Command {
  readonly file: string;
  readonly args: readonly string[];
  readonly cwd?: string;
  /** Added to the inherited environment; `undefined` removes a variable. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Written to the program's stdin, which is then closed: where passwords go. Without it stdin is empty. */
  readonly input?: string;
  readonly timeoutMs?: number;
  /** Called with each complete, sanitised output line (stdout and stderr in order of arrival). */
  readonly onLine?: (line: string) => void;
}

export interface Finished {
  /** Undefined when a signal ended it. */
  readonly exitCode: number | undefined;
  readonly signal: string | undefined;
  readonly timedOut: boolean;
  /** stdout as it came, up to 1 MiB: for programs that answer. Not sanitised: never print it. */
  readonly stdout: string;
  /** The last 200 lines of everything, sanitised. */
  readonly tail: readonly string[];
  readonly durationMs: number;
}

export interface Shell {
  /**
   * Never rejects because of the program's exit code.
   * @throws UserError `program-missing`, `folder-missing` or `program-unusable` when it could not be started.
   * @throws Cancelled when the run was told to stop; the program and all its children are gone by then.
   */
  run(command: Command): Promise<Finished>;
}

/** A program that a person has to look into: the message says what happened, `tail` holds its last lines. */
export class ProgramFailed extends UserError {
  readonly tail: readonly string[];

  /** `what` may end in a program's own words; it becomes a sentence here. */
  constructor(code: string, { what, fix = '' }: Explanation, lines: readonly string[]) {
    super(code, { what: /[.!?]$/.test(what) ? what : `${what}.`, fix });
    this.tail = lines;
  }
}

export interface ShellContext {
  /** Must run while a program runs: it is the program's time that is measured. */
  readonly clock: Clock;
  /** Aborted with the signal's name as reason when the run is told to stop. */
  readonly signal: AbortSignal;
  /** What programs inherit, but for what speaks to the runner in this action's name; by default the process's own. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/** From SIGTERM to SIGKILL, and from a program's end to that of the children it left behind. Milliseconds. */
export const KILL_GRACE_MS = 2_000;
const STDOUT_LIMIT = 1024 * 1024;

/**
 * The real shell. It stands on node:child_process, not on @actions/exec, because that one keeps all output in memory, passes it on
 * unsanitised, has no time limit, and cannot end a program's children: a hung `docker build` or a test's server would outlive the job's step.
 * Each program leads a process group of its own, and the group is what is ended.
 */
export function nodeShell(context: ShellContext): Shell {
  return {
    run: async (command) => {
      if (context.signal.aborted) throw new Cancelled(String(context.signal.reason));
      const started = context.clock.now();
      const output = collectOutput(command.onLine);
      const child = await start(command, inheritable(context.env ?? process.env));
      child.stdout?.on('data', output.stdout);
      child.stderr?.on('data', output.stderr);
      const { timedOut, cancelled } = await supervise(context, child, command.timeoutMs);
      output.end();
      if (cancelled) throw new Cancelled(String(context.signal.reason));
      return {
        exitCode: child.exitCode ?? undefined,
        signal: child.signalCode ?? undefined,
        timedOut,
        stdout: output.text(),
        tail: output.tail(),
        durationMs: context.clock.now() - started,
      };
    },
  };
}

async function start(
  { file, args, cwd, env, input }: Command,
  inherited: Readonly<Record<string, string | undefined>>,
): Promise<ChildProcess> {
  try {
    const child = spawn(file, args, {
      env: { ...inherited, ...env },
      stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
      detached: true,
      ...(cwd === undefined ? {} : { cwd }),
    });
    await new Promise((resolve, reject) => child.once('spawn', resolve).once('error', reject));
    // A program may end without reading its stdin; that is its own business.
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(input);
    return child;
  } catch (error) {
    throw notStarted({ file, cwd }, error as NodeJS.ErrnoException);
  }
}

/** The files through which a program could forge this step's outputs, or change the environment of the steps after it. */
const RUNNER_FILES = /^GITHUB_(OUTPUT|ENV|PATH|STATE|STEP_SUMMARY)$/;

/** Inputs stay here too: some of them are secrets. */
function inheritable(env: Readonly<Record<string, string | undefined>>) {
  const kept = Object.entries(env).filter(([name]) => !name.startsWith('INPUT_') && !RUNNER_FILES.test(name));
  return Object.fromEntries(kept);
}

function notStarted(
  { file, cwd }: { file: string; cwd: string | undefined },
  error: NodeJS.ErrnoException,
): UserError {
  if (error.code === 'ENOENT' && cwd !== undefined && !existsSync(cwd)) {
    return new UserError('folder-missing', {
      what: `${file} was to run in the folder ${cwd}, which does not exist.`,
      fix: 'Check the path, and that the repository is checked out before this step.',
    });
  }
  if (error.code === 'ENOENT') {
    return new UserError('program-missing', {
      what: `There is no program ${JSON.stringify(file)} on this runner.`,
      fix: 'Install it in an earlier step of the job, or correct its name.',
    });
  }
  return new UserError('program-unusable', {
    what: `${JSON.stringify(file)} could not be started (${error.code ?? error.message}).`,
    fix: 'Check that it is an executable file, and that its arguments are neither too long nor contain NUL.',
  });
}

function collectOutput(onLine: Command['onLine']) {
  const last = tail();
  const emit = (line: string): void => {
    last.push(line);
    onLine?.(line);
  };
  const [out, err] = [lineSplitter(emit), lineSplitter(emit)];
  const kept: Buffer[] = [];
  let room = STDOUT_LIMIT;
  return {
    stdout: (chunk: Buffer): void => {
      if (room > 0) kept.push(chunk.subarray(0, room));
      room -= chunk.length;
      out.write(chunk);
    },
    stderr: (chunk: Buffer): void => err.write(chunk),
    end: (): void => {
      out.end();
      err.end();
    },
    text: () => Buffer.concat(kept).toString('utf8'),
    tail: () => last.lines(),
  };
}

/** Waits for the program and everything it started, within its time; ends them all when told to. */
async function supervise(
  { clock, signal }: ShellContext,
  child: ChildProcess,
  timeoutMs: number | undefined,
): Promise<{ timedOut: boolean; cancelled: boolean }> {
  const ended = { timedOut: false, cancelled: false };
  const over = new AbortController();
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const endGroup = async (): Promise<void> => {
    signalGroup(child, 'SIGTERM');
    await clock.sleep(KILL_GRACE_MS, over.signal);
    if (!over.signal.aborted) signalGroup(child, 'SIGKILL');
  };
  const cancel = (): void => {
    ended.cancelled = true;
    void endGroup();
  };
  // Whatever ends this process otherwise, a thrown defect or process.exit, ends the program too.
  const lastResort = (): void => void signalGroup(child, 'SIGKILL');
  signal.addEventListener('abort', cancel, { once: true });
  if (signal.aborted) cancel();
  process.once('exit', lastResort);
  if (timeoutMs !== undefined) {
    void clock.sleep(timeoutMs, over.signal).then(() => {
      if (over.signal.aborted || child.exitCode !== null || child.signalCode !== null) return undefined;
      ended.timedOut = true;
      return endGroup();
    });
  }
  try {
    await exited;
    // Children left behind may still be writing (`> >(tee log)`), so they get a moment; then they go, and nobody waits for one
    // that left the group and holds our pipes.
    await Promise.race([closed, clock.sleep(KILL_GRACE_MS, over.signal)]);
    if (signalGroup(child, 'SIGTERM')) await groupGone(child, clock);
    signalGroup(child, 'SIGKILL');
    child.stdout?.destroy();
    child.stderr?.destroy();
    return ended;
  } finally {
    over.abort();
    signal.removeEventListener('abort', cancel);
    process.removeListener('exit', lastResort);
  }
}

/** Signals the program's whole group; false when nobody is left in it. Signal 0 only asks. */
function signalGroup(child: ChildProcess, signal: NodeJS.Signals | 0): boolean {
  try {
    return child.pid !== undefined && process.kill(-child.pid, signal);
  } catch {
    return false;
  }
}

const POLL_MS = 20;

async function groupGone(child: ChildProcess, clock: Clock): Promise<void> {
  for (let waited = 0; waited < KILL_GRACE_MS && signalGroup(child, 0); waited += POLL_MS) {
    await clock.sleep(POLL_MS);
  }
}
