import { describe, expect, test } from '@jest/globals';
import fc from '../../harness/property.ts';
import { spawnSync } from 'node:child_process';
import { commandLine, splitCommand } from '../../../src/inputs/command-line.ts';
import { readInputs } from '../../../src/inputs/fields.ts';

describe('a command becomes its arguments', () => {
  test.each<[string, string[]]>([
    ['python -m pytest tests/unit_tests', ['python', '-m', 'pytest', 'tests/unit_tests']],
    ['pytest -k "not slow"  -q', ['pytest', '-k', 'not slow', '-q']],
    ["pytest -k 'a or b'", ['pytest', '-k', 'a or b']],
    ['pytest test_a.py::test_b[x-1]', ['pytest', 'test_a.py::test_b[x-1]']],
    ["bash -c 'make test | tee log; exit $?'", ['bash', '-c', 'make test | tee log; exit $?']],
    ["bash -c 'cd model\nmake test'", ['bash', '-c', 'cd model\nmake test']],
    ['a\\ b c\\"d', ['a b', 'c"d']],
    [`x a"b"'c'd`, ['x', 'abcd']],
    [`x "" ''`, ['x', '', '']],
    ['x "a\\"b\\\\c\\$d\\`e\\nf"', ['x', 'a"b\\c$d`e\\nf']],
    ['x \\; \\| \\*', ['x', ';', '|', '*']],
    ['pytest \\\n  tests \\\r\n  -q', ['pytest', 'tests', '-q']],
    ['a\\\nb', ['ab']],
    ['\tx\ty ', ['x', 'y']],
    ['x a=b', ['x', 'a=b']],
    ['x a#b a~', ['x', 'a#b', 'a~']],
    ['python -m pytest tests/ünït 🌸', ['python', '-m', 'pytest', 'tests/ünït', '🌸']],
  ])('%j', (text, argv) => {
    expect(splitCommand(text)).toEqual({ value: argv });
  });
});

describe('what only a shell could do is refused', () => {
  test.each([
    'pytest | tee log',
    'pytest; rm x',
    'pytest && true',
    'pytest > log',
    'pytest < in',
    'pytest $HOME',
    'pytest "$HOME"',
    'pytest `id`',
    'pytest "`id`"',
    'pytest $(id)',
    '(pytest)',
    'pytest tests/*.py',
    'pytest test_?.py',
    'pytest ~/tests',
    'pytest # all of them',
    'pytest a\npytest b',
  ])('%j', (text) => {
    expect(splitCommand(text)).toEqual({ mistake: expect.stringContaining("bash -c '…'") });
  });

  test.each([
    ['PYTHONPATH=. pytest', 'env PYTHONPATH=.'],
    ['pytest "a', 'never closed'],
    ["pytest 'a", 'never closed'],
    ['pytest \\', 'escapes nothing'],
    ['', 'no program'],
    [' \t', 'no program'],
    ["''", 'no program'],
    ['py\u0000test', 'control characters'],
    ['pytest\rls', 'control characters'],
    ['py\u001btest', 'control characters'],
  ])('%j', (text, words) => {
    expect(splitCommand(text)).toEqual({ mistake: expect.stringContaining(words) });
  });
});

const argument = fc
  .string({ unit: 'grapheme' })
  .filter((text) => !/[\u0000-\u0008\u000b-\u001f\u007f]/.test(text)); // eslint-disable-line no-control-regex
const single = (word: string) => `'${word.replaceAll("'", `'\\''`)}'`;

test('any arguments in single quotes arrive exactly', () => {
  fc.assert(
    fc.property(fc.array(argument, { maxLength: 5 }), (args) => {
      const text = ['program', ...args.map(single)].join(' ');
      expect(splitCommand(text)).toEqual({ value: ['program', ...args] });
    }),
  );
});

test('whatever is not refused, a real shell splits into the same words', () => {
  const pieces = fc.constantFrom(...`ab'"\\ \t\n-=[]!{},:@%^+/.é`);
  const texts = fc.array(pieces, { maxLength: 14 }).map((parts) => parts.join(''));
  const accepted: { text: string; argv: readonly string[] }[] = [];
  fc.assert(
    fc.property(texts, (tail) => {
      const text = `printf ${tail}`;
      const parsed = splitCommand(text);
      if ('value' in parsed) accepted.push({ text, argv: parsed.value });
    }),
    { numRuns: 600 },
  );
  expect(accepted.length).toBeGreaterThan(50);
  // One shell for all: a function called printf prints its arguments, each ended by NUL, then an empty record separator.
  const script = accepted.map(({ text }) => `${text}\nend`).join('\n');
  const shell = `printf() { for word in "$@"; do command printf '%s\\0' "$word"; done; }; end() { command printf '\\036\\0'; }\n${script}\n`;
  const { stdout, status } = spawnSync('sh', ['-s'], { input: shell, encoding: 'utf8' });
  expect(status).toBe(0);
  const seen = stdout
    .split('\u001e\0')
    .slice(0, -1)
    .map((words) => words.split('\0').slice(0, -1));
  expect(seen).toEqual(accepted.map(({ argv }) => argv.slice(1)));
});

test('as an input: absent, given, wrong', () => {
  const table = { 'unit-tests': commandLine({}), 'smoke-command': commandLine({ fallback: 'pytest -q' }) };
  expect(readInputs(table, { text: () => undefined })).toEqual({
    unitTests: undefined,
    smokeCommand: ['pytest', '-q'],
  });
  expect(() => readInputs(table, { text: () => 'a | b' })).toThrow(
    /unit-tests has an unquoted or expanding \|/,
  );
});
