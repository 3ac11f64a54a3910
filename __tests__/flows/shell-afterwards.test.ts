import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { realClock } from '../../src/clients/clock.ts';
import { nodeShell } from '../../src/clients/shell.ts';
import { Cancelled } from '../../src/errors.ts';

let folder: string;
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), 'model-release-afterwards-'))));
afterAll(() => rm(folder, { recursive: true, force: true }));

/** A program with what leaves a file once it has ended. */
function leaving(name: string, ...args: readonly [file: string, ...string[]]) {
  const [file, ...rest] = args;
  return {
    file,
    args: rest,
    writes: undefined,
    afterwards: { file: 'touch', args: [join(folder, name)] },
  };
}

test('what comes afterwards runs when the program has ended, and is over before its result', async () => {
  const shell = nodeShell({ clock: realClock, signal: new AbortController().signal });
  const { exitCode } = await shell.run(
    leaving('ended $(id)', 'sh', '-c', `test ! -e '${folder}/ended $(id)'`),
  );
  expect(exitCode).toBe(0);
  expect(existsSync(join(folder, 'ended $(id)'))).toBe(true);
});

test('it runs after the stop signal', async () => {
  const stop = new AbortController();
  const shell = nodeShell({ clock: realClock, signal: stop.signal });
  const running = shell.run({
    ...leaving('stopped', 'sh', '-c', 'echo up; sleep 60'),
    onLine: () => stop.abort('SIGTERM'),
  });
  await expect(running).rejects.toThrow(Cancelled);
  expect(existsSync(join(folder, 'stopped'))).toBe(true);
});

test('it runs when this process is killed', async () => {
  const source = `
    const { nodeShell } = await import('./src/clients/shell.ts');
    const { realClock } = await import('./src/clients/clock.ts');
    const shell = nodeShell({ clock: realClock, signal: new AbortController().signal });
    await shell.run({ ...${JSON.stringify(leaving('killed', 'sh', '-c', 'echo $PPID; exec sleep 5'))}, onLine: console.log });`;
  const options = ['--disable-warning=ExperimentalWarning', '--input-type=module', '-e', source];
  const child = spawn(process.execPath, options, { stdio: ['ignore', 'pipe', 'inherit'] });
  await new Promise((resolve) => child.stdout.once('data', resolve));
  expect(existsSync(join(folder, 'killed'))).toBe(false);
  child.kill('SIGKILL');
  while (!existsSync(join(folder, 'killed'))) await delay(5);
});
