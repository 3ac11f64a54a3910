/** What newcomers, tools and reporters start from, held to what is there. */
import { existsSync, globSync, readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { readYaml } from './files.ts';

const agents = readFileSync('AGENTS.md', 'utf8');
const rows = agents
  .split('\n')
  .filter((line) => line.startsWith('| '))
  .slice(2)
  .map((line) => line.split(' | ').map((cell) => cell.replaceAll('|', '').trim()));
const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> };

describe('AGENTS.md', () => {
  test('has the table of CONTRIBUTING.md, row for row', () => {
    const lines = (text: string) => text.split('\n').filter((line) => line.startsWith('| '));
    expect(rows.length).toBeGreaterThan(15);
    expect(lines(agents)).toEqual(lines(readFileSync('CONTRIBUTING.md', 'utf8')));
  });

  test('names commands that are there', () => {
    const named = [...agents.matchAll(/npm run ([a-z:]+)/g)].map(([, name = '']) => name);
    expect(named.length).toBeGreaterThan(10);
    expect(named.filter((name) => scripts[name] === undefined)).toEqual([]);
  });

  test('names files and folders that are there', () => {
    const places = rows.flatMap(([, , folder = '']) =>
      [...folder.matchAll(/`([^`]+)`/g)].map(([, path = '']) => path),
    );
    const others = [...agents.matchAll(/`((?:src|local|__tests__|workflows|pipeline|scripts)\/[\w./-]*)`/g)];
    expect(places.length).toBeGreaterThan(20);
    expect([...places, ...others.map(([, path = '']) => path)].filter((path) => !existsSync(path))).toEqual(
      [],
    );
  });
});

interface Form {
  readonly name: string;
  readonly description: string;
  readonly labels: readonly string[];
  readonly body: readonly {
    readonly type: string;
    readonly id: string;
    readonly attributes: { readonly label: string };
    readonly validations?: { readonly required: boolean };
  }[];
}

describe.each(globSync('.github/ISSUE_TEMPLATE/{bug,feature,question}.yml'))('%s', (path) => {
  const form = readYaml<Form>(path);

  test('is a form as GitHub takes it', () => {
    expect([form.name, form.description].every(Boolean)).toBe(true);
    const ids = form.body.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(
      form.body.filter(({ type, attributes }) => !/^(input|textarea)$/.test(type) || !attributes.label),
    ).toEqual([]);
    expect(form.body.some(({ validations }) => validations?.required)).toBe(true);
  });
});

test('who reports a fault is asked for the run, its outcome and code, and the record on the alias', () => {
  const { body } = readYaml<Form>('.github/ISSUE_TEMPLATE/bug.yml');
  expect(body.map(({ id }) => id)).toEqual(
    expect.arrayContaining(['run', 'version', 'outcome', 'happened', 'record']),
  );
});

test('reports in private go one way, and reviews are asked of a team of the example', () => {
  for (const path of ['SECURITY.md', 'CODE_OF_CONDUCT.md'])
    expect(readFileSync(path, 'utf8').replaceAll('\n', ' ')).toContain(
      '**Security** tab choose **Report a vulnerability**',
    );
  expect(readFileSync('.github/CODEOWNERS', 'utf8')).toMatch(/^\* @acme\/[\w-]+$/m);
});
