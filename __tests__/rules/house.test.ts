import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { LIMITS, measureHouse, type Measured } from '../../scripts/check-house.ts';

const folders: string[] = [];
afterAll(() => folders.forEach((folder) => rmSync(folder, { recursive: true })));

function measured(files: Readonly<Record<string, string>>): ReturnType<typeof measureHouse> {
  const folder = mkdtempSync(join(tmpdir(), 'house-'));
  folders.push(folder);
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return measureHouse(folder);
}

const places = ({ value, where }: Measured): readonly string[] => (expect(value).toBe(where.length), where);

test('one name for two things is found, types, constants and destructured ones included', () => {
  const { doubleNames } = measured({
    'a/one.ts': 'export interface Plan {}\nexport const [verdict] = [1];\nexport function own() {}\n',
    'b/two.ts': 'export type Plan = 1;\nexport const verdict = 2;\nconst own = 1;\n',
  });
  expect(places(doubleNames)).toEqual(['Plan: a/one.ts, b/two.ts', 'verdict: a/one.ts, b/two.ts']);
});

test('a re-export and an overload are the same thing', () => {
  const { doubleNames } = measured({
    'a/one.ts':
      'export function f(a: 1): 1;\nexport function f(a: 2): 2;\nexport function f(a: any) { return a; }\n',
    'b/two.ts': "export { f } from '../a/one.ts';\n",
  });
  expect(places(doubleNames)).toEqual([]);
});

test('Object.assign is found where it is called, and not where it is spoken of', () => {
  const { objectAssign } = measured({ 'a/one.ts': '// Object.assign(\nconst a = Object.assign({}, {});\n' });
  expect(places(objectAssign)).toEqual(['a/one.ts:2']);
});

test('a loop over attempts and a loop that sleeps are retry loops, but in their homes', () => {
  const loops = [
    'for (let attempt = 1; ; attempt += 1) await f();',
    'while (true) { await clock.sleep(1); }',
    'do { await sleep(1); } while (!done);',
    'for (;;) { await sleep(2); }',
    'for (let index = 0; index < 3; index += 1) f(index);',
    'while (more) f();',
  ].join('\n');
  const { retryLoops } = measured({
    'a/one.ts': loops,
    'clients/retry.ts': loops,
    'clients/wait.ts': loops,
  });
  expect(places(retryLoops)).toEqual(['a/one.ts:1', 'a/one.ts:2', 'a/one.ts:3', 'a/one.ts:4']);
});

test('imports between folders are counted, types and lazy ones included; files beside the folders are everybody’s', () => {
  const { crossingShare, mutualFolders } = measured({
    'a/one.ts':
      "import { b } from '../b/two.ts';\nimport { e } from '../errors.ts';\nimport './deep/x.ts';\n",
    'a/deep/x.ts': "import type { C } from '../../c/three.ts';\nimport '@aws-sdk/client-lambda';\n",
    'b/two.ts': "export const a = () => import('../a/one.ts');\n",
    'c/three.ts': "export * from './four.ts';\n",
  });
  expect(crossingShare).toEqual({ value: 50, where: ['a → c: 1', 'a → b: 1', 'b → a: 1'] });
  expect(places(mutualFolders)).toEqual(['a ↔ b']);
});

test('lines are counted as an editor counts them', () => {
  expect(measured({ 'a/one.ts': '1;\n2;\n', 'two.ts': '3;' }).lines.value).toBe(3);
});

test('no limit is below what is wanted', () => {
  for (const { limit, wanted } of Object.values(LIMITS)) expect(limit).toBeGreaterThanOrEqual(wanted);
});

describe('the table of CONTRIBUTING.md', () => {
  const rows = readFileSync('CONTRIBUTING.md', 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('| ') && line.split('|').length === 5)
    .slice(2)
    .map((line) => line.split('|').map((cell) => cell.trim()))
    .map(([, task = '', commands = '', folders = '']) => ({ task, commands, folders }));
  const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: object };
  const code = (cell: string) => [...cell.matchAll(/`([^`]+)`/g)].map(([, text = '']) => text);

  test('has a row for most of what people come for', () => expect(rows.length).toBeGreaterThan(12));

  test.each(rows)('$task: its command and its folder are there', ({ commands, folders }) => {
    const names = code(commands).flatMap((text) => /^npm run ([\w:]+)/.exec(text)?.[1] ?? []);
    expect(names.filter((name) => !(name in scripts))).toEqual([]);
    const tests = code(commands).flatMap((text) => /(__tests__\/\S+)/.exec(text)?.[1] ?? []);
    const paths = [...tests, ...code(folders).filter((text) => /^[\w./-]+$/.test(text))];
    expect(paths.filter((path) => !existsSync(path))).toEqual([]);
  });
});
