/** Paths that come from inputs: they lead into the workspace, or nowhere. */
import { realpath } from 'node:fs/promises';
import { isAbsolute, relative, resolve, sep } from 'node:path';
import { UserError } from '../errors.ts';

export interface WorkspacePath {
  /** Absolute path of the workspace (GITHUB_WORKSPACE). */
  readonly workspace: string;
  /** The path as given, relative to the workspace or absolute. */
  readonly path: string;
  /** The input it came from, for messages. */
  readonly input: string;
}

/**
 * The real, absolute path, symbolic links resolved: a link that leads out of the workspace is as wrong as `../..`.
 * @throws UserError `path-missing` or `path-outside-workspace`.
 */
export async function insideWorkspace({ workspace, path, input }: WorkspacePath): Promise<string> {
  const root = await realpath(workspace);
  const real = await realpath(resolve(root, path)).catch((error: NodeJS.ErrnoException) => {
    throw new UserError('path-missing', {
      what: `${input} names ${JSON.stringify(path)}, which ${error.code === 'ENOENT' ? 'does not exist' : `cannot be read (${error.code})`}.`,
      fix: 'Check the path, and that the repository is checked out before this step.',
    });
  });
  const way = relative(root, real);
  if (way === '..' || way.startsWith(`..${sep}`) || isAbsolute(way)) {
    throw new UserError('path-outside-workspace', {
      what: `${input} names ${JSON.stringify(path)}, which leads out of the repository's checkout.`,
      fix: 'Move it into the repository, or copy it there in an earlier step.',
    });
  }
  return real;
}
