/** A command of the command line: its name, its flags as a table, and what it does. */
import type { AwsConfig } from '../clients/aws-config.ts';
import type { Clock } from '../clients/clock.ts';
import type { Terminal } from '../clients/terminal.ts';
import type { Table } from '../inputs/fields.ts';
import type { Supervised } from '../run/supervise.ts';
import type { Environment } from '../types.ts';

/**
 * How a command ends. 0: done, or nothing to do. 1: the run failed, or what became of it is not known. 2: the command line, the
 * configuration or the inputs are wrong, or `check` found problems; then nothing was called.
 */
export type ExitCode = 0 | 1 | 2;

export interface Command {
  readonly name: string;
  /** One line of the list of commands. */
  readonly summary: string;
  /** Its flags by name. `--help` and `--json`, which every command has, are not among them. */
  readonly flags: Table;
  /** What a flag is for, in one line, where no action has an input of its name (`action.yml` describes those). */
  readonly says: Readonly<Record<string, string>>;
  /** The one argument beside the flags that it takes, as help shows it: `FOLDER`. */
  readonly argument?: string;
  /** @throws UserError, which is told without a stack trace; `invalid-inputs` ends with exit code 2, any other with 1. */
  readonly run: (context: CommandContext) => Promise<ExitCode>;
}

/** What a command is run with. */
export interface CommandContext {
  /** The flags as texts, by name: what was given, never empty. Lists and mappings have one line an entry, switches `true` or `false`. */
  readonly given: ReadonlyMap<string, string>;
  /** The argument beside the flags. */
  readonly argument: string | undefined;
  /** Print one JSON object to stdout (`terminal.json`) and nothing else there. */
  readonly json: boolean;
  readonly terminal: Terminal;
  /** Relative paths of flags start from here. */
  readonly cwd: string;
  readonly env: Environment;
  /** The folder of this project, which holds `template/`, `workflows/` and `action.yml`. */
  readonly home: string;
  /** How to start this program again, for lines to paste: `npx ../model-release`. */
  readonly program: string;
  readonly clock: Clock;
  /** How the process is told to stop. */
  readonly process: Omit<Supervised, 'runner'>;
  /** What AWS clients are made with, besides a region. */
  readonly aws: AwsConfig;
  /** The network for everything else. */
  readonly fetch?: typeof fetch;
}
