import { expect, test } from '@jest/globals';
import { existsSync, readFileSync, readlinkSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { realClock, type Clock } from '../../src/clients/clock.ts';
import { ANSWER_LIMIT } from '../../src/clients/exec.ts';
import { nodeShell, type LongCommand, type ShortCommand } from '../../src/clients/shell.ts';
import { Cancelled, UserError } from '../../src/errors.ts';

const never = new AbortController().signal;
const shell = nodeShell({ clock: realClock, signal: never });

/** A program written here, run by this very Node. */
function program(source: string, more: Partial<LongCommand> = {}): LongCommand {
  return { file: process.execPath, args: ['-e', source], writes: undefined, ...more };
}

function question(source: string, more: Partial<ShortCommand> = {}): ShortCommand {
  return { file: process.execPath, args: ['-e', source], writes: undefined, ...more };
}

/** Both ways to run a program; what it prints is short. */
const ways = [
  ['run', async (command: LongCommand, own = shell) => printed(own, command)],
  ['ask', async (command: LongCommand, own = shell) => own.ask(command)],
] as const;

/** A long one, with what it printed. */
async function printed(own: typeof shell, command: LongCommand) {
  const lines: string[] = [];
  const finished = await own.run({ ...command, onLine: (line) => lines.push(line) });
  return { ...finished, stdout: lines.map((line) => `${line}\n`).join('') };
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

test.each(ways)('%s: arguments arrive one by one, untouched by any shell', async (_, start) => {
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
  const source = 'console.log(JSON.stringify(process.argv.slice(1)))';
  const { stdout, exitCode } = await start(program(source, { args: ['-e', source, '--', ...hostile] }));
  expect(JSON.parse(stdout)).toEqual(hostile);
  expect(exitCode).toBe(0);
});

test.each(ways)('%s: an exit code is an answer, a signal too', async (_, start) => {
  expect(await start(program('process.exit(5)'))).toMatchObject({ exitCode: 5, timedOut: false });
  expect(await start(program('process.kill(process.pid, "SIGKILL")'))).toMatchObject({
    exitCode: undefined,
    timedOut: false,
  });
});

test('a signal that ended a program is named', async () => {
  const { signal } = await shell.run(program('process.kill(process.pid, "SIGKILL")'));
  expect(signal).toBe('SIGKILL');
});

test('lines of stdout and stderr arrive sanitised; an answer is whole as it came', async () => {
  const lines: string[] = [];
  const source = `
    process.stdout.write('\\u001b[32mok\\u001b[0m\\n::add-mask::x\\n');
    setImmediate(() => process.stderr.write('warned\\n'));`;
  const finished = await shell.run(program(source, { onLine: (line) => lines.push(line) }));
  expect(lines.toSorted()).toEqual([': :add-mask::x', 'ok', 'warned']);
  expect(finished.tail.toSorted()).toEqual(lines.toSorted());
  const answer = await shell.ask(question(source));
  expect(answer.stdout).toBe('\u001b[32mok\u001b[0m\n::add-mask::x\n');
  expect(answer.tail.toSorted()).toEqual(lines.toSorted());
});

test('of much output 200 lines are kept; as an answer it is refused, and the program ended', async () => {
  const source = `const line = 'y'.repeat(1023) + '\\n';
    let n = 0; const more = () => { while (n++ < 65536) if (!process.stdout.write(line)) return process.stdout.once('drain', more); };
    more();`;
  expect((await shell.run(program(source))).tail).toHaveLength(200);
  expect(64 * 1024 * 1024).toBeGreaterThan(ANSWER_LIMIT);
  await expect(shell.ask(question(source))).rejects.toMatchObject({ code: 'answer-too-long' });
});

test('input goes to stdin, which is closed; without input stdin is empty', async () => {
  const echo = 'process.stdin.pipe(process.stdout)';
  expect((await shell.ask(question(echo, { input: 'p4ssword' }))).stdout).toBe('p4ssword');
  expect((await shell.ask(question(echo))).stdout).toBe('');
  expect((await printed(shell, program(echo))).stdout).toBe('');
  // A program that never reads a large input ends all the same.
  const large = question('process.exit(0)', { input: 'x'.repeat(10_000_000) });
  expect((await shell.ask(large)).exitCode).toBe(0);
});

test.each(ways)('%s: the environment is the runner’s, with additions and removals', async (_, start) => {
  const own = nodeShell({ clock: realClock, signal: never, env: { KEPT: '1', DROPPED: '2' } });
  const source = 'const { KEPT, DROPPED, ADDED } = process.env; console.log(KEPT, DROPPED, ADDED)';
  const { stdout } = await start(program(source, { env: { ADDED: '3', DROPPED: undefined } }), own);
  expect(stdout).toBe('1 undefined 3\n');
});

test.each(ways)(
  '%s: a program cannot write this step’s outputs, and does not see its inputs',
  async (_, start) => {
    const env = { GITHUB_OUTPUT: '/o', GITHUB_ENV: '/e', INPUT_SECRETS: 'a=b', GITHUB_SHA: 'kept' };
    const own = nodeShell({ clock: realClock, signal: never, env });
    const { stdout } = await start(program('console.log(JSON.stringify(process.env))'), own);
    expect(JSON.parse(stdout)).toEqual({ GITHUB_SHA: 'kept' });
  },
);

test.each([
  ['program-missing', { file: 'no-such-program-here', args: [] }, 'no program "no-such-program-here"'],
  ['folder-missing', { file: process.execPath, args: [], cwd: '/no/such/folder' }, '/no/such/folder'],
  ['program-unusable', { file: '/etc/passwd', args: [] }, 'EACCES'],
  ['program-unusable', { file: process.execPath, args: ['a\0b'] }, 'NUL'],
] as const)('%s is a user’s mistake', async (code, command, words) => {
  for (const [, start] of ways) {
    const error = await start({ ...command, writes: undefined }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(UserError);
    expect(error).toMatchObject({ code, message: expect.stringContaining(words) });
  }
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

/** Prints its process id and stays. */
const STAYS = `console.log(process.pid); setInterval(() => {}, 1000);`;

/** The answer of a program that stays, given `stop` once its process id is known. */
async function askOneThatStays(stop: () => void, own: typeof shell) {
  const folder = await mkdtemp(join(tmpdir(), 'model-release-ask-'));
  const file = join(folder, 'pid');
  const source = `require('node:fs').writeFileSync(${JSON.stringify(file)}, String(process.pid)); ${STAYS}`;
  try {
    const answer = own.ask(question(source, { timeoutMs: 60_000 })).catch((error: unknown) => error);
    while (!existsSync(file) || readFileSync(file, 'utf8') === '') await delay(5);
    const pid = Number(readFileSync(file, 'utf8'));
    stop();
    const result = await answer;
    await gone(pid);
    return result;
  } finally {
    await rm(folder, { recursive: true });
  }
}

test('a question has a time limit, and its program is gone after it', async () => {
  const clock = clockHolding(60_000);
  const own = nodeShell({ clock, signal: never });
  expect(await askOneThatStays(clock.ring, own)).toMatchObject({ timedOut: true, exitCode: undefined });
});

test('the stop signal ends a question', async () => {
  const stop = new AbortController();
  const own = nodeShell({ clock: realClock, signal: stop.signal });
  expect(await askOneThatStays(() => stop.abort('SIGINT'), own)).toBeInstanceOf(Cancelled);
  await expect(own.ask(question('console.log(1)'))).rejects.toThrow(/SIGINT/);
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
  const own = nodeShell({ clock: fastClock, signal: never });
  const { stdout, exitCode, timedOut } = await printed(own, program(source));
  expect({ exitCode, timedOut }).toEqual({ exitCode: 0, timedOut: false });
  await gone(Number(stdout));
});

test('a child that left the group and holds our pipes is not waited for', async () => {
  const source = `
    const child = require('node:child_process').spawn('sleep', ['1000'], { stdio: 'inherit', detached: true });
    console.log(child.pid); child.unref();`;
  const { stdout } = await printed(nodeShell({ clock: fastClock, signal: never }), program(source));
  process.kill(Number(stdout), 'SIGKILL');
});
