import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { deployFields } from '../../src/inputs/deploy-inputs.ts';
import type { Table } from '../../src/inputs/fields.ts';
import { rollbackFields } from '../../src/inputs/rollback-inputs.ts';
import { OUTPUT_NAMES } from '../../src/report/outputs.ts';
import { readYaml, releaseActions, type ActionFile } from './files.ts';

const tables: Readonly<Record<(typeof releaseActions)[number], Table>> = {
  'action.yml': deployFields,
  'deploy/action.yml': deployFields,
  'rollback/action.yml': rollbackFields,
};

/** The default that a description states, where it is a literal: "Default: `live`." */
function statedDefault(description: string): string | undefined {
  return /(?:^|\s)Default: `([^`]*)`\.$/.exec(description)?.[1];
}

/** Defaults that the action takes from its surroundings and not from the table; a description may state these too. */
const fromSurroundings: Readonly<Record<string, string>> = {
  commit: 'GITHUB_SHA',
  architecture: 'x86_64',
};

describe.each(releaseActions)('%s', (path) => {
  const action = readYaml<ActionFile>(path);
  const table = tables[path];

  test('has exactly the inputs that the code reads', () => {
    expect(Object.keys(action.inputs).sort()).toEqual(Object.keys(table).sort());
  });

  test('states the default of each input as the code has it, and gives none itself', () => {
    for (const [name, { description, ...keys }] of Object.entries(action.inputs)) {
      // A `default:` or `required:` would be heard before the configuration file is.
      expect({ name, keys }).toEqual({ name, keys: {} });
      const fallback = table[name]?.fallback;
      const expected = fallback === undefined || fallback === '' ? fromSurroundings[name] : fallback;
      expect({ name, default: statedDefault(description) }).toEqual({ name, default: expected });
    }
  });

  test('says Required of exactly the inputs that the code cannot do without', () => {
    const said = Object.entries(action.inputs)
      .filter(([, { description }]) => / Required\.$/.test(description))
      .map(([name]) => name);
    const required = Object.keys(table).filter((name) => table[name]?.required);
    expect(said).toEqual(required);
  });

  test('has exactly the outputs that the code writes', () => {
    expect(Object.keys(action.outputs ?? {})).toEqual([...OUTPUT_NAMES]);
  });

  test('runs on Node 24 the stub that the bundle has for an exported action', () => {
    expect(action.runs.using).toBe('node24');
    const stub = join(dirname(path), action.runs.main);
    const name = path.startsWith('rollback/') ? 'rollback' : 'deploy';
    expect(stub).toBe(`dist/${name}.js`);
    expect(readFileSync('src/index.ts', 'utf8')).toMatch(new RegExp(`\\b${name}\\b`));
    if (existsSync('dist')) expect(existsSync(stub)).toBe(true);
  });

  test('fits the Marketplace: a description of at most 125 characters', () => {
    expect(action.description.length).toBeLessThanOrEqual(125);
  });
});
