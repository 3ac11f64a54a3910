/** Which keys the configuration file has: the inputs of deploy and rollback, but for those that only make sense in one run. */
import { deployFields } from '../deploy-inputs.ts';
import type { Field } from '../fields.ts';
import { choice, flag } from '../kinds.ts';
import { rollbackFields } from '../rollback-inputs.ts';
import { LATER } from '../section.ts';

const SECRET =
  'is a secret, and a file in a repository is no place for one; pass it as an input of the action';
const CHOOSES = 'chooses among what this file holds, so it is an input of the action';
const ONE_RUN = 'belongs to one run, not to every run, so it is an input of the action';

/** Names that a person may well write into the file, and why they have no place there: a clause that follows the name. */
const refused: ReadonlyMap<string, string> = new Map([
  ...['github-token', 'secrets'].map((name) => [name, SECRET] as const),
  ...['config', 'environment', 'service'].map((name) => [name, CHOOSES] as const),
  ...['commit', 'dry-run', 'force', 'to', 'version', 'digest', 'to-commit', 'reason'].map(
    (name) => [name, ONE_RUN] as const,
  ),
  // Sections that are kept free; accepting them now would promise what does not happen.
  ...['traffic', 'monitor'].map((name) => [name, LATER] as const),
]);

/** The file's keys, each with the one parser that its input has. A key of both actions means the same in both. */
export const vocabulary: ReadonlyMap<string, Field<unknown>> = new Map(
  Object.entries<Field<unknown>>({ ...rollbackFields, ...deployFields }).filter(
    ([name]) => !refused.has(name),
  ),
);

/** Keys at the file's top that no action acts on: the reusable workflow checks out by them, before any action runs. */
export const checkoutKeys: ReadonlyMap<string, Field<unknown>> = new Map<string, Field<unknown>>([
  ['lfs', flag({})],
  ['submodules', choice(['true', 'false', 'recursive'], {})],
]);

/** Why a name cannot be a key of the file although it means something; undefined for any other name. */
export function whyRefused(name: string): string | undefined {
  return refused.get(name);
}
