import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { realClock, type Clock } from '../../../src/clients/clock.ts';
import { nodeShell } from '../../../src/clients/shell.ts';
import type { Tools } from '../../../src/clients/tools.ts';
import { OpenSteps } from '../../../src/clients/writes.ts';
import { Cancelled, UserError } from '../../../src/errors.ts';
import { readIdentity } from '../../../src/inputs/identity.ts';
import { openSession } from '../../../src/run/session.ts';
import type { Part } from '../../../src/run/together.ts';

let temp: string;
beforeEach(async () => void (temp = await mkdtemp(join(tmpdir(), 'together-'))));
afterEach(async () => {
  const left = await readdir(temp);
  await rm(temp, { recursive: true, force: true });
  expect(left).toEqual([]);
});

function scene(clock: Clock = realClock) {
  const lines: string[] = [];
  const stop = new AbortController();
  const log = {
    info: (line: string) => void lines.push(line),
    warning: (line: string) => void lines.push(`! ${line}`),
  };
  const shell = nodeShell({ clock: realClock, signal: stop.signal });
  const tools = { clock, log, shell, signal: stop.signal, random: () => 0, env: { RUNNER_TEMP: temp } };
  const session = openSession({
    run: readIdentity({ GITHUB_SHA: 'a'.repeat(40), GITHUB_RUN_ID: '1' }, undefined),
    tools: tools as unknown as Tools,
    log: { start: (name) => void lines.push(`> ${name}`), end: (closing) => void lines.push(closing) },
    permits: new OpenSteps(),
    warnings: [],
    cutOff: new Promise<never>(() => undefined),
  });
  return { session, lines, stop };
}

function part<V>(name: string, act: (tools: Tools) => Promise<V>): Part<Tools, V> {
  return { step: { name, does: name, why: '', writes: [] }, act, result: String };
}

/** A program of this very Node whose lines go to the log; a test hears of each. */
function program(source: string, onLine: (line: string) => void = () => undefined) {
  return async ({ shell, log }: Tools) => {
    const show = (line: string) => {
      log.info(line);
      onLine(line);
    };
    const args = ['-e', source];
    const { exitCode } = await shell.run({ file: process.execPath, args, writes: undefined, onLine: show });
    if (exitCode !== 0) throw new UserError('failed', { what: `exit code ${exitCode}.` });
    return 'passed';
  };
}

/** Prints its process and waits until it is ended. */
const ENDLESS = 'console.log(process.pid); setInterval(() => {}, 1e6)';

function isGone(pid: string): boolean {
  try {
    return !process.kill(Number(pid), 0);
  } catch {
    return true;
  }
}

const withoutTimes = (lines: readonly string[]) => lines.map((line) => line.replace(/ \(\d+\.\d s\)$/, ''));

test('the second one is carried out beside the first, and its lines are shown after it, in their order', async () => {
  const { session, lines } = scene();
  let arrived = (): void => undefined;
  const second = new Promise<void>((resolve) => (arrived = resolve));
  const building = program('for (let i = 0; i < 20000; i++) console.log(`layer ${i}`)', (line) => {
    if (line === 'layer 19999') arrived();
  });
  const ends = await session.together(
    part('Test', async ({ log }) => {
      await second;
      log.info('tested');
      return 'passed';
    }),
    part('Build', building),
  );
  expect(ends).toEqual({
    first: { kind: 'done', value: 'passed' },
    second: { kind: 'done', value: 'passed' },
  });
  const layers = Array.from({ length: 20000 }, (_, index) => `layer ${index}`);
  expect(withoutTimes(lines)).toEqual([
    '> Test',
    'tested',
    '✓ Test: passed',
    '> Build',
    ...layers,
    '✓ Build: passed',
  ]);
  expect(session.timings()[1]?.durationMs).toBeGreaterThan(0);
});

