import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { readDeployInputs } from '../../src/inputs/deploy-inputs.ts';
import { readSources, type Reader } from '../../src/inputs/config/sources.ts';
import { readSamples } from '../../src/checks/read-samples.ts';
import { readRollbackInputs } from '../../src/inputs/rollback-inputs.ts';
import { readServices } from '../../src/inputs/services.ts';
import { tracked, workflowPaths } from './workflow-files.ts';

const readme = readFileSync('README.md', 'utf8');
const documents = tracked('*.md').filter((path) => /\bsteps\./.test(readFileSync(path, 'utf8')));

test("the README's first workflow is one of the files that are parsed", () => {
  const shown = [...readme.matchAll(/<!-- file:(\S+\.yml) -->/g)].map(([, path]) => path);
  expect(shown[0]).toBe('examples/workflows/release.yml');
  expect(workflowPaths).toContain(shown[0]);
  expect(readFileSync('examples/workflows/release.yml', 'utf8').trimEnd().split('\n')).toHaveLength(15);
});

test("the README's configuration deploys and rolls back, and its sample is one", async () => {
  const [, file = ''] = /```yaml\n(# yaml-language-server: [\s\S]*?)```/.exec(readme) ?? [];
  const [, sample = ''] = /```jsonl\n([\s\S]*?)```/.exec(readme) ?? [];
  const inputs = { text: (name: string) => ({ environment: 'prod' })[name] };
  const sources = (reader: Reader) => readSources(inputs, () => Promise.resolve(file), reader);
  const [deploy] = readServices(await sources('deploy'), readDeployInputs);
  const [rollback] = readServices(await sources('rollback'), readRollbackInputs);
  expect([deploy?.inputs.functionName, rollback?.inputs.functionName]).toEqual(['iris', 'iris']);
  expect(readSamples('README.md', sample)).toHaveLength(1);
  expect(readFileSync('examples/iris/tests/samples.jsonl', 'utf8')).toContain(
    /"input": \{.*?\}/.exec(sample)?.[0],
  );
});

test.each(documents)('%s: a step whose outputs are used has its id in the same document', (path) => {
  const text = readFileSync(path, 'utf8');
  const used = [...text.matchAll(/\bsteps\.([\w-]+)\./g)].map(([, id]) => id ?? '');
  expect(used.filter((id) => !new RegExp(`^[\\s-]*id: ${id}$`, 'm').test(text))).toEqual([]);
});

test.each(['test', 'prod'])(
  "the example's configuration is one for %s, to deploy and to roll back",
  async (environment) => {
    const inputs = { text: (name: string) => ({ environment })[name] };
    const file = readFileSync('examples/iris/.model-release.yml', 'utf8');
    const sources = (reader: Reader) => readSources(inputs, () => Promise.resolve(file), reader);
    const [deploy] = readServices(await sources('deploy'), readDeployInputs);
    const [rollback] = readServices(await sources('rollback'), readRollbackInputs);
    const functionName = environment === 'test' ? 'iris-test' : 'iris';
    expect([deploy?.inputs.functionName, rollback?.inputs.functionName]).toEqual([
      functionName,
      functionName,
    ]);
    expect(deploy?.inputs.pinPrevious).toBe(environment === 'prod');
  },
);
