/** Documents and examples show one organization, and what is filled in when a repository is set up is filled in everywhere. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { withSource } from '../../src/fleet/plan/project-source.ts';
import { tracked } from './workflow-files.ts';

const { $id } = JSON.parse(readFileSync('schema/model-release.schema.json', 'utf8')) as { $id: string };
const EXAMPLE = { repository: 'acme/model-release', ref: 'v1' };

const filledIn = (path: string, source = EXAMPLE) =>
  Buffer.from(withSource(readFileSync(path), source)).toString();

describe('what people copy or read', () => {
  const shown = tracked('*.md', 'docs', 'examples', '*action.yml', '.github', 'schema');
  // What is written there is about the placeholder itself.
  const about = ['CONTRIBUTING.md', 'AGENTS.md'];

  test('names an organization, and no placeholder for one', () => {
    expect(shown).toEqual(
      expect.arrayContaining(['README.md', 'examples/workflows/release.yml', 'attach/action.yml']),
    );
    const open = shown
      .filter((path) => !about.includes(path) && !path.startsWith('template/'))
      .filter((path) => /\bOWNER\//.test(readFileSync(path, 'utf8')));
    expect(open).toEqual([]);
  });

  test('names this project as one organization keeps it, at one tag', () => {
    const named = shown.flatMap((path) =>
      [...readFileSync(path, 'utf8').matchAll(/uses: ([\w-]+)\/model-release(?:\/[\w./-]*)?@(\S+)/g)].map(
        ([, owner, ref]) => ({ path, owner, ref: ref?.replaceAll(/[^\w.]/g, '') }),
      ),
    );
    expect(named.length).toBeGreaterThan(5);
    expect(named.filter(({ owner, ref }) => owner !== 'acme' || ref !== 'v1')).toEqual([]);
  });
});

test.each(tracked('workflows/*.yml', 'template'))(
  '%s has no placeholder left when it is filled in',
  (path) => {
    expect(filledIn(path, { repository: 'zeta/releases', ref: 'v2' })).not.toMatch(/\bOWNER\b/);
  },
);

describe.each(
  tracked('template/.model-release.yml', 'examples/**/.model-release.yml', 'examples/.model-release.yml'),
)('%s', (path) => {
  test('begins with the line by which editors find its schema', () => {
    expect(filledIn(path).split('\n')[0]).toBe(`# yaml-language-server: $schema=${$id}`);
  });
});

test('the schema lies where its id says', () => {
  const path = new URL($id).pathname.split('/').slice(4).join('/');
  expect([new URL($id).origin, path]).toEqual([
    'https://raw.githubusercontent.com',
    'schema/model-release.schema.json',
  ]);
});
