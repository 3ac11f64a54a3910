/** How a container of this machine's engine and this process reach each other, and whether they do. */
import { existsSync } from 'node:fs';
import { hostname } from 'node:os';
import type { Shell } from '../../clients/shell.ts';
import type { Architecture } from '../../types.ts';

/**
 * - `host`: the machine's own network, on Linux. What serves us listens on 127.0.0.1 only, and so does what the container serves; in
 *   return the container reaches every service of this machine, as the tests on the runner do.
 * - `shared`: this process is in a container of the same engine, and the image gets that one's network.
 * - `published`: the engine runs in a virtual machine (Docker Desktop): a port is published on 127.0.0.1.
 */
export type EngineNetwork =
  | { readonly kind: 'host' | 'published'; readonly hostName: string }
  | { readonly kind: 'shared'; readonly hostName: string; readonly container: string };

/** `notTried`: why no image can be tried here, as a clause. */
export type EnginePlace = EngineNetwork | { readonly notTried: string };

interface Engine {
  readonly OSType?: string;
  readonly OperatingSystem?: string;
  readonly Architecture?: string;
  readonly SecurityOptions?: readonly string[] | null;
}

/** @param machine what differs between machines; by default this one. */
export async function findPlace(
  shell: Shell,
  architecture: Architecture,
  machine: { readonly platform: string; readonly isContainer: boolean } = {
    platform: process.platform,
    isContainer: existsSync('/.dockerenv'),
  },
): Promise<EnginePlace> {
  const [info, endpoint] = await Promise.all([
    ask(shell, ['info', '--format', '{{json .}}']),
    ask(shell, ['context', 'inspect', '--format', '{{.Endpoints.docker.Host}}']),
  ]);
  const engine = parsed(info);
  const own = engine.Architecture === 'aarch64' ? 'arm64' : engine.Architecture;
  // Emulated, a model takes five to twenty times as long: its time limit would say nothing.
  if (own !== undefined && own !== architecture)
    return { notTried: `the image is for ${architecture}, and this machine is ${own}` };
  const [, host] = /^(?:tcp|ssh|https?):\/\/(?:[^@/]*@)?(\[[^\]]*\]|[^:/]*)/.exec(endpoint) ?? [];
  if (host !== undefined && !/^(localhost|127\..*|\[::1\])$/.test(host))
    return { notTried: `the Docker Engine runs on another machine (${host})` };
  if (machine.platform !== 'linux' || engine.OperatingSystem?.includes('Docker Desktop') === true)
    return { kind: 'published', hostName: 'host.docker.internal' };
  const [apart] = /name=(rootless|userns)/.exec((engine.SecurityOptions ?? []).join(' ')) ?? [];
  if (apart !== undefined)
    return { notTried: `the Docker Engine runs in a user namespace (${apart}), which has another network` };
  const container = machine.isContainer
    ? await ask(shell, ['container', 'inspect', '--format', '{{.Id}}', '--', hostname()])
    : '';
  return container === ''
    ? { kind: 'host', hostName: '127.0.0.1' }
    : { kind: 'shared', hostName: '127.0.0.1', container };
}

/** What docker says; empty where it fails. */
async function ask(shell: Shell, args: readonly string[]): Promise<string> {
  const { exitCode, stdout } = await shell.ask({ file: 'docker', args, writes: undefined });
  return exitCode === 0 ? stdout.trim() : '';
}

function parsed(text: string): Engine {
  try {
    return (JSON.parse(text) ?? {}) as Engine;
  } catch {
    return {};
  }
}
