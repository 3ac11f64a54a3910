/** What must happen once a program has ended, whatever ended it: a container outlives the client that started it. */
import { spawn, type ChildProcess } from 'node:child_process';
import type { Clock } from './clock.ts';
import { notStarted } from './program.ts';
import type { Environment } from '../types.ts';

/** A program whose exit code says nothing that anybody needs. */
export interface Afterwards {
  readonly file: string;
  readonly args: readonly string[];
}

/** How long it may take before nobody waits for it any more; it goes on by itself. Milliseconds. */
const LIMIT_MS = 20_000;

/**
 * A process that waits for the end of this one's pipe and then becomes the program. The system closes the pipe of a process that is
 * killed, too, so neither a crash nor SIGKILL leaves the work undone. The arguments are a vector; the script itself is fixed.
 * @returns carries it out now, and resolves when it is done or its time is up.
 */
export async function prepareAfterwards(
  { file, args }: Afterwards,
  { clock, env }: { readonly clock: Clock; readonly env: Environment },
): Promise<() => Promise<void>> {
  const script = 'cat >/dev/null; exec "$@"';
  const child = spawn('sh', ['-c', script, 'sh', file, ...args], {
    env,
    // A group of its own: what ends the program's group does not end it.
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  await started(child);
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  return async () => {
    const over = new AbortController();
    child.stdin?.end();
    await Promise.race([exited, clock.sleep(LIMIT_MS, over.signal)]);
    over.abort();
    child.unref();
  };
}

async function started(child: ChildProcess): Promise<void> {
  // It may be gone before its pipe is closed.
  child.stdin?.on('error', () => undefined);
  try {
    await new Promise((resolve, reject) => child.once('spawn', resolve).once('error', reject));
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw notStarted({ file: 'sh' }, code ?? message);
  }
}
