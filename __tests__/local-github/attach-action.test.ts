import { expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { attachFields } from '../../src/inputs/attach-inputs.ts';
import type { Field } from '../../src/inputs/fields.ts';
import { attachOutputs } from '../../src/report/attach-outputs.ts';

interface ActionFile {
  readonly inputs: Readonly<Record<string, { required?: boolean; default?: string }>>;
  readonly outputs: Readonly<Record<string, object>>;
}

const action = parse(readFileSync(new URL('../../attach/action.yml', import.meta.url), 'utf8')) as ActionFile;

test('attach/action.yml and the input table say the same names, defaults and requirements', () => {
  const table = Object.entries(attachFields as Readonly<Record<string, Field<unknown>>>).map(
    ([name, { required, fallback }]) => [name, required, fallback],
  );
  const file = Object.entries(action.inputs).map(([name, input]) => [
    name,
    input.required ?? false,
    input.default,
  ]);
  expect(file.sort()).toEqual(table.sort());
});

test('attach/action.yml declares exactly the outputs that are written', () => {
  const report = {
    organization: 'acme',
    mode: 'check',
    dryRun: false,
    outcome: 'ok',
    viewer: '',
    files: [],
    digest: '',
    rows: [],
    notSelected: 0,
    unreadable: 0,
    requests: { reads: 0, writes: 0, limited: 0 },
    durationMs: 0,
  } as const;
  expect(Object.keys(action.outputs).sort()).toEqual(Object.keys(attachOutputs(report, '')).sort());
});
