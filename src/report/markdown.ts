import { UNPRINTABLE } from '../errors.ts';

/** Markdown and HTML lose their meaning; a table's cell stays one cell. */
export function escape(text: string): string {
  return text
    .replaceAll('\\', '\\\\')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('|', '\\|')
    .replaceAll('`', '\\`')
    .replaceAll('[', '\\[')
    .replaceAll(/\r?\n/g, '<br>');
}

export function code(text: string): string {
  return text === '' ? '–' : `\`${text}\``;
}

/** @param markdown escaped, or made here. Without an address it stands alone. */
export function link(markdown: string, url: string | undefined): string {
  return url === undefined || markdown === '–' ? markdown : `[${markdown}](${safeUrl(url)})`;
}

/** What would end a link, a cell or a line. */
function safeUrl(url: string): string {
  return url.replaceAll(/[\s()<>|\\`]/g, (sign) => `%${sign.charCodeAt(0).toString(16).padStart(2, '0')}`);
}

/** A part that is folded away. @param blocks Markdown, in paragraphs. */
export function details(title: string, ...blocks: readonly string[]): string {
  return [`<details><summary>${title}</summary>`, ...blocks, '</details>'].join('\n\n');
}

/** Of a log as many of the last characters as people read. */
const LONGEST_LOG = 8_000;

/** Text as it is, whatever fences are in it. */
export function verbatim(lines: readonly string[], language = 'text'): string {
  const whole = lines.join('\n');
  const text = whole.length > LONGEST_LOG ? `…${whole.slice(-LONGEST_LOG).toWellFormed()}` : whole;
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = '`'.repeat(longest + 1);
  return [`${fence}${language}`, text, fence].join('\n');
}

/**
 * Text that a model or a stranger wrote, as it is, in a fixed width: no mark-up in it takes effect, nobody is mentioned, no issue is
 * linked, and a cell stays one cell. In HTML, because no code span can hold every text in a table.
 */
export function asCode(text: string): string {
  const shown = text
    .replaceAll(/[\r\n\t]+/g, ' ')
    .replaceAll(UNPRINTABLE, '�')
    .replaceAll(/[&<>|*_`[\]\\~#@:$]/g, (sign) => `&#${sign.charCodeAt(0)};`)
    .replaceAll(/www\./gi, (found) => `${found.slice(0, 3)}&#46;`);
  return shown.trim() === '' ? '–' : `<code>${shown}</code>`;
}

/** A sentence that may quote such text: as `escape`, and nobody is mentioned and nothing linked either. */
export function prose(text: string): string {
  return escape(unlinked(text))
    .replaceAll(UNPRINTABLE, '�')
    .replaceAll(/[*_~$]/g, (sign) => `\\${sign}`);
}

/** Markdown in which GitHub mentions nobody and links no issue and no address that stands there by itself. */
export function unlinked(markdown: string): string {
  return markdown.replaceAll(/(?<=[@#])(?=\w)|(?<=\bGH)(?=-\d)|(?<=:)(?=\/\/)|(?<=\bwww)(?=\.)/gi, '\u200b');
}

/** At most so many characters of a text. */
export function cut(text: string, most: number): string {
  return text.length > most ? `${text.slice(0, most - 1).toWellFormed()}…` : text;
}
