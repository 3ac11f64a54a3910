/** Text of any length takes time in proportion to it: each of these lines took minutes where a pattern looked at it again and again. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { lineSplitter, sanitised, withoutCommands } from '../../src/clients/output-lines.ts';
import { githubRunner, SUMMARY_LIMIT_BYTES } from '../../src/clients/runner.ts';
import { whyItFailed } from '../../src/release/plan/build-failure.ts';
import { pathsIn } from '../../src/release/plan/test-files.ts';
import { buildLogReader } from '../../src/release/plan/image-tests.ts';
import { refusalOf } from '../../src/fleet/plan/refusal.ts';
import { isTagImmutable } from '../../src/release/plan/image-place.ts';
import { explainPush } from '../../src/release/plan/push.ts';
import { runnersIn } from '../../src/release/plan/test-commands.ts';
import { lineThatMatters, NOTHING_YET, readLine } from '../../src/release/plan/test-report.ts';

const SIZE = 1_000_000;
/** What made a pattern look again: repeated up to a million characters. */
const PIECES = [
  'x',
  ' ',
  '\n',
  '\r',
  '\t',
  '=',
  '_',
  '1',
  '1 ',
  '#',
  '##',
  ':',
  '::',
  '\u200b',
  '#\u200b',
  '\u001b',
  '\u001b[',
  '\u001b]',
  '\u001bP',
  '1 passed ',
  ' in 1',
  '1 passed in ',
  'tag ',
  'tag already exists in ',
  'ERROR ',
  '(',
  '- ',
  ' - ',
  '::a',
  'FAILED a::b',
  '1 a',
  'Error',
  'E  ',
  'ok ',
  '> ',
  'exit code: 1',
  '#1 1.1',
  "The command '",
  'status 5',
  '\u2028',
] as const;
const long = (piece: string): string => piece.repeat(Math.ceil(SIZE / piece.length));

const builder = { kind: 'buildx', version: '0.30' } as const;
const READERS: Readonly<Record<string, (text: string) => unknown>> = {
  sanitised,
  withoutCommands,
  'lines of output': (text) => {
    const splitter = lineSplitter(() => undefined);
    splitter.write(Buffer.from(text));
    splitter.end();
  },
  'the test report': (text) => {
    const report = [text, `FAILED ${text}`, `_____ ${text} _____`, `E   ${text}`].reduce(
      readLine,
      NOTHING_YET,
    );
    return lineThatMatters(report, [text]);
  },
  'the build log': (text) => [
    buildLogReader(builder)(text),
    buildLogReader({ ...builder, kind: 'classic' })(text),
  ],
  'a failed build': (text) =>
    whyItFailed(['------', ` > ${text}`, text, "The command 'x' returned a non-zero code: 1"]),
  'a failed push': (text) =>
    explainPush({ reference: 'h/r:t', repository: 'r' }, { timedOut: false, tail: [text] }),
  'the words of a command': (text) => [pathsIn([text]), runnersIn([text])],
  "GitHub's refusal": (text) => refusalOf([{ message: `a${text}b` }]),
  'a wildcard': (text) =>
    isTagImmutable({ mutability: 'IMMUTABLE_WITH_EXCLUSION', exclusions: ['*a*b*c*'] }, text),
};

describe.each(Object.entries(READERS))('%s', (_, read) => {
  // The time limit of a test is what a pattern that looks again and again does not keep.
  test.each(PIECES.map((piece) => [JSON.stringify(piece), piece]))(
    'a million characters of %s',
    (_name, piece) => {
      read(long(piece));
    },
  );
});

test.each(['x', ' ', '\n', 'é'])('a summary of 5 MB of %j is cut at a line end', async (piece) => {
  const folder = await mkdtemp(join(tmpdir(), 'model-release-summary-'));
  const file = join(folder, 'summary');
  try {
    const text = `first\n${long(piece)}`;
    await githubRunner({ GITHUB_STEP_SUMMARY: file }).summary(text);
    const written = await readFile(file, 'utf8');
    expect(Buffer.byteLength(written)).toBeLessThan(SUMMARY_LIMIT_BYTES + 200);
    expect(written).toMatch(/^first\n/);
    expect(written).toMatch(/\n_The summary was longer than GitHub shows and is cut here\._\n$/);
    expect(written).not.toContain('\ufffd');
  } finally {
    await rm(folder, { recursive: true });
  }
});
