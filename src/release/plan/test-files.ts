/** Which files of the repository the tests in the image need beside the image itself. */

/** Where the command names no path: where tests usually are. */
const USUAL_FOLDERS = ['tests', 'test'];
/** Data of tests, beside their folder. */
const DATA_FOLDERS = ['fixtures', 'testdata', 'test_data', 'test-data'];
/** What configures the tests of a folder, in it or in a folder above it. */
const CONFIGURATION = ['conftest.py', 'pytest.ini', 'pyproject.toml', 'setup.cfg', 'tox.ini', '__init__.py'];

/**
 * The paths that a command may mean, relative to the working directory; whether they exist is for the caller to see. Also inside
 * `bash -c '…'`, behind `--option=`, with `::test_name` after it, and as a Python module.
 */
export function pathsIn(command: readonly string[]): readonly string[] {
  const words = command.flatMap((word) => word.split(/[\s;|&()"'`<>]+/));
  const values = words.map((word) => (word.startsWith('-') ? word.slice(word.indexOf('=') + 1) : word));
  const paths = values.flatMap((value) => {
    const path = value.split('::', 1)[0] ?? '';
    const module = /^(\w+)(?:\.\w+)+$/.exec(path)?.[1];
    return module === undefined ? [path] : [path, module];
  });
  return [...new Set(paths.map(normalised))].filter((path) => path !== '');
}

/** Without `./` and a slash at the end; empty for what is no path below the working directory. */
function normalised(path: string): string {
  const parts = path.split('/').filter((part) => part !== '.' && part !== '');
  const isOutside = path.startsWith('/') || path.startsWith('-') || parts.includes('..');
  return isOutside ? '' : parts.join('/');
}

export interface NamedPath {
  readonly path: string;
  readonly isFolder: boolean;
}

/**
 * What is copied for the paths that exist: the folders that the command names (of a file, the folder that it lies in, where its data
 * and helpers are), or the usual ones where it names none, each with the configuration above it and the data folders beside it, and what
 * `listed` adds.
 */
export function filesToCopy(named: readonly NamedPath[], listed: readonly string[]): readonly string[] {
  const folders = named.map(({ path, isFolder }) => (isFolder ? path : (parentOf(path) ?? path)));
  const ofTests = folders.length > 0 ? folders : USUAL_FOLDERS;
  const data = ofTests.flatMap((path) => DATA_FOLDERS.map((name) => joined(parentOf(path), name)));
  const copied = [...ofTests, ...data, ...listed.map(normalised)];
  const above = copied.flatMap((path) => ancestors(path));
  const configuration = ['', ...above].flatMap((folder) => CONFIGURATION.map((name) => joined(folder, name)));
  // A package at the root of the repository is the image's business.
  return [...new Set([...configuration, ...copied])].filter((path) => path !== '' && path !== '__init__.py');
}

function joined(folder: string | undefined, name: string): string {
  return folder === undefined || folder === '' ? name : `${folder}/${name}`;
}

function parentOf(path: string): string | undefined {
  const slash = path.lastIndexOf('/');
  return slash < 0 ? undefined : path.slice(0, slash);
}

function ancestors(path: string): readonly string[] {
  const parent = parentOf(path);
  return parent === undefined ? [] : [...ancestors(parent), parent];
}
