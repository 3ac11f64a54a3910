import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';

const CODE = "'([a-z]+(?:-[a-z]+)*)'";

/** Every place that gives an error its code: a constructor's first argument, or the member of a table of problems. */
const places = [
  new RegExp(String.raw`\b(?:UserError|ProgramFailed|super|failed)\(\s*${CODE}`, 'g'),
  new RegExp(String.raw`\bcode: ${CODE}`, 'g'),
];

/** Codes that nobody is shown: the push takes them as an answer and goes on. */
const internal = new Set(['tag-exists']);

function codesInSource(): ReadonlySet<string> {
  const files = readdirSync('src', { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.ts'),
  );
  const texts = files.map((name) => readFileSync(join('src', name), 'utf8'));
  const found = texts.flatMap((text) =>
    places.flatMap((place) => [...text.matchAll(place)].map(([, code = '']) => code)),
  );
  return new Set(found.filter((code) => !internal.has(code)));
}

test('every code that a user can see has its row in the table, and no row has a code that is gone', () => {
  const rows = readFileSync('docs/troubleshooting.md', 'utf8').match(/^\| `[a-z-]+`/gm) ?? [];
  const listed = rows.map((row) => row.slice(3, -1));
  expect(listed.toSorted()).toEqual([...codesInSource()].sort());
});
