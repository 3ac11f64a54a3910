import { crc32 } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import fc from '../../../harness/property.ts';
import { checksum } from '../../../../src/release/record/checksum.ts';
import {
  DESCRIPTION_LIMIT,
  parseRecord,
  renderRecord,
  runOf,
  type ReleaseRecord,
  type ReleaseState,
} from '../../../../src/release/record/record.ts';
import { parseVersionNote, renderVersionNote } from '../../../../src/release/record/version-note.ts';
import type { Digest } from '../../../../src/types.ts';
import { RECORD as PLAIN } from '../../../harness/records.ts';

const hex = (length: number) =>
  fc
    .array(fc.constantFrom(...'0123456789abcdef'), { minLength: length, maxLength: length })
    .map((c) => c.join(''));
const commits = fc.oneof(hex(40), hex(64));
const versions = fc.integer({ min: 1, max: 99_999 });

/** Records as runs write them: five digits of versions, GitHub's run ids, commits of both kinds; of a known home or not. */
const records: fc.Arbitrary<ReleaseRecord> = fc
  .record({
    live: versions,
    previous: fc.option(versions, { nil: undefined }),
    candidate: versions,
    state: fc.constantFrom<ReleaseState>('ok', 'canary', 'rb'),
    run: fc.bigInt({ min: 1n, max: 99_999_999_999n }),
    attempt: fc.integer({ min: 1, max: 99 }),
    nonce: hex(4),
    commit: fc.option(commits, { nil: undefined }),
    previousCommit: fc.option(commits, { nil: undefined }),
    homes: fc.uniqueArray(hex(8), { maxLength: 2 }),
  })
  .filter(({ live, previous, candidate }) => live !== previous && live !== candidate)
  .map(({ live, previous, candidate, state, run, attempt, nonce, commit, previousCommit, homes }) => ({
    home: homes[0],
    homeBefore: homes[1],
    live: String(live),
    previous: previous === undefined ? undefined : String(previous),
    state,
    candidate: state === 'ok' ? undefined : String(candidate),
    op: `${run}.${attempt}.${nonce}`,
    seq: run,
    commit,
    previousCommit,
  }));

const RECORD: ReleaseRecord = {
  ...PLAIN,
  live: '1234',
  previous: '1233',
  op: '12345678901.1.beef',
  seq: 12_345_678_901n,
  previousCommit: 'b'.repeat(40),
};

test('what is rendered is parsed back, and fits a Description', () => {
  fc.assert(
    fc.property(records, (record) => {
      const text = renderRecord(record);
      expect(text.length).toBeLessThanOrEqual(DESCRIPTION_LIMIT);
      expect(parseRecord(text)).toEqual({ kind: 'record', record });
    }),
  );
});

/** As long as each field can be: versions of 15 digits, run ids of 20, attempts of 6, SHA-256 commits. */
const WIDEST: ReleaseRecord = {
  live: '9'.repeat(15),
  previous: '8'.repeat(15),
  state: 'canary',
  candidate: '7'.repeat(15),
  op: `${'9'.repeat(20)}.999999.beef`,
  seq: BigInt('9'.repeat(20)),
  home: '0123abcd',
  homeBefore: '89abcdef',
  commit: 'a'.repeat(64),
  previousCommit: 'b'.repeat(64),
};

test('the longest record there can be fits', () => {
  const text = renderRecord(WIDEST);
  expect(text).toHaveLength(255);
  expect(parseRecord(text)).toEqual({ kind: 'record', record: WIDEST });
});

test('whatever its fields are, a record of a known home fits and is read back', () => {
  const digits = (most: number) =>
    fc
      .tuple(fc.constantFrom(...'123456789'), fc.integer({ min: 0, max: most - 1 }))
      .chain(([first, more]) =>
        fc
          .array(fc.constantFrom(...'0123456789'), { minLength: more, maxLength: more })
          .map((rest) => first + rest.join('')),
      );
  const wide = fc.record({
    versions: fc.uniqueArray(digits(15), { minLength: 3, maxLength: 3 }),
    op: fc.tuple(digits(20), digits(6), hex(4)).map((parts) => parts.join('.')),
    seq: digits(20),
    homes: fc.uniqueArray(hex(8), { minLength: 2, maxLength: 2 }),
    commits: fc.tuple(commits, commits),
  });
  fc.assert(
    fc.property(wide, ({ versions: [live = '', previous, candidate], op, seq, homes, commits: ids }) => {
      const record = {
        ...WIDEST,
        live,
        previous,
        candidate,
        op,
        seq: BigInt(seq),
        home: homes[0],
        homeBefore: homes[1],
        commit: ids[0],
        previousCommit: ids[1],
      };
      const text = renderRecord(record);
      expect(text.length).toBeLessThanOrEqual(DESCRIPTION_LIMIT);
      expect(parseRecord(text)).toEqual({ kind: 'record', record });
    }),
  );
});

test('a record of the first format is read as one whose home is not known; what does not fit is a defect and no cut text', () => {
  const old = { ...RECORD, commit: 'a'.repeat(64), previousCommit: 'b'.repeat(64) };
  const text = renderRecord(old);
  expect(text).toMatch(/^mr1;/);
  expect(parseRecord(text)).toEqual({ kind: 'record', record: old });
  expect(() => renderRecord({ ...WIDEST, home: undefined, homeBefore: undefined })).toThrow(
    /record of \d+ characters/,
  );
});

