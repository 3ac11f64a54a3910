/** A program's bytes → lines that are safe to print, in bounded memory: a gigabyte of log or one line of 50 MB changes nothing. */

/** Characters kept of one line; the rest is counted and dropped. */
export const LINE_LIMIT = 4096;
/** Lines kept of a whole run, the last ones. */
export const TAIL_LINES = 200;

/** Terminal sequences: OSC, DCS and their kin up to their terminator, then CSI, then the two-character ones. */
const ESCAPES =
  // eslint-disable-next-line no-control-regex -- escape sequences are made of control characters
  /\u001b\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|\u001b[PX^_][^\u001b]*(?:\u001b\\)?|(?:\u001b\[|\u009b)[0-?]*[ -/]*[@-~]?|\u001b[ -/]*[0-~]?/g;
// eslint-disable-next-line no-control-regex -- everything but the tab
const CONTROLS = /[\u0000-\u0008\u000a-\u001f\u007f-\u009f]/g;

/** Lines of these characters alone are safe as they are: most lines of a long log. */
const PLAIN = /^[\t -"$-9;-~]*$/;

/** One line as it may be printed: no terminal sequences, no control characters, nothing the runner would obey. */
export function sanitised(line: string): string {
  if (PLAIN.test(line)) return line;
  // In this order: what is cut out may be all that kept two colons apart.
  return withoutCommands(line.toWellFormed().replaceAll(ESCAPES, '').replaceAll(CONTROLS, ''));
}

/** At the start of a line, where white space of that line may stand before it. No run of white space is looked at twice. */
const COMMAND = /(^|[\n\r\u2028\u2029])((?:[^\S\n\r\u2028\u2029]|\p{Cf})*):(?=\p{Cf}*:)/gu;
const OLD_COMMAND = /#(\p{Cf}*)#(?=\p{Cf}*\[)/gu;

/**
 * Takes a line its power over the GitHub runner. The runner obeys `::name::` at the start of a line, after any white space,
 * and the older `##[name]` anywhere in a line. Its comparison may skip invisible characters, so an invisible one put in
 * front protects nothing: a plain space between the characters does.
 */
export function withoutCommands(line: string): string {
  if (!line.includes(':') && !line.includes('#')) return line;
  return line.replaceAll(COMMAND, '$1$2: ').replaceAll(OLD_COMMAND, '#$1# ');
}

export interface LineSplitter {
  write(chunk: Uint8Array): void;
  /** Emits what is left without a line end. */
  end(): void;
}

/**
 * UTF-8 with replacement, split at LF, CR and CRLF (the runner splits at CR too, and progress bars rewrite their line with it).
 * One splitter per stream: stdout and stderr must not mix within a line.
 */
export function lineSplitter(emit: (line: string) => void): LineSplitter {
  const decoder = new TextDecoder('utf-8');
  let kept = '';
  let dropped = 0;
  let afterReturn = false;
  const append = (text: string): void => {
    const room = LINE_LIMIT - kept.length;
    kept += text.slice(0, room);
    dropped += Math.max(0, text.length - room);
  };
  const flush = (): void => {
    const line = sanitised(kept);
    emit(dropped === 0 ? line : `${line} … [${dropped} more characters in this line are not shown]`);
    kept = '';
    dropped = 0;
  };
  const split = (text: string): void => {
    let start = 0;
    let [feed, carriage] = [text.indexOf('\n'), text.indexOf('\r')];
    while (feed >= 0 || carriage >= 0) {
      const isReturn = feed < 0 || (carriage >= 0 && carriage < feed);
      const index = isReturn ? carriage : feed;
      const secondHalf = !isReturn && afterReturn && index === start;
      if (!secondHalf) {
        append(text.slice(start, index));
        flush();
      }
      afterReturn = isReturn;
      start = index + 1;
      if (isReturn) carriage = text.indexOf('\r', start);
      else feed = text.indexOf('\n', start);
    }
    if (start < text.length) {
      append(text.slice(start));
      afterReturn = false;
    }
  };
  return {
    write: (chunk) => split(decoder.decode(chunk, { stream: true })),
    end: () => {
      split(decoder.decode());
      if (kept !== '' || dropped > 0) flush();
    },
  };
}

export interface Tail {
  push(line: string): void;
  lines(): readonly string[];
}

/** The last `size` lines, in a ring. */
export function tail(size = TAIL_LINES): Tail {
  const ring: string[] = [];
  let next = 0;
  return {
    push: (line) => {
      ring[next % size] = line;
      next += 1;
    },
    lines: () => (next <= size ? [...ring] : [...ring.slice(next % size), ...ring.slice(0, next % size)]),
  };
}
