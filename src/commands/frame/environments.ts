import { readConfiguration } from '../../inputs/config/configuration.ts';
import { readDocument } from '../../inputs/config/document.ts';

/** The environments that a configuration file names, in its order, but for the one whose overlay is everybody's. A file that is not YAML names none. */
export async function environmentsOf(file: string, text: string | undefined): Promise<readonly string[]> {
  if (text === undefined) return [];
  const document = await readDocument(file, text);
  if ('mistakes' in document) return [];
  return [...readConfiguration(document.root).environments.keys()].filter((name) => name !== 'default');
}
