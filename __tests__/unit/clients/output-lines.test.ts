import { describe, expect, test } from '@jest/globals';
import fc from '../../harness/property.ts';
import {
  LINE_LIMIT,
  TAIL_LINES,
  lineSplitter,
  sanitised,
  tail,
  withoutCommands,
} from '../../../src/clients/output-lines.ts';

function linesOf(...chunks: (string | Uint8Array)[]): string[] {
  const lines: string[] = [];
  const splitter = lineSplitter((line) => lines.push(line));
  for (const chunk of chunks) splitter.write(typeof chunk === 'string' ? Buffer.from(chunk) : chunk);
  splitter.end();
  return lines;
}

describe('lines', () => {
  test.each([
    ['LF', 'a\nb\n', ['a', 'b']],
    ['CRLF', 'a\r\nb\r\n', ['a', 'b']],
    ['CR, as progress bars write it', '10 %\r20 %\rdone\n', ['10 %', '20 %', 'done']],
    ['no end', 'a\nb', ['a', 'b']],
    ['empty lines', '\n\r\n\n', ['', '', '']],
    ['nothing', '', []],
  ])('%s', (_, text, expected) => {
    expect(linesOf(text)).toEqual(expected);
  });

  test('are the same however the bytes are cut', () => {
    const text = 'één\r\nzwei\rtrois 🌸\n\nlast';
    const whole = linesOf(text);
    for (let cut = 0; cut <= Buffer.byteLength(text); cut += 1) {
      const bytes = Buffer.from(text);
      expect(linesOf(bytes.subarray(0, cut), bytes.subarray(cut))).toEqual(whole);
    }
  });

  test('bytes that are no UTF-8 become replacement characters', () => {
    expect(linesOf(Buffer.from([0x61, 0xff, 0xfe, 0x62, 0x0a]))).toEqual(['a\ufffd\ufffdb']);
  });

  test('a line of 50 MB is cut with a notice', () => {
    const chunk = Buffer.alloc(1024 * 1024, 'x');
    const [line, ...more] = linesOf(...Array.from({ length: 50 }, () => chunk), 'end\nnext');
    expect(line).toBe(
      `${'x'.repeat(LINE_LIMIT)} … [${50 * 1024 * 1024 + 3 - LINE_LIMIT} more characters in this line are not shown]`,
    );
    expect(more).toEqual(['next']);
  });

  test('a cut never leaves half a character', () => {
    const [line = ''] = linesOf(`${'x'.repeat(LINE_LIMIT - 1)}🌸\n`);
    expect(line.isWellFormed()).toBe(true);
  });
});

describe('sanitised', () => {
  test.each([
    ['colours', '\u001b[1;31mFAILED\u001b[0m x', 'FAILED x'],
    ['a title', '\u001b]0;title\u0007text', 'text'],
    ['a link', '\u001b]8;;http://x\u001b\\text\u001b]8;;\u001b\\', 'text'],
    ['an unfinished sequence', 'text\u001b[31', 'text'],
    ['a device string', '\u001bPq#0\u001b\\text', 'text'],
    ['an 8-bit sequence', '\u009b31mtext', 'text'],
    ['NUL, bell, backspace, next line', 'a\u0000b\u0007c\u0008d\u0085e', 'abcde'],
    ['tabs stay', 'a\tb', 'a\tb'],
  ])('%s', (_, line, expected) => {
    expect(sanitised(line)).toBe(expected);
  });
});

/** How the runner decides whether a line is a command: a comparison that skips what cannot be seen. */
function obeyed(line: string): boolean {
  const visible = (text: string) => text.replaceAll(/\p{Cf}/gu, '');
  return /^::[^:]+::/.test(visible(line).trimStart()) || /##\[[^\]]+\]/.test(visible(line));
}

describe('workflow commands', () => {
  test.each([
    '::set-output name=digest::forged',
    '::add-mask::a',
    '::stop-commands::token',
    '::error file=a.py::no',
    '   \t::add-mask::a',
    '\u3000::add-mask::a',
    '\u200b::add-mask::a',
    ':\u200b:add-mask::a',
    '\u001b[0m::add-mask::a',
    ':\u001b[0m:add-mask::a',
    ':\u0000:add-mask::a',
    '##[add-mask]a',
    'text before ##[set-output name=digest]forged',
    '##\u001b[0m[add-mask]a',
    '#\u00ad#\u200d[add-mask]a',
    '###[add-mask]a',
  ])('%j is not obeyed', (line) => {
    expect(obeyed(sanitised(line))).toBe(false);
  });

  test('of any text, none is obeyed, and a second pass changes nothing', () => {
    const pieces = fc.constantFrom(
      '::',
      ':',
      '#',
      '##[',
      '[',
      ']',
      ' ',
      '\t',
      '\u200b',
      '\u001b[0m',
      'add-mask',
      '\r',
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 12 }), (parts) => {
        const once = sanitised(parts.join(''));
        expect(obeyed(once)).toBe(false);
        expect(withoutCommands(once)).toBe(once);
      }),
      { numRuns: 3000 },
    );
  });

  test('ordinary text stays as it is', () => {
    const lines = ['test_a.py::test_b PASSED', 'std::vector', '# [title]', 'a ## b', 'x = y[1:]', ': one'];
    expect(lines.map(sanitised)).toEqual(lines);
  });
});

test('the tail holds the last lines in order', () => {
  const last = tail();
  for (let n = 1; n <= 1_000_000; n += 1) last.push(String(n));
  const lines = last.lines();
  expect(lines).toHaveLength(TAIL_LINES);
  expect([lines[0], lines.at(-1)]).toEqual(['999801', '1000000']);
});
