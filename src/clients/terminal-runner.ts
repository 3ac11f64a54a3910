/** A terminal in the place of GitHub's runner: the same port, so that an action runs here as it runs there. */
import type { Runner } from './runner.ts';
import type { Terminal } from './terminal.ts';
import type { Environment } from '../types.ts';

/** What a run said, beside its log. */
interface Said {
  readonly outputs: Readonly<Record<string, string>>;
  readonly warnings: readonly string[];
  readonly errors: readonly string[];
  /** Markdown. */
  readonly summary: string;
  /** Whether the run ended red. */
  readonly failed: boolean;
}

export interface TerminalRunner extends Runner {
  said(): Said;
}

interface TerminalRunnerParts {
  readonly terminal: Terminal;
  readonly env: Environment;
  /** The inputs by name. */
  readonly given: ReadonlyMap<string, string>;
  /** stdout is for the result: the log goes to stderr. */
  readonly quiet: boolean;
}

/** Groups are headings with their lines indented below; warnings and errors go to stderr; no secret is shown. */
export function terminalRunner({ terminal, env, given, quiet }: TerminalRunnerParts): TerminalRunner {
  const secrets = new Set<string>();
  const mask = (text: string) =>
    [...secrets]
      .sort((a, b) => b.length - a.length)
      .reduce((shown, secret) => shown.replaceAll(secret, '***'), text);
  const [outputs, warnings, errors]: [Record<string, string>, string[], string[]] = [{}, [], []];
  const [log, styled] = [quiet ? terminal.note : terminal.print, terminal.styled];
  let [summary, indent, failed] = ['', '', false];
  return {
    env,
    input: (name) => given.get(name),
    info: (line) => log(`${indent}${mask(line.replaceAll('\r', ''))}`),
    startGroup: (name) => {
      log(styled('bold', mask(name)));
      indent = '  ';
    },
    endGroup: () => void (indent = ''),
    warning: async (message) => {
      warnings.push(mask(message));
      terminal.note(`${styled('yellow', 'Warning:')} ${mask(message)}`);
    },
    error: async (message, at) => {
      // The whole message names each place; on GitHub a place is told once more, on its line.
      if (at?.file !== undefined) return;
      errors.push(mask(message));
      const title = at?.title === undefined ? 'Error' : at.title;
      terminal.note(`${styled('red', `${title}:`)} ${mask(message)}`);
    },
    secret: async (value) => void secrets.add(value),
    output: async (name, value) => void (outputs[name] = mask(value)),
    summary: async (markdown) => void (summary += mask(markdown)),
    setExitCode: (code) => void (failed ||= code !== 0),
    said: () => ({ outputs, warnings, errors, summary, failed }),
  };
}
