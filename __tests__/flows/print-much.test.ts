/** A program that prints more than its log is read: nothing piles up, nothing is lost, and the run ends with its outcome. */
import { Writable } from 'node:stream';
import { expect, test } from '@jest/globals';
import { lineWriter } from '../../src/clients/stdout.ts';
import { immediately, printingAction, SUMMARY } from '../harness/printing-action.ts';

const MINUTES = 60_000;

test(
  'a slow reader: 60 MB of short lines arrive whole, in 300 MB of memory, and the outcome after them',
  async () => {
    const { code, bytes, last, said, rss } = await printingAction(60, { take: immediately });
    expect({ code, said: said.replace(/rss \d+/, '') }).toEqual({ code: 0, said: '' });
    expect(last.endsWith(SUMMARY)).toBe(true);
    expect(bytes).toBeGreaterThan(60 * 1024 * 1024);
    expect(rss).toBeLessThan(300);
  },
  3 * MINUTES,
);

test(
  'a reader that goes away: no stack trace, and the run goes on to its end',
  async () => {
    const { code, said } = await printingAction(8, { take: () => 'leave' });
    expect({ code, said: said.replace(/rss \d+/, '') }).toEqual({ code: 0, said: '' });
  },
  MINUTES,
);

/** A stream that takes what it is given when it is told to, or fails. */
function held() {
  const taken: string[] = [];
  let settle = (_?: Error): void => undefined;
  const stream = new Writable({
    highWaterMark: 10,
    decodeStrings: false,
    autoDestroy: false,
    emitClose: false,
    write: (text: string, _, callback) => {
      taken.push(text);
      settle = (error) => callback(error ?? null);
    },
  });
  return { taken, stream, settle: (error?: Error) => settle(error) };
}

test('lines are written together, and whoever prints more than is taken waits until it was', async () => {
  const { taken, stream, settle } = held();
  const writer = lineWriter(() => stream);
  writer.print('a');
  writer.print('b');
  expect(taken).toEqual([]);
  expect(writer.drained()).toBeUndefined();
  expect(taken).toEqual(['a\nb\n']);
  writer.print('0123456789');
  const wait = writer.drained();
  expect(wait).toBeInstanceOf(Promise);
  let isOver = false;
  void wait?.then(() => (isOver = true));
  await Promise.resolve();
  expect(isOver).toBe(false);
  settle();
  settle();
  await wait;
  expect(writer.drained()).toBeUndefined();
});

test.each(['EPIPE', 'EINVAL', 'EAGAIN'])(
  '%s is nobody’s unhandled error, and nobody waits for ever',
  async (code) => {
    const { stream, settle } = held();
    const writer = lineWriter(() => stream);
    writer.print('0123456789');
    const wait = writer.drained();
    settle(Object.assign(new Error(code), { code }));
    await wait;
    writer.print('more');
    await immediately();
  },
);
