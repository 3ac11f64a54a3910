/** Paths that come from inputs: they lie in the workspace, or are refused. */
import { isUtf8 } from 'node:buffer';
import { readFile, realpath, stat } from 'node:fs/promises';
import { isAbsolute, relative, resolve, sep } from 'node:path';
import { UNPRINTABLE, UserError } from '../errors.ts';

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
  const unreadable = (error: NodeJS.ErrnoException) => {
    throw missing(input, path, error);
  };
  const root = await realpath(workspace).catch(unreadable);
  const real = await realpath(resolve(root, path)).catch(unreadable);
  const way = relative(root, real);
  if (way === '..' || way.startsWith(`..${sep}`) || isAbsolute(way)) {
    throw new UserError('path-outside-workspace', {
      what: `${input} names ${shown(path)}, which leads out of the repository's checkout.`,
      fix: 'Move it into the repository, or copy it there in an earlier step.',
    });
  }
  return real;
}

/** Samples and configuration are read whole. Bytes. */
const LARGEST_TEXT = 256 * 1024 * 1024;

/**
 * The text of a file inside the workspace; undefined when there is none and `required` is not set.
 * @throws UserError `path-missing`, `path-outside-workspace`, `file-too-large`, `not-utf8`.
 */
export async function readInside(at: WorkspacePath, required: boolean): Promise<string | undefined> {
  try {
    const file = await insideWorkspace(at);
    const unreadable = (error: NodeJS.ErrnoException) => {
      throw missing(at.input, at.path, error);
    };
    const { size } = await stat(file).catch(unreadable);
    if (size > LARGEST_TEXT) throw tooLarge(at, size);
    const bytes = await readFile(file).catch(unreadable);
    if (!isUtf8(bytes)) throw notUtf8(at, bytes);
    return bytes.toString('utf8');
  } catch (error) {
    const absent = ((error as Error).cause as NodeJS.ErrnoException | undefined)?.code === 'ENOENT';
    if (absent && !required) return undefined;
    throw error;
  }
}

function tooLarge({ input, path }: WorkspacePath, size: number): UserError {
  const mebibytes = (bytes: number) => Math.ceil(bytes / (1024 * 1024));
  return new UserError('file-too-large', {
    what: `${input} names ${shown(path)}, which has ${mebibytes(size)} MiB; at most ${mebibytes(LARGEST_TEXT)} are read.`,
    fix: 'Name a smaller file.',
  });
}

/** Other encodings cannot be told apart, and a letter that is replaced would be sent to the model. */
function notUtf8({ input, path }: WorkspacePath, bytes: Buffer): UserError {
  let line = 1;
  let from = 0;
  for (
    let end = bytes.indexOf(10);
    end >= 0 && isUtf8(bytes.subarray(from, end));
    end = bytes.indexOf(10, from)
  ) {
    line += 1;
    from = end + 1;
  }
  return new UserError('not-utf8', {
    what: `${input} names ${shown(path)}, whose line ${line} is not UTF-8.`,
    fix: 'Save it as UTF-8.',
    places: [{ file: path, line }],
  });
}

function missing(input: string, path: string, error: NodeJS.ErrnoException): UserError {
  const why = error.code === 'ENOENT' ? 'does not exist' : `cannot be read (${error.code})`;
  return new UserError(
    'path-missing',
    {
      what: `${input} names ${shown(path)}, which ${why}.`,
      fix: 'Check the path, and that the repository is checked out before this step.',
    },
    { cause: error },
  );
}

/** Short enough for a message, on one line, and nothing in it that a terminal obeys; its beginning is easily found in the workflow. */
function shown(path: string): string {
  const short = JSON.stringify(path.length > 200 ? `${path.slice(0, 199)}…` : path);
  // JSON leaves some of them as they are.
  return short.replaceAll(UNPRINTABLE, (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
