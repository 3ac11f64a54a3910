/** The action's inputs with the configuration file behind them: one source of texts per service. */
import { deployFields } from '../deploy-inputs.ts';
import { InvalidInputs, type Source } from '../fields.ts';
import { foreignToDeploy, foreignToRollback } from '../foreign.ts';
import { unknownInputs } from '../given.ts';
import { besideInputs } from '../pipeline-inputs.ts';
import { planFields } from '../plan-inputs.ts';
import { rollbackFields } from '../rollback-inputs.ts';
import { readConfiguration, unknownName, type ConfigurationFile, type Layer } from './configuration.ts';
import { readDocument } from './document.ts';
import { findFile, type ReadConfig } from './find-file.ts';
import { dispensable, goesOn } from './rollback-reads.ts';
import { overFile, sectionInputs, type SectionInputs } from './section-inputs.ts';
import { added, textOf, type Setting } from './values.ts';
import { vocabulary } from './vocabulary.ts';

/** The environment whose overlay comes first, whichever is chosen. */
const DEFAULT_ENVIRONMENT = 'default';

/** One of the services that a release consists of; without a name where the file lists none. */
export interface ServiceSource {
  readonly name: string | undefined;
  readonly source: Source;
}

/** Who reads the file: a deploy minds every mistake of it, a rollback those that it could go wrong by. */
export type Reader = 'deploy' | 'plan' | 'rollback';

/** Of every refusal beside a file: an input that is missing may be one that the file has lost. */
const WAY_ROUND =
  'Nothing has been called or changed; if a commit broke the configuration file, run the rollback from a branch or tag where it is right: gh workflow run rollback.yml --ref BRANCH_OR_TAG, and each -f as before.';

/** What each reader's action has for inputs. */
const known = {
  deploy: { table: deployFields, elsewhere: rollbackFields, foreign: foreignToDeploy },
  plan: { table: planFields, elsewhere: { ...rollbackFields, ...deployFields }, foreign: foreignToDeploy },
  rollback: { table: rollbackFields, elsewhere: deployFields, foreign: foreignToRollback },
};

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
  const sections = await sectionInputs(inputs, known[reader].table);
  const trimmed = (name: string) => inputs.text(name)?.trim();
  const env = inputs.env ?? {};
  const table = { ...known[reader].table, ...besideInputs(env) };
  const unknown = unknownInputs(env, { action: reader, ...known[reader], table });
  const { file, text, absence, ...found } = await findFile(readConfig, trimmed('config'));
  const mistakes = [...unknown.mistakes, ...sections.mistakes, ...found.mistakes];
  const warnings = [...unknown.warnings, ...found.warnings];
  const chosen = { environment: trimmed('environment'), service: trimmed('service') };
  if (text === undefined) {
    if (chosen.service !== undefined) mistakes.push(`service needs a file ${file} that lists services`);
    const { mistaken } = sections;
    const texts = behind({ inputs, sections }, [], chosen.environment);
    return [{ name: undefined, source: { ...inputs, ...texts, mistakes, mistaken, warnings, absence } }];
  }
  const fix = reader === 'rollback' ? WAY_ROUND : undefined;
  const document = await readDocument(file, text);
  if ('mistakes' in document) throw new InvalidInputs([...mistakes, ...document.mistakes], { fix, file });
  const sources = overlaid({ inputs, sections, chosen, reader }, readConfiguration(document.root));
  return sources.map(({ name, source }) => ({
    name,
    source: {
      ...source,
      ...{ env: inputs.env, file, absence, fix },
      mistakes: [...mistakes, ...source.mistakes],
      warnings: [...warnings, ...source.warnings],
    },
  }));
}

interface Asked {
  readonly inputs: Source;
  readonly sections: SectionInputs;
  readonly chosen: Chosen;
  readonly reader: Reader;
}

interface Chosen {
  readonly environment: string | undefined;
  readonly service: string | undefined;
}

/** A source whose mistakes and warnings are all known. */
interface ServiceTexts {
  readonly name: string | undefined;
  readonly source: Source & Required<Pick<Source, 'mistakes' | 'warnings'>>;
}

