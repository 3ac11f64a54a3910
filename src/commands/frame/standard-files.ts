/** The files of a new model repository: the template with its names filled in, and its workflows. */
import { lstat, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { UserError } from '../../errors.ts';
import { withDefaultBranch } from '../../fleet/plan/default-branch.ts';
import { withSource } from '../../fleet/plan/project-source.ts';
import type { ProjectSource } from '../../inputs/attach-inputs.ts';

export interface Names {
  /** Of the function and of its image repository. */
  readonly name: string;
  /** Where this project is kept. */
  readonly source: ProjectSource;
  readonly workflow: 'stubs' | 'simple';
  /** Whose pushes release. */
  readonly branch: string;
}

/** Path → content. */
type Files = ReadonlyMap<string, Uint8Array>;

/** @param home the folder of this project. */
export async function standardFiles(home: string, names: Names): Promise<Files> {
  const folder = join(home, 'template');
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries
    .filter((entry) => entry.isFile() && !/\.py[co]$/.test(entry.name))
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).replaceAll('\\', '/'))
    .sort();
  const files = new Map<string, Uint8Array>();
  for (const path of paths) files.set(path, await readFile(join(folder, path)));
  const configuration = files.get('.model-release.yml');
  if (configuration !== undefined) files.set('.model-release.yml', named(configuration, names));
  for (const [target, source] of workflowsOf(names))
    files.set(target, workflow(await readFile(join(home, source)), names));
  return files;
}

function workflowsOf({ workflow: kind }: Names): readonly (readonly [target: string, source: string])[] {
  return [
    [
      '.github/workflows/ci_cd.yml',
      kind === 'simple' ? 'examples/workflows/release.yml' : 'workflows/ci_cd.yml',
    ],
    ['.github/workflows/rollback.yml', 'workflows/rollback.yml'],
  ];
}

/** The first release creates the function, with the role that `setup` makes. */
function named(configuration: Uint8Array, { name, source }: Names): Uint8Array {
  const text = Buffer.from(configuration)
    .toString()
    .replaceAll('my-model', name)
    .replace(/^# (create: true)$/m, '$1')
    .replace(/^# role: .*$/m, `role: ${name}-execution`);
  return withSource(Buffer.from(text), source);
}

/** The one example of a workflow lists its branch by the usual name. */
function workflow(content: Uint8Array, { source, branch }: Names): Uint8Array {
  const text = Buffer.from(content)
    .toString()
    .replaceAll(/(?<=uses: )acme\/model-release(?=[@/])/g, 'OWNER/model-release')
    .replace(/(?<=branches: \[)main(?=\])/, '$default-branch');
  return withDefaultBranch(withSource(Buffer.from(text), source), branch);
}

export interface Written {
  readonly written: readonly string[];
  /** They were there, and are as they were. */
  readonly kept: readonly string[];
}

/**
 * Writes the files that are not there: all of them or none.
 * @throws UserError `not-a-folder` when a file stands where a folder has to be, `not-written` when the disk refuses one.
 */
export async function writeMissing(folder: string, files: Files): Promise<Written> {
  const kept: string[] = [];
  for (const path of files.keys()) {
    for (const above of [folder, ...foldersOf(path).map((part) => join(folder, part))]) {
      const found = await stat(above).catch(() => undefined);
      if (found !== undefined && !found.isDirectory())
        throw new UserError('not-a-folder', {
          what: `${relative(folder, above) || folder} is a file, and has to be a folder.`,
          fix: 'Move it away, or name another folder; nothing was written.',
        });
    }
    if ((await lstat(join(folder, path)).catch(() => undefined)) !== undefined) kept.push(path);
  }
  const missing = [...files].filter(([path]) => !kept.includes(path));
  const made: string[] = [];
  try {
    for (const [path, content] of missing) {
      const first = await mkdir(dirname(join(folder, path)), { recursive: true });
      if (first !== undefined) made.push(first);
      // Never over a file that came meanwhile.
      await writeFile(join(folder, path), content, { flag: 'wx' });
      made.push(join(folder, path));
    }
  } catch (error) {
    for (const path of made.toReversed()) await rm(path, { recursive: true, force: true });
    throw new UserError('not-written', {
      what: `The files could not be written: ${(error as Error).message}.`,
      fix: 'Nothing was left behind. Free space, or see to the permissions of the folder, then run this again.',
    });
  }
  return { written: missing.map(([path]) => path), kept };
}

/** `a/b/c.txt` → `a`, `a/b`. */
function foldersOf(path: string): readonly string[] {
  const parts = path.split('/').slice(0, -1);
  return parts.map((_, index) => parts.slice(0, index + 1).join('/'));
}
