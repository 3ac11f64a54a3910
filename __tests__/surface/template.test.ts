import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { readSources, type Reader } from '../../src/inputs/config/sources.ts';
import { readDeployInputs } from '../../src/inputs/deploy-inputs.ts';
import { readRollbackInputs } from '../../src/inputs/rollback-inputs.ts';
import { readServices } from '../../src/inputs/services.ts';
import { STANDARD_STRUCTURE } from '../../src/fleet/plan/structure.ts';

const file = readFileSync('template/.model-release.yml', 'utf8');
/** The lines that people uncomment. */
const full = file.replaceAll(/^# (?!yaml-language-server)(?=\s*[a-z-]+:( |$))/gm, '');

test.each([
  ['as it is', file, 'my-model'],
  ['with its examples', full, 'my-model-test'],
])("the template's configuration, %s, is one to deploy and to roll back", async (_, text, functionName) => {
  const inputs = { text: (name: string) => ({ environment: 'test' })[name] };
  const sources = (reader: Reader) => readSources(inputs, () => Promise.resolve(text), reader);
  const [deploy] = readServices(await sources('deploy'), readDeployInputs);
  const [rollback] = readServices(await sources('rollback'), readRollbackInputs);
  expect([deploy.inputs.functionName, rollback.inputs.functionName]).toEqual([functionName, functionName]);
  expect(deploy.inputs.create).toBe(text === full);
});

test('a repository started from the template, with the stubs, has the whole structure', () => {
  const repository = mkdtempSync(join(tmpdir(), 'template-'));
  try {
    cpSync('template', repository, { recursive: true });
    cpSync('workflows', join(repository, '.github/workflows'), { recursive: true });
    const missing = STANDARD_STRUCTURE.filter(({ path }) => !existsSync(join(repository, path)));
    expect(missing).toEqual([]);
  } finally {
    rmSync(repository, { recursive: true });
  }
});
