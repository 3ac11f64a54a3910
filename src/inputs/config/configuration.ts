/** What .model-release.yml says: a base, overlays for environments, overlays for services, each key with its place. */
import { quoted, type Field } from '../fields.ts';
import { text } from '../kinds.ts';
import { ENVIRONMENT_NAME, SERVICE_NAME } from '../names.ts';
import { keysIn, mistakesIn, noBlank, type Entry, type Node } from './document.ts';
import { nearest } from './nearest.ts';
import { readSetting, textOf, type Setting } from './values.ts';
import { checkoutKeys, vocabulary, whyRefused } from './vocabulary.ts';

/** The one key of the file that is no input: it stands for one. */
export const DEFAULT_KEY = 'default-environment';
export const environmentField = text({ pattern: ENVIRONMENT_NAME, expected: "an environment's name" });

/** Keys as one part of the file sets them, and the names of those that it sets wrong or meant to set. */
export interface Layer {
  readonly settings: ReadonlyMap<string, Setting>;
  readonly mistaken: ReadonlySet<string>;
}

interface FileEnvironment {
  readonly own: Layer;
  /** What the environment says about single services. */
  readonly services: ReadonlyMap<string, Layer>;
}

/** Something that is wrong in the file. */
export interface FileMistake {
  /** A clause, with its place. */
  readonly said: string;
  /** The value that is wrong, or the key that there is not; undefined where the file's structure is wrong. */
  readonly about?: {
    readonly key: string;
    readonly layer: Layer;
    /** Keys below it: a line that is indented too far may have been meant for the layer. */
    readonly below: readonly string[];
  };
}

export interface ConfigurationFile {
  readonly base: Layer;
  /** The one that a run without the input `environment` is for. */
  readonly defaultEnvironment: string | undefined;
  /** Where the section stands. */
  readonly environmentsAt: string | undefined;
  /** In the file's order. */
  readonly environments: ReadonlyMap<string, FileEnvironment>;
  /** In the file's order, which is the order of release. */
  readonly services: ReadonlyMap<string, Layer>;
  /** Every mistake of the whole file, environments that are not asked for included, from its top to its end. */
  readonly mistakes: readonly FileMistake[];
}

/** Reads the tree. A mistake in one place does not hide those in others. */
export function readConfiguration(root: Node): ConfigurationFile {
  return new Reader().read(root);
}

class Reader {
  readonly #mistakes: FileMistake[] = [];

  read(root: Node): ConfigurationFile {
    const entries = this.#entriesOf(root, 'The file');
    const base = this.#layer(entries, [DEFAULT_KEY, 'environments', 'services', ...checkoutKeys.keys()]);
    const services = this.#named(find(entries, 'services'), SERVICE, (value, name) =>
      this.#layer(this.#entriesOf(value, `Service ${name}`), []),
    );
    const environments = this.#named(find(entries, 'environments'), ENVIRONMENT, (value, name) =>
      this.#environment(value, name, services),
    );
    const defaultEnvironment = this.#defaultEnvironment(entries, environments);
    const environmentsAt = entries.find(({ key }) => key === 'environments')?.at;
    const mistakes = this.#mistakes.sort(byPlace);
    return { base, services, environments, defaultEnvironment, environmentsAt, mistakes };
  }

  #defaultEnvironment(entries: readonly Entry[], known: ReadonlyMap<string, unknown>): string | undefined {
    const entry = entries.find(({ key }) => key === DEFAULT_KEY);
    if (entry === undefined) return undefined;
    const { setting, mistakes } = read(entry, environmentField);
    this.#structure(...mistakes);
    const name = setting && textOf(setting);
    if (name !== undefined && !known.has(name))
      this.#structure(`${entry.value.at}: ${DEFAULT_KEY}: ${unknownName('environment', name, known.keys())}`);
    return name;
  }

  #environment(value: Node, name: string, services: ReadonlyMap<string, Layer>): FileEnvironment {
    const entries = this.#entriesOf(value, `Environment ${name}`);
    const own = this.#layer(entries, ['services']);
    const overlays = this.#named(find(entries, 'services'), SERVICE, (part, service) =>
      this.#layer(this.#entriesOf(part, `Service ${service}`), []),
    );
    for (const { key, at } of find(entries, 'services').flatMap(entriesOf)) {
      if (overlays.has(key) && !services.has(key))
        this.#structure(`${at}: ${unknownName('service', key, services.keys())}`);
    }
    return { own, services: overlays };
  }

  #named<T>(
    sections: readonly Node[],
    { what, pattern, expected }: NameRule,
    read: (value: Node, name: string) => T,
  ): ReadonlyMap<string, T> {
    const found = new Map<string, T>();
    for (const { key, at, value, mistakes } of sections.flatMap((node) =>
      this.#entriesOf(node, `${what}s`),
    )) {
      this.#structure(...mistakes);
      if (!pattern.test(key)) this.#structure(`${at}: ${what} ${quoted(key)} must be named with ${expected}`);
      else found.set(key, read(value, key));
    }
    return found;
  }

  #layer(entries: readonly Entry[], sections: readonly string[]): Layer {
    const settings = new Map<string, Setting>();
    const mistaken = new Set<string>();
    const layer = { settings, mistaken };
    for (const entry of entries) {
      const { key, value } = entry;
      // A key that stands twice shows that a line was lost, and may belong to another part.
      this.#structure(...entry.mistakes);
      if (sections.includes(key) && !checkoutKeys.has(key)) continue;
      const { setting, meant, mistakes } = readEntry(entry, sections);
      if (setting !== undefined) settings.set(key, setting);
      if (mistakes.length > 0) mistaken.add(meant);
      const about = { key, layer, below: keysIn(value) };
      this.#mistakes.push(...mistakes.map((said) => ({ said, about })));
    }
    return layer;
  }

  /** A part that is left empty has no entries; one of another kind is a mistake. */
  #entriesOf(node: Node, what: string): readonly Entry[] {
    this.#structure(...node.mistakes);
    if (!['mapping', 'nothing', 'refused'].includes(node.kind)) {
      const slip = node.kind === 'text' ? noBlank(node.text) : undefined;
      this.#structure(`${node.at}: ${slip ?? `${what} must hold keys with values`}`);
    }
    return entriesOf(node);
  }

  #structure(...said: readonly string[]): void {
    this.#mistakes.push(...said.map((mistake) => ({ said: mistake })));
  }
}

