/**
 * A Docker Engine for the demo and the tests: the one that answers, or one of our own.
 *
 *   node local/engine/engine.ts start|stop|status [--json]
 *
 * `start` uses the engine that `docker info` reaches; else, as root on Debian or Ubuntu, installs docker.io (saying so)
 * and starts a private dockerd; else names the command to run. `stop` ends only an engine that `start` started, and
 * only when no running process uses it any more (`--force`: even then).
 */
import { pathToFileURL } from 'node:url';
import { command } from './command.ts';
import { daemonPid, engineVersion, startDaemon, stopDaemon } from './daemon.ts';
import { installPackages, mayInstallPackages, type Log } from './install.ts';
import { Leases } from './leases.ts';
import { withMachineLock } from './lock.ts';
import { enginePaths } from './paths.ts';

export interface EngineStatus {
  available: boolean;
  /** Value for DOCKER_HOST; absent when the docker client finds the engine by itself. */
  dockerHost?: string;
  version?: string;
  /** True for the private engine that `start` started. */
  own: boolean;
  /** Why none is available, and the command to run. */
  reason?: string;
}

export interface EngineOptions {
  log?: Log;
  /** Pid of the process that uses the engine; the engine is not stopped under it. Default: this process. */
  user?: number;
}

const HOW_TO_GET_ONE: Partial<Record<NodeJS.Platform, string>> = {
  linux: 'curl -fsSL https://get.docker.com | sudo sh',
  darwin: 'brew install --cask docker && open -a Docker',
  win32: 'winget install Docker.DockerDesktop',
};

/** Finds or starts an engine. Never throws for a machine that cannot have one: see `reason`. */
export async function startEngine(options: EngineOptions = {}): Promise<EngineStatus> {
  const log = options.log ?? (() => {});
  const user = options.user ?? process.pid;
  return withMachineLock('engine', async () => {
    const found = await engineStatus();
    if (found.available) {
      if (found.own) await leases().add(user);
      return found;
    }
    const missing = await missingParts();
    if (missing.length > 0) {
      if (!(await mayInstallPackages())) return unavailable(howToGetOne());
      log('No Docker Engine answers: installing docker.io (apt-get update && apt-get install docker.io).');
      const failure = await installPackages(['docker.io'], log);
      if (failure !== undefined) return unavailable(`docker.io could not be installed: ${failure}`);
      // With systemd, installing the package starts an engine that the client finds by itself.
      const installed = await engineStatus();
      if (installed.available) return installed;
    }
    return startOwn(user, log);
  });
}

async function startOwn(user: number, log: Log): Promise<EngineStatus> {
  if (process.getuid?.() !== 0)
    return unavailable('Docker is installed, but its engine does not run: sudo systemctl start docker');
  const paths = enginePaths();
  log(`Starting a private Docker Engine (socket ${paths.socket}).`);
  const started = await startDaemon(paths);
  if ('reason' in started) return unavailable(started.reason);
  await leases().add(user);
  return { available: true, dockerHost: `unix://${paths.socket}`, version: started.version, own: true };
}

/** Stops the private engine unless another running process still uses it. Returns what happened, for a person to read. */
export async function stopEngine(options: EngineOptions & { force?: boolean } = {}): Promise<string> {
  return withMachineLock('engine', async () => {
    await leases().remove(options.user ?? process.pid);
    const paths = enginePaths();
    const users = await leases().holders();
    if (users.length > 0 && options.force !== true) {
      return `The engine stays: process ${users.join(', ')} still uses it (--force stops it all the same).`;
    }
    if ((await daemonPid(paths)) === undefined) return 'No engine of ours runs.';
    await stopDaemon(paths);
    return 'Engine stopped.';
  });
}

/** The engine that answers now, without starting anything. */
async function engineStatus(): Promise<EngineStatus> {
  const own = `unix://${enginePaths().socket}`;
  const named = process.env['DOCKER_HOST'];
  const version = await engineVersion();
  if (version !== undefined) {
    return {
      available: true,
      version,
      own: named === own,
      ...(named === undefined ? {} : { dockerHost: named }),
    };
  }
  const ownVersion = await engineVersion(own);
  if (ownVersion !== undefined) return { available: true, version: ownVersion, own: true, dockerHost: own };
  return unavailable('No Docker Engine answers: node local/engine/engine.ts start');
}

async function missingParts(): Promise<string[]> {
  const parts = ['docker', 'dockerd'];
  const found = await Promise.all(parts.map((part) => command(part, ['--version'])));
  return parts.filter((_, index) => found[index]?.code !== 0);
}

function howToGetOne(): string {
  const how = HOW_TO_GET_ONE[process.platform] ?? 'https://docs.docker.com/engine/install/';
  return `No Docker Engine answers, and none can be installed without root on Debian or Ubuntu. Run: ${how}`;
}

function unavailable(reason: string): EngineStatus {
  return { available: false, own: false, reason };
}

function leases(): Leases {
  return new Leases(enginePaths().leases);
}

async function main(args: string[]): Promise<number> {
  const json = args.includes('--json');
  const log: Log = (line) => console.error(line);
  // The shell that called is the user: this process is gone in a moment.
  const user = process.ppid;
  if (args[0] === 'stop') {
    const outcome = await stopEngine({ user, force: args.includes('--force') });
    console.log(json ? JSON.stringify({ outcome }) : outcome);
    return 0;
  }
  if (args[0] !== 'start' && args[0] !== 'status') {
    console.error('usage: node local/engine/engine.ts start|stop|status [--json] [--force]');
    return 2;
  }
  const status = args[0] === 'start' ? await startEngine({ log, user }) : await engineStatus();
  console.log(json ? JSON.stringify(status) : describe(status));
  return status.available ? 0 : 1;
}

function describe(status: EngineStatus): string {
  if (!status.available) return status.reason ?? 'No Docker Engine answers.';
  const where =
    status.dockerHost === undefined
      ? 'the docker client finds it'
      : `export DOCKER_HOST=${status.dockerHost}`;
  return `Docker Engine ${status.version ?? ''} runs; ${where}.`;
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  process.exitCode = await main(process.argv.slice(2));
}
