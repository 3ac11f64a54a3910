/**
 * Which mistakes of the configuration file keep a rollback from going back. It is wanted most when a bad commit has broken the file, so
 * it goes on in spite of a mistake that matters to a deploy only, and never of one that might change its target.
 */
import { rollbackFields } from '../rollback-inputs.ts';
import { DEFAULT_KEY, type Layer, type FileMistake } from './configuration.ts';
import { nearest } from './nearest.ts';
import { checkoutKeys, vocabulary, whyRefused } from './vocabulary.ts';

/** Inputs of a rollback that do not change its target: it can do without a sample, and never calls the URL. */
export const dispensable: ReadonlySet<string> = new Set(['samples', 'working-directory', 'api-url']);

const sections = ['environments', 'services', DEFAULT_KEY];

/** What sets a rollback's target. Some are no keys of the file; a person who wrote them there relies on them all the same. */
const leading = [...Object.keys(rollbackFields).filter((name) => !dispensable.has(name)), ...sections];
const leadingInFile = leading.filter((name) => vocabulary.has(name) || sections.includes(name));

/** The other keys of the file. */
const others = [...vocabulary.keys(), ...checkoutKeys.keys()].filter((name) => !leading.includes(name));

/** What a rollback reads of the file. */
export interface Reads {
  readonly layers: ReadonlySet<Layer>;
  /** Whether an input of the action stands before what the file says. */
  readonly given: (name: string) => boolean;
}

/** Whether a rollback can go back in spite of a mistake, as if the key were not there. */
export function goesOn({ about }: FileMistake, { layers, given }: Reads): boolean {
  // Where the structure is wrong, nobody knows what it hides.
  if (about === undefined || about.below.some(mayLead)) return false;
  const { key, layer } = about;
  if (leading.includes(key)) return vocabulary.has(key) && (!layers.has(layer) || given(key));
  if (others.includes(key) || whyRefused(key) !== undefined) return true;
  // Misspelt: surely one of the others, and none that leads.
  return nearest(key, others, 1) !== undefined && nearest(key, leading) === undefined;
}

/** A key that was indented too far. Names in capitals are those of variables. */
function mayLead(key: string): boolean {
  return !/[A-Z]/.test(key) && nearest(key, leadingInFile) !== undefined;
}
