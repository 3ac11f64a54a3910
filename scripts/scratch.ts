import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Signals that end a process without its `exit` event, and the exit code that a shell reports for each. */
const ENDING = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;
type Ending = keyof typeof ENDING;

/** Set to the folder by the process that made it and removes it. */
const MARK = 'MODEL_RELEASE_SCRATCH';

const folders = new Set<string>();
/** Signals at which this process ends, whatever else handles them. */
const ours = new Set<Ending>();

/** Removes the folder when this process ends, by a signal too where nothing else handles it. */
export function removeAtExit(folder: string): { forget(): void } {
  if (folders.size === 0) listen('on');
  folders.add(folder);
  return {
    forget: () => {
      if (folders.delete(folder) && folders.size === 0) listen('off');
    },
  };
}

/**
 * One folder for all temporary files of this process, its threads and its children; gone when it ends. Its name is short:
 * sockets in it have paths of 107 characters at most.
 * @param handled signals that the caller handles itself; at the others the process ends.
 */
export function useScratchFolder(handled: readonly Ending[] = []): string {
  // A parent's folder serves its children too: one below it would make the paths of sockets too long.
  if (process.env[MARK] === tmpdir()) return tmpdir();
  for (const signal of Object.keys(ENDING) as Ending[]) if (!handled.includes(signal)) ours.add(signal);
  // Listening comes first: a signal right behind the making of the folder would leave it.
  if (folders.size === 0) listen('on');
  const folder = mkdtempSync(join(tmpdir(), 'mr-'));
  folders.add(folder);
  process.env['TMPDIR'] = process.env[MARK] = folder;
  return folder;
}

function listen(change: 'on' | 'off'): void {
  process[change]('exit', remove);
  for (const signal of Object.keys(ENDING)) process[change](signal, end);
}

function remove(): void {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
}

function end(signal: Ending): void {
  if (!ours.has(signal) && process.listenerCount(signal) > 1) return;
  remove();
  process.exit(ENDING[signal]);
}
