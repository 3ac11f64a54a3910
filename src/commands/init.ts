import { basename, relative, resolve } from 'node:path';
import { InvalidInputs } from '../inputs/fields.ts';
import { choice, text } from '../inputs/kinds.ts';
import * as names from '../inputs/names.ts';
import type { Command, CommandContext, ExitCode } from './command.ts';
import { readBranch, readOrigin } from './frame/repository.ts';
import { standardFiles, writeMissing, type Names } from './frame/standard-files.ts';

const flags = {
  name: text({
    pattern: names.MODEL_NAME,
    expected: 'a name of lower-case letters, digits, - and _, such as iris',
  }),
  'action-repository': text({
    pattern: /^[A-Za-z0-9][A-Za-z0-9_-]{0,99}\/[A-Za-z0-9._-]{1,100}(@[A-Za-z0-9][A-Za-z0-9._/-]{0,254})?$/,
    expected: 'OWNER/NAME or OWNER/NAME@REF',
  }),
  workflow: choice(['stubs', 'simple'], { fallback: 'stubs' }),
  branch: text({ pattern: /^[^\s~^:?*[\\]{1,250}$/, expected: 'the name of a branch' }),
} as const;

export const init: Command = {
  name: 'init',
  summary: 'Write the standard structure of a model repository; what is there is kept.',
  argument: 'FOLDER',
  flags,
  says: {
    name: "Name of the function and of its image repository. Default: the folder's name.",
    'action-repository':
      'Where model-release is kept, for the workflows. Default: where this copy of it comes from.',
    workflow:
      'stubs: the workflows of an organization. simple: one workflow that releases, for one repository.',
    branch: 'The branch whose pushes release. Default: the branch that is checked out, or main.',
  },
  run,
};

/** Everything that can be wrong is found before the first file is written. */
async function run(context: CommandContext): Promise<ExitCode> {
  const { terminal, argument = '.', cwd, json } = context;
  const folder = resolve(cwd, argument);
  const wanted = await standardFiles(context.home, await namesOf(context, folder));
  const { written, kept } = await writeMissing(folder, wanted);
  if (json) terminal.json({ folder, written, kept });
  else for (const line of told(context, { folder, written, kept })) terminal.print(line);
  return 0;
}

/** What was given, else what is known of the folder, else what a person answers. */
async function namesOf(context: CommandContext, folder: string): Promise<Names> {
  const { given, home, terminal } = context;
  const mistakes: string[] = [];
  const read = (flag: keyof typeof flags, value: string): string => {
    const parsed = flags[flag].parse(value.trim());
    if ('mistake' in parsed) mistakes.push(`${flag} ${parsed.mistake}`);
    return value.trim();
  };
  const ask = async (flag: 'name' | 'action-repository', question: string, known: string | undefined) => {
    const value = given.get(flag) ?? (terminal.isInteractive ? await terminal.ask(question, known) : known);
    if (value === undefined || value === '') mistakes.push(`${flag} is required here: give --${flag}`);
    return value === undefined || value === '' ? '' : read(flag, value);
  };
  const name = await ask('name', "The function's name", modelName(basename(folder)));
  const source = await ask(
    'action-repository',
    'Where model-release is kept (OWNER/NAME)',
    await readOrigin(context, home),
  );
  const workflow = read('workflow', given.get('workflow') ?? 'stubs');
  const branch = read('branch', given.get('branch') ?? (await readBranch(context, folder)) ?? 'main');
  if (mistakes.length > 0) throw new InvalidInputs(mistakes);
  const [repository = '', ref = 'v1'] = source.split('@');
  return { name, source: { repository, ref }, workflow: workflow === 'simple' ? 'simple' : 'stubs', branch };
}

/** The folder's name, as far as it can name a function and an image repository; undefined where nothing is left of it. */
function modelName(folder: string): string | undefined {
  const name = folder
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')
    .slice(0, 64);
  return name.length < 2 ? undefined : name;
}

interface Done {
  readonly folder: string;
  readonly written: readonly string[];
  readonly kept: readonly string[];
}

function told(
  { cwd, program, terminal }: CommandContext,
  { folder, written, kept }: Done,
): readonly string[] {
  const way = relative(cwd, folder);
  const start = startedFrom(folder, { cwd, program });
  return [
    ...written.map((path) => `${terminal.styled('green', 'written')}  ${path}`),
    ...kept.map((path) => `kept     ${path} (it was there)`),
    '',
    'What to do next:',
    ...[
      ...(way === '' ? [] : [`cd ${way}`]),
      'Put your model into model_code/ and lambda_function.py, and requests with expected answers into tests/samples.jsonl.',
      `${start} check`,
      'Commit, and push to GitHub.',
      `${start} setup --environment prod   # roles and repository in AWS; prints first`,
      `${start} deploy   # or push: the workflow in .github/workflows releases`,
    ].map((line, index) => `  ${index + 1}. ${line}`),
  ];
}

/** The program as it is started from another folder: its path is relative. */
function startedFrom(folder: string, { cwd, program }: Pick<CommandContext, 'cwd' | 'program'>): string {
  const [, starter, path] = /^(npx|node) (.*\/.*)$/.exec(program) ?? [];
  if (starter === undefined || path === undefined || path.includes(':')) return program;
  const way = relative(folder, resolve(cwd, path));
  return `${starter} ${starter === 'npx' && !way.startsWith('.') ? './' : ''}${way}`;
}
