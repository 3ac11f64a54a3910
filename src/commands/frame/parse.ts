/** A command's arguments → its flags as texts; every mistake of the line at once. */
import { parseArgs } from 'node:util';
import { nearest } from '../../inputs/config/nearest.ts';
import { InvalidInputs, quoted, type Field } from '../../inputs/fields.ts';
import { flag } from '../../inputs/kinds.ts';
import type { Command } from '../command.ts';

/** What every command has. */
export const COMMON_FLAGS = { json: flag({}), help: flag({}) } as const;

export const COMMON_SAYS: Readonly<Record<keyof typeof COMMON_FLAGS, string>> = {
  json: 'Print one JSON object to stdout; progress goes to stderr.',
  help: 'Show this help.',
};

export interface ParsedLine {
  readonly given: ReadonlyMap<string, string>;
  readonly argument: string | undefined;
  readonly json: boolean;
  readonly help: boolean;
}

type Token = Extract<NonNullable<ReturnType<typeof parseArgs>['tokens']>[number], object>;
type OptionToken = Extract<Token, { kind: 'option' }>;

/** @throws InvalidInputs with every mistake of the line. */
export function parseLine(command: Command, args: readonly string[]): ParsedLine {
  const table = { ...command.flags, ...COMMON_FLAGS };
  const tokens = tokensOf(table, args);
  const reader = new LineReader(command, table);
  for (const token of tokens) reader.read(token);
  // Whoever asks for help gets it, whatever else is wrong.
  if (reader.mistakes.length > 0 && reader.given.get('help') !== 'true')
    throw new InvalidInputs(reader.mistakes);
  const { given, argument } = reader;
  const [json, help] = [given.get('json') === 'true', given.get('help') === 'true'];
  given.delete('json');
  given.delete('help');
  return { given, argument, json, help };
}

function tokensOf(
  table: Readonly<Record<string, Field<unknown>>>,
  args: readonly string[],
): readonly Token[] {
  const options = Object.fromEntries(
    Object.entries(table).map(([name, { shape }]) => [
      name,
      {
        type: shape.kind === 'flag' ? ('boolean' as const) : ('string' as const),
        ...(name === 'help' ? { short: 'h' } : {}),
      },
    ]),
  );
  return parseArgs({ args: [...args], options, strict: false, allowPositionals: true, tokens: true }).tokens;
}

class LineReader {
  readonly mistakes: string[] = [];
  readonly given = new Map<string, string>();
  argument: string | undefined;
  readonly #command: Command;
  readonly #table: Readonly<Record<string, Field<unknown>>>;
  /** The flag that stands just before: a text that follows may be meant for it. */
  #before: OptionToken | undefined;

  constructor(command: Command, table: Readonly<Record<string, Field<unknown>>>) {
    this.#command = command;
    this.#table = table;
  }

  read(token: Token): void {
    const before = this.#before;
    this.#before = token.kind === 'option' && token.value === undefined ? token : undefined;
    if (token.kind === 'option') this.#option(token);
    else if (token.kind === 'positional') this.#positional(token.value, before);
  }

  #option(token: OptionToken): void {
    const { name, rawName } = token;
    const field = this.#field(name);
    if (field === undefined) return this.#unknown(rawName);
    const value = field.shape.kind === 'flag' ? (token.value ?? 'true') : token.value;
    // A word that begins with dashes is the next flag; whoever means it as a value writes it behind "=".
    if (value === undefined || (token.inlineValue === false && value.startsWith('--')))
      return void this.mistakes.push(`${rawName} has no value; write ${rawName}=VALUE`);
    if (value.trim() === '')
      return void this.mistakes.push(`${rawName} has an empty value; leave it out, or give one`);
    const before = this.given.get(name);
    const isList = ['lines', 'list', 'map'].includes(field.shape.kind);
    if (before !== undefined && !isList) this.mistakes.push(`${rawName} is given twice`);
    this.given.set(name, before === undefined || !isList ? value : `${before}\n${value}`);
  }

  #field(name: string): Field<unknown> | undefined {
    return Object.hasOwn(this.#table, name) ? this.#table[name] : undefined;
  }

  #unknown(rawName: string): void {
    const names = Object.keys(this.#table);
    const meant = nearest(rawName.replace(/^-+/, ''), names);
    const hint = meant === undefined ? `see ${this.#command.name} --help` : `did you mean --${meant}?`;
    this.mistakes.push(`${quoted(rawName)} is not a flag of ${this.#command.name}; ${hint}`);
  }

  #positional(value: string, before: OptionToken | undefined): void {
    const isSwitch = before !== undefined && this.#field(before.name)?.shape.kind === 'flag';
    if (isSwitch && /^(true|false)$/i.test(value))
      return void this.mistakes.push(
        `${quoted(value)} stands alone after ${before.rawName}; write ${before.rawName}=${value}`,
      );
    // It may be the value of a flag that there is not, which has been told of.
    if (before !== undefined && this.#field(before.name) === undefined) return;
    if (this.#command.argument !== undefined && this.argument === undefined)
      return void (this.argument = value);
    this.mistakes.push(`${quoted(value)} is no flag; a flag begins with --`);
  }
}
