/** local/engine/engine.ts against an engine of its own, beside whatever engine the machine has. */
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { isAlive, Leases } from '../../local/engine/leases.ts';
import { withMachineLock } from '../../local/engine/lock.ts';
import type { EngineStatus } from '../../local/engine/engine.ts';
import { engineOrSkip, leaveEngine, repositoryRoot } from './harness.ts';

const { engine, describeContainers } = await engineOrSkip();
let cache: string;

beforeEach(async () => {
  cache = await mkdtemp(join(tmpdir(), 'mr-cache-'));
});

afterEach(() => rm(cache, { recursive: true, force: true }));

interface Ended {
  code: number | null;
  stdout: string;
}

/** The command line, on a cache directory of its own; `dockerHost` is what the client's environment names, if anything. */
function cli(args: string[], dockerHost?: string): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const { DOCKER_HOST: _ignored, ...rest } = process.env;
    const host = dockerHost === undefined ? {} : { DOCKER_HOST: dockerHost };
    const env = { ...rest, ...host, XDG_CACHE_HOME: cache };
    const script = join(repositoryRoot, 'local/engine/engine.ts');
    const child = spawn(process.execPath, [script, ...args], { env, stdio: ['ignore', 'pipe', 'ignore'] });
    let stdout = '';
    child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, stdout }));
  });
}

async function start(): Promise<EngineStatus> {
  return JSON.parse((await cli(['start', '--json'])).stdout) as EngineStatus;
}

async function daemon(): Promise<number> {
  return Number(await readFile(join(cache, 'model-release/engine/dockerd.pid'), 'utf8'));
}

// Where the client finds an engine by itself, or none may be started, there is nothing of ours to look at.
const ownEngine = engine.own ? describeContainers : describe.skip;

ownEngine('a private engine', () => {
  afterEach(() => cli(['stop', '--force']), 60_000);
  afterAll(leaveEngine);

  test('two starts at once give one engine, and stop leaves nothing running', async () => {
    const [one, two] = await Promise.all([start(), start()]);
    expect(one).toMatchObject({ available: true, own: true });
    expect(two).toEqual(one);
    const pid = await daemon();
    expect(await isAlive(pid, cache)).toBe(true);
    expect((await cli(['stop'])).stdout).toBe('Engine stopped.\n');
    expect(await isAlive(pid, cache)).toBe(false);
    expect((await cli(['status'])).code).toBe(1);
  }, 60_000);

  test('after a daemon that was killed, start brings another', async () => {
    await start();
    const pid = await daemon();
    process.kill(pid, 'SIGKILL');
    while (await isAlive(pid, cache)) await readFile(`/proc/${pid}/stat`).catch(() => undefined);
    expect(await start()).toMatchObject({ available: true, own: true });
    expect(await daemon()).not.toBe(pid);
  }, 60_000);

  test('an engine that somebody else runs is used, and never stopped', async () => {
    const status = JSON.parse((await cli(['start', '--json'], engine.dockerHost)).stdout) as EngineStatus;
    expect(status).toMatchObject({ available: true, own: false, dockerHost: engine.dockerHost });
    expect((await cli(['stop'], engine.dockerHost)).stdout).toBe('No engine of ours runs.\n');
    expect((await cli(['status'], engine.dockerHost)).code).toBe(0);
  }, 60_000);
});

test('a user that died, or whose number somebody else has now, does not keep the engine', async () => {
  const leases = new Leases(join(cache, 'leases'));
  await leases.add(process.pid);
  await leases.add(process.ppid);
  expect((await leases.holders()).sort()).toEqual([process.pid, process.ppid].sort());
  await writeFile(join(cache, 'leases', String(process.ppid)), 'another start time');
  await writeFile(join(cache, 'leases', '4194305'), 'beyond the largest pid');
  expect(await leases.holders()).toEqual([process.pid]);
  await leases.remove(process.pid);
  expect(await leases.holders()).toEqual([]);
});

test('what one process does under the lock, no other does at the same time', async () => {
  const trace: string[] = [];
  const work = (name: string) => async (): Promise<void> => {
    trace.push(`${name} begins`);
    await new Promise((resolve) => setImmediate(resolve));
    trace.push(`${name} ends`);
  };
  const lock = `test-${process.pid}`;
  await Promise.all([withMachineLock(lock, work('a')), withMachineLock(lock, work('b'))]);
  expect(trace.map((line) => line.split(' ')[1])).toEqual(['begins', 'ends', 'begins', 'ends']);
});
