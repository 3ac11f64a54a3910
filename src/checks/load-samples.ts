import type { Tools } from '../clients/tools.ts';
import { readSamples, type Sample } from './samples.ts';

/** The model's samples; `none` goes without, which must be said and is never assumed. */
export async function loadSamples(
  tools: Pick<Tools, 'readFile'>,
  { samples, workingDirectory }: { readonly samples: string; readonly workingDirectory: string },
): Promise<readonly Sample[]> {
  if (samples === 'none') return [];
  const path = workingDirectory === '.' ? samples : `${workingDirectory}/${samples}`;
  // Messages need its end, which is the file's name.
  const shown = path.length > 200 ? `…${path.slice(-199).toWellFormed()}` : path;
  return readSamples(shown, await tools.readFile(path));
}
