import { readSamples } from './read-samples.ts';
import type { Sample } from './samples.ts';

/** Where the file comes from. */
export interface Files {
  /** Reads a file of the workspace as UTF-8; undefined when there is none. */
  readonly readFile: (path: string) => Promise<string | undefined>;
}

/** The model's samples; `none` goes without, which must be said and is never assumed. */
export async function loadSamples(
  files: Files,
  { samples, workingDirectory }: { readonly samples: string; readonly workingDirectory: string },
): Promise<readonly Sample[]> {
  if (samples === 'none') return [];
  const path = pathOfSamples({ samples, workingDirectory });
  // Messages need its end, which is the file's name.
  const shown = path.length > 200 ? `…${path.slice(-199).toWellFormed()}` : path;
  return readSamples(shown, await files.readFile(path));
}

/** Relative to the workspace. */
export function pathOfSamples({
  samples,
  workingDirectory,
}: {
  readonly samples: string;
  readonly workingDirectory: string;
}): string {
  return workingDirectory === '.' ? samples : `${workingDirectory}/${samples}`;
}
