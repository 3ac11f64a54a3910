import { expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { attachFields } from '../../src/inputs/attach-inputs.ts';
import type { Field } from '../../src/inputs/fields.ts';
import { brokenAttach } from '../../src/fleet/result.ts';
import { attachReport } from '../../src/report/attach-report.ts';

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
  const { outputs, files = [] } = attachReport(brokenAttach({ code: 'x', message: 'x' }, undefined));
  const written = [...Object.keys(outputs), ...files.map(({ output }) => output)];
  expect(Object.keys(action.outputs).sort()).toEqual(written.sort());
});
