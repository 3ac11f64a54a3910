/** The commands, their tables, their help and docs/command-line.md say the same. */
import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { all } from '../../src/cli.ts';
import { EXIT_CODES, helpOf } from '../../src/commands/frame/help.ts';
import { readYaml, type ActionFile } from './files.ts';

const PAGE = readFileSync('docs/command-line.md', 'utf8');
const commands = await all();

test('the page lists every command with its summary, in the order of help', () => {
  const [, table = ''] = /\n\| command +\| what it does[^\n]*\n[^\n]*\n((?:\|[^\n]*\n)+)/.exec(PAGE) ?? [];
  const told = table
    .trim()
    .split('\n')
    .map((row) =>
      row
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
  expect(told).toEqual(
    commands.map(({ name, argument, summary }) => [
      `\`${name}${argument === undefined ? '' : ` [${argument}]`}\``,
      summary,
    ]),
  );
});

test('the page has the exit codes of help', () => {
  for (const line of EXIT_CODES) expect(PAGE).toContain(`\n${line}\n`);
});

test.each(commands.map((command) => [command.name, command] as const))(
  'help of %s describes each of its flags',
  async (_name, command) => {
    const lines = await helpOf(command, '.');
    for (const flag of [...Object.keys(command.flags), 'json', 'help']) {
      const at = lines.findIndex((line) => new RegExp(`^ {2}--${flag}( |$)`).test(line));
      expect({ flag, told: lines[at + 1] }).toEqual({ flag, told: expect.stringMatching(/^ {6}\S/) });
    }
  },
);

test.each(['deploy', 'rollback'] as const)('the flags of %s are the inputs of the action', (name) => {
  const command = commands.find((one) => one.name === name);
  const { inputs } = readYaml<ActionFile>(name === 'deploy' ? 'action.yml' : `${name}/action.yml`);
  expect(Object.keys(command?.flags ?? {}).sort()).toEqual(Object.keys(inputs).sort());
});
