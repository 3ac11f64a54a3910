/** The terminal of a person, or the pipe in its place: what a command says, and what it asks. */
import { createInterface } from 'node:readline/promises';
import { stripVTControlCharacters, styleText } from 'node:util';
import { lineWriter, stdout } from './stdout.ts';
import type { Environment } from '../types.ts';

type Style = Parameters<typeof styleText>[0];

export interface Terminal {
  /** Whether questions may be asked: a person sits at both ends. */
  readonly isInteractive: boolean;
  /** A line of the result, to stdout. */
  print(line: string): void;
  /** A line about what is under way, or of a mistake, to stderr. */
  note(line: string): void;
  /** The result as one JSON object, to stdout. */
  json(value: object): void;
  /** The text in this style where the terminal shows styles, else as it is. */
  styled(style: Style, text: string): string;
  /** Asks for a line; an empty answer is the fallback. Only where `isInteractive`. */
  ask(question: string, fallback?: string): Promise<string>;
}

/** This process's own. Styles need a terminal as stdout, and NO_COLOR not to be set. */
export function processTerminal(env: Environment): Terminal {
  const stderr = lineWriter(() => process.stderr);
  const hasStyles = process.stdout.isTTY === true && !env['NO_COLOR'] && env['TERM'] !== 'dumb';
  return {
    isInteractive: process.stdin.isTTY === true && process.stdout.isTTY === true,
    print: stdout.print,
    note: (line) => stderr.print(hasStyles ? line : stripVTControlCharacters(line)),
    json: (value) => stdout.print(JSON.stringify(value, undefined, 2)),
    styled: (style, text) => (hasStyles ? styleText(style, text, { validateStream: false }) : text),
    ask: async (question, fallback) => {
      const lines = createInterface({ input: process.stdin, output: process.stderr });
      try {
        const answer = await lines.question(`${question}${fallback === undefined ? '' : ` [${fallback}]`}: `);
        return answer.trim() || (fallback ?? '');
      } finally {
        lines.close();
      }
    },
  };
}
