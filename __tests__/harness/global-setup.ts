import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { useScratchFolder } from '../../scripts/scratch.ts';

/**
 * Before the first test file: whatever tests put into the temporary folder lies in one that this run removes when it ends,
 * by Ctrl-C too. Workers and the children of tests inherit it.
 */
export default function useOneFolder(): void {
  const folder = useScratchFolder();
  const runnerTemp = join(folder, 'runner');
  mkdirSync(runnerTemp, { recursive: true });
  process.env['RUNNER_TEMP'] = runnerTemp;
}
