/** The command line in this process, over a local AWS: what a person types, and what the terminal shows. */
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import type { LocalGitHub } from '../../local/github/github.ts';
import { requestHandlerFor } from '../../local/transports/in-process.ts';
import { CallerProcess } from '../../local/faults.ts';
import { runLine } from '../../src/cli.ts';
import type { Terminal } from '../../src/clients/terminal.ts';
import { openCheckouts, type Checkouts } from './checkouts.ts';
import { ACCOUNT, createWorld, networkOf, type World } from './world.ts';

export interface Typed {
  readonly exitCode: number;
  /** Lines of stdout and of stderr, without styles. */
  readonly out: string;
  readonly err: string;
  /** stdout as JSON. */
  json<T>(): T;
}

export interface CommandLine {
  readonly world: World;
  /** Below it, `iris` is the folder that commands run in. */
  readonly checkouts: Checkouts;
  readonly folder: string;
  type(args: readonly string[], more?: TypeOptions): Promise<Typed>;
  close(): Promise<void>;
}

export interface TypeOptions {
  readonly cwd?: string;
  /** How the program was started. */
  readonly program?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** A person sits there and gives these answers. */
  readonly answers?: readonly string[];
  /** What answers at GitHub's address. */
  readonly github?: LocalGitHub;
}

/** Whatever this machine's own settings are. */
const GIT = { GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' };

export async function openCommandLine(): Promise<CommandLine> {
  const world = createWorld();
  const checkouts = await openCheckouts();
  const folder = join(checkouts.folder, 'iris');
  const caller = new CallerProcess('command line');
  await checkouts.write({ 'iris/.gitkeep': '' });
  return {
    world,
    checkouts,
    folder,
    type: async (args, { cwd = folder, env = {}, program = 'model-release', answers, github } = {}) => {
      const { terminal, out, err } = memoryTerminal(answers);
      const exitCode = await runLine(args, {
        terminal,
        cwd,
        env: { PATH: process.env['PATH'], AWS_REGION: ACCOUNT.region, ...GIT, ...env },
        home: join(import.meta.dirname, '..', '..'),
        program,
        clock: world.aws.clock,
        process: {
          onStop: () => undefined,
          exit: () => undefined,
          grace: (ms) => world.aws.clock.sleep(ms),
        },
        aws: { ...ACCOUNT, requestHandler: requestHandlerFor(world.aws, caller) },
        fetch: networkOf(world.aws, { caller, ...(github && { github }) }),
      });
      const text = (lines: readonly string[]) => stripVTControlCharacters(lines.join('\n'));
      return { exitCode, out: text(out), err: text(err), json: () => JSON.parse(text(out)) };
    },
    close: () => checkouts.remove(),
  };
}

function memoryTerminal(answers: readonly string[] | undefined) {
  const [out, err]: [string[], string[]] = [[], []];
  const left = [...(answers ?? [])];
  const terminal: Terminal = {
    isInteractive: answers !== undefined,
    print: (line) => void out.push(line),
    note: (line) => void err.push(line),
    json: (value) => void out.push(JSON.stringify(value)),
    styled: (_style, text) => text,
    ask: async (question, fallback = '') => {
      err.push(question);
      return left.shift() || fallback;
    },
  };
  return { terminal, out, err };
}
