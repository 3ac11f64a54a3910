import { cp, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Builder } from '../../../clients/docker.ts';
import type { LongCommand, Shell } from '../../../clients/shell.ts';
import { insideWorkspace } from '../../../clients/workspace.ts';
import { UserError } from '../../../errors.ts';
import { buildLogReader, planTestBuild, TEST_FILES_FOLDER, testDockerfile } from '../../plan/image-tests.ts';
import { filesToCopy, pathsIn, type NamedPath } from '../../plan/test-files.ts';
import type { Architecture } from '../../../types.ts';
import type { RunStage, StageToRun } from './test-stage.ts';

export interface InImage {
  readonly kind: 'image';
  readonly workspace: string;
  /** Files and folders under it are laid over the image's working directory. Relative to the workspace. */
  readonly workingDirectory: string;
  /** What the tests need besides the folder that their command names. Relative to the working directory. */
  readonly files: readonly string[];
  /** The built image, as the engine calls it. */
  readonly reference: string;
  readonly architecture: Architecture;
  readonly builder: Builder;
  readonly network?: string | undefined;
  readonly addHosts?: readonly string[];
  readonly tempFolder: string;
}

export function inImage(place: InImage): RunStage {
  return async ({ shell, log }, stage, onLine) => {
    await mkdir(place.tempFolder, { recursive: true });
    const folder = await mkdtemp(join(place.tempFolder, 'model-release-tests-'));
    const [context, idFile] = [join(folder, 'context'), join(folder, 'image-id')];
    try {
      await fillContext(context, place, stage);
      let exitCode: number | undefined;
      const read = buildLogReader(place.builder);
      const command: LongCommand = {
        file: 'docker',
        ...planTestBuild({ ...place, context, idFile }, place.builder),
        timeoutMs: stage.timeoutMs,
        writes: 'docker:build',
        onLine: (line) => {
          log.info(line);
          const seen = read(line);
          if (seen.kind === 'output') onLine(seen.text);
          if (seen.kind === 'exit-code') exitCode = seen.code;
        },
      };
      const finished = await shell.run(command);
      await removeImage(shell, idFile);
      // A build that failed before the tests is docker's exit code; it is never less than a failure.
      return { ...finished, exitCode: finished.exitCode === 0 ? 0 : (exitCode ?? finished.exitCode) };
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  };
}

/** A context of its own: the model's .dockerignore often leaves the tests out, and its data need not travel twice. */
async function fillContext(context: string, place: InImage, { command }: StageToRun): Promise<void> {
  const { workspace, workingDirectory, reference } = place;
  const root = await insideWorkspace({ workspace, path: workingDirectory, input: 'working-directory' });
  const found = await Promise.all(pathsIn(command).map((path) => lookAt(root, path)));
  const named = found.filter((path) => path !== undefined);
  await requireListed(place, root);
  const target = join(context, TEST_FILES_FOLDER);
  await mkdir(target, { recursive: true });
  for (const file of filesToCopy(named, place.files)) {
    const path = join(root, file);
    const real = await insideWorkspace({ workspace, path, input: 'the tests' }).catch(unlessMissing);
    if (real === undefined) continue;
    await mkdir(dirname(join(target, file)), { recursive: true });
    await cp(real, join(target, file), { recursive: true, verbatimSymlinks: true });
  }
  await writeFile(join(context, 'Dockerfile'), testDockerfile({ reference, command }));
}

async function lookAt(root: string, path: string): Promise<NamedPath | undefined> {
  const found = await stat(join(root, path)).catch(() => undefined);
  return found && { path, isFolder: found.isDirectory() };
}

/** What a person lists is there, or its name is wrong. */
async function requireListed({ workspace, files }: InImage, root: string): Promise<void> {
  for (const file of files) await insideWorkspace({ workspace, path: join(root, file), input: 'test-files' });
}

/** What is left of the tests would otherwise pile up on a runner that is kept; when it cannot go, that is no fault of the tests. */
async function removeImage(shell: Shell, idFile: string): Promise<void> {
  const id = await readFile(idFile, 'utf8').catch(() => '');
  if (id !== '') {
    const args = ['image', 'rm', '--force', '--', id.trim()];
    await shell.ask({ file: 'docker', args, writes: 'docker:build' });
  }
}

function unlessMissing(error: unknown): undefined {
  if (error instanceof UserError && error.code === 'path-missing') return undefined;
  throw error;
}
