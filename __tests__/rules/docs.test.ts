import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';

let project: string;

/** A project of its own with one action and its README, so that a stale table can be made without touching ours. */
beforeEach(() => {
  project = mkdtempSync(join(tmpdir(), 'sync-docs-'));
  mkdirSync(join(project, 'scripts'));
  mkdirSync(join(project, 'rollback'));
  for (const script of ['sync-docs.ts', 'section-keys.ts'])
    cpSync(join('scripts', script), join(project, 'scripts', script));
  writeFileSync(join(project, 'package.json'), '{ "type": "module" }');
  for (const folder of ['node_modules', 'src'])
    symlinkSync(join(process.cwd(), folder), join(project, folder));
  writeFileSync(join(project, '.gitignore'), 'node_modules\nsrc\n');
  spawnSync('git', ['init', '-q'], { cwd: project });
  write('rollback/action.yml', [
    'inputs:',
    '  to: { description: "A version | a commit.", default: previous }',
    '  alias: { description: The alias., required: true }',
  ]);
  write('README.md', ['<!-- inputs:rollback/action.yml -->', '<!-- /inputs -->']);
});

afterEach(() => rmSync(project, { recursive: true }));

function write(path: string, lines: string[]): void {
  writeFileSync(join(project, path), `${lines.join('\n')}\n`);
}

function syncDocs(...args: string[]): { status: number | null; stderr: string } {
  const { status, stderr } = spawnSync(process.execPath, ['scripts/sync-docs.ts', ...args], {
    cwd: project,
    encoding: 'utf8',
  });
  return { status, stderr: stderr.trim() };
}

test('tables are written from the action file, and a second run changes nothing', () => {
  expect(syncDocs().status).toBe(0);
  const written = readFileSync(join(project, 'README.md'), 'utf8');
  expect(written).toContain('| `to`    | `previous`   | A version \\| a commit. |');
  expect(written).toContain('| `alias` | **required** | The alias.');
  expect(syncDocs('--check').status).toBe(0);
  expect(syncDocs().status).toBe(0);
  expect(readFileSync(join(project, 'README.md'), 'utf8')).toBe(written);
});

test('--check names the stale README and writes nothing', () => {
  const before = readFileSync(join(project, 'README.md'), 'utf8');
  expect(syncDocs('--check')).toEqual({
    status: 1,
    stderr: 'Not as their sources say: README.md. Run `npm run docs` and commit.',
  });
  expect(readFileSync(join(project, 'README.md'), 'utf8')).toBe(before);
});

test('a default that only the description states is moved to its column', () => {
  write('rollback/action.yml', [
    'inputs:',
    '  to: { description: "Where to. Default: `previous`." }',
    '  alias: { description: The alias. Required. }',
  ]);
  expect(syncDocs().status).toBe(0);
  const written = readFileSync(join(project, 'README.md'), 'utf8');
  expect(written).toMatch(/\| `to` +\| `previous` +\| Where to\. +\|/);
  expect(written).toMatch(/\| `alias` +\| \*\*required\*\* +\| The alias\. +\|/);
});

test('a file is shown whole, and a README that shows an older text is stale', () => {
  write('policy.json', ['{ "Version": "2012-10-17" }']);
  write('README.md', ['<!-- file:policy.json -->', '<!-- /file -->']);
  expect(syncDocs().status).toBe(0);
  expect(readFileSync(join(project, 'README.md'), 'utf8')).toContain(
    '```json\n{ "Version": "2012-10-17" }\n```',
  );
  write('policy.json', ['{ "Version": "2008-10-17" }']);
  expect(syncDocs('--check').status).toBe(1);
});

test('the root action is written a second time under a path, with the same bundle', () => {
  write('action.yml', ['name: Root', 'runs:', '  using: node24', '  main: dist/deploy.js']);
  expect(syncDocs('--check').stderr).toMatch(/deploy\/action\.yml/);
  expect(syncDocs().status).toBe(0);
  const copy = readFileSync(join(project, 'deploy/action.yml'), 'utf8');
  expect(copy).toContain('\n  main: ../dist/deploy.js\n');
});

test('a marker for an action file that does not exist is an error', () => {
  write('README.md', ['<!-- inputs:gone/action.yml -->', '<!-- /inputs -->']);
  expect(syncDocs('--check')).toEqual({
    status: 1,
    stderr: "README.md asks for gone/action.yml, which does not exist. Correct the marker's path.",
  });
});

test('a marker that is never closed is an error', () => {
  write('README.md', ['<!-- inputs:rollback/action.yml -->', 'text']);
  expect(syncDocs('--check').stderr).toMatch(/marker is not closed/);
});

test('the tables of this project match its action files', () => {
  const { status, stderr } = spawnSync(process.execPath, ['scripts/sync-docs.ts', '--check'], {
    encoding: 'utf8',
  });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
});
