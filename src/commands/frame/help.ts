/** What `--help` prints: made from the tables that the flags are read by, and from what action.yml says of the inputs. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Field, Shape } from '../../inputs/fields.ts';
import type { Command } from '../command.ts';
import { COMMON_FLAGS, COMMON_SAYS } from './parse.ts';

export const PROGRAM = 'model-release';

/** Ends every help: what a script relies on. */
export const EXIT_CODES = [
  '0  done, or nothing to do',
  '1  the run failed, or what became of it is not known',
  '2  the command line, the configuration or an input is wrong, or check found problems; nothing was called',
] as const;

const DOCS = 'docs/command-line.md tells more.';

/** The list of commands. */
export function overview(commands: readonly Command[]): readonly string[] {
  const width = Math.max(...commands.map(({ name }) => name.length));
  return [
    `Usage: ${PROGRAM} COMMAND [FLAGS]`,
    '',
    'Commands:',
    ...commands.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`),
    '',
    `${PROGRAM} COMMAND --help lists the flags of a command.`,
    '',
    ...exitCodes(),
  ];
}

/** The help of one command. `home` is the folder of this project. */
export async function helpOf(command: Command, home: string): Promise<readonly string[]> {
  const inputs = await inputTexts(home);
  const { name, summary, argument, flags, says } = command;
  const own = Object.entries(flags).flatMap(([flag, field]) =>
    entry(flag, field, says[flag] ?? inputs.get(flag) ?? ''),
  );
  const common = Object.entries(COMMON_FLAGS).flatMap(([flag, field]) =>
    entry(flag, field, COMMON_SAYS[flag as keyof typeof COMMON_SAYS]),
  );
  return [
    `Usage: ${PROGRAM} ${name}${argument === undefined ? '' : ` [${argument}]`} [FLAGS]`,
    '',
    summary,
    '',
    'Flags:',
    ...own,
    ...common,
    '',
    ...exitCodes(),
  ];
}

function exitCodes(): readonly string[] {
  return ['Exit codes:', ...EXIT_CODES.map((line) => `  ${line}`), '', DOCS];
}

/** A flag with what it takes, its sentence below, and its default. */
function entry(name: string, { shape, fallback, required }: Field<unknown>, says: string): readonly string[] {
  const given = fallback === undefined || fallback === '' ? '' : ` (default ${fallback})`;
  const head = `  --${name}${valueOf(shape)}${required ? ' (required)' : shape.kind === 'flag' ? '' : given}`;
  return says === '' ? [head] : [head, ...wrapped(says, 92).map((line) => `      ${line}`)];
}

function valueOf(shape: Shape): string {
  switch (shape.kind) {
    case 'flag':
      return '';
    case 'integer':
      return ` N`;
    case 'choice':
      return ` ${shape.words.join('|')}`;
    case 'map':
      return ' NAME=VALUE (may be given several times)';
    case 'lines':
    case 'list':
      return ' VALUE (may be given several times)';
    case 'section':
      return ' YAML';
    case 'share':
    case 'size':
    case 'text':
      return ' VALUE';
  }
}

function wrapped(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  for (const word of text.replaceAll('`', '').split(/\s+/)) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + word.length < width) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}

/** Input → its description, of deploy and rollback; a name of both means the same in both. */
async function inputTexts(home: string): Promise<ReadonlyMap<string, string>> {
  const { parse } = await import('yaml');
  const texts = new Map<string, string>();
  for (const file of ['rollback/action.yml', 'action.yml']) {
    const text = await readFile(join(home, file), 'utf8');
    const { inputs } = parse(text) as { readonly inputs: Record<string, { readonly description: string }> };
    for (const [name, { description }] of Object.entries(inputs)) texts.set(name, description);
  }
  return texts;
}
