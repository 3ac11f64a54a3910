import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { lstat, open, readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Log } from '../../../clients/log.ts';
import type { Shell } from '../../../clients/shell.ts';
import { UserError } from '../../../errors.ts';
import type { CheckedOutSource, ContextFile } from '../../plan/build-identity.ts';
import { buildPaths } from './build-paths.ts';
import { askGit, firstPaths, LEFT_BEHIND, listedPaths } from './git.ts';

/** Paths are those of the inputs: relative to the workspace. */
export interface BuildInputs {
  readonly workspace: string;
  readonly context: string;
  readonly file?: string | undefined;
  readonly target?: string | undefined;
  /** `KEY=value`, or `KEY` for the runner's variable of that name. */
  readonly buildArgs?: readonly string[];
  readonly buildContexts?: readonly string[];
}

export interface ReadTools {
  readonly shell: Shell;
  readonly log: Log;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/**
 * What a build of this checkout depends on besides the commit: the inputs, and the files of the context that the commit does not hold,
 * with their content. Read before the tests, which may leave files behind.
 * @throws UserError `lfs-pointer` when the context holds a pointer where Git LFS has the file; `path-outside-workspace`.
 */
export async function readBuildSource(tools: ReadTools, inputs: BuildInputs): Promise<CheckedOutSource> {
  const { target, buildContexts = [] } = inputs;
  const buildArgs = (inputs.buildArgs ?? []).map((line) => {
    const name = line.trimStart();
    return name.includes('=') ? name : `${name}=${tools.env[name] ?? ''}`;
  });
  const files = await filesOf(tools, inputs);
  return { context: inputs.context, file: inputs.file, target, buildArgs, buildContexts, files };
}

async function filesOf(tools: ReadTools, inputs: BuildInputs): Promise<readonly ContextFile[]> {
  const paths = await buildPaths(inputs).catch((error: unknown) => {
    // Nothing may have to be built: without a checkout, the image in ECR is used.
    if (error instanceof UserError && error.code === 'path-missing') return undefined;
    throw error;
  });
  if (paths === undefined) return [];
  const reaches = await contextFilter(paths.context, paths.file);
  await refusePointers(tools.shell, paths.context, reaches);
  const files = await changedFiles(tools.shell, paths.context, reaches);
  if (files.length > 0)
    tools.log.info(
      `The build's context holds ${files.length} files that the commit does not hold as they are, so they are part of what the image is known by: ${firstPaths(files.map(({ path }) => path))}.`,
    );
  return files;
}

/** What a folder holds otherwise than the commit of its checkout, checkouts below it included. */
async function changedFiles(
  shell: Shell,
  folder: string,
  reaches: (path: string) => boolean,
): Promise<readonly ContextFile[]> {
  const changes = ['diff', '--name-only', '-z', '--no-renames', '--relative', '--ignore-submodules=none'];
  const changed = listedPaths(await askGit(shell, folder, [...changes, 'HEAD']));
  const others = await listFiles(shell, folder, ['--others']);
  const paths = new Set([...changed, ...others].map((path) => path.replace(/\/$/, '')));
  const files: ContextFile[] = [];
  // One by one: a model has gigabytes.
  for (const path of paths) {
    if (LEFT_BEHIND.test(path) || !reaches(path)) continue;
    const content = await contentOf(join(folder, path));
    if (content !== 'folder') {
      files.push({ path, sha256: content });
      continue;
    }
    // Another repository: a submodule, or a second checkout, whose commit is not ours to know.
    const head = await askGit(shell, join(folder, path), ['rev-parse', 'HEAD']);
    const below = await changedFiles(shell, join(folder, path), (inner) => reaches(`${path}/${inner}`));
    files.push({ path, sha256: head?.trim() });
    files.push(...below.map((file) => ({ ...file, path: `${path}/${file.path}` })));
  }
  return files;
}

/** Files of a folder as git lists them, relative to it. @param which options of `git ls-files`, or a path specification after `--`. */
async function listFiles(shell: Shell, folder: string, which: readonly string[]): Promise<readonly string[]> {
  return listedPaths(await askGit(shell, folder, ['ls-files', '-z', ...which]));
}

/** Whether a file reaches the build: by the Dockerfile's own list, which BuildKit prefers, else by the context's. */
export async function contextFilter(context: string, file: string): Promise<(path: string) => boolean> {
  const own = await readFile(`${file}.dockerignore`, 'utf8').catch(() => undefined);
  const rules = own ?? (await readFile(join(context, '.dockerignore'), 'utf8').catch(() => undefined));
  if (rules === undefined) return () => true;
  const { default: dockerignore } = await import('@balena/dockerignore');
  return dockerignore.default().add(rules.replaceAll('\r', '')).createFilter();
}

/** Undefined for what was deleted. */
async function contentOf(path: string): Promise<string | undefined> {
  const found = await lstat(path).catch(() => undefined);
  if (found === undefined) return undefined;
  if (found.isDirectory()) return 'folder';
  const hash = createHash('sha256');
  if (found.isSymbolicLink()) hash.update(await readlink(path));
  else if (found.isFile()) await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}

const POINTER = 'version https://git-lfs.github.com/spec/v1';

/** A pointer that is built into an image is a model of 130 bytes. */
async function refusePointers(
  shell: Shell,
  context: string,
  reaches: (path: string) => boolean,
): Promise<void> {
  const tracked = await listFiles(shell, context, ['--', ':(attr:filter=lfs)']);
  const pointers: string[] = [];
  for (const path of tracked)
    if (reaches(path) && (await isPointer(join(context, path)))) pointers.push(path);
  if (pointers.length === 0) return;
  throw new UserError('lfs-pointer', {
    what: `The build's context holds pointers of Git LFS in place of the files: ${firstPaths(pointers)}.`,
    fix: 'Check out with lfs: true (a line lfs: true in .model-release.yml where the stubs check out), or name them in .dockerignore when the image does not need them.',
  });
}

async function isPointer(file: string): Promise<boolean> {
  const handle = await open(file).catch(() => undefined);
  if (handle === undefined) return false;
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(POINTER.length), 0, POINTER.length, 0);
    return buffer.toString('utf8', 0, bytesRead) === POINTER;
  } finally {
    await handle.close();
  }
}
