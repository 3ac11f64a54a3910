import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** One folder for all temporary files of this process, its threads and its children; gone when it ends. Its name is short: sockets in it have paths of 107 characters at most. */
export function useScratchFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'mr-'));
  process.env['TMPDIR'] = folder;
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
