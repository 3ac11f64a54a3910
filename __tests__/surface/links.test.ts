/** Whoever follows a link of a page arrives, and every page of docs/ is found from the front door. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { expect, test } from '@jest/globals';
import { tracked } from './workflow-files.ts';

const pages = tracked('*.md');

/** A page's Markdown without its code, where brackets are no links and `#` is no heading. */
function proseOf(path: string): string {
  return readFileSync(path, 'utf8')
    .replaceAll(/^( *)```[\s\S]*?^\1```/gm, '')
    .replaceAll(/`[^`\n]*`/g, (code) => code.replaceAll(/[[\]()]/g, ''));
}

/** The anchors that GitHub gives to a page's headings: lower case, hyphens for spaces, a number for a repeated one. */
function anchorsOf(path: string): ReadonlySet<string> {
  const anchors = new Set<string>();
  for (const [, title = ''] of proseOf(path).matchAll(/^#+ (.*)$/gm)) {
    const words = title.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1').toLowerCase();
    const plain = words.replaceAll(/[^\p{L}\p{N}_\- ]/gu, '').replaceAll(' ', '-');
    let anchor = plain;
    for (let count = 1; anchors.has(anchor); count += 1) anchor = `${plain}-${count}`;
    anchors.add(anchor);
  }
  return anchors;
}

/** Where the links and pictures of a page lead, as written; nothing outside this repository. */
function linksOf(path: string): readonly string[] {
  const text = proseOf(path);
  const written = [
    /\]\(([^)\s]+)(?: "[^"]*")?\)/g,
    /^\[[^\]]+\]: (\S+)$/gm,
    /\b(?:src|srcset|href)="([^"]+)"/g,
  ];
  return written
    .flatMap((pattern) => [...text.matchAll(pattern)].map(([, target = '']) => target))
    .filter((target) => !/^[a-z]+:/.test(target));
}

/** A link's file, relative to the root, and its anchor. */
function targetOf(path: string, link: string): { file: string; anchor: string } {
  const [target = '', anchor = ''] = link.split('#');
  return { file: target === '' ? path : relative('.', resolve(dirname(path), target)), anchor };
}

test.each(pages)('%s: every link leads somewhere', (path) => {
  const broken = linksOf(path).filter((link) => {
    const { file, anchor } = targetOf(path, link);
    if (file.startsWith('..') || !existsSync(file)) return true;
    return anchor !== '' && !(file.endsWith('.md') && anchorsOf(file).has(anchor));
  });
  expect(broken).toEqual([]);
});

test('every page of the root, of docs/ and of an action is linked from the README or the index of docs/', () => {
  const linked = ['README.md', join('docs', 'README.md')].flatMap((path) =>
    linksOf(path).map((link) => targetOf(path, link).file),
  );
  const wanted = pages.filter(
    (path) => /^(docs\/)?[^/]+$/.test(path) || existsSync(join(dirname(path), 'action.yml')),
  );
  expect(wanted.length).toBeGreaterThan(10);
  expect(wanted.filter((path) => path !== 'README.md' && !linked.includes(path))).toEqual([]);
});

test('the README is a front door of at most 200 lines', () => {
  expect(readFileSync('README.md', 'utf8').trimEnd().split('\n').length).toBeLessThanOrEqual(200);
});
