/** The rows of a file of the workspace, counted. Each reader is loaded where its format is read. */
import type { Feature } from './constraints.ts';
import type { Profile } from './profile.ts';
import { formatOf, type TableFile } from './table-file.ts';

/** @throws UserError `invalid-data` where it is no table. */
export async function readTable(file: TableFile, features: readonly Feature[]): Promise<Profile> {
  const format = await formatOf(file);
  switch (format) {
    case 'csv':
      return (await import('./read-csv.ts')).readCsv(file, features);
    case 'json-lines':
      return (await import('./read-json-lines.ts')).readJsonLines(file, features);
    case 'parquet':
      return (await import('./read-parquet.ts')).readParquet(file, features);
  }
}
