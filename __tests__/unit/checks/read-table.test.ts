import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { readDataConstraints } from '../../../src/checks/constraints/constraints.ts';
import { judgeData } from '../../../src/checks/constraints/judge-data.ts';
import { readTable } from '../../../src/checks/constraints/read-table.ts';
import fc from '../../harness/property.ts';

const folder = mkdtempSync(join(tmpdir(), 'tables-'));
afterAll(() => rmSync(folder, { recursive: true }));

const column = (name: string, inferred_type: string, more: object = {}) => ({
  name,
  inferred_type,
  completeness: 1,
  ...more,
});
const SPECIES = { string_constraints: { domains: ['setosa', 'virginica'] } };
const IRIS = [
  column('id', 'Integral', { num_constraints: { is_non_negative: true } }),
  column('width', 'Fractional'),
  column('species', 'String', SPECIES),
];
const described = (features: readonly object[], monitoring_config: object = {}) =>
  readDataConstraints('c.json', JSON.stringify({ version: 0, features, monitoring_config }));

/** What the gate says of a file with this content: refusals alone, or that it passed. */
async function judged(name: string, content: string | Uint8Array, constraints = described(IRIS)) {
  const path = join(folder, name);
  writeFileSync(path, content);
  try {
    const profile = await readTable({ file: name, path }, constraints);
    return judgeData({ file: name, features: constraints, profile })
      .filter(({ kind }) => kind !== 'shown')
      .map(({ kind, sentence }) => (kind === 'refused' ? sentence : `${kind}: ${sentence}`));
  } catch (error) {
    return [(error as Error).message];
  }
}

const csv = (...rows: string[]) => ['id,width,species', ...rows, ''].join('\n');
const parquet = (id: unknown[], width: unknown[], species: unknown[]) =>
  new Uint8Array(
    parquetWriteBuffer({
      columnData: [
        { name: 'id', data: id, type: 'INT64', nullable: true },
        { name: 'width', data: width, type: 'DOUBLE', nullable: true },
        { name: 'species', data: species, type: 'STRING', nullable: true },
      ] as never,
    }),
  );
const jsonl = (...rows: object[]) => rows.map((row) => JSON.stringify(row)).join('\n');
const passed = (name: string, rows: number) => [
  `passed: ${name} has ${rows === 1 ? '1 row' : `${rows} rows`} and 3 columns, as its constraints ask`,
];

describe('a table that is as its constraints ask passes', () => {
  test.each<[string, string, string | Uint8Array]>([
    ['CSV', 'a.csv', csv('1,0.2,setosa', '2,3,virginica')],
    [
      'CSV with quotes and line breaks of Windows',
      'b.csv',
      '\uFEFFid,width,species\r\n"1",0.2,"setosa"\r\n2,1e-3,virginica\r\n',
    ],
    [
      'JSON Lines',
      'a.jsonl',
      jsonl({ id: 1, width: 0.2, species: 'setosa' }, { width: 1, id: 2, species: 'virginica' }),
    ],
    ['Parquet', 'a.parquet', parquet([1n, 2n], [0.2, 1], ['setosa', 'virginica'])],
    ['Parquet of another name', 'a.data', parquet([1n, 2n], [0.2, 1], ['setosa', 'virginica'])],
    ['CSV of another name', 'b.data', csv('1,0.2,setosa', '2,3,virginica')],
    [
      'JSON Lines of another name',
      'c.data',
      jsonl({ id: 1, width: 0.2, species: 'setosa' }, { id: 2, width: 1, species: 'setosa' }),
    ],
  ])('%s', async (_, name, content) => {
    expect(await judged(name, content)).toEqual(passed(name, 2));
  });

  test('a CSV file without a header, where the constraints name its columns so', async () => {
    const constraints = described([column('_c0', 'Integral'), column('_c1', 'Fractional')]);
    expect(await judged('n.csv', '1,0.5\n2,0.25', constraints)).toEqual([
      'passed: n.csv has 2 rows and 2 columns, as its constraints ask',
    ]);
  });

  test('a column that is not evaluated may be anything, and is counted aside', async () => {
    const constraints = described([
      column('id', 'Integral', { monitoringConfigOverrides: { evaluate_constraints: 'Disabled' } }),
    ]);
    expect(await judged('d.csv', 'id\nx', constraints)).toEqual([
      'passed: d.csv has 1 row and 1 column, as its constraints ask; 1 column not evaluated (evaluate_constraints: Disabled)',
    ]);
  });

  test('thresholds below one let a share through', async () => {
    const constraints = described([column('id', 'Integral')], { datatype_check_threshold: 0.5 });
    expect(await judged('t.csv', 'id\nx\n1', constraints)).toHaveLength(1);
    expect(await judged('t.csv', 'id\nx\n1', constraints)).toEqual([expect.stringMatching(/^passed/)]);
    expect(await judged('t.csv', 'id\nx\ny\n1', constraints)).toEqual([
      expect.stringMatching(/data_type_check/),
    ]);
  });
});

