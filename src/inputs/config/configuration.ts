/** What .model-release.yml says: a base, overlays for environments, overlays for services, each key with its place. */
import { quoted } from '../fields.ts';
import { ENVIRONMENT_NAME, SERVICE_NAME } from '../names.ts';
import type { Entry, Node } from './document.ts';
import { nearest } from './nearest.ts';
import { readSetting, type Setting } from './values.ts';
import { vocabulary, whyRefused } from './vocabulary.ts';

/** Keys as one part of the file sets them, and those that it sets wrong. */
export interface Layer {
  readonly settings: ReadonlyMap<string, Setting>;
  readonly mistaken: ReadonlySet<string>;
}

export interface Environment extends Layer {
  /** What the environment says about single services. */
  readonly services: ReadonlyMap<string, Layer>;
}

export interface Configuration {
  readonly base: Layer;
  /** In the file's order. */
  readonly environments: ReadonlyMap<string, Environment>;
  /** In the file's order, which is the order of release. */
  readonly services: ReadonlyMap<string, Layer>;
  /** Every mistake of the whole file, environments that are not asked for included. */
  readonly mistakes: readonly string[];
}

/** Reads the tree. A mistake in one place does not hide those in others. */
export function readConfiguration(root: Node): Configuration {
  return new Reader().read(root);
}

class Reader {
  readonly #mistakes: string[] = [];

  read(root: Node): Configuration {
    const entries = this.#entriesOf(root, 'The file');
    const base = this.#layer(entries, ['environments', 'services']);
    const services = this.#named(find(entries, 'services'), SERVICE, (value, name) =>
      this.#layer(this.#entriesOf(value, `Service ${name}`), []),
    );
    const environments = this.#named(find(entries, 'environments'), ENVIRONMENT, (value, name) =>
      this.#environment(value, name, services),
    );
    return { base, services, environments, mistakes: this.#mistakes };
  }

  #environment(value: Node, name: string, services: ReadonlyMap<string, Layer>): Environment {
    const entries = this.#entriesOf(value, `Environment ${name}`);
    const layer = this.#layer(entries, ['services']);
    const overlays = this.#named(find(entries, 'services'), SERVICE, (part, service) =>
      this.#layer(this.#entriesOf(part, `Service ${service}`), []),
    );
    for (const { key, at } of find(entries, 'services').flatMap(entriesOf)) {
      if (overlays.has(key) && !services.has(key))
        this.#mistakes.push(`${at}: ${unknownName('service', key, services.keys())}`);
    }
    return { ...layer, services: overlays };
  }

  #named<T>(
    sections: readonly Node[],
    { what, pattern, expected }: NameRule,
    read: (value: Node, name: string) => T,
  ): ReadonlyMap<string, T> {
    const found = new Map<string, T>();
    for (const { key, at, value } of sections.flatMap((node) => this.#entriesOf(node, `${what}s`))) {
      if (!pattern.test(key))
        this.#mistakes.push(`${at}: ${what} ${quoted(key)} must be named with ${expected}`);
      else found.set(key, read(value, key));
    }
    return found;
  }

  #layer(entries: readonly Entry[], sections: readonly string[]): Layer {
    const settings = new Map<string, Setting>();
    const mistaken = new Set<string>();
    for (const { key, at, value } of entries) {
      if (sections.includes(key)) continue;
      const field = vocabulary.get(key);
      if (field === undefined) {
        mistaken.add(key);
        this.#mistakes.push(`${at}: ${unknownKey(key, sections)}`);
        continue;
      }
      const read = readSetting(field, value);
      if (!Array.isArray(read)) settings.set(key, read as Setting);
      else {
        mistaken.add(key);
        for (const { at: where, mistake } of read) this.#mistakes.push(`${where}: ${key} ${mistake}`);
      }
    }
    return { settings, mistaken };
  }

  /** A part that is left empty has no entries; one of another kind is a mistake. */
  #entriesOf(node: Node, what: string): readonly Entry[] {
    if (!['mapping', 'nothing', 'refused'].includes(node.kind))
      this.#mistakes.push(`${node.at}: ${what} must hold keys with values`);
    return entriesOf(node);
  }
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

function unknownKey(key: string, sections: readonly string[]): string {
  const why = whyRefused(key);
  if (why !== undefined) return `${key} ${why}`;
  if (key === 'services' || key === 'environments') return `${key} cannot stand inside this section`;
  const meant = nearest(key, [...sections, ...vocabulary.keys()]);
  return `${quoted(key)} is not a key${meant === undefined ? '; the keys are the inputs of deploy and rollback' : `; did you mean ${meant}?`}`;
}

/** A name that the file does not have, with those that it has. */
export function unknownName(what: string, name: string, known: Iterable<string>): string {
  const names = [...known];
  if (names.length === 0) return `there is no ${what} ${quoted(name)}; the file names none`;
  const meant = nearest(name, names);
  return `there is no ${what} ${quoted(name)}; the file has ${names.join(', ')}${meant === undefined ? '' : `; did you mean ${meant}?`}`;
}
