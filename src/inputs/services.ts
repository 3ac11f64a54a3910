/** What a release consists of: one service, or several that are released together, each with inputs of its own. */
import type { ServiceSource } from './config/sources.ts';
import { InvalidInputs, type Source } from './fields.ts';

export interface NamedInputs<Inputs> {
  /** Its name in the configuration file; undefined where that lists no services. */
  readonly service: string | undefined;
  readonly inputs: Inputs;
}

/** The inputs that make one service differ from another; only those that the action has. */
export interface ServiceInputs {
  readonly functionName: string;
  readonly alias: string;
  readonly awsRegion: string | undefined;
  readonly ecrRepository: string | undefined;
  readonly imageUri?: string | undefined;
  readonly to?: string;
  readonly prefix?: string | undefined;
}

/**
 * Reads the inputs of all services and what they must not have in common.
 * @throws InvalidInputs with every mistake of every service at once.
 */
export function readServices<Inputs extends ServiceInputs>(
  sources: readonly ServiceSource[],
  read: (source: Source) => Inputs,
): readonly [NamedInputs<Inputs>, ...NamedInputs<Inputs>[]] {
  const services: NamedInputs<Inputs>[] = [];
  const wrong: { readonly name: string | undefined; readonly mistakes: readonly string[] }[] = [];
  for (const { name, source } of sources) {
    try {
      services.push({ service: name, inputs: read(source) });
    } catch (error) {
      if (!(error instanceof InvalidInputs)) throw error;
      wrong.push({ name, mistakes: error.mistakes });
    }
  }
  // What is wrong for all of them is said once: it is in an input, or in a part of the file that they share.
  const shared = (mistake: string) =>
    wrong.length === sources.length && wrong.every(({ mistakes }) => mistakes.includes(mistake));
  const mistakes = new Set(
    wrong.flatMap(({ name, mistakes: own }) =>
      own.map((mistake) => (shared(mistake) ? mistake : `service ${name}: ${mistake}`)),
    ),
  );
  if (mistakes.size === 0 && services.length > 1)
    for (const mistake of together(services)) mistakes.add(mistake);
  const [first, ...more] = services;
  if (mistakes.size > 0 || first === undefined) throw new InvalidInputs([...mistakes], sources[0]?.source);
  return [first, ...more];
}

/** What only one function at a time can be given. */
function together(services: readonly NamedInputs<ServiceInputs>[]): readonly string[] {
  const [first] = services;
  const pick = `or pick one of ${services.map(({ service }) => service).join(', ')} with service`;
  const to = first?.inputs.to;
  return [
    ...alike(
      services,
      ({ functionName, alias, awsRegion }) => `${awsRegion ?? ''} ${functionName} ${alias}`,
    ).map(
      (names) =>
        `services ${names} release to the same function and alias; give each its own function-name in the file, ${pick}`,
    ),
    ...(to === 'version' || to === 'digest' || first?.inputs.prefix?.startsWith('sha256:')
      ? [
          `to: ${to} means one function; pick one of the services with service, or name a commit, whole or by its first 7 digits`,
        ]
      : []),
  ];
}

/** The names of services for which `key` is the same. */
function alike(
  services: readonly NamedInputs<ServiceInputs>[],
  key: (inputs: ServiceInputs) => string,
): readonly string[] {
  const groups = new Map<string, string[]>();
  for (const { service, inputs } of services) {
    const value = key(inputs);
    groups.set(value, [...(groups.get(value) ?? []), service ?? '']);
  }
  return [...groups.values()].filter((names) => names.length > 1).map((names) => names.join(' and '));
}
