import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** One folder for all temporary files of this process, its threads and its children; gone when it ends. */
export function useScratchFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'model-release-'));
  process.env['TMPDIR'] = folder;
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
