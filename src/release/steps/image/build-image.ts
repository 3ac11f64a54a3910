import { statfs } from 'node:fs/promises';
import { ProgramFailed, type Finished, type Shell } from '../../../clients/shell.ts';
import { insideWorkspace } from '../../../clients/workspace.ts';
import type { Tools } from '../../../clients/tools.ts';
import { UserError } from '../../../errors.ts';
import {
  architectureOf,
  planBuild,
  REVISION_LABEL,
  type Builder,
  type BuildOptions,
  type BuildRequest,
} from '../../plan/build.ts';
import { IMAGE_LIMIT_BYTES } from '../../plan/image.ts';
import type { Architecture } from '../../../types.ts';

/** How long docker may take to answer a question about itself. Milliseconds. */
const QUESTION_TIMEOUT_MS = 60_000;

/**
 * Which builder this runner has. Asked before the tests: a runner without docker should say so in the first second.
 * @throws UserError `docker-missing`, `docker-unavailable` or `docker-windows`.
 */
export async function findBuilder({ shell }: Pick<Tools, 'shell'>): Promise<Builder> {
  const [engine, buildx] = await Promise.all([
    ask(shell, ['version', '--format', '{{json .}}']),
    ask(shell, ['buildx', 'version']),
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

async function ask(shell: Shell, args: readonly string[]): Promise<Finished> {
  try {
    return await shell.run({ file: 'docker', args, timeoutMs: QUESTION_TIMEOUT_MS });
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

function engineUnavailable(asked: Finished): UserError {
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

/** Paths are those of the inputs: relative to the workspace. */
export interface ImageToBuild
  extends
    Omit<BuildOptions, 'context' | 'file'>,
    Pick<BuildRequest, 'architecture' | 'reference' | 'revision' | 'source'> {
  readonly workspace: string;
  readonly context: string;
  /** Default: `Dockerfile` in the context. */
  readonly file?: string | undefined;
  readonly builder: Builder;
  readonly timeoutMs: number;
}

/** An image that this machine's engine holds. */
export interface BuiltImage {
  readonly reference: string;
  readonly imageId: string;
  readonly architecture: Architecture;
  readonly revision: string | undefined;
  /** As the engine counts it: uncompressed with its classic store, compressed with containerd's. */
  readonly sizeBytes: number;
}

/**
 * Builds the image and looks at what came out, before anything leaves this machine.
 * @throws UserError that says which path, option, limit or step of the Dockerfile is at fault; ProgramFailed holds the last 200 lines.
 */
export async function buildImage(
  { shell, log }: Pick<Tools, 'shell' | 'log'>,
  image: ImageToBuild,
): Promise<BuiltImage> {
  const command = planBuild({ ...image, ...(await resolvePaths(image)) }, image.builder);
  log.info(`Building ${image.reference} with ${image.builder.kind} ${image.builder.version}.`);
  const finished = await shell.run({
    file: 'docker',
    ...command,
    cwd: image.workspace,
    timeoutMs: image.timeoutMs,
    onLine: log.info,
  });
  if (finished.exitCode !== 0 || finished.timedOut) throw await buildFailure(shell, image, finished);
  const built = await inspectImage(shell, image.reference);
  refuseUnusable(built, image.architecture);
  const { reference, imageId, revision, sizeBytes } = built;
  return { reference, imageId, revision, sizeBytes, architecture: image.architecture };
}

async function resolvePaths(
  image: ImageToBuild,
): Promise<Pick<BuildRequest, 'context' | 'file' | 'secretFiles' | 'buildContexts'>> {
  const inside = (path: string, input: string) =>
    insideWorkspace({ workspace: image.workspace, path, input });
  const context = await inside(image.context, 'context');
  const valueInside = async (entry: string, input: string): Promise<string> => {
    const equals = entry.indexOf('=');
    // An entry without a name is refused by the plan, in its own words.
    if (equals < 0) return entry;
    return `${entry.slice(0, equals + 1)}${await inside(entry.slice(equals + 1), input)}`;
  };
  /** Images, repositories and stages are no paths. */
  const contextInside = async (entry: string): Promise<string> =>
    /=(docker-image:\/\/|https:\/\/|target:)/.test(entry) ? entry : valueInside(entry, 'build-contexts');
  return {
    context,
    file: await inside(image.file ?? `${image.context}/Dockerfile`, 'file'),
    secretFiles: await Promise.all(
      (image.secretFiles ?? []).map((entry) => valueInside(entry, 'secret-files')),
    ),
    buildContexts: await Promise.all((image.buildContexts ?? []).map(contextInside)),
  };
}

/** What went wrong, from what docker printed: it has no codes of its own for these. */
async function buildFailure(shell: Shell, image: ImageToBuild, finished: Finished): Promise<UserError> {
  const { tail } = finished;
  const text = tail.join('\n');
  const failed = (code: string, what: string, fix: string) => new ProgramFailed(code, { what, fix }, tail);
  if (finished.timedOut) {
    const minutes = Math.round(image.timeoutMs / 60_000);
    return failed(
      'build-timed-out',
      `The build of ${image.reference} was still running after ${minutes} min and was ended.`,
      'See its last lines for where it stood; give it more time with build-timeout.',
    );
  }
  if (/no space left on device|disk quota exceeded/i.test(text)) {
    return failed(
      'disk-full',
      `The disk filled up while building ${image.reference}: disk full, ${await freeMegabytes(shell, image.workspace)} MB free.`,
      'Free space before this step (docker system prune -af), or make the image smaller.',
    );
  }
  if (
    finished.exitCode === 137 ||
    /exit code: 137\b|non-zero code: 137\b|signal: killed|out of memory/i.test(text)
  ) {
    return failed(
      'out-of-memory',
      `A step of the build of ${image.reference} was killed (137), as the kernel does when memory runs out.`,
      'Use a runner with more memory, or let the step need less.',
    );
  }
  if (/exec format error/i.test(text)) {
    return failed(
      'build-architecture',
      `The build of ${image.reference} ran a program of another processor architecture (exec format error).`,
      `Build on a runner of ${image.architecture}, or add a step with docker/setup-qemu-action before this one.`,
    );
  }
  const said =
    tail.findLast((line) => /error|returned a non-zero code|not found|denied/i.test(line)) ?? tail.at(-1);
  return failed(
    'build-failed',
    `The build of ${image.reference} failed${finished.exitCode === undefined ? ` (${finished.signal})` : ''}: ${said?.trim() ?? 'docker said nothing'}`,
    'The lines before it in the log say which step of the Dockerfile.',
  );
}

/** On the engine's disk when it is this machine's, else on the workspace's. */
async function freeMegabytes(shell: Shell, workspace: string): Promise<number> {
  const { stdout } = await ask(shell, ['info', '--format', '{{.DockerRootDir}}']);
  const disk = await statfs(stdout.trim() || workspace).catch(() => statfs(workspace));
  return Math.floor((disk.bavail * disk.bsize) / 1024 ** 2);
}

interface Inspected {
  readonly Id?: string;
  readonly Architecture?: string;
  readonly Os?: string;
  readonly Size?: number;
  readonly Config?: { readonly Labels?: Readonly<Record<string, string>> | null } | null;
}

async function inspectImage(
  shell: Shell,
  reference: string,
): Promise<Omit<BuiltImage, 'architecture'> & { machine: string }> {
  const asked = await ask(shell, ['image', 'inspect', '--format', '{{json .}}', '--', reference]);
  if (asked.exitCode !== 0) {
    throw new ProgramFailed(
      'build-lost',
      {
        what: `The build of ${reference} succeeded, and the engine does not have the image.`,
        fix: 'Leave the choice of output to this action: remove BUILDX_BUILDER and other settings that send images elsewhere.',
      },
      asked.tail,
    );
  }
  const image = readJson<Inspected>(asked.stdout);
  return {
    reference,
    imageId: image.Id ?? '',
    machine: image.Architecture ?? '',
    revision: image.Config?.Labels?.[REVISION_LABEL],
    sizeBytes: image.Size ?? 0,
  };
}

function refuseUnusable(
  built: { reference: string; machine: string; sizeBytes: number },
  wanted: Architecture,
): void {
  if (architectureOf(built.machine) !== wanted) {
    throw new UserError('image-architecture', {
      what: `${built.reference} was built for ${built.machine || 'an unknown architecture'}, and the function runs on ${wanted}.`,
      fix: `Use a base image that exists for ${wanted}, or set the architecture input to the function's own.`,
    });
  }
  if (built.sizeBytes > IMAGE_LIMIT_BYTES) {
    throw new UserError('image-too-large', {
      what: `${built.reference} has ${(built.sizeBytes / 1024 ** 3).toFixed(1)} GiB, and Lambda takes 10 GiB uncompressed.`,
      fix: 'Leave training data and caches out of the image.',
    });
  }
}

/** Docker's answer, or an empty object where it gave none. */
function readJson<T extends object>(text: string): T | Partial<T> {
  try {
    return (JSON.parse(text) ?? {}) as T;
  } catch {
    return {};
  }
}
