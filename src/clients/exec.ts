/** Short commands, by @actions/exec: programs that report something about this machine in a few lines. */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { ChildProcess } from 'node:child_process';
import { subscribe } from 'node:diagnostics_channel';
import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { Cancelled, UserError } from '../errors.ts';
import { lineSplitter, tail } from './output-lines.ts';
import { inheritable, notStarted } from './program.ts';
import type { ShortOutput, ShortCommand, ShellContext } from './shell.ts';
import type { Environment } from '../types.ts';

/** How long a program may take to answer where the caller does not say. Milliseconds. */
const ASK_TIMEOUT_MS = 60_000;
/** @actions/exec keeps all output in memory; what prints more than this is no answer. Bytes. */
export const ANSWER_LIMIT = 16 * 1024 * 1024;

/**
 * The processes that a question started. @actions/exec has no time limit and does not hand its process out; Node tells of every process
 * that is made, in the context of the call that makes it.
 */
const started = new AsyncLocalStorage<Set<ChildProcess>>();
subscribe('child_process', (message) => {
  const { process: child } = message as { readonly process: ChildProcess };
  const children = started.getStore();
  if (children === undefined) return;
  children.add(child);
  // A program may end without reading its stdin; @actions/exec does not handle that error, so it would end the whole process.
  child.once('spawn', () => child.stdin?.on('error', () => undefined));
});

/**
 * Runs the program and keeps what it says to itself. Never rejects because of the exit code.
 * @throws UserError `program-missing`, `folder-missing`, `program-unusable` or `answer-too-long`; Cancelled on the stop signal.
 */
export async function askProgram(context: ShellContext, question: ShortCommand): Promise<ShortOutput> {
  const { signal } = context;
  if (signal.aborted) throw new Cancelled(String(signal.reason));
  const env = defined({ ...inheritable(context.env ?? process.env), ...question.env });
  const file = await findProgram(question, env);
  const { getExecOutput } = await import('@actions/exec');
  const children = new Set<ChildProcess>();
  const said = listen();
  const { cwd, args, input = '' } = question;
  const answering = started.run(children, () =>
    getExecOutput(quoted(file), [...args], {
      silent: true,
      ignoreReturnCode: true,
      env,
      // Always there, so that a program that reads stdin finds its end.
      input: Buffer.from(input),
      listeners: { stdout: said.hear, stderr: said.hear },
      ...(cwd === undefined ? {} : { cwd }),
    }),
  );
  try {
    const timeoutMs = question.timeoutMs ?? ASK_TIMEOUT_MS;
    const first = await soonest(context, timeoutMs, Promise.race([answering, said.tooMuch]));
    if (first === 'stopped') throw new Cancelled(String(signal.reason));
    if (first === 'too-much') throw tooLong(question);
    if (first === 'timed-out') return { exitCode: undefined, timedOut: true, stdout: '', tail: said.lines() };
    // A signal that ends the program leaves no exit code, whatever the type says.
    const exitCode = (first.exitCode as number | null) ?? undefined;
    return { exitCode, timedOut: false, stdout: first.stdout, tail: said.lines() };
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw notStarted(question, (error as Error).message);
  } finally {
    answering.catch(() => undefined);
    for (const child of children) end(child);
  }
}

/** What comes first: the answer, the time limit or the stop signal. */
async function soonest<T>(
  { clock, signal }: ShellContext,
  timeoutMs: number,
  answer: Promise<T>,
): Promise<T | 'timed-out' | 'stopped'> {
  const over = new AbortController();
  const limit = clock.sleep(timeoutMs, over.signal).then(() => 'timed-out' as const);
  const stopped = new Promise<'stopped'>((resolve) =>
    signal.addEventListener('abort', () => resolve('stopped'), { once: true, signal: over.signal }),
  );
  try {
    return await Promise.race([answer, limit, stopped]);
  } finally {
    over.abort();
  }
}

/** The last lines of a program's output, and a promise that settles when there is too much of it. */
function listen() {
  const last = tail();
  const splitter = lineSplitter(last.push);
  let room = ANSWER_LIMIT;
  let overflow = (_: 'too-much'): void => undefined;
  const tooMuch = new Promise<'too-much'>((resolve) => (overflow = resolve));
  return {
    tooMuch,
    hear: (chunk: Buffer): void => {
      room -= chunk.length;
      if (room < 0) overflow('too-much');
      else splitter.write(chunk);
    },
    lines: (): readonly string[] => {
      splitter.end();
      return last.lines();
    },
  };
}

/** One that has ended does not notice. */
function end(child: ChildProcess): void {
  if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
  child.stdout?.destroy();
  child.stderr?.destroy();
}

function tooLong({ file, args }: ShortCommand): UserError {
  return new UserError('answer-too-long', {
    what: `${[file, ...args.slice(0, 2)].join(' ')} printed more than ${ANSWER_LIMIT / 1024 ** 2} MiB and was ended.`,
    fix: 'Run it by hand to see what it prints so much of.',
  });
}

function defined(env: Environment): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}

/** The program's path, by the PATH that it runs with; @actions/exec would look along this process's own. */
async function findProgram(question: ShortCommand, env: Environment): Promise<string> {
  const { file, args, cwd } = question;
  if (args.some((argument) => argument.includes('\0')))
    throw notStarted(question, 'an argument contains NUL');
  if (cwd !== undefined && !(await isThere(cwd))) throw notStarted(question, 'ENOENT');
  const isPath = file.includes('/');
  const folders = isPath ? [''] : (env['PATH'] ?? '').split(delimiter);
  for (const folder of folders) {
    const path = join(folder, file);
    if (await isThere(path, constants.X_OK)) return path;
  }
  throw notStarted(question, isPath && (await isThere(file)) ? 'EACCES' : 'ENOENT');
}

async function isThere(path: string, mode = constants.F_OK): Promise<boolean> {
  try {
    await access(path, mode);
    return mode === constants.F_OK || (await stat(path)).isFile();
  } catch {
    return false;
  }
}

/** As @actions/exec reads a command line: in double quotes, where `\` takes the next character its meaning. */
function quoted(path: string): string {
  return `"${path.replaceAll(/["\\]/g, '\\$&')}"`;
}
