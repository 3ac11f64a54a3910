/** `init`: the standard structure with its names, nothing overwritten, all files or none. */
import { readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { openCommandLine, type CommandLine } from '../harness/command-line.ts';

let line: CommandLine;
beforeEach(async () => (line = await openCommandLine()));
afterEach(() => line.close());

const KEPT_AT = ['--action-repository', 'acme/model-release'];
const read = (path: string): string => readFileSync(join(line.folder, path), 'utf8');
const files = (): string[] =>
  readdirSync(line.folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(line.folder.length + 1))
    .sort();

test('an empty folder becomes a model repository that check finds nothing wrong with', async () => {
  const { exitCode, out } = await line.type(['init', ...KEPT_AT]);
  expect(exitCode).toBe(0);
  expect(out).toMatch(/What to do next:[\s\S]*model-release check[\s\S]*setup --environment prod/);
  expect(read('.model-release.yml')).toMatch(
    /^function-name: iris\necr-repository: iris\n[\s\S]*^create: true\nrole: iris-execution$/m,
  );
  expect(read('.github/workflows/ci_cd.yml')).toContain(
    'uses: acme/model-release/.github/workflows/release.yml@v1',
  );
  const checked = await line.type(['check', '--strict']);
  expect(checked).toMatchObject({ exitCode: 0, out: '' });
});

test('what is there is kept, byte for byte, and told', async () => {
  await line.checkouts.write({ 'iris/README.md': 'mine\n', 'iris/Dockerfile': 'FROM scratch\n' });
  const { json } = await line.type(['init', ...KEPT_AT, '--json']);
  const { written, kept } = json<{ written: string[]; kept: string[] }>();
  expect(kept.sort()).toEqual(['Dockerfile', 'README.md']);
  expect(written).toContain('lambda_function.py');
  expect([read('README.md'), read('Dockerfile')]).toEqual(['mine\n', 'FROM scratch\n']);
  const again = await line.type(['init', ...KEPT_AT, '--json']);
  expect(again.json<{ written: string[] }>().written).toEqual([]);
});

test('a name, a branch, a tag and the simple workflow are filled in', async () => {
  const given = [
    '--name=wine',
    '--branch',
    'trunk',
    '--action-repository',
    'octo/mr@v1.2',
    '--workflow=simple',
  ];
  const { exitCode } = await line.type(['init', 'models/new', ...given]);
  expect(exitCode).toBe(0);
  const workflow = read('models/new/.github/workflows/ci_cd.yml');
  expect(workflow).toContain('- uses: octo/mr@v1.2');
  expect(workflow).toContain('branches: [trunk]');
  const configuration = read('models/new/.model-release.yml');
  expect(configuration).toContain('function-name: wine\n');
  expect(configuration.split('\n')[0]).toBe(
    '# yaml-language-server: $schema=https://raw.githubusercontent.com/octo/mr/v1.2/schema/model-release.schema.json',
  );
  expect(files().filter((path) => /\bOWNER\b/.test(read(path)))).toEqual([]);
});

test.each([
  [[...KEPT_AT, '--name', 'Not A Name'], ['name must be']],
  [
    ['--action-repository', 'nowhere', '--name', '-'],
    ['name must be', 'action-repository must be'],
  ],
  [[...KEPT_AT, '--workflow', 'other'], ['workflow must be one of stubs, simple']],
])('%j is refused, and nothing is written', async (args, expected) => {
  const before = files();
  const { exitCode, err } = await line.type(['init', ...args]);
  expect(exitCode).toBe(2);
  for (const part of expected) expect(err).toContain(part);
  expect(files()).toEqual(before);
});

test('a file where a folder has to be is told before anything is written', async () => {
  await line.checkouts.write({ 'iris/tests': 'a file\n' });
  const before = files();
  const { exitCode, err } = await line.type(['init', ...KEPT_AT]);
  expect({ exitCode, err }).toMatchObject({ exitCode: 1, err: expect.stringContaining('tests is a file') });
  expect(files()).toEqual(before);
});

test('a folder that cannot be made leaves no file', async () => {
  symlinkSync('/nowhere/at/all', join(line.folder, 'model_code'));
  const before = files();
  const { exitCode, err } = await line.type(['init', ...KEPT_AT]);
  expect({ exitCode, err }).toMatchObject({
    exitCode: 1,
    err: expect.stringContaining('could not be written'),
  });
  expect(files()).toEqual(before);
  expect(readdirSync(line.folder).sort()).toEqual(['.gitkeep', 'model_code']);
});

test('the lines to type next start the program from the new folder', async () => {
  const { out } = await line.type(['init', 'wine', ...KEPT_AT], { program: 'npx ../model-release' });
  expect(out).toMatch(/1\. cd wine\n[\s\S]*npx \.\.\/\.\.\/model-release check/);
});

test('a person is asked for what is missing; without one, nothing is asked', async () => {
  const { err, exitCode } = await line.type(['init'], { answers: ['wine', 'acme/model-release'] });
  expect(exitCode).toBe(0);
  expect(err).toContain("The function's name");
  expect(read('.model-release.yml')).toContain('function-name: wine\n');
});
