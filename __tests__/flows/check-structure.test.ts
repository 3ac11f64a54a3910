import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { withDefaultBranch } from '../../src/fleet/plan/default-branch.ts';
import { withSource } from '../../src/fleet/plan/project-source.ts';
import { missingStructure, STANDARD_STRUCTURE } from '../../src/fleet/plan/structure.ts';
import {
  attachWorld,
  CI,
  CI_PATH,
  model,
  outcomes,
  ROLLBACK,
  ROLLBACK_PATH,
  runAttach,
} from '../harness/attach-world.ts';

const root = join(import.meta.dirname, '../..');
const source = { repository: 'acme/releases', ref: 'v1.4.2' };
/** A branch whose name means something to sed, to the shell, to YAML and to GitHub's patterns. */
const branch = "it's/a|b&c++";
const folders: string[] = [];

afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true });
});

function folder(): string {
  folders.push(mkdtempSync(join(tmpdir(), 'check-structure-')));
  return folders.at(-1) ?? '';
}

/** What a checkout has of the standard structure. */
function presentIn(checkout: string): ReadonlyMap<string, 'file' | 'folder'> {
  const paths = STANDARD_STRUCTURE.map(({ path }) => path).filter((path) => existsSync(join(checkout, path)));
  return new Map(
    paths.map((path) => [path, statSync(join(checkout, path)).isDirectory() ? 'folder' : 'file'] as const),
  );
}

/**
 * A `gh` that answers the one request that the commands may make, with this project's files; `gh` itself needs an account. Any
 * other call fails as gh does: a body on stdout, a sentence on stderr, exit 1.
 */
function ghOf(project: string): string {
  const bin = folder();
  const gh = [
    '#!/bin/sh',
    `prefix='repos/${source.repository}/contents/'; suffix='?ref=${source.ref}'`,
    `path=\${4#"$prefix"}; path=\${path%"$suffix"}`,
    `if [ "$1 $2 $3" = "api -H Accept: application/vnd.github.raw+json" ] && [ "$4" = "$prefix$path$suffix" ]; then`,
    `  [ -f "${project}/$path" ] && exec cat "${project}/$path"`,
    'fi',
    `echo '{"message":"Not Found"}'; echo "gh: Not Found (HTTP 404)" >&2; exit 1`,
  ];
  writeFileSync(join(bin, 'gh'), `${gh.join('\n')}\n`, { mode: 0o755 });
  return bin;
}

function shell(command: string, checkout: string, project = root): void {
  const env = { ...process.env, PATH: `${ghOf(project)}:${process.env['PATH']}` };
  execFileSync('sh', ['-c', command], { cwd: checkout, env, stdio: ['ignore', 'ignore', 'pipe'] });
}

test('check-structure names what a repository lacks, with the command that adds it', async () => {
  const world = attachWorld();
  model(world, 'bare', { defaultBranch: 'master' });
  model(world, 'whole', {
    files: {
      Dockerfile: '',
      'lambda_function.py': '',
      'model_code/__init__.py': '',
      'tests/unit_tests/test_a.py': '',
      'tests/integration_tests/test_b.py': '',
      '.model-release.yml': '',
      [CI_PATH]: CI,
      [ROLLBACK_PATH]: ROLLBACK,
    },
  });
  const run = await runAttach(world, { inputs: { mode: 'check-structure' } });
  expect([outcomes(run.report), run.code]).toEqual([
    { bare: 'incomplete', whole: 'complete' },
    'attach-drift',
  ]);
  const missing = run.report?.rows.find(({ name }) => name === 'acme/bare')?.missing ?? [];
  expect(missing.map(({ entry }) => entry.path)).toEqual([
    'model_code',
    'tests/unit_tests',
    'tests/integration_tests',
    CI_PATH,
    ROLLBACK_PATH,
    '.model-release.yml',
  ]);
  expect(run.summary).toContain(
    'repos/tools/release/contents/template/tests/unit_tests/test_model.py?ref=v1.2',
  );
  expect(run.summary).toContain(String.raw`-e 's|\$default-branch|master|'`);
});

test('each command, run in a checkout, adds exactly what it names; after all of them nothing is missing', () => {
  const checkout = folder();
  for (const { entry, command } of missingStructure(new Map(), { source, branch })) {
    const before = presentIn(checkout);
    shell(command, checkout);
    expect([...presentIn(checkout).keys()].filter((path) => !before.has(path))).toEqual([entry.path]);
    const shipped = readFileSync(join(root, entry.source));
    const wanted = withDefaultBranch(withSource(shipped, source), branch);
    expect(readFileSync(join(checkout, entry.target), 'utf8')).toBe(Buffer.from(wanted).toString());
  }
  expect(missingStructure(presentIn(checkout), { source, branch })).toEqual([]);
});

test('a command leaves a file of yours as it is, and nothing behind when it cannot fetch', () => {
  const checkout = folder();
  mkdirSync(join(checkout, '.github/workflows'), { recursive: true });
  for (const { target } of STANDARD_STRUCTURE) {
    mkdirSync(join(checkout, target, '..'), { recursive: true });
    writeFileSync(join(checkout, target), 'mine\n');
  }
  for (const { command } of missingStructure(new Map(), { source, branch })) shell(command, checkout);
  for (const { target } of STANDARD_STRUCTURE)
    expect([target, readFileSync(join(checkout, target), 'utf8')]).toEqual([target, 'mine\n']);

  const empty = folder();
  for (const { entry, command } of missingStructure(new Map(), { source, branch })) {
    expect(() => shell(command, empty, join(root, 'nowhere'))).toThrow('Not Found');
    expect([entry.target, existsSync(join(empty, entry.target))]).toEqual([entry.target, false]);
  }
});
