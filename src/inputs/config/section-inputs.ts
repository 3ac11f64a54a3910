/** Inputs of the action that are YAML text: the same keys as in the configuration file, read by the same parser. */
import type { Source, Table } from '../fields.ts';
import { read } from './configuration.ts';
import { readDocument } from './document.ts';
import type { Setting } from './values.ts';

export type SectionSetting = Extract<Setting, { keys: unknown }>;

export interface SectionInputs {
  /** Those that are given and right. */
  readonly settings: ReadonlyMap<string, SectionSetting>;
  /** Each with its input, line and column. */
  readonly mistakes: readonly string[];
  /** The names of those that are wrong. */
  readonly mistaken: ReadonlySet<string>;
}

/** The sections among the inputs of `table` that are given. */
export async function sectionInputs(inputs: Source, table: Table): Promise<SectionInputs> {
  const settings = new Map<string, SectionSetting>();
  const mistakes: string[] = [];
  const mistaken = new Set<string>();
  for (const [key, field] of Object.entries(table)) {
    const text = field.shape.kind === 'section' ? inputs.text(key) : undefined;
    if (text === undefined) continue;
    const document = await readDocument(`input ${key}`, text, 'places');
    const found: ReturnType<typeof read> =
      'root' in document ? read({ key, value: document.root }, field) : document;
    const { setting } = found;
    mistakes.push(...found.mistakes);
    if (found.mistakes.length > 0) mistaken.add(key);
    else if (setting !== undefined && 'keys' in setting) settings.set(key, setting);
  }
  return { settings, mistakes, mistaken };
}

/** An input counts before the file key by key; one of its keys replaces what the file has under it. */
export function overFile(inFile: Setting | undefined, input: SectionSetting): SectionSetting {
  const below = inFile !== undefined && 'keys' in inFile ? inFile.keys : [];
  return { at: input.at, keys: new Map([...below, ...input.keys]) };
}
