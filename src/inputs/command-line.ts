/**
 * A command as people write it, `python -m pytest tests -k "not slow"`, → its argument vector, by POSIX quoting rules and without a shell.
 *
 * Written here because the packages for it either expand variables and hand on operators as objects (shell-quote) or do not know
 * POSIX escapes (string-argv); what is wanted is to refuse everything that only a shell could do.
 */
import { quoted, type Field, type Parsed } from './fields.ts';
import { field, type Options } from './kinds.ts';

/** A program and its arguments; never empty. */
export type CommandLine = readonly [file: string, ...args: string[]];

type Present<O extends Options> = O extends { required: true } | { fallback: string }
  ? CommandLine
  : CommandLine | undefined;

/** One command. What needs a shell is refused with the way to start one. */
export function commandLine<const O extends Options>(options: O): Field<Present<O>> {
  return field({ kind: 'text' }, splitCommand, options) as Field<Present<O>>;
}

/** Ends a word, or joins the lines of a folded command. */
const BLANK = /[ \t]/;
/** Characters with a meaning to the shell wherever they stand unquoted. */
const SHELL_ONLY = new Set('|;&<>()$`*?\n');
/** Those with one inside double quotes. */
const SHELL_ONLY_IN_QUOTES = new Set('$`');
/** What a backslash escapes inside double quotes; before anything else it stands for itself. */
const ESCAPABLE_IN_QUOTES = new Set('$`"\\\n');

export function splitCommand(text: string): Parsed<CommandLine> {
  // eslint-disable-next-line no-control-regex -- refused, because they forge log lines and cannot be arguments
  if (/[\u0000-\u0008\u000b-\u001f\u007f]/.test(text.replaceAll('\r\n', '\n'))) {
    return { mistake: `has control characters: ${quoted(text)}` };
  }
  const words: string[] = [];
  const rest = new Reader(text.replaceAll('\r\n', '\n'));
  for (;;) {
    rest.skip(BLANK);
    if (rest.atEnd()) break;
    const word = readWord(rest);
    if ('mistake' in word) return word;
    words.push(word.value);
  }
  const [file, ...args] = words;
  if (file === undefined || file === '') return { mistake: 'has no program to run' };
  return { value: [file, ...args] };
}

class Reader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  atEnd(): boolean {
    return this.#at >= this.#text.length;
  }

  peek(): string {
    return this.#text.charAt(this.#at);
  }

  take(): string {
    return this.#text.charAt(this.#at++);
  }

  /** The text up to `end`, which is taken too; undefined when it never comes. */
  takeUntil(end: string): string | undefined {
    const until = this.#text.indexOf(end, this.#at);
    if (until < 0) return undefined;
    const taken = this.#text.slice(this.#at, until);
    this.#at = until + 1;
    return taken;
  }

  /** Skips characters, and line ends that a backslash takes away. */
  skip(kind: RegExp): void {
    while (!this.atEnd() && (kind.test(this.peek()) || this.#text.startsWith('\\\n', this.#at))) {
      this.#at += this.peek() === '\\' ? 2 : 1;
    }
  }

  /** The word at hand up to the next blank: for messages and for `NAME=value`. */
  word(): string {
    return /^\S*/.exec(this.#text.slice(this.#at))?.[0] ?? '';
  }

  isFirst(): boolean {
    return this.#text.slice(0, this.#at).trim() === '';
  }
}

function readWord(rest: Reader): Parsed<string> {
  if (rest.isFirst() && /^[A-Za-z_]\w*=/.test(rest.word())) {
    return {
      mistake: `sets a variable before the program; write "env ${quoted(rest.word()).slice(1, -1)} …"`,
    };
  }
  if (rest.peek() === '~') return needsShell('~');
  if (rest.peek() === '#') return needsShell('#');
  let word = '';
  while (!rest.atEnd() && !BLANK.test(rest.peek())) {
    const char = rest.take();
    if (SHELL_ONLY.has(char)) return needsShell(char);
    const part = readPart(char, rest);
    if ('mistake' in part) return part;
    word += part.value;
  }
  return { value: word };
}

function readPart(char: string, rest: Reader): Parsed<string> {
  switch (char) {
    case "'": {
      const inside = rest.takeUntil("'");
      return inside === undefined ? unclosed("'") : { value: inside };
    }
    case '"':
      return readDoubleQuotes(rest);
    case '\\':
      if (rest.atEnd()) return { mistake: 'ends with a backslash that escapes nothing' };
      return { value: escaped(rest.take()) };
    default:
      return { value: char };
  }
}

function readDoubleQuotes(rest: Reader): Parsed<string> {
  let inside = '';
  while (!rest.atEnd()) {
    const char = rest.take();
    if (char === '"') return { value: inside };
    if (SHELL_ONLY_IN_QUOTES.has(char)) return needsShell(char);
    if (char === '\\' && ESCAPABLE_IN_QUOTES.has(rest.peek()) && !rest.atEnd())
      inside += escaped(rest.take());
    else inside += char;
  }
  return unclosed('"');
}

/** A backslash before a line end takes the line end away; before anything else it stands for that. */
function escaped(char: string): string {
  return char === '\n' ? '' : char;
}

function unclosed(quote: string): Parsed<never> {
  return { mistake: `has a ${quote} that is never closed` };
}

function needsShell(char: string): Parsed<never> {
  const what = char === '\n' ? 'a second line' : `an unquoted or expanding ${char}`;
  const way = `bash -c '…'`;
  return {
    mistake: `has ${what}, which only a shell understands, and none is used; put the text in single quotes, or run ${way}`,
  };
}
