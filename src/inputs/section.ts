/** A key of the configuration file that has keys of its own, and the input of the same name, which is YAML text. */
import type { Field, Rule, SectionShape, Table, ValuesOf } from './fields.ts';

interface SectionOptions<T extends Table, V> {
  readonly rules?: readonly Rule<ValuesOf<T>>[];
  readonly clashes?: SectionShape['clashes'];
  /** What its values become. */
  readonly into: (values: ValuesOf<T>) => V;
}

/** One that a release may go without. */
export function optionalSection<const T extends Table, V>(
  keys: T,
  options: SectionOptions<T, V>,
): Field<V | undefined> {
  const section = { rules: [], clashes: [], ...options, kind: 'section', optional: true, keys };
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