describe('what breaks a constraint is told, with the check’s name', () => {
  const broken: readonly [string, [unknown, unknown, unknown], string][] = [
    [
      'a missing value',
      [1, null, 'setosa'],
      'the column width of F has a value in 0 % (0 of 1) of its rows, and 100 % is asked (completeness_check)',
    ],
    [
      'NaN',
      [1, NaN, 'setosa'],
      'the column width of F has a value in 0 % (0 of 1) of its rows, and 100 % is asked (completeness_check)',
    ],
    [
      'a negative value',
      [-1, 0.5, 'setosa'],
      'the column id of F has 1 negative value, and is_non_negative is asked',
    ],
    [
      'another word',
      [1, 0.5, 'rose'],
      'the column species of F has 0 % (0 of 1) of its values in its domain, and 100 % is asked (categorical_values_check)',
    ],
    [
      'an infinity',
      [1, Infinity, 'setosa'],
      'the column width of F has values of type Fractional in 0 % (0 of 1), and 100 % is asked (data_type_check); 1 value of it is infinite',
    ],
  ];
  test.each(broken)('%s', async (_, [id, width, species], said) => {
    const values = [id, width, species].map((value) => (value === null ? '' : String(value)));
    expect(await judged('f.csv', csv(values.join(',')))).toEqual([said.replace('F', 'f.csv')]);
    const line = `{"id": ${id}, "width": ${width}, "species": "${species}"}`;
    expect(await judged('f.jsonl', line)).toEqual([said.replace('F', 'f.jsonl')]);
    const columns = parquet([BigInt(Number(id))], [width], [species]);
    expect(await judged('f.parquet', columns)).toEqual([said.replace('F', 'f.parquet')]);
  });

  test.each<[string, string, string | Uint8Array, readonly (string | RegExp)[]]>([
    [
      'a column that is missing',
      'm.csv',
      'id,width\n1,2.5',
      [/^m\.csv has no column species \(missing_column_check\)$/],
    ],
    [
      'a column more',
      'x.csv',
      'id,width,species,\u001bage\n1,2.5,setosa,7',
      [/^x\.csv has 1 column that the constraints do not describe \(extra_column_check\): .age$/],
    ],
    ['a column twice', 'w.csv', 'id,width,species,id\n1,2.5,setosa,1', [/^w\.csv has the column id twice$/]],
    [
      'a fraction in a column of whole numbers',
      'i.csv',
      csv('1.0,2.5,setosa'),
      [/id of i\.csv has values of type Integral in 0 %/],
    ],
    ['a word in a column of numbers', 'n.csv', csv('1,wide,setosa'), [/type Fractional in 0 %/]],
    [
      'rows of another length',
      'r.csv',
      csv('1,2.5', '2,2.5,setosa,9', '3,2.5,setosa'),
      [
        /^r\.csv has 2 broken rows: row 1 has 2 fields instead of 3; row 2 has 4 fields instead of 3$/,
        /completeness_check/,
      ],
    ],
    ['a header alone', 'h.csv', csv(), [/^h\.csv has no rows$/]],
    [
      'a line that is no object',
      'l.jsonl',
      '{"id": 1, "width": 1, "species": "setosa"}\n[1]\nnope',
      [
        /^l\.jsonl has 2 broken rows: row 2 is no JSON object; row 3 is no JSON object$/,
        /id.*completeness/,
        /width.*completeness/,
        /species.*completeness/,
      ],
    ],
    [
      'numbers where texts are asked',
      's.jsonl',
      '{"id": 1, "width": 1, "species": 1}',
      [/species of s\.jsonl has values of type String in 0 %/, /categorical_values_check/],
    ],
    [
      'texts where numbers are asked',
      'u.jsonl',
      '{"id": "1", "width": 1, "species": "setosa"}',
      [/id of u\.jsonl has values of type Integral in 0 %/],
    ],
  ])('%s', async (_, ...[name, content, said]) => {
    expect(await judged(name, content)).toEqual(said.map((one) => expect.stringMatching(one)));
  });

  test('a table of another shape is told in twenty findings at most', async () => {
    const constraints = described(Array.from({ length: 50 }, (_, index) => column(`f${index}`, 'Integral')));
    const said = await judged('o.csv', 'a\n1', constraints);
    expect(said).toHaveLength(21);
    expect(said.at(-1)).toBe('31 further checks of o.csv broken');
  });
});

