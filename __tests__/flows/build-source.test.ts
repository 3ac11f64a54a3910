/** What a build depends on besides the commit, read from a real checkout by the machine's own git. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { realClock } from '../../src/clients/clock.ts';
import { nodeShell } from '../../src/clients/shell.ts';
import { readBuildSource, type BuildInputs } from '../../src/release/steps/image/read-build-source.ts';

let workspace: string;
const lines: string[] = [];

beforeEach(async () => {
  workspace = await mkdtemp(join(tmpdir(), 'model-release-source-'));
  lines.length = 0;
});
afterEach(() => rm(workspace, { recursive: true }));

async function files(content: Readonly<Record<string, string>>): Promise<void> {
  for (const [path, text] of Object.entries(content)) {
    await mkdir(dirname(join(workspace, path)), { recursive: true });
    await writeFile(join(workspace, path), text);
  }
}

function git(...args: string[]): void {
  const settings = ['-c', 'user.name=t', '-c', 'user.email=t@example.com', '-c', 'init.defaultBranch=main'];
  execFileSync('git', [...settings, ...args], { cwd: workspace, stdio: 'ignore' });
}

/** A checkout that holds these files, all of them committed. */
async function checkout(content: Readonly<Record<string, string>>): Promise<void> {
  await files({ Dockerfile: 'FROM scratch\n', ...content });
  git('init');
  git('add', '--force', '.');
  git('commit', '--message', 'first');
}

async function read(more: Partial<BuildInputs> = {}, env: Readonly<Record<string, string>> = {}) {
  const log = (line: string): void => void lines.push(line);
  const shell = nodeShell({ clock: realClock, signal: new AbortController().signal });
  const tools = { shell, log: { info: log, warning: log }, env };
  return readBuildSource(tools, { workspace, context: '.', ...more });
}

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const paths = ({ files: found }: { readonly files: readonly { readonly path: string }[] }) =>
  found.map(({ path }) => path).toSorted();

test('a fresh checkout holds nothing that its commit does not', async () => {
  await checkout({ 'app.py': '1' });
  expect(await read()).toMatchObject({ context: '.', files: [] });
  expect(lines).toEqual([]);
});

test('files that an earlier step made, changed or deleted count with their content', async () => {
  await checkout({ 'app.py': '1', 'gone.py': '1', '.gitignore': '*.bin\n' });
  await files({ 'app.py': '2', 'models/a "model".bin': 'weights' });
  await rm(join(workspace, 'gone.py'));
  const found = await read();
  expect(new Set(found.files)).toEqual(
    new Set([
      { path: 'app.py', sha256: sha256('2') },
      { path: 'models/a "model".bin', sha256: sha256('weights') },
      { path: 'gone.py', sha256: undefined },
    ]),
  );
  expect(lines).toEqual([expect.stringContaining('3 files that the commit does not hold')]);
});

test('what does not reach the build does not count, nor what runs leave behind', async () => {
  await checkout({ '.dockerignore': 'reports\r\n*.csv\n!keep.csv\n' });
  await files({
    'reports/a.html': '1',
    'a.csv': '1',
    'keep.csv': '1',
    '__pycache__/a.cpython-311.pyc': '1',
    '.pytest_cache/v/x': '1',
  });
  expect(paths(await read())).toEqual(['keep.csv']);
});

test('a Dockerfile’s own list of what is left out wins', async () => {
  await checkout({
    '.dockerignore': 'a.bin\n',
    'gpu.Dockerfile': 'FROM scratch\n',
    'gpu.Dockerfile.dockerignore': 'b.bin\n',
  });
  await files({ 'a.bin': '1', 'b.bin': '1' });
  expect(paths(await read({ file: 'gpu.Dockerfile' }))).toEqual(['a.bin']);
});

test('files beside the context do not count', async () => {
  await checkout({ 'a/Dockerfile': 'FROM scratch\n' });
  await files({ 'b/model.bin': '1', 'a/model.bin': '1' });
  expect(paths(await read({ context: 'a' }))).toEqual(['model.bin']);
});

test('without a repository the commit is taken at its word', async () => {
  await files({ Dockerfile: 'FROM scratch\n', 'app.py': '1' });
  expect(await read()).toMatchObject({ files: [] });
});

test('a variable that a build argument names counts with its value', async () => {
  await checkout({});
  const found = await read({ buildArgs: ['A=1', ' MODEL', 'NONE'] }, { MODEL: 'large' });
  expect(found.buildArgs).toEqual(['A=1', 'MODEL=large', 'NONE=']);
});

const POINTER = 'version https://git-lfs.github.com/spec/v1\noid sha256:ab\nsize 1\n';

test('a pointer of Git LFS in the context is named; one that does not reach the build, or is a file, is not', async () => {
  const attributes = { '.gitattributes': '*.bin filter=lfs\n' };
  await checkout({ ...attributes, 'model.bin': POINTER, 'real.bin': 'weights' });
  await expect(read()).rejects.toMatchObject({
    code: 'lfs-pointer',
    message: expect.stringMatching(
      /: model\.bin\. Check out with lfs: true \(a line lfs: true in \.model-release\.yml/,
    ),
  });
  await files({ '.dockerignore': 'model.bin\n' });
  expect(paths(await read())).toEqual(['.dockerignore']);
});