interface ReadEntry {
  readonly setting?: Setting;
  /** The key, or the one that a misspelt key is most like. */
  readonly meant: string;
  readonly mistakes: readonly string[];
}

/** One key with its value; `sections` may stand beside it. */
function readEntry({ key, at, value }: Entry, sections: readonly string[]): ReadEntry {
  const field = vocabulary.get(key) ?? (sections.includes(key) ? checkoutKeys.get(key) : undefined);
  if (field !== undefined) return { meant: key, ...read({ key, value }, field) };
  const meant = whyRefused(key) === undefined ? nearest(key, [...sections, ...vocabulary.keys()]) : undefined;
  return { meant: meant ?? key, mistakes: [...mistakesIn(value), `${at}: ${unknownKey(key, meant)}`] };
}

/** The value of a key that there is. */
export function read(
  { key, value }: Pick<Entry, 'key' | 'value'>,
  field: Field<unknown>,
): Pick<ReadEntry, 'setting' | 'mistakes'> {
  const written = mistakesIn(value);
  const found = readSetting(field, value);
  if (!Array.isArray(found)) return { setting: found as Setting, mistakes: written };
  return {
    mistakes: [...written, ...found.map(({ at, path = '', mistake }) => `${at}: ${key}${path} ${mistake}`)],
  };
}

/** From the top of the file to its end. */
function byPlace(a: FileMistake, b: FileMistake): number {
  const [lineA, columnA] = place(a);
  const [lineB, columnB] = place(b);
  return lineA - lineB || columnA - columnB;
}

function place({ said }: FileMistake): readonly [line: number, column: number] {
  const [, line, column] = /:(\d+):(\d+): /.exec(said) ?? [];
  return [Number(line), Number(column)];
}

interface NameRule {
  readonly what: string;
  readonly pattern: RegExp;
  readonly expected: string;
}

const SERVICE: NameRule = {
  what: 'Service',
  pattern: SERVICE_NAME,
  expected: 'at most 64 letters, digits, - and _, a letter or digit first',
};
const ENVIRONMENT: NameRule = {
  what: 'Environment',
  pattern: ENVIRONMENT_NAME,
  expected: 'at most 255 characters, as GitHub names environments',
};

function entriesOf(node: Node): readonly Entry[] {
  return node.kind === 'mapping' ? node.entries : [];
}

function find(entries: readonly Entry[], key: string): readonly Node[] {
  return entries.filter((entry) => entry.key === key).map(({ value }) => value);
}

function unknownKey(key: string, meant: string | undefined): string {
  const why = whyRefused(key);
  if (why !== undefined) return `${key} ${why}`;
  if (['services', 'environments', DEFAULT_KEY, ...checkoutKeys.keys()].includes(key))
    return `${key} cannot stand inside this section`;
  const slip = noBlank(key);
  if (slip !== undefined) return slip;
  const section = sectionOf(key);
  if (section !== undefined) return `${quoted(key)} is not a key here; it is one of ${section}`;
  return `${quoted(key)} is not a key${meant === undefined ? '; the keys are the inputs of deploy and rollback' : `; did you mean ${meant}?`}`;
}

/** The section that has a key of this name, such as `gate.changed`. */
function sectionOf(key: string, table = Object.fromEntries(vocabulary)): string | undefined {
  for (const [name, { shape }] of Object.entries(table)) {
    if (shape.kind !== 'section') continue;
    if (Object.hasOwn(shape.keys, key)) return name;
    const inside = sectionOf(key, shape.keys);
    if (inside !== undefined) return `${name}.${inside}`;
  }
  return undefined;
}

/** A name that the file does not have, with those that it has. */
export function unknownName(what: string, name: string, known: Iterable<string>): string {
  const names = [...known];
  if (names.length === 0) return `there is no ${what} ${quoted(name)}; the file names none`;
  const meant = nearest(name, names);
  return `there is no ${what} ${quoted(name)}; the file has ${names.join(', ')}${meant === undefined ? '' : `; did you mean ${meant}?`}`;
}
