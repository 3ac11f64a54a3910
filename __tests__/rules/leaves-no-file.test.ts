import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, watch } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';

const PROJECT = join(import.meta.dirname, '..', '..');
let temp: string;

beforeAll(() => void (temp = mkdtempSync(join(tmpdir(), 'alone-'))));
afterAll(() => rmSync(temp, { recursive: true, force: true }));

/** Jest alone, as `npm run test:unit -- FILE` starts it on a machine whose temporary folder is `temp`. */
function jest(file: string): ChildProcess {
  const args = ['--experimental-vm-modules', '--no-warnings', 'node_modules/jest/bin/jest.js'];
  const { RUNNER_TEMP: _, MODEL_RELEASE_SCRATCH: _mark, ...env } = process.env;
  return spawn(process.execPath, [...args, '--ci', '--runTestsByPath', file], {
    cwd: PROJECT,
    env: { ...env, TMPDIR: temp },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
}

function ended(child: ChildProcess): Promise<{ code: number | null; output: string }> {
  let output = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (output += text));
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, output })));
}

test('a test file that makes folders leaves none of them when jest is started alone', async () => {
  const { code, output } = await ended(jest('__tests__/flows/attach-supervised.test.ts'));
  expect([code, output]).toEqual([0, expect.stringMatching(/Tests: +\d+ passed/)]);
  expect(readdirSync(temp)).toEqual([]);
});

test.each(['SIGINT', 'SIGTERM'] as const)('nor after %s', async (signal) => {
  const watcher = watch(temp);
  const child = jest('__tests__/flows/attach.test.ts');
  const end = ended(child);
  // The first thing in it is the run's folder.
  watcher.once('change', () => child.kill(signal));
  const { code } = await end;
  watcher.close();
  expect(code).toBe(signal === 'SIGINT' ? 130 : 143);
  expect(readdirSync(temp)).toEqual([]);
});
