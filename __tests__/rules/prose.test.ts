import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { figuresOf, holds, sentencesOf } from '../../scripts/check-prose.ts';

const words = (count: number): string => `A ${'word '.repeat(count - 1).trim()}.`;

test('a sentence ends at its full stop, its paragraph and its list item, and code is one word', () => {
  const page = [
    'Give `a b.c` to it.',
    'Then 3.5 is 1.x! Look',
    'at [the page](docs/x.md).',
    '',
    '- one item',
    '- another',
  ];
  expect(sentencesOf(page.join('\n')).map((sentence) => sentence.length)).toEqual([4, 4, 4, 2, 1]);
});

test('code blocks, tables, headings, HTML and generated parts are not prose', () => {
  const page = [
    '# A title',
    '<img alt="A picture.">',
    '| a | cell. |',
    '```sh',
    'A command. Another.',
    '```',
    '<!-- inputs:action.yml -->',
    'A generated line.',
    '<!-- /inputs -->',
    'Prose.',
  ];
  expect(sentencesOf(page.join('\n'))).toEqual([['Prose.']]);
});

test('a page holds with a median of 14 words and one sentence in ten of more than 25', () => {
  const page = [...Array<string>(9).fill(words(14)), words(26)];
  expect(figuresOf(page.join(' '))).toEqual({ sentences: 10, median: 14, long: 0.1 });
  expect(holds(figuresOf(page.join(' ')))).toBe(true);
  expect(holds(figuresOf(page.slice(1).join(' ')))).toBe(false);
  expect(holds(figuresOf(words(15)))).toBe(false);
});

test('a page with long sentences fails the check, which prints both figures and the sentences', () => {
  const folder = mkdtempSync(join(tmpdir(), 'prose-'));
  try {
    const page = join(folder, 'page.md');
    writeFileSync(page, words(30));
    const { status, stdout, stderr } = spawnSync(process.execPath, ['scripts/check-prose.ts', page], {
      encoding: 'utf8',
    });
    expect({ status, stdout }).toEqual({
      status: 1,
      stdout: `${page}: median 30 words, 100.0 % over 25, of 1 sentences\n  ${words(30)}\n`,
    });
    expect(stderr).toContain(`Sentences are too long in ${page}`);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
