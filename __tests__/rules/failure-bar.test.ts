import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { naive } from '../crash/guards-off.ts';
import { afterEveryCall } from '../crash/invariants.ts';
import { levels } from '../crash/levels.ts';
import { afterContinuation, atRest } from '../crash/outcomes.ts';

const page = readFileSync('docs/failure-bar.md', 'utf8');

/** The rows of the table whose first column has this head. */
function rows(head: string): string[][] {
  const tables = page.split('\n\n').filter((block) => block.startsWith(`| ${head} `));
  return tables.flatMap((table) =>
    table
      .trim()
      .split('\n')
      .slice(2)
      .map((row) =>
        row
          .split('|')
          .slice(1, -1)
          .map((cell) => cell.trim()),
      ),
  );
}

test('docs/failure-bar.md names the levels as they are', () => {
  expect(rows('level')).toEqual(Object.entries(levels).map(([name, { says }]) => [name, says]));
});

test('docs/failure-bar.md names every invariant', () => {
  const all = [...afterEveryCall, ...atRest, ...afterContinuation];
  expect(rows('id')).toEqual(all.map(({ id, says }) => [id, says]));
});

test('docs/failure-bar.md names every guard that L7 takes away', () => {
  expect(rows('guard')).toEqual(naive.map(({ id, form }) => [id, form]));
});