test('lines that come while kept ones are shown stay in order, and warnings stay warnings', async () => {
  const { session, lines } = scene();
  let go = (): void => undefined;
  const shown = new Promise<void>((resolve) => (go = resolve));
  const ends = session.together(
    part('Test', async () => 'passed'),
    part('Build', async ({ log }) => {
      log.info('one\u2028still one');
      log.warning('two');
      await shown;
      log.info('three');
      return 'built';
    }),
  );
  const push = lines.push.bind(lines);
  lines.push = (...more) => {
    if (more[0] === '! two') go();
    return push(...more);
  };
  await ends;
  expect(lines.slice(3, -1)).toEqual(['one still one', '! two', 'three']);
});

test('when the first fails, the second is stopped with its whole process, and the failure told is the first one', async () => {
  const { session, lines } = scene();
  let started = (_: string): void => undefined;
  const pid = new Promise<string>((resolve) => (started = resolve));
  const failing = async () => {
    await pid;
    throw new UserError('tests-failed', { what: 'The tests failed.' });
  };
  const { first, second } = await session.together(
    part('Test', failing),
    part('Build', program(ENDLESS, started)),
  );
  expect(first).toMatchObject({ kind: 'failed', error: { code: 'tests-failed' } });
  expect(second).toEqual({ kind: 'stopped' });
  expect(isGone(await pid)).toBe(true);
  expect(withoutTimes(lines).at(-1)).toBe('– Build: stopped: Test failed');
});

test('when the second fails, the first is stopped', async () => {
  const { session, lines } = scene();
  let started = (_: string): void => undefined;
  const pid = new Promise<string>((resolve) => (started = resolve));
  const failing = async () => {
    await pid;
    throw new UserError('build-failed', { what: 'The build failed.' });
  };
  const { first, second } = await session.together(
    part('Test', program(ENDLESS, started)),
    part('Build', failing),
  );
  expect([first, second]).toMatchObject([
    { kind: 'stopped' },
    { kind: 'failed', error: { code: 'build-failed' } },
  ]);
  expect(isGone(await pid)).toBe(true);
  expect(withoutTimes(lines).slice(-3)).toEqual([
    '– Test: stopped: Build failed',
    '> Build',
    '✗ Build: The build failed.',
  ]);
});

test('when both fail by themselves, both failures are there', async () => {
  const failing = (code: string) => async () => {
    throw new UserError(code, { what: `${code}.` });
  };
  const { first, second } = await scene().session.together(
    part('Test', failing('a')),
    part('Build', failing('b')),
  );
  expect([first, second]).toMatchObject([{ error: { code: 'a' } }, { error: { code: 'b' } }]);
});

test('a stop signal ends both', async () => {
  const { session, stop } = scene();
  const pids: string[] = [];
  const started = (pid: string) => {
    if (pids.push(pid) === 2) stop.abort('SIGTERM');
  };
  const { first, second } = await session.together(
    part('Test', program(ENDLESS, started)),
    part('Build', program(ENDLESS, started)),
  );
  const failures = [first, second].filter((end) => end.kind === 'failed');
  expect(failures.map(({ error }) => error)).toEqual(expect.arrayContaining([expect.any(Cancelled)]));
  expect([first, second].map(({ kind }) => kind)).not.toContain('done');
  expect(pids.map(isGone)).toEqual([true, true]);
});

test('a build that goes on for long is seen to: a line of it every half minute', async () => {
  let now = 0;
  const { session, lines } = scene({ now: () => now, sleep: realClock.sleep });
  await session.together(
    part('Test', async ({ log }) => {
      log.info('testing');
      return 'passed';
    }),
    part('Build', async ({ log }) => {
      for (now = 0; now <= 60_000; now += 10_000) log.info(`at ${now / 1000} s`);
      return 'built';
    }),
  );
  expect(lines.filter((line) => line.startsWith('Build: '))).toEqual(['Build: at 30 s', 'Build: at 60 s']);
});
