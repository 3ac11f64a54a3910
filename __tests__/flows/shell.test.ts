import { expect, test } from '@jest/globals';
import { readlinkSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { realClock, type Clock } from '../../src/clients/clock.ts';
import { nodeShell, type Command } from '../../src/clients/shell.ts';
import { Cancelled, UserError } from '../../src/errors.ts';

const never = new AbortController().signal;
const shell = nodeShell({ clock: realClock, signal: never });

/** A program written here, run by this very Node. */
function program(source: string, more: Partial<Command> = {}): Command {
  return { file: process.execPath, args: ['-e', source], ...more };
}

/** Time that runs twenty times as fast: programs are deaf for two seconds only in these tests' names. */
const fastClock: Clock = { now: realClock.now, sleep: (ms, signal) => realClock.sleep(ms / 20, signal) };

/** Time stands still until a timer of exactly this length is told to end; the others run fast. */
function clockHolding(ms: number): Clock & { ring(): void } {
  const held: (() => void)[] = [];
  return {
    now: realClock.now,
    sleep: (asked, signal) =>
      asked === ms ? new Promise((resolve) => held.push(resolve)) : fastClock.sleep(asked, signal),
    ring: () => held.forEach((resolve) => resolve()),
  };
}

/** Ends when the process does; a zombie whose parent is gone counts as ended. */
async function gone(pid: number): Promise<void> {
  for (;;) {
    try {
      process.kill(pid, 0);
      readlinkSync(`/proc/${pid}/exe`);
    } catch {
      return;
    }
    await delay(5);
  }
}

test('arguments arrive one by one, untouched by any shell', async () => {
  const hostile = [
    '; touch x',
    '$(id)',
    '`id`',
    '"',
    "'",
    'a b',
    '',
    '*',
    '\\',
    '\n',
    '--help',
    '| cat',
    '🌸',
  ];
  const { stdout, exitCode } = await shell.run({
    file: process.execPath,
    args: ['-e', 'console.log(JSON.stringify(process.argv.slice(1)))', '--', ...hostile],
  });
  expect(JSON.parse(stdout)).toEqual(hostile);
  expect(exitCode).toBe(0);
});

test('an exit code is an answer, a signal too', async () => {
  expect(await shell.run(program('process.exit(5)'))).toMatchObject({ exitCode: 5, signal: undefined });
  expect(await shell.run(program('process.kill(process.pid, "SIGKILL")'))).toMatchObject({
    exitCode: undefined,
    signal: 'SIGKILL',
    timedOut: false,
  });
});

test('lines of stdout and stderr arrive sanitised, stdout whole as it came', async () => {
  const lines: string[] = [];
  const source = `
    process.stdout.write('\\u001b[32mok\\u001b[0m\\n::add-mask::x\\n');
    setImmediate(() => process.stderr.write('warned\\n'));`;
  const finished = await shell.run(program(source, { onLine: (line) => lines.push(line) }));
  expect(lines.toSorted()).toEqual([': :add-mask::x', 'ok', 'warned']);
  expect(finished.tail.toSorted()).toEqual(lines.toSorted());
  expect(finished.stdout).toBe('\u001b[32mok\u001b[0m\n::add-mask::x\n');
});

test('much output is bounded: 1 MiB of stdout, 200 lines of tail', async () => {
  const source = `const line = 'y'.repeat(1023) + '\\n';
    let n = 0; const more = () => { while (n++ < 65536) if (!process.stdout.write(line)) return process.stdout.once('drain', more); };
    more();`;
  const { stdout, tail } = await shell.run(program(source));
  expect(stdout).toHaveLength(1024 * 1024);
  expect(tail).toHaveLength(200);
});

test('input goes to stdin, which is closed; without input stdin is empty', async () => {
  const echo = 'process.stdin.pipe(process.stdout)';
  expect((await shell.run(program(echo, { input: 'p4ssword' }))).stdout).toBe('p4ssword');
  expect((await shell.run(program(echo))).stdout).toBe('');
  // A program that never reads a large input ends all the same.
  expect((await shell.run(program('process.exit(0)', { input: 'x'.repeat(10_000_000) }))).exitCode).toBe(0);
});

test('the environment is the runner’s, with additions and removals', async () => {
  const own = nodeShell({ clock: realClock, signal: never, env: { KEPT: '1', DROPPED: '2' } });
  const source = 'const { KEPT, DROPPED, ADDED } = process.env; console.log(KEPT, DROPPED, ADDED)';
  const { stdout } = await own.run(program(source, { env: { ADDED: '3', DROPPED: undefined } }));
  expect(stdout).toBe('1 undefined 3\n');
});

test('a program cannot write this step’s outputs, and does not see its inputs', async () => {
  const env = { GITHUB_OUTPUT: '/o', GITHUB_ENV: '/e', INPUT_SECRETS: 'a=b', GITHUB_SHA: 'kept' };
  const own = nodeShell({ clock: realClock, signal: never, env });
  const { stdout } = await own.run(program('console.log(JSON.stringify(process.env))'));
  expect(JSON.parse(stdout)).toEqual({ GITHUB_SHA: 'kept' });
});

test.each([
  ['program-missing', { file: 'no-such-program-here', args: [] }, 'no program "no-such-program-here"'],
  ['folder-missing', { file: process.execPath, args: [], cwd: '/no/such/folder' }, '/no/such/folder'],
  ['program-unusable', { file: '/etc/passwd', args: [] }, 'EACCES'],
  ['program-unusable', { file: process.execPath, args: ['a\0b'] }, 'NUL'],
] as const)('%s is a user’s mistake', async (code, command, words) => {
  const error = await shell.run(command).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(UserError);
  expect(error).toMatchObject({ code, message: expect.stringContaining(words) });
});

/** A program with a child of its own, both deaf to SIGTERM; it prints both process ids. */
const STUBBORN = `
  const { spawn } = require('node:child_process');
  process.on('SIGTERM', () => {});
  const child = spawn(process.execPath, ['-e', 'process.on("SIGTERM", () => {}); console.log("up"); setInterval(() => {}, 1000)'], { stdio: ['ignore', 'pipe', 'ignore'] });
  child.stdout.once('data', () => console.log(process.pid + ' ' + child.pid));
  setInterval(() => {}, 1000);`;

test('a time limit ends the program and its children, even those deaf to SIGTERM', async () => {
  const clock = clockHolding(60_000);
  let pids: number[] = [];
  const finished = await nodeShell({ clock, signal: never }).run(
    program(STUBBORN, {
      timeoutMs: 60_000,
      onLine: (line) => {
        pids = line.split(' ').map(Number);
        clock.ring();
      },
    }),
  );
  expect(finished).toMatchObject({ timedOut: true, signal: 'SIGKILL', exitCode: undefined });
  expect(pids).toHaveLength(2);
  await Promise.all(pids.map(gone));
});

test('the stop signal ends them too, and nothing is started after it', async () => {
  const stop = new AbortController();
  let pids: number[] = [];
  const own = nodeShell({ clock: fastClock, signal: stop.signal });
  const onLine = (line: string) => {
    pids = line.split(' ').map(Number);
    stop.abort('SIGINT');
  };
  await expect(own.run(program(STUBBORN, { onLine }))).rejects.toThrow(Cancelled);
  await Promise.all(pids.map(gone));
  await expect(own.run(program('console.log(1)'))).rejects.toThrow(/SIGINT/);
});

test('children that a program leaves behind do not outlive it', async () => {
  const source = `
    const child = require('node:child_process').spawn('sleep', ['1000'], { stdio: 'ignore' });
    console.log(child.pid); child.unref();`;
  const { stdout, exitCode, timedOut } = await nodeShell({ clock: fastClock, signal: never }).run(
    program(source),
  );
  expect({ exitCode, timedOut }).toEqual({ exitCode: 0, timedOut: false });
  await gone(Number(stdout));
});

test('a child that left the group and holds our pipes is not waited for', async () => {
  const source = `
    const child = require('node:child_process').spawn('sleep', ['1000'], { stdio: 'inherit', detached: true });
    console.log(child.pid); child.unref();`;
  const { stdout } = await nodeShell({ clock: fastClock, signal: never }).run(program(source));
  process.kill(Number(stdout), 'SIGKILL');
});
