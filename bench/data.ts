/** How many rows of a table are read in a second of processor time, by format, where no column is held to a constraint. */
import { writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { readTable } from '../src/checks/constraints/read-table.ts';

export const ROWS = 200_000;
const KINDS = ['setosa', 'versicolor', 'virginica'];

/** Rows of two numbers and a word, written afresh and removed afterwards. */
export async function rowsPerSecond(): Promise<Readonly<Record<string, number>>> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-data-'));
  try {
    const width = Array.from({ length: ROWS }, (_, n) => (n % 79) / 10);
    const kind = width.map((_, n) => KINDS[n % 3] ?? '');
    const rows = width.map((value, n) => ({ n, width: value, kind: kind[n] }));
    const lines = rows.map((row) => `${row.n},${row.width},${row.kind}`);
    const columnData = [
      { name: 'n', data: rows.map(({ n }) => n), type: 'INT32' as const },
      { name: 'width', data: width, type: 'DOUBLE' as const },
      { name: 'kind', data: kind, type: 'STRING' as const },
    ];
    const files = {
      'rows.csv': `n,width,kind\n${lines.join('\n')}\n`,
      'rows.jsonl': rows.map((row) => `${JSON.stringify(row)}\n`).join(''),
      'rows.parquet': new Uint8Array(parquetWriteBuffer({ columnData })),
    };
    const figures: Record<string, number> = {};
    for (const [file, bytes] of Object.entries(files)) {
      const path = join(folder, file);
      writeFileSync(path, bytes);
      const before = process.cpuUsage();
      await readTable({ file, path }, []);
      const { user, system } = process.cpuUsage(before);
      figures[file.slice('rows.'.length)] = Math.round(ROWS / ((user + system) / 1_000_000));
    }
    return figures;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