test('one text form per record: the fields of one format in the other are damage', () => {
  const signed = (body: string) => `${body};k=${checksum(body)}`;
  const body = (record: ReleaseRecord) => renderRecord(record).replace(/;k=.*/, '');
  const mine = { ...RECORD, home: '0123abcd' };
  const wide = { ...mine, commit: 'a'.repeat(64) };
  expect(parseRecord(signed(body(mine))).kind).toBe('record');
  for (const wrong of [
    body(mine).replace('mr2', 'mr1'),
    body(RECORD).replace('mr1', 'mr2'),
    body(mine).replace('h=0123abcd', 'h='),
    body(mine).replace('h=0123abcd', 'h=0123ABCD'),
    body(mine).replace('h=0123abcd', 'h=0123abcd.'),
    body(mine).replace('h=0123abcd', 'h=0123abcd.0123abcd'),
    body(wide).replace(/;c=[^;]*/, `;c=${wide.commit}`),
    // Bits that no byte uses: base64 of another form.
    body(wide).replace(/;c=([^;]*).;/, ';c=$1r;'),
  ])
    expect({ wrong, ...parseRecord(signed(wrong)) }).toMatchObject({ wrong, kind: 'damaged' });
});

test('the checksum is CRC-32', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      expect(checksum(text)).toBe(crc32(text).toString(16).padStart(8, '0'));
    }),
  );
});

test('the text form is the documented one', () => {
  expect(renderRecord(RECORD)).toMatch(
    /^mr1;v=1234;p=1233;st=ok;cand=;op=12345678901\.1\.beef;seq=12345678901;c=a{40};pc=b{40};k=[0-9a-f]{8}$/,
  );
  expect(renderRecord({ ...RECORD, home: '0123abcd', homeBefore: '89abcdef' })).toMatch(
    /^mr2;v=1234;p=1233;st=ok;cand=;op=12345678901\.1\.beef;seq=12345678901;h=0123abcd\.89abcdef;c=a{40};pc=b{40};k=[0-9a-f]{8}$/,
  );
  expect(runOf(RECORD)).toBe('12345678901');
});

test.each([RECORD, WIDEST])(
  'a single wrong character is noticed, wherever it is and whatever it is: %#',
  (record) => {
    const text = renderRecord(record);
    const position = fc.integer({ min: 0, max: text.length - 1 });
    const character = fc.constantFrom(...'0123456789abcdefghijklmnopqrstuvwxyz;=. A\n');
    fc.assert(
      fc.property(position, character, (at, wrong) => {
        fc.pre(text[at] !== wrong);
        const { kind } = parseRecord(text.slice(0, at) + wrong + text.slice(at + 1));
        expect(kind).not.toBe('record');
      }),
      { numRuns: 2_000 },
    );
  },
);

test('a text that is cut, doubled or padded is no record', () => {
  const text = renderRecord(RECORD);
  for (let length = 4; length < text.length; length += 1)
    expect(parseRecord(text.slice(0, length)).kind).toBe('damaged');
  for (const wrong of [`${text} `, `${text};`, text + text, `${text}\n`])
    expect(parseRecord(wrong).kind).toBe('damaged');
});

test.each([
  ['', 'none'],
  ['Live traffic, do not touch', 'none'],
  ['mr', 'none'],
  ['mr1', 'none'],
  [' mr1;v=1', 'none'],
  ['mr1;', 'damaged'],
  ['mr2;v=1', 'damaged'],
  ['mr3;v=1', 'newer'],
  ['mr10;anything', 'newer'],
])('%j is %s', (description, kind) => {
  expect(parseRecord(description).kind).toBe(kind);
});

describe('records that contradict themselves have no text form', () => {
  test.each<[string, Partial<ReleaseRecord>]>([
    ['a version that is no number', { live: '$LATEST' }],
    ['a version with a leading zero', { live: '01' }],
    ['the live version as its own way back', { previous: '1234' }],
    ['a canary of nothing', { state: 'canary' }],
    ['a canary of the live version', { state: 'canary', candidate: '1234' }],
    ['an op id of another form', { op: 'me' }],
    ['a negative seq', { seq: -1n }],
    ['a short commit', { commit: 'abc1234' }],
    ['a home that is no hash', { home: 'github.com/acme/iris' }],
    ['a home that was taken over from itself', { home: '0123abcd', homeBefore: '0123abcd' }],
    ['a home before none', { homeBefore: '0123abcd' }],
  ])('%s', (_what, wrong) => {
    expect(() => renderRecord({ ...RECORD, ...wrong })).toThrow(RangeError);
  });
});

describe('the note of a version', () => {
  const NOTE = {
    digest: `sha256:${'d'.repeat(64)}` as Digest,
    commit: 'c'.repeat(40),
    base: '41',
    run: '7.1',
  };

  test.each([NOTE, { ...NOTE, base: undefined }, { ...NOTE, commit: 'c'.repeat(64) }])(
    '%j is read back',
    (note) => {
      const text = renderVersionNote(note);
      expect(text.length).toBeLessThanOrEqual(DESCRIPTION_LIMIT);
      expect(parseVersionNote(text)).toEqual(note);
    },
  );

  test.each(['', 'by hand', `mr1;d=sha256:${'d'.repeat(63)};c=${NOTE.commit};base=;run=7.1`, 'mr2;d=x'])(
    '%j is somebody else’s',
    (text) => expect(parseVersionNote(text)).toBeUndefined(),
  );

  test('what has no text form is a defect', () => {
    expect(() => renderVersionNote({ ...NOTE, commit: 'main' })).toThrow(RangeError);
  });
});

test('a contradiction is damaged although its checksum is right', () => {
  const text = renderRecord({ ...RECORD, previous: '1' });
  const body = text.slice(0, text.lastIndexOf(';k=')).replace(';p=1;', `;p=${RECORD.live};`);
  expect(parseRecord(`${body};k=${checksum(body)}`)).toEqual({
    kind: 'damaged',
    reason: 'an impossible previous version',
  });
});
