import { statfs } from 'node:fs/promises';
import { posix } from 'node:path';
import { engineFolder, inspectImage, type Builder } from '../../../clients/docker.ts';
import { ProgramFailed, type Finished, type Shell } from '../../../clients/shell.ts';
import type { Log } from '../../../clients/log.ts';
import { UserError } from '../../../errors.ts';
import { explainBuild, isDiskFull, lineOfFailure } from '../../plan/build-failure.ts';
import { planBuild, REVISION_LABEL, type BuildOptions, type BuildRequest } from '../../plan/build.ts';
import { architectureOf } from '../../plan/docker.ts';
import { IMAGE_LIMIT_BYTES } from '../../plan/image.ts';
import type { Architecture, Environment } from '../../../types.ts';
import { buildPaths } from './build-paths.ts';

export interface BuildTools {
  readonly shell: Shell;
  readonly log: Log;
}

/** Paths are those of the inputs: relative to the workspace. */
export interface ImageToBuild extends Omit<BuildOptions, 'context' | 'file'> {
  readonly workspace: string;
  readonly context: string;
  /** Default: `Dockerfile` in the context. */
  readonly file?: string | undefined;
  readonly architecture: BuildRequest['architecture'];
  readonly reference: BuildRequest['reference'];
  readonly revision: BuildRequest['revision'];
  readonly source: BuildRequest['source'];
  readonly identity?: BuildRequest['identity'];
  readonly metrics?: BuildRequest['metrics'];
  readonly inlineCache?: BuildRequest['inlineCache'];
  readonly builder: Builder;
  readonly timeoutMs: number;
  /** Added to docker's environment. */
  readonly env?: Environment;
}

/** An image that this machine's engine holds. */
export interface BuiltImage {
  readonly reference: string;
  readonly imageId: string;
  readonly architecture: Architecture;
  readonly revision: string | undefined;
  /** Uncompressed; undefined where the engine does not say. */
  readonly sizeBytes: number | undefined;
}

/**
 * Builds the image and looks at what came out, before anything leaves this machine.
 * @throws UserError that says which path, option, limit or step of the Dockerfile is at fault; ProgramFailed holds the last 200 lines.
 */
export async function buildImage({ shell, log }: BuildTools, image: ImageToBuild): Promise<BuiltImage> {
  const command = planBuild({ ...image, ...(await buildPaths(image)) }, image.builder);
  log.info(`Building ${image.reference} with ${image.builder.kind} ${image.builder.version}.`);
  const cache = cacheReader();
  const finished = await shell.run({
    file: 'docker',
    ...command,
    env: { ...command.env, ...image.env },
    cwd: image.workspace,
    timeoutMs: image.timeoutMs,
    writes: 'docker:build',
    onLine: (line) => {
      log.info(line);
      cache.hear(line);
    },
  });
  if (image.inlineCache?.from !== undefined && cache.failed())
    log.info('The cache of the last release could not be read, so this build went on without it.');
  if (finished.exitCode !== 0 || finished.timedOut) throw await buildFailure(shell, image, finished);
  const built = await lookAt(shell, image.reference);
  refuseUnusable(built, image.architecture);
  if (built.sizeBytes === undefined)
    log.info(`The engine does not say how large ${image.reference} is unpacked; Lambda takes 10 GiB.`);
  const { reference, imageId, revision, sizeBytes } = built;
  return { reference, imageId, revision, sizeBytes, architecture: image.architecture };
}

/** Whether BuildKit says that it could not read a cache; it goes on without it. */
function cacheReader() {
  let step: string | undefined;
  let hasFailed = false;
  return {
    hear: (line: string): void => {
      step = /^(#\d+) importing cache manifest from /.exec(line)?.[1] ?? step;
      if (step !== undefined && line.startsWith(`${step} ERROR`)) hasFailed = true;
    },
    failed: () => hasFailed,
  };
}

async function buildFailure(shell: Shell, image: ImageToBuild, finished: Finished): Promise<UserError> {
  const freeMegabytes = isDiskFull(finished) ? await roomLeft(shell, image.workspace) : undefined;
  const problem = explainBuild({ ...image, freeMegabytes }, finished);
  const file = posix.normalize(image.file ?? posix.join(image.context, 'Dockerfile'));
  const line = lineOfFailure(finished);
  const places = problem.code === 'build-failed' ? [{ file, ...(line !== undefined && { line }) }] : [];
  return new ProgramFailed(problem.code, { ...problem, places }, finished.tail);
}

/** On the engine's disk when it is this machine's, else on the workspace's. In MB. */
async function roomLeft(shell: Shell, workspace: string): Promise<number> {
  const folder = await engineFolder(shell);
  const disk = await statfs(folder === '' ? workspace : folder).catch(() => statfs(workspace));
  return Math.floor((disk.bavail * disk.bsize) / 1024 ** 2);
}

async function lookAt(
  shell: Shell,
  reference: string,
): Promise<Omit<BuiltImage, 'architecture'> & { machine: string }> {
  const found = await inspectImage(shell, reference);
  if ('missing' in found) {
    throw new ProgramFailed(
      'build-lost',
      {
        what: `The build of ${reference} succeeded, and the engine does not have the image.`,
        fix: 'Leave the choice of output to this action: remove BUILDX_BUILDER and other settings that send images elsewhere.',
      },
      found.missing,
    );
  }
  const { imageId, machine, labels, sizeBytes } = found;
  return { reference, imageId, machine, revision: labels[REVISION_LABEL], sizeBytes };
}

function refuseUnusable(
  built: { reference: string; machine: string; sizeBytes: number | undefined },
  wanted: Architecture,
): void {
  if (architectureOf(built.machine) !== wanted) {
    throw new UserError('image-architecture', {
      what: `${built.reference} was built for ${built.machine || 'an unknown architecture'}, and the function runs on ${wanted}.`,
      fix: `Use a base image that exists for ${wanted}, or set the architecture input to the function's own.`,
    });
  }
  if (built.sizeBytes !== undefined && built.sizeBytes > IMAGE_LIMIT_BYTES) {
    throw new UserError('image-too-large', {
      what: `${built.reference} has ${(built.sizeBytes / 1024 ** 3).toFixed(1)} GiB, and Lambda takes 10 GiB uncompressed.`,
      fix: 'Leave training data and caches out of the image.',
    });
  }
}
