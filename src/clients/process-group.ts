/** A program and everything it started, as one process group: waited for together, and ended together. */
import type { ChildProcess } from 'node:child_process';
import type { Clock } from './clock.ts';
import { inRounds } from './retry.ts';
import { waitBriefly } from './wait.ts';

/** From SIGTERM to SIGKILL, and from a program's end to that of the children it left behind. Milliseconds. */
export const KILL_GRACE_MS = 2_000;
const POLL_MS = 20;
/** Pieces of output read after a program's end: more than a pipe can hold, so that a stranger who keeps writing ends too. */
const LAST_PIECES = 64;

export interface Supervision {
  readonly clock: Clock;
  /** Aborted when the run is told to stop. */
  readonly signal: AbortSignal;
  readonly timeoutMs: number | undefined;
  /** Resolves when output that is held back may be read on; undefined while none is. */
  readonly held: () => Promise<void> | undefined;
}

/** Waits for the program and everything it started, within its time; ends them all when told to. */
export async function superviseGroup(
  { clock, signal, timeoutMs, held }: Supervision,
  child: ChildProcess,
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
    // What was written before the end is read to its end, however slowly our own output is read: its last line is the result.
    if (!ended.cancelled)
      await inRounds(LAST_PIECES, async () => {
        const wait = held();
        await Promise.race([closed, wait]);
        return wait === undefined ? true : undefined;
      });
    child.stdout?.destroy();
    child.stderr?.destroy();
    return ended;
  } finally {
    over.abort();
    signal.removeEventListener('abort', cancel);
    process.removeListener('exit', lastResort);
  }
}

/** Signals the program's whole group; false when no process is left in it. Signal 0 only checks. */
function signalGroup(child: ChildProcess, signal: NodeJS.Signals | 0): boolean {
  try {
    return child.pid !== undefined && process.kill(-child.pid, signal);
  } catch {
    return false;
  }
}

async function groupGone(child: ChildProcess, clock: Clock): Promise<void> {
  await waitBriefly(clock, { budgetMs: KILL_GRACE_MS, pauseMs: POLL_MS }, () => !signalGroup(child, 0));
}
