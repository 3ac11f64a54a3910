import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Exit codes of signals that end a process without its `exit` event, as a shell reports them. */
const ENDING = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;

const folders = new Set<string>();

/** Removes the folder when this process ends, by a signal too where nobody else handles it. */
export function removeAtExit(folder: string): { forget(): void } {
  if (folders.size === 0) listen('on');
  folders.add(folder);
  return {
    forget: () => {
      if (folders.delete(folder) && folders.size === 0) listen('off');
    },
  };
}

function listen(change: 'on' | 'off'): void {
  process[change]('exit', remove);
  for (const signal of Object.keys(ENDING)) process[change](signal, end);
}

function remove(): void {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
}

function end(signal: keyof typeof ENDING): void {
  if (process.listenerCount(signal) > 1) return;
  remove();
  process.exit(ENDING[signal]);
}

/** One folder for all temporary files of this process, its threads and its children; gone when it ends. Its name is short: sockets in it have paths of 107 characters at most. */
export function useScratchFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'mr-'));
  process.env['TMPDIR'] = folder;
  removeAtExit(folder);
  return folder;
}
