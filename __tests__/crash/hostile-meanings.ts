/** What a text of each kind means, told a second time and in another way than src/inputs tells it. */

/** Flags, and words of a few. */
export function word(text: string): unknown {
  const given = text.trim();
  return { true: true, True: true, TRUE: true, false: false, False: false, FALSE: false }[given] ?? given;
}

export function number(text: string): unknown {
  return Number.parseInt(text.trim(), 10);
}

/** Lines byte for byte; a line of blanks says nothing. */
export function lines(text: string): readonly string[] {
  const found: string[] = [];
  let from = 0;
  while (from <= text.length) {
    const end = text.indexOf('\n', from);
    const to = end < 0 ? text.length : end;
    const line = text.slice(from, text[to - 1] === '\r' && to > from ? to - 1 : to);
    if (line.trim() !== '') found.push(line);
    from = to + 1;
  }
  return found;
}

export function list(text: string): readonly string[] {
  return text
    .replaceAll('\n', ',')
    .split(',')
    .flatMap((entry) => entry.trim() || []);
}

/** The value is everything after the first `=`. */
export function pairs(text: string): Readonly<Record<string, string>> {
  return Object.fromEntries(
    lines(text).map((line) => {
      const [name = '', ...value] = line.split('=');
      return [name.trimStart(), value.join('=')];
    }),
  );
}

const WORD = /(?:'[^']*'|"(?:\\[\s\S]|[^"\\])*"|\\[\s\S]|[^ \t\n'"\\])+/g;
const PART = /'([^']*)'|"((?:\\[\s\S]|[^"\\])*)"|\\([\s\S])|([^'"\\]+)/g;

/** A command's words, for texts that a shell would neither expand nor chain. */
export function commandLine(text: string): readonly string[] {
  const joined = text.trim().replaceAll('\r\n', '\n');
  const words = joined.replaceAll(/^\\\n|(?<=[ \t])\\\n/g, ' ').match(WORD) ?? [];
  return words.map((quotedWord) =>
    [...quotedWord.matchAll(PART)]
      .map(([, single, double, escaped, plain]) => {
        if (double !== undefined) return double.replaceAll(/\\([$`"\\])|\\\n/g, '$1');
        if (escaped !== undefined) return escaped === '\n' ? '' : escaped;
        return single ?? plain ?? '';
      })
      .join(''),
  );
}

/** The fields of one line of CSV, as docker reads the value of --secret. */
export function csv(line: string): readonly string[] {
  return [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^",]*))/g)].map(
    ([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain ?? '',
  );
}
