/** The command line: finds the command, reads its flags, and ends with its exit code. The commands are the actions' own code. */
import { realpathSync } from 'node:fs';
import { dirname, relative } from 'node:path';
import { realClock } from './clients/clock.ts';
import { processTerminal } from './clients/terminal.ts';
import type { Command, CommandContext, ExitCode } from './commands/command.ts';
import { helpOf, overview, PROGRAM } from './commands/frame/help.ts';
import { parseLine } from './commands/frame/parse.ts';
import { UserError } from './errors.ts';
import { nearest } from './inputs/config/nearest.ts';
import { quoted } from './inputs/fields.ts';
import { explain } from './run/explain.ts';
import { thisProcess } from './run/supervise.ts';

/** Every command, in the order in which help lists them. Each is loaded when it is called. */
export const commands: Readonly<Record<string, () => Promise<Command>>> = {
  plan: async () => (await import('./commands/plan.ts')).planFromTerminal,
  deploy: async () => (await import('./commands/deploy.ts')).deployFromTerminal,
  rollback: async () => (await import('./commands/rollback.ts')).rollbackFromTerminal,
  status: async () => (await import('./commands/status.ts')).status,
  check: async () => (await import('./commands/check.ts')).check,
  init: async () => (await import('./commands/init.ts')).init,
  setup: async () => (await import('./commands/setup.ts')).setup,
};

/** What a command is run with, but for its own flags. */
type Surroundings = Omit<CommandContext, 'given' | 'argument' | 'json'>;

/** Runs this process's command line. */
export async function main(): Promise<void> {
  const { env } = process;
  const cwd = process.cwd();
  // npm starts a link to it.
  const entry = realpathSync(process.argv[1] ?? '.');
  // dist/cli.js in the folder of this project.
  const home = dirname(dirname(entry));
  process.exitCode = await runLine(process.argv.slice(2), {
    ...{ terminal: processTerminal(env), cwd, env, home, clock: realClock, process: thisProcess, aws: {} },
    program: programOf(entry, { cwd, env }),
  });
}

/** How this program was started, as a person would write it. */
function programOf(entry: string, { cwd, env }: Pick<Surroundings, 'cwd' | 'env'>): string {
  if (env['npm_command'] !== 'exec') return `node ${relative(cwd, entry)}`;
  const folder = relative(cwd, dirname(dirname(entry)));
  // From a registry or a repository npx runs a copy of its own.
  if (folder.includes('_npx')) return `npx ${PROGRAM}`;
  return `npx ${/^\.\.?(\/|$)/.test(folder) ? folder : `./${folder}`}`;
}

/** Runs one command line, and says what went wrong with it. */
export async function runLine(args: readonly string[], around: Surroundings): Promise<ExitCode> {
  const { terminal } = around;
  try {
    return await dispatch(args, around);
  } catch (error) {
    const { code, message } = explain(error);
    if (args.includes('--json')) terminal.json({ error: { code, message } });
    terminal.note(`${terminal.styled('red', `${PROGRAM} failed (${code}):`)} ${message}`);
    return code === 'invalid-inputs' ? 2 : 1;
  }
}

async function dispatch([first, ...rest]: readonly string[], around: Surroundings): Promise<ExitCode> {
  const { terminal, home } = around;
  const asksForHelp = first === undefined || /^(help|--help|-h)$/.test(first);
  if (asksForHelp && rest[0] === undefined) {
    for (const line of overview(await all())) terminal.print(line);
    return first === undefined ? 2 : 0;
  }
  const name = asksForHelp ? rest[0] : first;
  const command = await find(name ?? '');
  const { help, ...parsed } = parseLine(command, asksForHelp ? ['--help'] : rest);
  if (!help) return command.run({ ...around, ...parsed });
  for (const line of await helpOf(command, home)) terminal.print(line);
  return 0;
}

export async function all(): Promise<readonly Command[]> {
  return Promise.all(Object.values(commands).map((load) => load()));
}

async function find(name: string): Promise<Command> {
  const load = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (load !== undefined) return load();
  const names = Object.keys(commands);
  const meant = nearest(name, names);
  throw new UserError('invalid-inputs', {
    what: `${quoted(name)} is not a command of ${PROGRAM}${meant === undefined ? '' : `; did you mean ${meant}?`}`,
    fix: `The commands are ${names.join(', ')} and help.`,
  });
}
