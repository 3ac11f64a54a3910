/** A file of rows: which format it is of, and how its text is read in whole lines. */
import { createReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { UserError } from '../../errors.ts';
import { shortName } from './json-file.ts';

/** One table of the workspace. */
export interface TableFile {
  /** As the configuration names it. */
  readonly file: string;
  /** Absolute, and inside the workspace. */
  readonly path: string;
}

/** Larger tables are no data of one release. Bytes. */
const LARGEST_TABLE = 16 * 1024 ** 3;
/** One line, or the lines between two quotes. Characters. */
const LONGEST_LINE = 16 * 1024 * 1024;
/** More are no columns of a table. */
export const MOST_COLUMNS = 10_000;

export type Format = 'csv' | 'parquet' | 'json-lines';

const ENDINGS: readonly (readonly [RegExp, Format])[] = [
  [/\.csv$/i, 'csv'],
  [/\.(parquet|pq)$/i, 'parquet'],
  [/\.(jsonl|ndjson|json)$/i, 'json-lines'],
];

/** @throws UserError `invalid-data` for a file that is of no format, empty or too large. */
export async function formatOf(table: TableFile): Promise<Format> {
  const { size } = await stat(table.path);
  if (size === 0) throw unreadable(table, 'it is empty');
  if (size > LARGEST_TABLE) throw unreadable(table, `it has more than ${LARGEST_TABLE / 1024 ** 3} GiB`);
  const head = await firstBytes(table.path);
  const named = ENDINGS.find(([ending]) => ending.test(table.file))?.[1];
  const isParquet = head.subarray(0, 4).toString('latin1') === 'PAR1';
  if (named === 'parquet' && !isParquet)
    throw unreadable(table, 'it is no Parquet file, whatever its name says');
  if (isParquet) return 'parquet';
  if (head[0] === 0x1f && head[1] === 0x8b)
    throw unreadable(table, 'it is compressed with gzip', 'Name the file before its compression.');
  if ((head[0] === 0xff && head[1] === 0xfe) || (head[0] === 0xfe && head[1] === 0xff))
    throw unreadable(table, 'it is UTF-16', 'Save it as UTF-8.');
  if (head.includes(0)) throw unreadable(table, 'it is no text');
  return (
    named ??
    (head
      .toString('latin1')
      .replace(/^\u00EF\u00BB\u00BF/, '')
      .trimStart()
      .startsWith('{')
      ? 'json-lines'
      : 'csv')
  );
}

async function firstBytes(path: string): Promise<Buffer> {
  await using handle = await open(path);
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(4096), 0, 4096, 0);
  return buffer.subarray(0, bytesRead);
}

export interface TextOptions {
  /** A line break between two quotes ends no line. */
  readonly quotes: boolean;
}

/**
 * The text in pieces that end where a line ends. A byte order mark is left out.
 * @throws UserError `invalid-data` for a line without end, and for other encodings than UTF-8.
 */
export async function* wholeLines(table: TableFile, { quotes }: TextOptions): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  const decode = (bytes?: Buffer) => {
    try {
      return bytes === undefined ? decoder.decode() : decoder.decode(bytes, { stream: true });
    } catch {
      throw unreadable(table, 'it is not UTF-8', 'Save it as UTF-8.');
    }
  };
  let rest = '';
  for await (const bytes of createReadStream(table.path, { highWaterMark: 1024 * 1024 })) {
    const text = rest + decode(bytes as Buffer);
    const end = quotes ? lastEndOutsideQuotes(text) : text.lastIndexOf('\n') + 1;
    rest = text.slice(end);
    if (rest.length > LONGEST_LINE)
      throw unreadable(table, `a line of it has more than ${LONGEST_LINE / 1024 ** 2} MiB`, QUOTE);
    if (end > 0) yield text.slice(0, end);
  }
  rest += decode();
  if (rest !== '') yield rest;
}

const QUOTE = 'Look for a quote that is not closed, or name a smaller file.';

/** After the last line break that has an even number of quotes before it. */
function lastEndOutsideQuotes(text: string): number {
  if (!text.includes('"')) return text.lastIndexOf('\n') + 1;
  let isOpen = false;
  let end = 0;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === 34) isOpen = !isOpen;
    else if (code === 10 && !isOpen) end = at + 1;
  }
  return end;
}

export function unreadable({ file }: TableFile, why: string, fix?: string): UserError {
  return new UserError('invalid-data', {
    what: `${shortName(file)} cannot be read as a table: ${why}.`,
    fix: fix ?? 'Name a CSV file with a header, a Parquet file, or a file with one JSON object a line.',
    places: [{ file, message: why }],
  });
}
