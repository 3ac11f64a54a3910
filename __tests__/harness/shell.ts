import type { ShortOutput, LongCommand, Finished, ShortCommand, Shell } from '../../src/clients/shell.ts';

/** What a program that never ran came to, whichever way it was started. */
export type Said = Finished & ShortOutput;

/** A program that ended with this output. */
export function ended(stdout: string, exitCode = 0): Said {
  const tail = stdout.split('\n');
  return { exitCode, signal: undefined, timedOut: false, stdout, tail, durationMs: 1 };
}

/** A shell that starts nothing: `answer` says what each program comes to. There is no git: nothing is checked out. */
export function shellOf(answer: (command: LongCommand | ShortCommand) => Said | Promise<Said>): Shell {
  const run = async (command: LongCommand | ShortCommand) =>
    command.file === 'git' ? ended('fatal: not a git repository', 128) : answer(command);
  return { run, ask: run };
}
