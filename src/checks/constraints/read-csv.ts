/** CSV with a header, comma-separated: lines without quotes are split here, the others are csv-parse's. */
import { plural } from '../../words.ts';
import type { Feature } from './constraints.ts';
import { shortName } from './json-file.ts';
import { TableCounts, type Column, type Profile } from './profile.ts';
import { MOST_COLUMNS, unreadable, wholeLines, type TableFile } from './table-file.ts';

/** Model Monitor's names for the columns of a table without a header. */
const NO_HEADER = /^_c\d+$/;

/** @throws UserError `invalid-data`. */
export async function readCsv(file: TableFile, features: readonly Feature[]): Promise<Profile> {
  const table = new TableCounts(features);
  const isNameless = features.every(({ name }) => NO_HEADER.test(name));
  let columns: readonly (Column | undefined)[] | undefined;
  for await (const text of wholeLines(file, { quotes: true })) {
    const rows = text.includes('"') ? await quotedRows(file, text, table.rows) : plainRows(text);
    for (const fields of rows) {
      if (columns === undefined) {
        columns = table.header(isNameless ? fields.map((_, index) => `_c${index}`) : headerOf(file, fields));
        if (!isNameless) continue;
      }
      addRow(table, columns, fields);
    }
  }
  return table.profile();
}

function addRow(
  table: TableCounts,
  columns: readonly (Column | undefined)[],
  fields: readonly string[],
): void {
  table.rows += 1;
  if (fields.length !== columns.length)
    table.broken(`row ${table.rows} has ${plural(fields.length, 'field')} instead of ${columns.length}`);
  for (let at = 0; at < columns.length; at += 1) columns[at]?.addText(fields[at] ?? '');
}

function headerOf(file: TableFile, fields: readonly string[]): readonly string[] {
  if (fields.length > MOST_COLUMNS) throw unreadable(file, `its header has ${fields.length} columns`);
  const [only = ''] = fields;
  if (fields.length === 1 && /[;\t]/.test(only))
    throw unreadable(
      file,
      `its header ${shortName(JSON.stringify(only))} has no comma`,
      'Separate its columns by commas.',
    );
  return fields.map((name) => name.trim());
}

function* plainRows(text: string): Generator<readonly string[]> {
  for (let from = 0; from < text.length;) {
    const found = text.indexOf('\n', from);
    const end = found < 0 ? text.length : found;
    const line = text.slice(from, text.charCodeAt(end - 1) === 13 ? end - 1 : end);
    if (line !== '') yield line.split(',');
    from = end + 1;
  }
}

async function quotedRows(
  file: TableFile,
  text: string,
  before: number,
): Promise<readonly (readonly string[])[]> {
  const { parse } = await import('csv-parse/sync');
  try {
    return parse(text, {
      relax_column_count: true,
      skip_empty_lines: true,
      record_delimiter: ['\r\n', '\n'],
    });
  } catch (error) {
    const { code, lines = 0 } = error as { readonly code?: string; readonly lines?: number };
    if (code?.startsWith('CSV_') !== true) throw error;
    throw unreadable(
      file,
      `${before === 0 ? `line ${lines}` : `what follows row ${before}`} has a quote in a wrong place`,
    );
  }
}
