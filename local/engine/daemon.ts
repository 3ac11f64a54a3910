import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { chmod, mkdir, readFile, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { command } from './command.ts';
import { isAlive } from './leases.ts';
import type { EnginePaths } from './paths.ts';

const START_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 30_000;

/** What `docker info` says of the engine behind `dockerHost` (the client's own default when undefined). */
export async function engineVersion(dockerHost?: string): Promise<string | undefined> {
  const env = dockerHost === undefined ? process.env : { ...process.env, DOCKER_HOST: dockerHost };
  const info = await command('docker', ['info', '--format', '{{.ServerVersion}}'], {
    env,
    timeoutMs: 15_000,
  });
  // Old clients exit with 0 and an empty version when no engine answers.
  return info.code === 0 && info.stdout.trim() !== '' ? info.stdout.trim() : undefined;
}

/** Pid of the dockerd that {@link startDaemon} started, if it still runs. */
export async function daemonPid(paths: EnginePaths): Promise<number | undefined> {
  const pid = Number(await readFile(paths.pidFile, 'utf8').catch(() => ''));
  return pid > 0 && (await isAlive(pid, paths.socket)) ? pid : undefined;
}

/**
 * Starts dockerd with its own data, socket and pid file, and waits until it answers.
 *
 * It gets no bridge and touches no iptables rule: the host's network stays as it is, and builds and runs use the
 * host's network (`--network host`). Returns the reason if it cannot be started.
 */
export async function startDaemon(paths: EnginePaths): Promise<{ version: string } | { reason: string }> {
  await mkdir(paths.root, { recursive: true });
  await mkdir(dirname(paths.socket), { recursive: true });
  // A process that can open the socket is root.
  await chmod(dirname(paths.socket), 0o700);
  // A killed daemon leaves its containerd, and pid files; dockerd waits for the processes that have those numbers by now.
  await stopDaemon(paths);
  const pid = spawnDaemon(paths);
  for (let waited = 0; waited < START_TIMEOUT_MS; waited += 250) {
    await sleep(250);
    const version = await engineVersion(`unix://${paths.socket}`);
    if (version !== undefined) return { version };
    if (!(await isAlive(pid, paths.socket))) break;
  }
  await stopDaemon(paths);
  return { reason: `dockerd did not start: ${await endOfLog(paths.log)} (whole log: ${paths.log})` };
}

function spawnDaemon(paths: EnginePaths): number {
  const log = openSync(paths.log, 'w');
  const args = [`--data-root=${paths.data}`, `--exec-root=${paths.exec}`, `--host=unix://${paths.socket}`];
  args.push(`--pidfile=${paths.pidFile}`, '--bridge=none', '--iptables=false', '--ip6tables=false');
  const child = spawn('dockerd', args, { detached: true, stdio: ['ignore', log, log] });
  closeSync(log);
  child.once('error', () => {}); // no dockerd: the caller sees that no such process lives
  child.unref();
  return child.pid ?? 0;
}

async function endOfLog(log: string): Promise<string> {
  const lines = (await readFile(log, 'utf8').catch(() => '')).trim().split('\n');
  const failure = lines.filter((line) => /failed|error|fatal/i.test(line)).at(-1) ?? lines.at(-1) ?? '';
  return failure.slice(0, 400);
}

/** Ends the daemon and what it started (containers, containerd). Nothing happens if it does not run. */
export async function stopDaemon(paths: EnginePaths): Promise<void> {
  const pid = await daemonPid(paths);
  if (pid !== undefined) {
    process.kill(pid, 'SIGTERM');
    await waitForEnd(pid, paths.socket);
  }
  const containerdPidFile = `${paths.exec}/containerd/containerd.pid`;
  const containerdPid = Number(await readFile(containerdPidFile, 'utf8').catch(() => ''));
  if (containerdPid > 0 && (await isAlive(containerdPid, paths.exec))) {
    process.kill(containerdPid, 'SIGTERM');
    await waitForEnd(containerdPid, paths.exec);
  }
  await unmountLeft(paths);
  for (const left of [containerdPidFile, paths.pidFile, paths.socket]) await rm(left, { force: true });
}

/** A killed daemon leaves its file systems mounted; while they are, its folders cannot be deleted. */
async function unmountLeft(paths: EnginePaths): Promise<void> {
  const mounts = await readFile('/proc/self/mounts', 'utf8').catch(() => '');
  const points = mounts.split('\n').map((line) => line.split(' ')[1] ?? '');
  const ours = points.filter((point) =>
    [paths.data, paths.exec].some((root) => `${point}/`.startsWith(`${root}/`)),
  );
  // The last mounted first: they lie in and over each other.
  for (const point of ours.reverse()) await command('umount', ['--lazy', point]);
}

async function waitForEnd(pid: number, mustMention: string): Promise<void> {
  for (let waited = 0; waited < STOP_TIMEOUT_MS; waited += 100) {
    if (!(await isAlive(pid, mustMention))) return;
    await sleep(100);
  }
  process.kill(pid, 'SIGKILL');
}
