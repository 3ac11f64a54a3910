import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { deployFields } from '../../src/inputs/deploy-inputs.ts';
import type { Table } from '../../src/inputs/fields.ts';
import { planFields } from '../../src/inputs/plan-inputs.ts';
import { rollbackFields } from '../../src/inputs/rollback-inputs.ts';
import { OUTPUT_NAMES } from '../../src/report/outputs.ts';
import { readYaml, releaseActions, type ActionFile } from './files.ts';

const tables: Readonly<Record<(typeof releaseActions)[number], Table>> = {
  'action.yml': deployFields,
  'deploy/action.yml': deployFields,
  'rollback/action.yml': rollbackFields,
  'plan/action.yml': planFields,
};

interface PipelineStep {
  readonly run?: string;
  readonly shell?: string;
  readonly uses?: string;
}

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
    const name = path === 'action.yml' ? 'deploy' : dirname(path);
    expect(stub).toBe(`dist/${name}.js`);
    expect(readFileSync('src/index.ts', 'utf8')).toMatch(new RegExp(`\\b${name}\\b`));
    if (existsSync('dist')) expect(existsSync(stub)).toBe(true);
  });

  test('fits the Marketplace: a description of at most 125 characters', () => {
    expect(action.description.length).toBeLessThanOrEqual(125);
  });
});

describe('pipeline/action.yml', () => {
  const path = 'pipeline/action.yml';
  const root = readYaml<ActionFile>('action.yml');
  const { inputs, outputs, runs } = readYaml<ActionFile & { runs: { steps: readonly PipelineStep[] } }>(path);

  test("has the deploy's inputs and outputs word for word, and two inputs of its own", () => {
    const { 'role-to-assume': role, verify, ...ofDeploy } = inputs;
    expect([role?.description, verify?.description]).toEqual([expect.any(String), expect.any(String)]);
    expect(ofDeploy).toEqual(root.inputs);
    const described = Object.entries(outputs ?? {}).map(([name, { description }]) => [name, { description }]);
    expect(Object.fromEntries(described)).toEqual(root.outputs);
    expect(
      Object.values(outputs ?? {}).filter(({ value }) => !/^\$\{\{ .+ \}\}$/.test(String(value))),
    ).toEqual([]);
  });

  test('writes no expression into a script, and each script takes the signals of its step', () => {
    const scripts = runs.steps.flatMap(({ run, shell }) => (run === undefined ? [] : [{ run, shell }]));
    expect(scripts.filter(({ run, shell }) => run.includes('${{') || shell !== 'bash')).toEqual([]);
    const waiting = scripts.filter(
      ({ run }) => !run.startsWith('echo ') && !/^exec bash [^\n]*\n?$/.test(run),
    );
    expect(waiting).toEqual([]);
  });

  test("pins other people's actions as the examples do", () => {
    const text = readFileSync(path, 'utf8');
    const pins = text.match(/uses: .+/g) ?? [];
    expect(pins).toHaveLength(runs.steps.filter(({ uses }) => uses !== undefined).length);
    for (const pin of pins)
      expect(readFileSync('examples/workflows/release.yml', 'utf8')).toContain(`${pin}\n`);
  });

  test('runs the bundle that lies beside it', () => {
    const [, target = ''] =
      /^exec node "\$\(dirname "\$\{BASH_SOURCE\[0\]\}"\)\/(.+)\/\$1\.js"$/m.exec(
        readFileSync('pipeline/run', 'utf8'),
      ) ?? [];
    expect(join('pipeline', target)).toBe('dist');
    const actions = runs.steps.flatMap(
      ({ run = '' }) => /GITHUB_ACTION_PATH\/run" (\w+)$/m.exec(run)?.[1] ?? [],
    );
    expect(actions).toEqual(['deploy', 'rollback']);
  });
});
