/** A program that prints more than its log is read: nothing piles up, nothing is lost, and the run ends with its outcome. */
import { spawn } from 'node:child_process';
import { Writable } from 'node:stream';
import { expect, test } from '@jest/globals';
import { lineWriter } from '../../src/clients/stdout.ts';

/** Runs a program that prints so many MB of short lines, as an action does: through the real shell and the real runner. */
const ACTION = `
  const { githubRunner } = await import('./src/clients/runner.ts');
  const { nodeShell } = await import('./src/clients/shell.ts');
  const { realClock } = await import('./src/clients/clock.ts');
  const { NOTHING_YET, readLine, countsOf } = await import('./src/release/plan/test-report.ts');
  const [megabytes] = process.argv.slice(1).map(Number);
  const runner = githubRunner({});
  const program = \`const block = 'x y z 1\\\\n'.repeat(8192); let n = 0;
    const more = () => { while (n++ < \${megabytes} * 16) if (!process.stdout.write(block)) return process.stdout.once('drain', more);
      process.stdout.write('1 failed, 2 passed in 0.1s\\\\n'); };
    more();\`;
  let report = NOTHING_YET;
  const shell = nodeShell({ clock: realClock, signal: new AbortController().signal });
  const onLine = (line) => { runner.info(line); report = readLine(report, line); };
  const { exitCode } = await shell.run({ file: process.execPath, args: ['-e', program], writes: 'tests', onLine });
  runner.info('outcome ' + exitCode + ' ' + JSON.stringify(countsOf(report)));
  process.on('exit', () => process.stderr.write('rss ' + Math.round(process.resourceUsage().maxRSS / 1024)));`;

interface Reader {
  /** Called with each piece of output; a promise is waited for before the next. */
  readonly take: (chunk: Buffer) => Promise<void> | 'leave' | undefined;
}

/** The action as a process of its own, whose stdout is read as `take` reads it. */
async function action(megabytes: number, { take }: Reader) {
  const args = [
    '--disable-warning=ExperimentalWarning',
    '--input-type=module',
    '-e',
    ACTION,
    String(megabytes),
  ];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let [bytes, last, said] = [0, '', ''];
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
  child.stdout.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    last = `${last}${chunk.toString()}`.slice(-200);
    const wait = take(chunk);
    if (wait === 'leave') return void child.stdout.destroy();
    if (wait === undefined) return;
    child.stdout.pause();
    void wait.then(() => child.stdout.resume());
  });
  const code = await new Promise((resolve) => child.once('close', resolve));
  return { code, bytes, last, said, rss: Number(/rss (\d+)/.exec(said)?.[1]) };
}

const immediately = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const SUMMARY = 'outcome 0 {"passed":2,"failed":1,"skipped":0}\n';
const MINUTES = 60_000;

test(
  'a slow reader: 60 MB of short lines arrive whole, in 300 MB of memory, and the outcome after them',
  async () => {
    const { code, bytes, last, said, rss } = await action(60, { take: immediately });
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
    const { code, said } = await action(8, { take: () => 'leave' });
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
