/** A job summary for a terminal: the Markdown that the actions write, tables aligned, without its marks. */

/** How a terminal shows a text; nothing where it shows none. */
export type TextStyle = (text: string, style: 'bold' | 'dim') => string;

export function renderMarkdown(markdown: string, style: TextStyle = (text) => text): string {
  const lines = markdown.trimEnd().split('\n');
  const shown: string[] = [];
  let fence = '';
  for (let index = 0; index < lines.length; index += 1) {
    const line = lines[index] ?? '';
    const [mark = ''] = /^`{3,}/.exec(line) ?? [];
    // A fence ends at one as long as itself: what it holds may have shorter ones.
    if (mark !== '' && (fence === '' || line === fence)) fence = fence === '' ? mark : '';
    else if (fence !== '') shown.push(`    ${style(line, 'bold')}`);
    else if (line.startsWith('|')) {
      const from = index;
      while (lines[index + 1]?.startsWith('|')) index += 1;
      shown.push(...table(lines.slice(from, index + 1), style));
    } else if (line.startsWith('#')) shown.push(style(inline(line.replace(/^#+ /, '')), 'bold'));
    else shown.push(inline(line.replace(/^> (\[![A-Z]+\])?/, '  ').replaceAll(TAG, '')));
  }
  return shown
    .join('\n')
    .replaceAll(/\n{3,}/g, '\n\n')
    .trimEnd();
}

function table(rows: readonly string[], style: TextStyle): string[] {
  const cells = rows.map((row) =>
    row
      .replace(/^\|/, '')
      .replace(/\|$/, '')
      .split(/(?<!\\)\|/)
      .map((cell) => cell.trim()),
  );
  const rightAligned = (cells[1] ?? []).map((cell) => cell.endsWith(':'));
  const content = cells
    .filter((_, index) => index !== 1)
    .map((row) => row.map((cell) => inline(cell.replaceAll(LINK, '$1').replaceAll(TAG, ''))));
  const widths = rightAligned.map((_, column) => Math.max(...content.map((row) => row[column]?.length ?? 0)));
  return content.map((row, index) => {
    const padded = widths.map((width, column) => {
      const cell = row[column] ?? '';
      return rightAligned[column] ? cell.padStart(width) : cell.padEnd(width);
    });
    const text = `  ${padded.join('  ')}`.trimEnd();
    return index === 0 ? style(text, 'dim') : text;
  });
}

const ENTITIES: Readonly<Record<string, string>> = { '&lt;': '<', '&gt;': '>', '&amp;': '&' };

/** In a table a link's text stands alone: the column would be as wide as the address. */
const LINK = /\[((?:\\.|[^\]\\])+)\]\(https?:[^)\s]+\)/g;

/** Characters of an address that a line of text still carries; those of AWS's console are longer, and nobody types them. */
const LONGEST_ADDRESS = 100;

/** What only lays a page out. */
const TAG = /<\/?(?:details|summary|picture|source|img|sub|sup|div|p|kbd|b|i|code)\b[^>]*>/g;

function inline(text: string): string {
  return text
    .replaceAll(/!\[([^\]]*)\]\([^)\s]*\)/g, '$1')
    .replaceAll(/\[([^\]]+)\]\((https?:[^)\s]+)\)/g, (_, words: string, address: string) =>
      address.length > LONGEST_ADDRESS ? words : `${words} (${address})`,
    )
    .replaceAll('<br>', ' ')
    .replaceAll(/\*\*(.+?)\*\*/g, '$1')
    .replaceAll(/(?<!\\)`/g, '')
    .replaceAll(/\\([|`[\]\\$])/g, '$1')
    .replaceAll(/&(lt|gt|amp);/g, (entity) => ENTITIES[entity] ?? entity);
}
