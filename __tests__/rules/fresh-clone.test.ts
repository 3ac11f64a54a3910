import { globSync, readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';

const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> };
const texts = [
  'README.md',
  ...globSync('docs/*.md'),
  ...globSync('*/README.md', { exclude: ['node_modules'] }),
];
const named = new Set(
  texts.flatMap((file) =>
    [...readFileSync(file, 'utf8').matchAll(/^ *npm (?:run )?([a-z:]+)/gm)].map(([, name = '']) => name),
  ),
);

test('the documents name programs to run', () => {
  expect([...named].sort()).toEqual(expect.arrayContaining(['local', 'test', 'test:crash']));
});

test.each([...named, 'bench'])('npm run %s brings what it needs', (name) => {
  const [, program = ''] = /^bash (scripts\/(?:run|test))\b/.exec(scripts[name] ?? 'nothing') ?? [];
  expect(program).not.toBe('');
  expect(readFileSync(program, 'utf8')).toMatch(/^source scripts\/setup\b/m);
});
