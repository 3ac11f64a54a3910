import { expect, test } from '@jest/globals';
import { filesToCopy, pathsIn } from '../../../../src/release/plan/test-files.ts';

test.each<[string[], string[]]>([
  [
    ['python3', '-m', 'pytest', 'test'],
    ['python3', 'pytest', 'test'],
  ],
  [
    ['pytest', './tests/unit/test_a.py::test_b[x y]', '--rootdir=ci/'],
    ['pytest', 'tests/unit/test_a.py', 'ci'],
  ],
  [
    ['bash', '-c', 'pytest tests/a | tee log'],
    ['bash', 'pytest', 'tests/a', 'tee', 'log'],
  ],
  [
    ['python', '-m', 'unittest', 'tests.unit.test_a'],
    ['python', 'unittest', 'tests.unit.test_a', 'tests'],
  ],
  [['pytest', '/etc', '../other', '.'], ['pytest']],
])('%j may mean %j', (command, paths) => {
  expect(pathsIn(command)).toEqual(expect.arrayContaining(paths));
  expect(pathsIn(command)).not.toEqual(expect.arrayContaining(['/etc', '../other', '.', '']));
});

test('the folder that a command names is copied, with the configuration above it', () => {
  const files = filesToCopy([{ path: 'checks/unit', isFolder: true }], []);
  expect(files).toEqual(
    expect.arrayContaining([
      'checks/unit',
      'checks/conftest.py',
      'conftest.py',
      'pytest.ini',
      'pyproject.toml',
      'setup.cfg',
      'tox.ini',
    ]),
  );
  expect(files).not.toContain('tests');
  expect(files).not.toContain('__init__.py');
});

test('of a file its folder is copied, and a file at the root alone', () => {
  expect(filesToCopy([{ path: 'tests/test_a.py', isFolder: false }], [])).toContain('tests');
  expect(filesToCopy([{ path: 'test_a.py', isFolder: false }], [])).toContain('test_a.py');
});

test('a command that names no path gets the usual folders, and what is listed comes along', () => {
  const files = filesToCopy([], ['./fixtures/', 'data/row.json']);
  expect(files).toEqual(
    expect.arrayContaining(['tests', 'test', 'fixtures', 'data/row.json', 'conftest.py']),
  );
});

test('data beside the tests comes along', () => {
  expect(filesToCopy([{ path: 'tests', isFolder: true }], [])).toEqual(
    expect.arrayContaining(['fixtures', 'testdata']),
  );
  const deep = filesToCopy([{ path: 'checks/unit', isFolder: true }], []);
  expect(deep).toContain('checks/test_data');
  expect(deep).not.toContain('fixtures');
});
