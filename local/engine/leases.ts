import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** True if the process exists and, when `mustMention` is given, its command line contains that text (pids are reused). */
export async function isAlive(pid: number, mustMention?: string): Promise<boolean> {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  if (mustMention === undefined) return true;
  const commandLine = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
  return commandLine.includes(mustMention);
}

/** Start time in clock ticks since boot: with the pid it names one process for ever. Empty where /proc is missing. */
async function startTime(pid: number): Promise<string> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  // The second field is the program's name in parentheses and may hold spaces: count from behind it.
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
}

/**
 * Who uses the engine: it is stopped when the last user leaves, so that a demo ending beside a test run does not take
 * the engine away from under it. A user that died without leaving does not count.
 */
export class Leases {
  readonly #directory: string;

  constructor(directory: string) {
    this.#directory = directory;
  }

  async add(pid: number): Promise<void> {
    await mkdir(this.#directory, { recursive: true });
    await writeFile(join(this.#directory, String(pid)), await startTime(pid));
  }

  async remove(pid: number): Promise<void> {
    await rm(join(this.#directory, String(pid)), { force: true });
  }

  /** Pids of the users still alive; forgets the others. */
  async holders(): Promise<number[]> {
    const names = await readdir(this.#directory).catch(() => []);
    const alive: number[] = [];
    for (const name of names) {
      const pid = Number(name);
      const recorded = await readFile(join(this.#directory, name), 'utf8').catch(() => undefined);
      if ((await isAlive(pid)) && recorded === (await startTime(pid))) alive.push(pid);
      else await this.remove(pid);
    }
    return alive;
  }
}
