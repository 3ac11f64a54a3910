/** Every fault that concerns deploy and rollback has a test with its number, or a reason why it does not concern them. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';

/** A test file below __tests__; in flows/faults the row's number stands in the test's name, elsewhere `name` is a part of it. */
type Coverage =
  | { readonly file: string; readonly name?: string; readonly also?: readonly Proof[] }
  | { readonly reason: string };
type Proof = { readonly file: string; readonly name: string };

const inFile = (name: string): Coverage => ({ file: `flows/faults/${name}.test.ts` });
const rows = (from: number, to: number, covered: Coverage) =>
  Array.from({ length: to - from + 1 }, (_, index) => [from + index, covered] as const);
const container = (file: string, name: string): Proof => ({ file: `container/${file}.test.ts`, name });

const COVERED: ReadonlyMap<number, Coverage> = new Map<number, Coverage>([
  ...rows(1, 1, inFile('hostile')),
  [
    2,
    {
      file: 'flows/faults/hostile.test.ts',
      also: [container('build-image', 'paths that lead out of the workspace are refused before docker runs')],
    },
  ],
  ...rows(3, 5, inFile('hostile')),
  [
    6,
    {
      file: 'unit/clients/output-lines.test.ts',
      name: 'bytes that are no UTF-8 become replacement characters',
    },
  ],
  [
    7,
    {
      file: 'unit/clients/output-lines.test.ts',
      name: 'a line of 50 MB is cut with a notice',
      also: [{ file: 'flows/shell.test.ts', name: 'of much output 200 lines are kept' }],
    },
  ],
  ...rows(8, 8, inFile('runner')),
  [9, { file: 'flows/faults/runner.test.ts', also: [container('build-image', 'a runner without docker')] }],
  [
    10,
    {
      file: 'flows/faults/runner.test.ts',
      also: [{ file: 'flows/shell.test.ts', name: 'a time limit ends the program and its children' }],
    },
  ],
  ...rows(11, 11, inFile('runner')),
  ...rows(19, 19, inFile('runner')),
  ...rows(20, 20, inFile('skewed-clock')),
  ...rows(21, 22, inFile('runner')),
  ...rows(23, 23, inFile('network')),
  ...rows(24, 25, inFile('runner')),
  ...rows(26, 39, inFile('image')),
  ...rows(40, 51, inFile('update')),
  ...rows(52, 57, inFile('publish')),
  ...rows(58, 63, inFile('samples')),
  ...rows(64, 69, inFile('switch')),
  ...rows(70, 70, inFile('weights')),
  [
    71,
    { reason: 'Only a canary has two versions on one alias; deploy and rollback move all traffic at once.' },
  ],
  ...rows(72, 72, inFile('switch')),
  ...rows(73, 74, inFile('weights')),
  ...rows(83, 85, inFile('switch')),
  ...rows(86, 95, inFile('api')),
  ...rows(96, 99, inFile('permission')),
  ...rows(100, 104, inFile('rollback')),
]);

const REQUIRED = [
  [1, 11],
  [25, 63],
  [64, 72],
  [83, 104],
].flatMap(([from = 0, to = 0]) => rows(from, to, { reason: '' }).map(([row]) => row));

const text = (file: string) => readFileSync(join(import.meta.dirname, '..', file), 'utf8');

/** `row 40: …`, and in a title of several rows `rows 96 to 99`, `rows 70, 73`. */
function names(source: string, row: number): boolean {
  if (new RegExp(`\\brows?[^:'\`]*\\b${row}\\b[^:'\`]*[:'\`]`).test(source)) return true;
  return [...source.matchAll(/\brows (\d+) to (\d+)\b/g)].some(
    ([, from, to]) => Number(from) <= row && row <= Number(to),
  );
}

test('no row is missing', () => {
  expect(REQUIRED.filter((row) => !COVERED.has(row))).toEqual([]);
});

describe('each row', () => {
  test.each([...COVERED])('row %i', (row, covered) => {
    if ('reason' in covered) return expect(covered.reason).toMatch(/^[A-Z].{20,}\.$/);
    const { file, name, also = [] } = covered;
    expect(existsSync(join(import.meta.dirname, '..', file))).toBe(true);
    if (name === undefined) expect({ row, named: names(text(file), row) }).toEqual({ row, named: true });
    for (const proof of [...(name === undefined ? [] : [{ file, name }]), ...also])
      expect(text(proof.file)).toContain(proof.name);
    return undefined;
  });
});

test('a title names its rows and no others', () => {
  expect(names("test('row 40: 409')", 40)).toBe(true);
  expect(names("test('row 40: 409')", 4)).toBe(false);
  expect(names("test('row 40: 409')", 409)).toBe(false);
  expect(names("describe('rows 96 to 99: the permission')", 98)).toBe(true);
  expect(names("test('rows 70, 73: a dead canary')", 73)).toBe(true);
});
