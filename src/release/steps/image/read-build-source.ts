import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Log } from '../../../clients/log.ts';
import type { Shell } from '../../../clients/shell.ts';
import { UserError } from '../../../errors.ts';
import type { BuildSource, ContextFile } from '../../plan/build-identity.ts';
import type { Architecture } from '../../../types.ts';
import { buildPaths } from './build-paths.ts';

/** Paths are those of the inputs: relative to the workspace. */
export interface BuildInputs {
  readonly workspace: string;
  readonly context: string;
  readonly file?: string | undefined;
  readonly target?: string | undefined;
  /** `KEY=value`, or `KEY` for the runner's variable of that name. */
  readonly buildArgs?: readonly string[];
  readonly buildContexts?: readonly string[];
  readonly architecture: Architecture;
}

export interface ReadTools {
  readonly shell: Shell;
  readonly log: Log;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/**
 * What a build of this checkout depends on besides the commit: the inputs, and the files of the context that the commit does not hold,
 * with their content. Read before the tests, which may leave files behind.
 * @throws UserError `lfs-pointer` when the context holds a pointer where Git LFS has the file; `path-missing`, `path-outside-workspace`.
 */
export async function readBuildSource(tools: ReadTools, inputs: BuildInputs): Promise<BuildSource> {
  const { context, file } = await buildPaths(inputs);
  const reaches = await contextFilter(context, file);
  await refusePointers(tools.shell, context, reaches);
  const changed = (await listFiles(tools.shell, context, ['--others', '--modified'])) ?? [];
  const paths = [...new Set(changed)].filter((path) => !LEFT_BEHIND.test(path) && reaches(path));
  const files: ContextFile[] = [];
  // One by one: a model has gigabytes.
  for (const path of paths) files.push(...(await hashed(context, path)));
  if (files.length > 0)
    tools.log.info(
      `The build's context holds ${files.length} files that the commit does not hold as they are.`,
    );
  const { target, buildContexts = [], architecture } = inputs;
  const buildArgs = (inputs.buildArgs ?? []).map((line) => {
    const name = line.trimStart();
    return name.includes('=') ? name : `${name}=${tools.env[name] ?? ''}`;
  });
  return {
    context: inputs.context,
    file: inputs.file,
    target,
    buildArgs,
    buildContexts,
    architecture,
    files,
  };
}

/** What earlier steps of a job leave behind and no model depends on; it differs from run to run. */
const LEFT_BEHIND =
  /(?:^|\/)(?:__pycache__|\.pytest_cache|\.mypy_cache|\.ruff_cache|\.git)(?:\/|$)|\.py[co]$/;

/**
 * Files of a folder as git lists them, relative to it; undefined where there is no repository, or no git.
 * @param which options of `git ls-files`, or a path specification after `--`.
 */
async function listFiles(
  shell: Shell,
  folder: string,
  which: readonly string[],
): Promise<readonly string[] | undefined> {
  // A checkout that another user made, as in a container job, is read all the same; nothing that its settings name is run.
  const settings = ['-c', 'safe.directory=*', '-c', 'core.fsmonitor=false'];
  const args = [...settings, 'ls-files', '-z', ...which];
  try {
    const { exitCode, stdout } = await shell.ask({ file: 'git', args, cwd: folder, writes: undefined });
    return exitCode === 0 ? stdout.split('\0').filter((path) => path !== '') : undefined;
  } catch (error) {
    if (error instanceof UserError && error.code === 'program-missing') return undefined;
    throw error;
  }
}

/** Whether a file reaches the build: by the Dockerfile's own list, which BuildKit prefers, else by the context's. */
async function contextFilter(context: string, file: string): Promise<(path: string) => boolean> {
  const own = await readFile(`${file}.dockerignore`, 'utf8').catch(() => undefined);
  const rules = own ?? (await readFile(join(context, '.dockerignore'), 'utf8').catch(() => undefined));
  if (rules === undefined) return () => true;
  const { default: dockerignore } = await import('@balena/dockerignore');
  return dockerignore.default().add(rules.replaceAll('\r', '')).createFilter();
}

/** A folder is another repository, whose commit is its own affair. */
async function hashed(context: string, path: string): Promise<readonly ContextFile[]> {
  const found = await stat(join(context, path)).catch(() => undefined);
  if (found === undefined) return [{ path, sha256: undefined }];
  if (!found.isFile()) return [];
  const hash = createHash('sha256');
  await pipeline(createReadStream(join(context, path)), hash);
  return [{ path, sha256: hash.digest('hex') }];
}

const POINTER = 'version https://git-lfs.github.com/spec/v1';
const POINTERS_SHOWN = 5;

/** A pointer that is built into an image is a model of 130 bytes. */
async function refusePointers(
  shell: Shell,
  context: string,
  reaches: (path: string) => boolean,
): Promise<void> {
  const tracked = (await listFiles(shell, context, ['--', ':(attr:filter=lfs)'])) ?? [];
  const pointers: string[] = [];
  for (const path of tracked)
    if (reaches(path) && (await isPointer(join(context, path)))) pointers.push(path);
  if (pointers.length === 0) return;
  const more = pointers.length > POINTERS_SHOWN ? ` and ${pointers.length - POINTERS_SHOWN} more` : '';
  throw new UserError('lfs-pointer', {
    what: `The build's context holds pointers of Git LFS in place of the files: ${pointers.slice(0, POINTERS_SHOWN).join(', ')}${more}.`,
    fix: 'Check out with lfs: true, or name them in .dockerignore when the image does not need them.',
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
