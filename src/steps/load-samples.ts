import type { Tools } from '../clients/tools.ts';
import { readSamples, type Sample } from '../plan/samples.ts';

/** The model's samples; `none` goes without, which must be said and is never assumed. */
export async function loadSamples(
  tools: Pick<Tools, 'readFile'>,
  { samples, workingDirectory }: { readonly samples: string; readonly workingDirectory: string },
): Promise<readonly Sample[]> {
  if (samples === 'none') return [];
  const path = workingDirectory === '.' ? samples : `${workingDirectory}/${samples}`;
  return readSamples(path, await tools.readFile(path));
}
