/** A recipe is found by its wish, fits on a screen, and shows a file that exists as it is shown. */
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { expect, test } from '@jest/globals';
import { tracked } from './workflow-files.ts';

const MOST_LINES = 30;
const page = readFileSync('docs/recipes.md', 'utf8');
const recipes = tracked('examples/recipes/*');
const prose = page.replaceAll(/^(`{3,})[^\n]*\n[\s\S]*?^\1$/gm, '');
const [table = ''] = /^\| I want[\s\S]*?\n\n/m.exec(prose) ?? [];
const sections = prose.split(/^## /m).slice(1);

/** GitHub's name of a heading, as links say it. */
function anchorOf(section: string): string {
  const [heading = ''] = section.split('\n');
  return heading
    .toLowerCase()
    .replaceAll(/[^\w\- ]/g, '')
    .replaceAll(' ', '-');
}

test.each(recipes)('%s: has at most 30 lines', (path) => {
  expect(readFileSync(path, 'utf8').trimEnd().split('\n').length).toBeLessThanOrEqual(MOST_LINES);
});

test.each(recipes)('%s: is shown in one section, to which the table of wishes leads', (path) => {
  const own = sections.filter((section) =>
    section.includes(`<!-- file:../examples/recipes/${basename(path)} -->`),
  );
  expect(own).toHaveLength(1);
  expect(table).toContain(`](#${anchorOf(own[0] ?? '')})`);
});

test('each wish leads to a section or a file', () => {
  const anchors = sections.map(anchorOf);
  const links = [...table.matchAll(/\]\(([^)]+)\)/g)].map(([, target = '']) => target);
  expect(links.length).toBeGreaterThan(recipes.length);
  for (const link of links) {
    if (link.startsWith('#')) expect(anchors).toContain(link.slice(1));
    else expect(readFileSync(`docs/${link}`, 'utf8')).not.toBe('');
  }
});
