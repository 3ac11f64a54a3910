/** The published schema is what an editor believes; the actions believe the tables. Both must say the same of a file. */
import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { readConfiguration } from '../../../src/inputs/config/configuration.ts';
import { readDocument } from '../../../src/inputs/config/document.ts';
import { vocabulary } from '../../../src/inputs/config/vocabulary.ts';
import { keysOf, said, saidPaths } from '../../../scripts/section-keys.ts';

interface Schema {
  readonly properties: Readonly<Record<string, unknown>>;
  readonly definitions: Readonly<
    Record<string, { readonly description?: string; readonly default?: unknown }>
  >;
}

const schema = JSON.parse(readFileSync('schema/model-release.schema.json', 'utf8')) as Schema;
const validate = new Ajv({ allErrors: true, strict: true, allowUnionTypes: true }).compile(schema);

async function accepted(text: string): Promise<{ schema: boolean; tables: boolean }> {
  const document = await readDocument('f', text);
  const { mistakes } = 'root' in document ? readConfiguration(document.root) : document;
  return { schema: validate(parse(text)), tables: mistakes.length === 0 };
}

/** A value of each kind that is right, in YAML, and some that are not. */
const GOOD = {
  text: 'abc',
  flag: 'true',
  integer: '512',
  lines: '[a, b]',
  list: '[a]',
  map: '{ AB: 1, CD: x }',
};
const BAD = ['~', '"" ', '[[1]]', '{ a: [1] }', '1.5', '-1', '99999999', '[""]', '{ "": x }', '3'];

describe('every key', () => {
  test('is in the schema with a description, and nothing else is', () => {
    expect(Object.keys(schema.properties).sort()).toEqual(
      [...vocabulary.keys(), 'default-environment', 'environments', 'lfs', 'services', 'submodules'].sort(),
    );
    for (const name of vocabulary.keys()) expect(schema.definitions[name]?.description).toMatch(/\S/);
  });

  test.each([...vocabulary.keys()])('%s is accepted and refused by both alike', async (name) => {
    const kind = vocabulary.get(name)?.shape.kind ?? 'text';
    const values = [
      ...Object.values(GOOD),
      ...BAD,
      ...(kind === 'choice' ? ['Active', 'image', 'merge'] : []),
    ];
    for (const value of values) {
      const text = `${name}: ${value}\n`;
      const verdict = await accepted(text);
      // A table may know more than a type says: that a list holds subnet ids, what a command needs a shell for.
      if (verdict.schema && !verdict.tables && /^(list|map|text)$/.test(kind)) continue;
      expect({ text, ...verdict }).toEqual({ text, schema: verdict.tables, tables: verdict.tables });
    }
  });

  test('states as its default what stands for it when it is absent', () => {
    for (const [name, { fallback = '' }] of vocabulary)
      expect([name, schema.definitions[name]?.default]).toEqual([
        name,
        fallback === '' ? undefined : parse(fallback),
      ]);
  });
});

describe('every key of a section', () => {
  const keys = [...vocabulary].flatMap(([name, { shape }]) =>
    shape.kind === 'section' ? keysOf(name, shape.keys) : [],
  );
  const textAt = (path: string, value: string) =>
    `${path
      .split('.')
      .reduceRight((inner, key) => `{ ${key}: ${inner} }`, value)
      .slice(2, -2)}\n`;

  test('has a sentence, and nothing else has one but the sections inside', () => {
    const inside = keys.map(([path]) => path.split('.').slice(0, -1).join('.'));
    const sections = inside.filter((path) => path.includes('.'));
    expect([...saidPaths].sort()).toEqual([...new Set([...keys.map(([path]) => path), ...sections])].sort());
    for (const path of saidPaths) {
      const steps = path.split('.').flatMap((key, index) => (index === 0 ? [] : ['properties', key]));
      let part: unknown = schema.definitions[path.split('.', 1).join()];
      for (const step of steps) part = (part as Readonly<Record<string, unknown>>)[step];
      expect(part).toMatchObject({ description: said(path)?.says });
    }
  });

  test.each(keys)('%s is accepted and refused by both alike', async (path, { shape: { kind } }) => {
    const shares = ['0', '1', '0.05', '.5', '1e-3', '.nan', '.inf', '5%', '2'];
    const words = ['none', 'samples', 'compare', 'safe', 'high', 'off', 'require', 'false'];
    const sizes = ['2 GiB', '500 MB', '2 gb', '2'];
    for (const value of [...Object.values(GOOD), ...BAD, ...shares, ...words, ...sizes]) {
      const text = textAt(path, value);
      const verdict = await accepted(text);
      if (verdict.schema && !verdict.tables && /^(lines|map|text|size)$/.test(kind)) continue;
      expect({ text, ...verdict }).toEqual({ text, schema: verdict.tables, tables: verdict.tables });
    }
  });

  test('is known to both, others are not', async () => {
    for (const text of [
      'gate: { imge: none }',
      'gate: { changed: { x: 1 } }',
      'attestation: { port: 1 }',
      'gate: ~',
    ])
      expect(await accepted(text)).toEqual({ schema: false, tables: false });
    for (const text of ['gate: {}', 'environments: { prod: { gate: { metrics: { max-loss: 0 } } } }'])
      expect(await accepted(text)).toEqual({ schema: true, tables: true });
  });
});

test.each([
  [
    'environments:\n  prod: { memory-size: 512, services: { serving: { timeout: 9 } } }\nservices: { serving: {} }',
    true,
  ],
  ['environments:\n  dev:\n  eu west: {}\nservices:\n  a:\n', true],
  ['default-environment: dev\nenvironments: { dev: {} }', true],
  ['default-environment: 7\nenvironments: { dev: {} }', false],
  ['environments: { dev: { default-environment: dev } }', false],
  ['lfs: true\nsubmodules: true', true],
  ['lfs: false\nsubmodules: recursive', true],
  ['submodules: false', true],
  ['lfs: recursive', false],
  ['lfs: "true"', false],
  ['submodules: all', false],
  ['submodules: 1', false],
  ['environments: { prod: { lfs: true } }', false],
  ['services: { a: { submodules: true } }', false],
  ['environments: { prod: { environments: {} } }', false],
  ['services: { a: { services: {} } }', false],
  ['services: { "a b": {} }', false],
  ['gates: {}', false],
  ['github-token: x', false],
  ['[]', false],
  ['# empty', true],
])('%j is accepted by both: %p', async (text, both) => {
  expect(await accepted(text)).toEqual({ schema: both, tables: both });
});
