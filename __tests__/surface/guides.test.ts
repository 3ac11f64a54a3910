/** The pages for people who come from elsewhere or from an earlier version: links lead somewhere, inputs exist. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { inputsOf } from './workflow-files.ts';

const FENCES = /^(`{3,})[^\n]*\n[\s\S]*?^\1$/gm;
const pages = ['getting-started', 'recipes', 'migrating', 'upgrading'].map((name) => `docs/${name}.md`);
const prose = (page: string) => readFileSync(page, 'utf8').replaceAll(FENCES, '');

/** GitHub's names of a page's headings, as links say them. */
function anchorsOf(page: string): readonly string[] {
  return [...prose(page).matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  );
}

test.each(pages.filter((page) => existsSync(page)))(
  '%s: every link leads to a file and a heading',
  (page) => {
    const links = [...prose(page).matchAll(/\]\((?!https:)([^)#]*)(?:#([^)]+))?\)/g)];
    expect(links.length).toBeGreaterThan(0);
    for (const [link, path = '', anchor] of links) {
      const target = path === '' ? page : join('docs', path);
      expect({ link, exists: existsSync(target) }).toEqual({ link, exists: true });
      if (anchor !== undefined) expect(anchorsOf(target)).toContain(anchor);
    }
  },
);

describe('docs/migrating.md', () => {
  const sections = prose('docs/migrating.md').split(/^## /m).slice(1);
  const peers = sections.filter((section) => section.startsWith('From '));
  const known = [...inputsOf('action.yml'), ...inputsOf('rollback/action.yml'), 'services', 'environments'];

  test('has a section for each tool, and each says what is not covered', () => {
    const headings = peers.map((section) => section.split('\n')[0]);
    expect(headings).toEqual([
      'From aws-lambda-deploy',
      'From SAM',
      'From the Serverless Framework',
      'From bentoctl',
      'From a script with the AWS CLI',
    ]);
    for (const section of peers) expect(section).toMatch(/^Not covered: /m);
  });

  test('names only inputs that exist in what to write', () => {
    const written = peers.flatMap((section) =>
      section
        .split('\n')
        .filter((line) => line.startsWith('| '))
        .flatMap((row) => [...(row.split('|')[2] ?? '').matchAll(/`([a-z]+(?:-[a-z]+)*)(?:: \w+)?`/g)])
        .map(([, name = '']) => name),
    );
    expect(written.length).toBeGreaterThan(60);
    const outputs = ['version', 'previous-version'];
    expect(written.filter((name) => !known.includes(name) && !outputs.includes(name))).toEqual([]);
  });
});
