/** A line to paste is a whole line: whoever pastes it at night must not look up what is missing. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { docsPages } from './files.ts';

const COMMAND = /aws lambda ([a-z-]+)( \S+)?/g;

const files = [
  ...readdirSync('src', { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join('src', name)),
  'README.md',
  ...docsPages,
];

test('every command of the AWS CLI that is told names its function', () => {
  const told = files.flatMap((file) =>
    [...readFileSync(file, 'utf8').matchAll(COMMAND)].map(([text, , next]) => ({ file, text, next })),
  );
  expect(told.length).toBeGreaterThan(5);
  // `${where}` is what `cliOptions` made.
  expect(
    told.filter(({ next }) => next !== ' --function-name' && next !== ' ${where}' && next !== ' ${where},'),
  ).toEqual([]);
});
