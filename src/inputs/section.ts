/** A key of the configuration file that has keys of its own, and the input of the same name, which is YAML text. */
import type { Field, Rule, SectionShape, Table, ValuesOf } from './fields.ts';

/** A clause that follows the name of a key that is kept free: accepting it now would promise what does not happen. */
export const LATER =
  'comes with a later release of model-release, and this one would not act on it; take it out';

interface SectionOptions<T extends Table, V> {
  readonly rules?: readonly Rule<ValuesOf<T>>[];
  readonly clashes?: SectionShape['clashes'];
  readonly later?: SectionShape['later'];
  /** What its values become. */
  readonly into: (values: ValuesOf<T>) => V;
}

/** One that a release may go without. */
export function optionalSection<const T extends Table, V>(
  keys: T,
  options: SectionOptions<T, V>,
): Field<V | undefined> {
  const section = { rules: [], clashes: [], later: [], ...options, kind: 'section', optional: true, keys };
  return {
    shape: section as unknown as SectionShape,
    required: false,
    parse: () => ({ mistake: 'is read key by key' }),
  };
}

/** One whose keys have their defaults where it is absent. */
export function section<const T extends Table, V>(keys: T, options: SectionOptions<T, V>): Field<V> {
  const field = optionalSection(keys, options) as Field<V>;
  return { ...field, shape: { ...field.shape, optional: false } as SectionShape };
}
