/** How docker is spoken to, whatever it is to do: its builders, its flags, and its names for architectures. */
import type { Builder } from '../../clients/docker.ts';
import type { Architecture } from '../../types.ts';
import { PLATFORM } from './image.ts';

/** One call of docker. Every argument is one element; nothing is ever split again. */
export interface DockerCommand {
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** `--name=value` keeps a value that begins with dashes from being read as a flag. */
export function flags(name: string, values: readonly string[] = []): string[] {
  return values.map((value) => `--${name}=${value}`);
}

export function builderEnvironment({ kind }: Builder): Record<string, string> {
  return {
    BUILDX_NO_DEFAULT_ATTESTATIONS: '1',
    DOCKER_CLI_HINTS: 'false',
    ...(kind === 'buildx' ? {} : { DOCKER_BUILDKIT: kind === 'buildkit' ? '1' : '0' }),
  };
}

export function platformOf(architecture: Architecture): string {
  return `linux/${PLATFORM[architecture]}`;
}

/** Docker's own word for a machine type → Lambda's; undefined for those that Lambda does not run. */
export function architectureOf(docker: string): Architecture | undefined {
  if (docker === 'amd64') return 'x86_64';
  return docker === 'arm64' ? 'arm64' : undefined;
}

/** Whether a version ("v0.12.1-desktop.3") is at least this one; an unreadable one counts as new. */
export function atLeast(version: string, [major, minor]: readonly [number, number]): boolean {
  const [, x, y] = /(\d+)\.(\d+)/.exec(version) ?? [];
  if (x === undefined || y === undefined) return true;
  const [a, b] = [Number.parseInt(x, 10), Number.parseInt(y, 10)];
  return a > major || (a === major && b >= minor);
}