describe('what is no table is refused with a sentence', () => {
  const whole = parquet([1n], [1], ['setosa']);
  test.each<[string, string, string | Uint8Array, RegExp]>([
    ['an empty file', 'e.csv', '', /e\.csv cannot be read as a table: it is empty/],
    ['a Parquet file that is none', 'p.parquet', 'id,width', /it is no Parquet file, whatever its name says/],
    [
      'a truncated Parquet file',
      'q.parquet',
      whole.slice(0, whole.length - 20),
      /q\.parquet cannot be read as a table: .*footer/,
    ],
    [
      'a Parquet file with a damaged footer',
      'y.parquet',
      whole.map((byte, at) => (at > whole.length - 60 && at < whole.length - 8 ? byte ^ 0x5a : byte)),
      /y\.parquet cannot be read as a table: /,
    ],
    [
      'UTF-16',
      'v.csv',
      new Uint8Array(Buffer.from('\uFEFFid,width', 'utf16le')),
      /it is UTF-16\. Save it as UTF-8\./,
    ],
    [
      'another encoding',
      'z.csv',
      new Uint8Array([...Buffer.from('id,width,species\n1,2,'), 0xe9, 10]),
      /it is not UTF-8/,
    ],
    ['gzip', 'g.csv', new Uint8Array([0x1f, 0x8b, 8, 0]), /it is compressed with gzip/],
    ['a program', 'k.csv', new Uint8Array([0x7f, 0x45, 0x4c, 0x46, 0, 0]), /it is no text/],
    [
      'semicolons',
      'j.csv',
      'id;width;species\n1;2;3',
      /its header "id;width;species" has no comma\. Separate its columns by commas\./,
    ],
    [
      'a quote in a wrong place',
      't.csv',
      csv('1,2,"setosa" or so', '2'),
      /line 2 has a quote in a wrong place/,
    ],
    ['a quote that is not closed', 'b.csv', csv('1,2,"setosa', '2,3,x'), /has a quote in a wrong place/],
  ])('%s', async (_, ...[name, content, said]) => {
    expect(await judged(name, content)).toEqual([expect.stringMatching(said)]);
  });

  test('a line without end is refused before it fills the memory', async () => {
    expect(await judged('huge.csv', `id\n${'1'.repeat(17 * 1024 * 1024)}`)).toEqual([
      expect.stringMatching(/a line of it has more than 16 MiB/),
    ]);
  });

  test('damage anywhere in a Parquet file ends in findings or a sentence', async () => {
    const rows = Array.from({ length: 40 }, (_, index) => index);
    const bytes = parquet(
      rows.map(BigInt),
      rows.map((row) => row / 3),
      rows.map(() => 'setosa'),
    );
    await fc.assert(
      fc.asyncProperty(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), async (at, mask) => {
        const damaged = bytes.map((byte, index) => (index === at ? byte ^ mask : byte));
        for (const said of await judged('damaged.parquet', damaged)) expect(said).toMatch(/damaged\.parquet/);
      }),
      { numRuns: 300 },
    );
  });
});

test('the pieces in which a file is read change nothing', async () => {
  const rows = Array.from({ length: 60_000 }, (_, row) =>
    row % 7 === 0 ? `${row},0.5,"setosa"` : `${row},${row / 8}.5,virginica é`,
  );
  const text = csv(...rows.map((row) => row.replace('.5.5', '.5').replace(/(\d\.\d+)\.5/, '$1')));
  const constraints = described([
    column('id', 'Integral'),
    column('width', 'Fractional'),
    column('species', 'String'),
  ]);
  expect(await judged('long.csv', text, constraints)).toEqual([
    'passed: long.csv has 60000 rows and 3 columns, as its constraints ask',
  ]);
  expect(readFileSync(join(folder, 'long.csv')).length).toBeGreaterThan(1024 * 1024);
});
