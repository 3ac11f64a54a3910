import { readdir, readFile, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '../../errors.ts';
import type { Wanted, WantedFile } from '../plan/wanted.ts';
import type { ProjectSource } from '../../inputs/attach-inputs.ts';
import { withSource } from '../plan/project-source.ts';
import { wantedContent, wantedFile } from '../plan/wanted.ts';

/** Blob ids of versions shipped before, by file name; lies beside the files and is not copied itself. */
const EARLIER = 'earlier-versions.json';
/** GitHub refuses larger blobs in one commit mutation, and a workflow is never that long. */
const FILE_LIMIT_BYTES = 1_000_000;

/**
 * Reads the files that repositories shall hold: every workflow of a folder, to be put into another one. Files that only the
 * organization's template picker reads (`*.properties.json`, icons) stay behind. Where a workflow calls this project, it gets
 * `source`: what is compared and written is what repositories really hold.
 * @throws UserError when the folder is missing, empty, or leads out of itself.
 */
export async function readWantedFiles(
  folder: string,
  { target, source }: { readonly target: string; readonly source: ProjectSource },
): Promise<Wanted> {
  const names = await workflowNames(folder);
  const earlier = await earlierVersions(join(folder, EARLIER));
  const root = await realpath(folder);
  const files: WantedFile[] = [];
  for (const name of names) {
    const path = await realpath(join(root, name));
    if (path !== join(root, name)) throw badFolder(`${name} in ${folder} is a symbolic link`);
    const { size } = await stat(path);
    if (size > FILE_LIMIT_BYTES) throw badFolder(`${name} in ${folder} has ${size} bytes`);
    const bytes = withSource(await readFile(path), source);
    files.push(wantedFile(`${target}/${name}`, bytes, earlier[name] ?? []));
  }
  return wantedContent(files);
}

async function workflowNames(folder: string): Promise<string[]> {
  try {
    const names = (await readdir(folder)).filter((name) => /\.ya?ml$/.test(name)).sort();
    if (names.length > 0) return names;
  } catch {
    throw badFolder(`There is no folder ${folder}`);
  }
  throw badFolder(`The folder ${folder} holds no workflow (*.yml)`);
}

async function earlierVersions(path: string): Promise<Readonly<Record<string, readonly string[]>>> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch {
    return {};
  }
  try {
    const parsed: unknown = JSON.parse(text);
    if (isVersionTable(parsed)) return parsed;
  } catch {
    // Says the same as a wrong shape.
  }
  throw badFolder(`${path} is not {"FILE": ["BLOB ID", …]}`);
}

function isVersionTable(value: unknown): value is Readonly<Record<string, readonly string[]>> {
  return (
    typeof value === 'object' &&
    value !== null &&
    Object.values(value).every((ids) => Array.isArray(ids) && ids.every((id) => typeof id === 'string'))
  );
}

function badFolder(what: string): UserError {
  return new UserError('attach-files', {
    what: `${what}.`,
    fix: 'Give the input files a folder with the workflows that repositories shall receive.',
  });
}
