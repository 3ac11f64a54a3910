import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { withDefaultBranch } from '../../src/fleet/plan/default-branch.ts';
import { withSource } from '../../src/fleet/plan/project-source.ts';
import { missingStructure, STANDARD_STRUCTURE } from '../../src/fleet/plan/structure.ts';
import { readSources } from '../../src/inputs/config/sources.ts';
import { readDeployInputs } from '../../src/inputs/deploy-inputs.ts';
import { readServices } from '../../src/inputs/services.ts';
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
      'tests/samples.jsonl': '',
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
    'tests/samples.jsonl',
    CI_PATH,
    ROLLBACK_PATH,
    '.model-release.yml',
  ]);
  expect(run.summary).toContain(
    'repos/tools/release/contents/template/tests/unit_tests/test_model.py?ref=v1.2',
  );
  expect(run.summary).toContain(String.raw`-e 's|\$default-branch|master|'`);
});

/** Every file that the commands may write. */
const SUPPLIED = STANDARD_STRUCTURE.flatMap(({ files }) => files);

test('each command, run in a checkout, adds exactly what it names; after all of them nothing is missing', () => {
  const checkout = folder();
  for (const { entry, command } of missingStructure(new Map(), { source, branch })) {
    const before = presentIn(checkout);
    shell(command, checkout);
    expect([...presentIn(checkout).keys()].filter((path) => !before.has(path))).toEqual([entry.path]);
    for (const file of entry.files) {
      const shipped = readFileSync(join(root, file.source));
      const isStub = file.source.startsWith('workflows/');
      const wanted = isStub ? withDefaultBranch(withSource(shipped, source), branch) : shipped;
      expect([file.target, readFileSync(join(checkout, file.target), 'utf8')]).toEqual([
        file.target,
        Buffer.from(wanted).toString(),
      ]);
    }
  }
  expect(missingStructure(presentIn(checkout), { source, branch })).toEqual([]);
  const there = filesIn(checkout);
  expect(there).toEqual([...new Set(SUPPLIED.map(({ target }) => target))].sort());
});

test('a bare repository has, after the commands, all that a release needs', async () => {
  const checkout = folder();
  for (const { command } of missingStructure(new Map(), { source, branch })) shell(command, checkout);
  // All of the template but its README.
  const template = filesIn(join(root, 'template')).filter((path) => path !== 'README.md');
  expect(filesIn(checkout)).toEqual(expect.arrayContaining(template));

  const config = readFileSync(join(checkout, '.model-release.yml'), 'utf8');
  const sources = await readSources({ text: () => undefined }, () => Promise.resolve(config), 'deploy');
  const [{ inputs }] = readServices(sources, readDeployInputs);
  for (const [program = 'false', ...words] of [inputs.unitTests, inputs.integrationTests].map(
    (one) => one ?? [],
  ))
    execFileSync(program, words, { cwd: checkout, stdio: 'pipe', env: QUIET });
  const dockerfile = readFileSync(join(checkout, 'Dockerfile'), 'utf8');
  for (const [, copied = ''] of dockerfile.matchAll(/^COPY (\S+) /gm))
    expect([copied, existsSync(join(checkout, copied))]).toEqual([copied, true]);
  const samples = readFileSync(join(checkout, inputs.samples), 'utf8').trim().split('\n');
  for (const line of samples) {
    const { input, expected } = JSON.parse(line) as { input: unknown; expected: unknown };
    const asked = `import json; from lambda_function import lambda_handler as ask; print(json.dumps(ask(json.loads(${JSON.stringify(JSON.stringify(input))}), None)))`;
    const answer = execFileSync('python3', ['-c', asked], { cwd: checkout, env: QUIET });
    expect(JSON.parse(answer.toString())).toEqual(expected);
  }
});

/** Python leaves its caches beside the files otherwise. */
const QUIET = { ...process.env, PYTHONDONTWRITEBYTECODE: '1' };

function filesIn(root: string): readonly string[] {
  return readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.parentPath.includes('__pycache__'))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))
    .sort();
}

test('a command leaves a file of yours as it is, and nothing behind when it cannot fetch', () => {
  const checkout = folder();
  for (const { target } of SUPPLIED) {
    mkdirSync(join(checkout, target, '..'), { recursive: true });
    writeFileSync(join(checkout, target), 'mine\n');
  }
  for (const { command } of missingStructure(new Map(), { source, branch })) shell(command, checkout);
  for (const { target } of SUPPLIED)
    expect([target, readFileSync(join(checkout, target), 'utf8')]).toEqual([target, 'mine\n']);

  const empty = folder();
  for (const { command } of missingStructure(new Map(), { source, branch }))
    expect(() => shell(command, empty, join(root, 'nowhere'))).toThrow('Not Found');
  expect(filesIn(empty)).toEqual([]);
});
