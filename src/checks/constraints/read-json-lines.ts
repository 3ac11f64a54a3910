/** JSON Lines: one object a row; its keys are the columns. */
import type { Feature } from './constraints.ts';
import { withNotFiniteAsText } from './json-file.ts';
import { TableCounts, type Profile } from './profile.ts';
import { MOST_COLUMNS, unreadable, wholeLines, type TableFile } from './table-file.ts';

/** @throws UserError `invalid-data`. */
export async function readJsonLines(file: TableFile, features: readonly Feature[]): Promise<Profile> {
  const table = new TableCounts(features);
  for await (const text of wholeLines(file, { quotes: false }))
    for (const line of text.split('\n')) {
      if (line.trim() === '') continue;
      const row = objectIn(line);
      if (row === undefined) table.broken(`row ${table.rows + 1} is no JSON object`);
      else for (const name of Object.keys(row)) table.column(name)?.addValue(row[name]);
      table.rows += 1;
      if (table.width > MOST_COLUMNS) throw unreadable(file, `its rows have more than ${MOST_COLUMNS} keys`);
    }
  return table.profile();
}

function objectIn(line: string): Readonly<Record<string, unknown>> | undefined {
  const value = parsed(line) ?? parsed(withNotFiniteAsText(line), (_, one: unknown) => notFinite(one));
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  return isObject ? (value as Readonly<Record<string, unknown>>) : undefined;
}

function parsed(line: string, reviver?: (key: string, value: unknown) => unknown): unknown {
  try {
    return JSON.parse(line, reviver);
  } catch {
    return undefined;
  }
}

/** NaN and Infinity as Python writes them. */
function notFinite(value: unknown): unknown {
  return typeof value === 'string' && /^-?(NaN|Infinity)$/.test(value) ? Number(value) : value;
}
