import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { readSources } from '../../src/inputs/config/sources.ts';
import { readWorkflow, usesOf } from './workflow-files.ts';

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
  // A summary's link to an error code leads to its row.
  const rows = readFileSync('docs/troubleshooting.md', 'utf8').matchAll(/^\| <a id="([a-z-]+)"><\/a>`\1`/gm);
  const listed = [...rows].map(([, code = '']) => code);
  expect(listed.toSorted()).toEqual([...codesInSource()].sort());
});

test('the way round a broken configuration file, in the message and in the table, is what the workflows do', async () => {
  const broken = readSources({ text: () => undefined }, () => Promise.resolve('a: [1'), 'rollback');
  const command = 'gh workflow run rollback.yml --ref ';
  await expect(broken).rejects.toMatchObject({ fix: expect.stringContaining(command) });
  expect(readFileSync('docs/troubleshooting.md', 'utf8')).toContain(`\n${command}`);
  expect(Object.keys(readWorkflow('workflows/rollback.yml').on)).toContain('workflow_dispatch');
  // Without a `ref` of its own it takes the commit that the run was started from.
  const checkout = usesOf('.github/workflows/rollback.yml').find(({ uses }) =>
    uses.startsWith('actions/checkout@'),
  );
  expect(checkout?.with).toEqual(['persist-credentials']);
});
