/** Arguments → flags: every mistake of a line at once. */
import { expect, test } from '@jest/globals';
import { deployFromTerminal as deploy } from '../../../src/commands/deploy.ts';
import { parseLine } from '../../../src/commands/frame/parse.ts';
import { init } from '../../../src/commands/init.ts';
import type { InvalidInputs } from '../../../src/inputs/fields.ts';

function mistakes(args: readonly string[], command = deploy): readonly string[] {
  try {
    parseLine(command, args);
    return [];
  } catch (error) {
    return (error as InvalidInputs).mistakes;
  }
}

test('flags are texts by name, with a blank or an equals sign before the value', () => {
  const { given, json, help } = parseLine(deploy, [
    ...[
      '--function-name',
      'iris',
      '--alias=live',
      '--dry-run',
      '--force=false',
      '--reason=',
      '--json',
    ].filter((arg) => arg !== '--reason='),
    ...['--build-args', 'A=1', '--build-args=B=--2'],
  ]);
  expect({ ...Object.fromEntries(given), json, help }).toEqual({
    ...{ 'function-name': 'iris', alias: 'live', 'dry-run': 'true', force: 'false' },
    ...{ 'build-args': 'A=1\nB=--2', json: true, help: false },
  });
});

test('every mistake is told at once', () => {
  const args = [
    '--funtion-name',
    'iris',
    '--alias',
    '--force',
    '--timeout=',
    '--dry-run',
    'true',
    'stray',
    '-x',
  ];
  expect(mistakes(args)).toEqual([
    '"--funtion-name" is not a flag of deploy; did you mean --function-name?',
    '--alias has no value; write --alias=VALUE',
    '--timeout has an empty value; leave it out, or give one',
    '"true" stands alone after --dry-run; write --dry-run=true',
    '"stray" is no flag; a flag begins with --',
    '"-x" is not a flag of deploy; see deploy --help',
  ]);
});

test.each([
  [['--alias', 'a', '--alias', 'b'], ['--alias is given twice']],
  [['--constructor', 'x'], ['"--constructor" is not a flag of deploy; see deploy --help']],
  [['--', '--alias'], ['"--alias" is no flag; a flag begins with --']],
  [['--function-name'], ['--function-name has no value; write --function-name=VALUE']],
])('%j', (args, expected) => expect(mistakes(args)).toEqual(expected));

test('a command with an argument takes one', () => {
  expect(parseLine(init, ['folder', '--name=iris']).argument).toBe('folder');
  expect(mistakes(['one', 'two'], init)).toEqual(['"two" is no flag; a flag begins with --']);
});

test('whoever asks for help gets it, whatever else is wrong', () => {
  expect(parseLine(deploy, ['--nonsense', '-h']).help).toBe(true);
});