function overlaid(
  { inputs, sections, chosen, reader }: Asked,
  file: ConfigurationFile,
): readonly ServiceTexts[] {
  const { service } = chosen;
  const { environments, services } = file;
  const { environment, mistakes: wrongChoice, doubtful } = choose(chosen, file);
  const overlays = [...new Set([DEFAULT_ENVIRONMENT, environment])].flatMap((name) =>
    name === undefined ? [] : (environments.get(name) ?? []),
  );
  const asked = service !== undefined ? [service] : services.size > 0 ? [...services.keys()] : [undefined];
  const parts = asked.map((name) => {
    const own = [services, ...overlays.map((overlay) => overlay.services)];
    const shared = [file.base, ...overlays.map((overlay) => overlay.own)];
    return { name, layers: [...shared, ...own.flatMap((part) => part.get(name ?? '') ?? [])] };
  });
  const { refused, warnings } = judged(file, { reader, inputs, sections, parts });
  const mistakes = [...refused, ...wrongChoice];
  return parts.map(({ name, layers }) => {
    // An input stands before whatever the file says, and has mistakes of its own.
    const mistaken = namesIn(layers, doubtful).filter(
      (known) =>
        !standsBefore(known, { inputs, sections }) && !(reader === 'rollback' && dispensable.has(known)),
    );
    const texts = behind({ inputs, sections }, layers, environment);
    const told = new Set([...sections.mistaken, ...mistaken]);
    return { name, source: { ...texts, mistakes, mistaken: told, warnings } };
  });
}

/** The environment that counts, and what is wrong with what was chosen; `doubtful` is what the right choice might have led to. */
function choose(
  chosen: Chosen,
  { environments, services, defaultEnvironment, environmentsAt }: ConfigurationFile,
) {
  const mistakes: string[] = [];
  const doubtful: Layer[] = [];
  const environment = chosen.environment ?? defaultEnvironment;
  const named = [...environments.keys()].filter((name) => name !== DEFAULT_ENVIRONMENT);
  const isKnown =
    environment === undefined ? named.length === 0 : environments.size === 0 || environments.has(environment);
  if (!isKnown)
    for (const overlay of environments.values()) doubtful.push(overlay.own, ...overlay.services.values());
  if (environment === undefined && !isKnown)
    mistakes.push(
      `${environmentsAt}: environments lists ${named.join(', ')}, and none is chosen; set the input environment, or default-environment in this file`,
    );
  // What is wrong with the default one is a mistake of the file, and told with the others.
  if (chosen.environment !== undefined && !isKnown)
    mistakes.push(`environment: ${unknownName('environment', chosen.environment, environments.keys())}`);
  if (chosen.service !== undefined && !services.has(chosen.service)) {
    mistakes.push(`service: ${unknownName('service', chosen.service, services.keys())}`);
    doubtful.push(...services.values());
  }
  return { environment, mistakes, doubtful };
}

interface Reading extends Omit<Asked, 'chosen'> {
  readonly parts: readonly { readonly layers: readonly Layer[] }[];
}

/** The file's mistakes: those that refuse it, and one warning of those that a rollback goes on in spite of. */
function judged(
  { mistakes }: ConfigurationFile,
  { reader, inputs, sections, parts }: Reading,
): { readonly refused: readonly string[]; readonly warnings: readonly string[] } {
  const reads = {
    layers: new Set(parts.flatMap(({ layers }) => layers)),
    given: (name: string) => standsBefore(name, { inputs, sections }),
  };
  const passed = reader !== 'rollback' ? [] : mistakes.filter((mistake) => goesOn(mistake, reads));
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
  { inputs, sections }: Pick<Asked, 'inputs' | 'sections'>,
  layers: readonly Layer[],
  environment: string | undefined,
): Required<Pick<Source, 'text' | 'origin'>> {
  const settings = new Map<string, Setting>();
  for (const layer of layers) {
    for (const [name, setting] of layer.settings) settings.set(name, added(settings.get(name), setting));
  }
  for (const [name, section] of sections.settings) settings.set(name, overFile(settings.get(name), section));
  const ownText = (name: string) => (isSection(name) ? undefined : inputs.text(name));
  const inFile = (name: string) => {
    const setting = settings.get(name);
    return setting && textOf(setting);
  };
  return {
    text: (name) => ownText(name) ?? (name === 'environment' ? environment : inFile(name)),
    origin: (name) => (ownText(name) === undefined ? placeOf(settings, name) : undefined),
  };
}

/** Whether an input stands before whatever the file says of it. */
function standsBefore(name: string, { inputs, sections }: Pick<Asked, 'inputs' | 'sections'>): boolean {
  if (!isSection(name)) return inputs.text(name) !== undefined;
  // A section counts before the file key by key. Whoever says whether proof is verified has decided what a rollback needs to know.
  return sections.settings.get(name)?.keys.has('verify') === true;
}

function isSection(name: string): boolean {
  return vocabulary.get(name)?.shape.kind === 'section';
}

/** @param path a key, or in a section its keys with dots between them. */
function placeOf(settings: ReadonlyMap<string, Setting>, path: string): string | undefined {
  const [key = '', ...below] = path.split('.');
  const setting = settings.get(key);
  if (setting === undefined || below.length === 0) return setting?.at;
  return 'keys' in setting ? placeOf(setting.keys, below.join('.')) : undefined;
}
