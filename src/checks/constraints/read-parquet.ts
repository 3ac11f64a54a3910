/** Parquet, one column of one row group at a time: memory holds no more than that. */
import { open, type FileHandle } from 'node:fs/promises';
import type { FileMetaData, SchemaTree } from 'hyparquet';
import { UserError } from '../../errors.ts';
import type { Feature } from './constraints.ts';
import { TableCounts, type Profile } from './profile.ts';
import { MOST_COLUMNS, unreadable, type TableFile } from './table-file.ts';

/** One column of one row group, unpacked, which is held in memory. Bytes. */
const LARGEST_CHUNK = 512 * 1024 * 1024;

/** @throws UserError `invalid-data`. */
export async function readParquet(file: TableFile, features: readonly Feature[]): Promise<Profile> {
  const [{ parquetMetadataAsync, parquetScan, parquetSchema }, { compressors }] = await Promise.all([
    import('hyparquet'),
    import('hyparquet-compressors'),
  ]);
  await using handle = await open(file.path);
  const buffer = { byteLength: (await handle.stat()).size, slice: slicesOf(handle) };
  try {
    const metadata = await parquetMetadataAsync(buffer);
    const { children } = parquetSchema(metadata);
    refuseTooLarge(file, metadata, children);
    const table = new TableCounts(features);
    const columns = table.header(children.map(({ element }) => element.name));
    table.rows = Number(metadata.num_rows);
    for (const [at, column] of columns.entries()) {
      const element = children[at]?.element;
      if (column === undefined || element === undefined) continue;
      const isFractional = element.type === 'FLOAT' || element.type === 'DOUBLE' || isDecimal(element);
      const scan = await parquetScan({ file: buffer, metadata, compressors, columns: [element.name] });
      for (const range of scan.ranges) {
        const values = await scan.readColumn({ column: element.name, ...range });
        for (let row = 0; row < values.length; row += 1) column.addValue(values[row], isFractional);
      }
    }
    return table.profile();
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw unreadable(
      file,
      (error as Error).message.replaceAll(/\s+/g, ' ').slice(0, 200),
      'Write it again; it is damaged, or encoded in a way that is not known here.',
    );
  }
}

function isDecimal({
  converted_type: converted,
  logical_type: logical,
  scale,
}: SchemaTree['element']): boolean {
  return (
    (converted === 'DECIMAL' || logical?.type === 'DECIMAL' || logical?.type === 'FLOAT16') && scale !== 0
  );
}

function refuseTooLarge(
  file: TableFile,
  { row_groups: groups }: FileMetaData,
  children: readonly unknown[],
): void {
  if (children.length > MOST_COLUMNS) throw unreadable(file, `it has ${children.length} columns`);
  for (const { columns } of groups)
    for (const { meta_data: chunk } of columns)
      if (chunk !== undefined && chunk.total_uncompressed_size > LARGEST_CHUNK)
        throw unreadable(
          file,
          `a column of one row group has more than ${LARGEST_CHUNK / 1024 ** 2} MiB`,
          'Write it with smaller row groups.',
        );
}

function slicesOf(handle: FileHandle): (start: number, end?: number) => Promise<ArrayBuffer> {
  return async (start, end) => {
    const to = end ?? (await handle.stat()).size;
    const bytes = new Uint8Array(Math.max(0, to - start));
    const { bytesRead } = await handle.read(bytes, 0, bytes.length, start);
    if (bytesRead < bytes.length) throw new Error('it ends too early');
    return bytes.buffer;
  };
}
