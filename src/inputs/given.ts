/** What the runner hands to an action: its inputs, and those that it does not have. */
import { quoted, type Source, type Table } from './fields.ts';
import { nearest } from './config/nearest.ts';
import type { Environment } from '../types.ts';

/** The inputs of the action in the environment that the runner gives it. An empty one is not given. */
export function givenInputs(env: Environment): Source {
  return {
    env,
    text: (name) => {
      const text = env[`${PREFIX}${name.replaceAll(' ', '_').toUpperCase()}`];
      return text?.trim() ? text : undefined;
    },
  };
}

const PREFIX = 'INPUT_';

interface KnownInputs {
  readonly action: string;
  readonly table: Table;
  /** Those of the other actions, which a person may share a list with. */
  readonly elsewhere?: Table;
  /** What other people's actions call things, and what to use here. */
  readonly foreign?: ReadonlyMap<string, string>;
}

export interface UnknownInputs {
  /** Each leads to something else than what was meant, were it passed over. */
  readonly mistakes: readonly string[];
  /** Of the rest: they may belong to something around the action. One for all of them. */
  readonly warnings: readonly string[];
}

/**
 * The runner hands on what stands under `with:` whether the action has such an input or not: `dryrun: true` would be a release. So a name
 * that is close to one of the action's is refused; any other is told of, because it may be an input of a surrounding composite action.
 */
export function unknownInputs(env: Environment, known: KnownInputs): UnknownInputs {
  const { action, table, elsewhere = {} } = known;
  const unknown = Object.keys(env)
    .filter((name) => name.startsWith(PREFIX) && env[name] !== undefined)
    .map((name) => name.slice(PREFIX.length).toLowerCase())
    .filter((name) => !Object.hasOwn(table, name))
    .sort();
  const refused = new Map(
    unknown.map((name) => [name, Object.hasOwn(elsewhere, name) ? undefined : whyNot(name, known)]),
  );
  const passed = unknown.filter((name) => refused.get(name) === undefined);
  const one = passed.length === 1;
  return {
    mistakes: [...refused.values()].filter((mistake) => mistake !== undefined),
    warnings:
      passed.length === 0
        ? []
        : [
            `${passed.slice(0, 20).map(quoted).join(', ')} ${one ? 'is not an input' : 'are not inputs'} of ${action} and ${one ? 'has' : 'have'} no effect. Take ${one ? 'it' : 'them'} out; ${action}/README.md lists the inputs.`,
          ],
  };
}

function whyNot(name: string, { action, table, foreign }: KnownInputs): string | undefined {
  const instead = foreign?.get(name);
  if (instead !== undefined) return `${name} is not an input of ${action}: ${instead}`;
  const names = Object.keys(table);
  const meant = names.find((known) => letters(known) === letters(name)) ?? nearest(name, names, 1);
  const close = meant === undefined ? sharingWords(name, names) : [meant];
  return close.length === 0
    ? undefined
    : `${quoted(name)} is not an input of ${action}; did you mean ${close.join(' or ')}?`;
}

/** `memory` for `memory-size`, `alias-name` for `alias`: one begins with all words of the other. */
function sharingWords(name: string, names: readonly string[]): readonly string[] {
  const words = (text: string) => `${text.replaceAll(/[_ .]/g, '-')}-`;
  return names.filter(
    (known) => words(known).startsWith(words(name)) || words(name).startsWith(words(known)),
  );
}

/** `dryrun`, `dry_run` and `dry-run` have the same. */
const letters = (name: string) => name.replaceAll(/[-_ .]/g, '');
