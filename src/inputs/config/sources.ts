/** The action's inputs with the configuration file behind them: one source of texts per service. */
import { InvalidInputs, type Source } from '../fields.ts';
import { readConfiguration, unknownName, type Configuration, type Layer } from './configuration.ts';
import { readDocument } from './document.ts';
import { dispensable, goesOn } from './rollback-reads.ts';
import { textOf, type Setting } from './values.ts';

export const DEFAULT_CONFIG = '.model-release.yml';
/** The environment whose overlay comes first, whichever is chosen. */
const DEFAULT_ENVIRONMENT = 'default';

/** One of the services that a release consists of; without a name where the file lists none. */
export interface ServiceSource {
  readonly name: string | undefined;
  readonly source: Source;
}

/** Reads a file of the workspace. `given`: its path was asked for, so that it must exist; otherwise undefined without one. */
export type ReadConfig = (path: string, given: boolean) => Promise<string | undefined>;

/** Who reads the file: a deploy minds every mistake of it, a rollback those that it could go wrong by. */
export type Reader = 'deploy' | 'rollback';

/** Of every refusal beside a file: an input that is missing may be one that the file has lost. */
const WAY_ROUND =
  'Nothing has been called or changed; if a commit broke the configuration file, run the rollback from a branch or tag where it is right: gh workflow run rollback.yml --ref BRANCH_OR_TAG, and each -f as before.';

/**
 * The services to release, in the file's order, or the one that `service` picks. A text comes from the first of: the action's
 * input; the service in the environment; the service; the environment; the environment `default`; the file's top.
 * Mappings of the file are put together key by key, lists and texts replace each other.
 * @throws InvalidInputs when the file is not YAML; its other mistakes travel in the sources, to be told with those of the inputs.
 */
export async function readSources(
  inputs: Source,
  readConfig: ReadConfig,
  reader: Reader,
): Promise<readonly ServiceSource[]> {
  const trimmed = (name: string) => inputs.text(name)?.trim();
  const given = trimmed('config');
  const file = given ?? DEFAULT_CONFIG;
  const text = await readConfig(file, given !== undefined);
  const chosen = { environment: trimmed('environment'), service: trimmed('service') };
  if (text === undefined) {
    const mistakes = chosen.service === undefined ? [] : [`service needs a file ${file} that lists services`];
    return [{ name: undefined, source: { text: inputs.text, mistakes } }];
  }
  const fix = reader === 'rollback' ? WAY_ROUND : undefined;
  const document = await readDocument(file, text);
  if ('mistakes' in document) throw new InvalidInputs(document.mistakes, fix);
  const sources = overlaid({ inputs, chosen, reader }, readConfiguration(document.root));
  return sources.map(({ name, source }) => ({ name, source: { ...source, ...(fix && { fix }) } }));
}

interface Asked {
  readonly inputs: Source;
  readonly chosen: Chosen;
  readonly reader: Reader;
}

interface Chosen {
  readonly environment: string | undefined;
  readonly service: string | undefined;
}

function overlaid({ inputs, chosen, reader }: Asked, file: Configuration): readonly ServiceSource[] {
  const { environment, service } = chosen;
  const { environments, services } = file;
  const wrongChoice: string[] = [];
  const doubtful: Layer[] = [];
  if (environment !== undefined && environments.size > 0 && !environments.has(environment)) {
    wrongChoice.push(`environment: ${unknownName('environment', environment, environments.keys())}`);
    for (const overlay of environments.values()) doubtful.push(overlay.own, ...overlay.services.values());
  }
  if (service !== undefined && !services.has(service)) {
    wrongChoice.push(`service: ${unknownName('service', service, services.keys())}`);
    doubtful.push(...services.values());
  }
  const overlays = [...new Set([DEFAULT_ENVIRONMENT, environment])].flatMap((name) =>
    name === undefined ? [] : (environments.get(name) ?? []),
  );
  const asked = service !== undefined ? [service] : services.size > 0 ? [...services.keys()] : [undefined];
  const parts = asked.map((name) => {
    const own = [services, ...overlays.map((overlay) => overlay.services)];
    const shared = [file.base, ...overlays.map((overlay) => overlay.own)];
    return { name, layers: [...shared, ...own.flatMap((part) => part.get(name ?? '') ?? [])] };
  });
  const { refused, warnings } = judged(file, { reader, inputs, parts });
  const mistakes = [...refused, ...wrongChoice];
  return parts.map(({ name, layers }) => {
    // An input stands before whatever the file says, and has mistakes of its own.
    const mistaken = namesIn(layers, doubtful).filter(
      (known) => inputs.text(known) === undefined && !(reader === 'rollback' && dispensable.has(known)),
    );
    return { name, source: behind(inputs, layers, { mistakes, mistaken: new Set(mistaken), warnings }) };
  });
}

interface Reading extends Pick<Asked, 'inputs' | 'reader'> {
  readonly parts: readonly { readonly layers: readonly Layer[] }[];
}

/** The file's mistakes: those that refuse it, and one warning of those that a rollback goes on in spite of. */
function judged(
  { mistakes }: Configuration,
  { reader, inputs, parts }: Reading,
): { readonly refused: readonly string[]; readonly warnings: readonly string[] } {
  const reads = {
    layers: new Set(parts.flatMap(({ layers }) => layers)),
    given: (name: string) => inputs.text(name) !== undefined,
  };
  const passed = reader === 'deploy' ? [] : mistakes.filter((mistake) => goesOn(mistake, reads));
  const refused = mistakes.filter((mistake) => !passed.includes(mistake)).map(({ said }) => said);
  const list = passed.map(({ said }) => `\n  - ${said}`).join('');
  const warning = `This rollback does without what is wrong in the configuration file; a deploy will refuse it:${list}`;
  return { refused, warnings: passed.length === 0 ? [] : [warning] };
}

/** Names that need no further word: set wrong where they count, or perhaps set where a wrong choice did not lead. */
function namesIn(layers: readonly Layer[], doubtful: readonly Layer[]): readonly string[] {
  return [
    ...layers.flatMap(({ mistaken }) => [...mistaken]),
    ...doubtful.flatMap(({ mistaken, settings }) => [...mistaken, ...settings.keys()]),
  ];
}

/** The inputs, and behind them the layers, of which a later one counts before an earlier one. */
function behind(
  inputs: Source,
  layers: readonly Layer[],
  told: Required<Pick<Source, 'mistakes' | 'mistaken' | 'warnings'>>,
): Source {
  const settings = new Map<string, Setting>();
  for (const layer of layers) {
    for (const [name, setting] of layer.settings) settings.set(name, added(settings.get(name), setting));
  }
  const inFile = (name: string) => {
    const setting = settings.get(name);
    return setting && textOf(setting);
  };
  return {
    ...told,
    text: (name) => inputs.text(name) ?? inFile(name),
    origin: (name) => (inputs.text(name) === undefined ? settings.get(name)?.at : undefined),
  };
}

function added(below: Setting | undefined, above: Setting): Setting {
  if (below === undefined || !('entries' in below) || !('entries' in above)) return above;
  return { at: above.at, entries: new Map([...below.entries, ...above.entries]) };
}
