/**
 * Writes schema/model-release.schema.json, by which editors complete and check `.model-release.yml`: the keys and types from the
 * input tables, the descriptions from the action files.
 *
 *     node scripts/sync-schema.ts            rewrite it
 *     node scripts/sync-schema.ts --check    exit 1 when it is stale
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import prettier from 'prettier';
import { parse } from 'yaml';
import type { Field, Shape } from '../src/inputs/fields.ts';
import { ENVIRONMENT_NAME, SERVICE_NAME } from '../src/inputs/names.ts';
import { DEFAULT_KEY, environmentField } from '../src/inputs/config/configuration.ts';
import { checkoutKeys, vocabulary } from '../src/inputs/config/vocabulary.ts';
import { said } from './section-keys.ts';

type Schema = Readonly<Record<string, unknown>>;

const root = dirname(import.meta.dirname);
const target = 'schema/model-release.schema.json';
/** The first one that describes a key is heard; both actions have the target's inputs. */
const actionFiles = ['action.yml', 'rollback/action.yml'];

interface ActionFile {
  readonly inputs?: Readonly<Record<string, { readonly description?: string }>>;
}

function describe(): (name: string) => string {
  const actions = actionFiles.map((path) => parse(readFileSync(join(root, path), 'utf8')) as ActionFile);
  return (name) => {
    const found = actions.map(({ inputs }) => inputs?.[name]?.description).find(Boolean);
    if (found === undefined) throw new Error(`${name} has no description in ${actionFiles.join(' or ')}.`);
    // Text lines of an input are a list or a mapping in the file: the schema's own type says so.
    return found
      .trim()
      .replaceAll(/\s+/g, ' ')
      .replace(/,? one `[^`]*` (a|per) line/, '')
      .replace(' As an input, YAML text.', '')
      .replace(/,? one (a|per) line|, separated by commas or lines/, '');
  };
}

/** The YAML type of a key, with the bounds that its parser keeps. */
function typeOf(shape: Shape, path = ''): Schema {
  switch (shape.kind) {
    case 'share':
      return { type: 'number', minimum: 0, maximum: 1 };
    case 'size':
      return { type: 'string', pattern: shape.pattern.source };
    case 'section':
      return {
        type: 'object',
        additionalProperties: false,
        properties: Object.fromEntries(
          Object.entries(shape.keys).map(([name, field]) => [name, keyOf(field, `${path}.${name}`)]),
        ),
      };
    case 'flag':
      return { type: 'boolean' };
    case 'integer':
      return { type: 'integer', minimum: shape.min, maximum: shape.max };
    case 'choice':
      if (shape.words.includes('true'))
        return { enum: shape.words.map((word) => (/^(true|false)$/.test(word) ? word === 'true' : word)) };
      return { type: 'string', enum: shape.words };
    case 'lines':
    case 'list':
      return { type: 'array', items: { type: 'string', pattern: '\\S' } };
    case 'map':
      return {
        type: 'object',
        propertyNames: { pattern: shape.key.source },
        additionalProperties: { type: ['string', 'number', 'boolean'] },
      };
    case 'text':
      return {
        type: 'string',
        ...(shape.pattern === undefined ? { pattern: '\\S' } : { pattern: shape.pattern.source }),
        ...(shape.max === undefined ? {} : { maxLength: shape.max }),
      };
  }
}

/** @param path in a section, the keys that lead to it with dots between them. */
function keyOf(field: Field<unknown>, path: string, description = said(path)?.says): Schema {
  const { fallback } = field;
  const native = fallback === undefined || fallback === '' ? undefined : (parse(fallback) as unknown);
  return {
    ...(description === undefined ? {} : { description }),
    ...typeOf(field.shape, path),
    ...(native === undefined ? {} : { default: native }),
  };
}

/** Keys of the file's top that are no inputs. */
function topKeys(): Schema {
  const descriptions: Readonly<Record<string, string>> = {
    lfs: 'Whether the reusable workflow of releases checks out the files of Git LFS.',
    submodules:
      'Whether the reusable workflow of releases checks out submodules, or with `recursive` theirs too.',
  };
  const checkout = [...checkoutKeys].map(([name, { shape }]) => [
    name,
    { description: descriptions[name], ...typeOf(shape) },
  ]);
  const defaultEnvironment = {
    description:
      'The environment of a run without the input `environment`. Without a default such a run is refused when the file lists environments.',
    ...typeOf(environmentField.shape),
  };
  return { [DEFAULT_KEY]: defaultEnvironment, ...Object.fromEntries(checkout) };
}

function schema(): Schema {
  const descriptionOf = describe();
  const keys = Object.fromEntries(
    [...vocabulary.keys()].map((name) => [name, { $ref: `#/definitions/${name}` }]),
  );
  const overlay = (properties: Schema, description: string) => ({
    description,
    type: ['object', 'null'],
    additionalProperties: false,
    properties,
  });
  const service = overlay(keys, 'What this service has of its own; it counts before everything above it.');
  const services = {
    description:
      'Services that are released together: all are prepared first, then their aliases move in this order, all or none. Pick one with the input `service`.',
    type: ['object', 'null'],
    propertyNames: { pattern: SERVICE_NAME.source },
    additionalProperties: { $ref: '#/definitions/.service' },
  };
  const environment = overlay(
    { ...keys, services: { ...services, description: 'What the environment says about single services.' } },
    'What this environment has of its own.',
  );
  const environments = {
    description:
      'Overlays. `default` comes first in every run, then the one that the input `environment` names. Mappings are added to, everything else is replaced.',
    type: ['object', 'null'],
    propertyNames: { pattern: ENVIRONMENT_NAME.source },
    properties: Object.fromEntries(
      ['default', 'dev', 'test', 'prod'].map((name) => [name, { $ref: '#/definitions/.environment' }]),
    ),
    additionalProperties: { $ref: '#/definitions/.environment' },
  };
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    // Where editors find it, and what the first line of a configuration file names.
    $id: `https://raw.githubusercontent.com/acme/model-release/v1/${target}`,
    title: 'model-release configuration',
    description:
      'Inputs of deploy and rollback, per environment and per service. An input of the action wins over it.',
    type: ['object', 'null'],
    additionalProperties: false,
    properties: {
      ...keys,
      ...topKeys(),
      environments,
      services,
    },
    definitions: {
      ...Object.fromEntries(
        [...vocabulary].map(([name, field]) => [name, keyOf(field, name, descriptionOf(name))]),
      ),
      '.service': service,
      '.environment': environment,
    },
  };
}

async function main(check: boolean): Promise<void> {
  const path = join(root, target);
  const options = await prettier.resolveConfig(path);
  const wanted = await prettier.format(JSON.stringify(schema()), { ...options, filepath: path });
  const fresh = existsSync(path) && readFileSync(path, 'utf8') === wanted;
  if (check && !fresh)
    throw new Error(`${target} does not match the inputs. Run \`npm run schema\` and commit.`);
  if (!fresh) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, wanted);
  }
  console.log(`${target} ${fresh ? 'matches the inputs' : 'renewed'}`);
}

try {
  await main(process.argv.includes('--check'));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
