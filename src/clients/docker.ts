/** What docker on this machine says about itself and its images. Nothing here changes anything. */
import { UserError } from '../errors.ts';
import { ProgramFailed, type ShortOutput, type Shell } from './shell.ts';

/**
 * What builds on this runner.
 * - `buildx`: the plugin. - `buildkit`: BuildKit inside an older docker client. - `classic`: the engine's first builder.
 */
export interface Builder {
  readonly kind: 'buildx' | 'buildkit' | 'classic';
  /** Of buildx, or of the docker client. */
  readonly version: string;
}

/**
 * Which builder this runner has. Looked up before the tests: a runner without docker should say so in the first second.
 * @throws UserError `docker-missing`, `docker-unavailable` or `docker-windows`.
 */
export async function findBuilder({ shell }: { readonly shell: Shell }): Promise<Builder> {
  const [engine, buildx] = await Promise.all([
    askDocker(shell, ['version', '--format', '{{json .}}']),
    askDocker(shell, ['buildx', 'version']),
  ]);
  const { Client: client, Server: server } = readJson<DockerVersion>(engine.stdout);
  if (engine.exitCode !== 0 || !server) throw engineUnavailable(engine);
  if (server.Os !== undefined && server.Os !== 'linux') {
    throw new UserError('docker-windows', {
      what: `Docker on this runner builds ${server.Os} images, and Lambda runs Linux ones.`,
      fix: 'Use a Linux runner such as ubuntu-latest.',
    });
  }
  const version = /\bv?\d+\.\d+\S*/.exec(buildx.stdout)?.[0];
  if (buildx.exitCode === 0) return { kind: 'buildx', version: version ?? 'unknown' };
  // Clients from 23.0 on leave BuildKit to the plugin; those before carry it themselves.
  const major = Number.parseInt(client?.Version ?? '', 10);
  return { kind: major < 23 ? 'buildkit' : 'classic', version: client?.Version ?? 'unknown' };
}

interface DockerVersion {
  readonly Client?: { readonly Version?: string };
  readonly Server?: { readonly Version?: string; readonly Os?: string } | null;
}

async function askDocker(shell: Shell, args: readonly string[]): Promise<ShortOutput> {
  try {
    return await shell.ask({ file: 'docker', args, writes: undefined });
  } catch (error) {
    if (!(error instanceof UserError) || error.code !== 'program-missing') throw error;
    throw new UserError(
      'docker-missing',
      {
        what: 'There is no docker on this runner, and the image is to be built here.',
        fix: 'Use a runner with Docker such as ubuntu-latest, or deploy a finished image with image-uri.',
      },
      { cause: error },
    );
  }
}

function engineUnavailable(asked: ShortOutput): UserError {
  const said = asked.tail.findLast((line) => /daemon|permission|connect/i.test(line)) ?? asked.tail.at(-1);
  const denied = /permission denied/i.test(said ?? '');
  return new ProgramFailed(
    'docker-unavailable',
    {
      what: `Docker's engine does not answer on this runner: ${said ?? (asked.timedOut ? 'it timed out' : 'it said nothing')}`,
      fix: denied
        ? "Let the runner's user reach it (usermod -aG docker USER)."
        : 'Start it (sudo systemctl start docker), or set DOCKER_HOST to one that runs.',
    },
    asked.tail,
  );
}

/** An image of this machine's engine. */
export interface EngineImage {
  readonly imageId: string;
  /** Docker's word for the processor: `amd64`. */
  readonly machine: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Uncompressed; undefined where the engine does not say. */
  readonly sizeBytes: number | undefined;
}

interface Inspected {
  readonly Id?: string;
  readonly Architecture?: string;
  readonly Size?: number;
  readonly Config?: { readonly Labels?: Readonly<Record<string, string>> | null } | null;
  /** The manifest's descriptor: only engines with containerd's image store have one. */
  readonly Descriptor?: object | null;
}

/** @returns undefined where the engine has no such image, with docker's last lines. */
export async function inspectImage(
  shell: Shell,
  reference: string,
): Promise<EngineImage | { readonly missing: readonly string[] }> {
  const asked = await askDocker(shell, ['image', 'inspect', '--format', '{{json .}}', '--', reference]);
  if (asked.exitCode !== 0) return { missing: asked.tail };
  const image = readJson<Inspected>(asked.stdout);
  // containerd's store counts compressed bytes, in some releases with the unpacked ones added; the older store counts unpacked ones.
  const isUnpacked = !image.Descriptor;
  return {
    imageId: image.Id ?? '',
    machine: image.Architecture ?? '',
    labels: image.Config?.Labels ?? {},
    sizeBytes: isUnpacked ? image.Size : await unpackedBytes(shell, reference),
  };
}

/** The layers' own sizes, which are unpacked in every store. */
async function unpackedBytes(shell: Shell, reference: string): Promise<number | undefined> {
  const args = ['image', 'history', '--no-trunc', '--human=false', '--format', '{{.Size}}', '--', reference];
  const { exitCode, stdout } = await askDocker(shell, args);
  const sizes = stdout.trim().split('\n').map(Number);
  const bytes = sizes.reduce((sum, size) => sum + size, 0);
  return exitCode === 0 && bytes > 0 ? bytes : undefined;
}

/** Where the engine keeps its data; empty where it does not say. */
export async function engineFolder(shell: Shell): Promise<string> {
  const { stdout } = await askDocker(shell, ['info', '--format', '{{.DockerRootDir}}']);
  return stdout.trim();
}

/** Docker's answer, or an empty object where it gave none. */
function readJson<T extends object>(text: string): T | Partial<T> {
  try {
    return (JSON.parse(text) ?? {}) as T;
  } catch {
    return {};
  }
}
