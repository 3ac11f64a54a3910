/** Docker as these flows see it: what it says about itself, and what building and pushing come to. */
import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from '@jest/globals';
import type { LongCommand, ShortCommand, Shell } from '../../../src/clients/shell.ts';
import { ended, shellOf, type Said } from '../../harness/shell.ts';

/** A runner with docker, where nothing needs to be built: every other command is an error of the test. */
export const docker: Shell = shellOf((command) => aboutItself(command) ?? unexpected(command));

function aboutItself({ file, args }: LongCommand | ShortCommand): Said | undefined {
  if (file !== 'docker') return undefined;
  if (args[0] === 'version')
    return ended('{"Client":{"Version":"29.0.0"},"Server":{"Version":"29.0.0","Os":"linux"}}');
  if (args[0] === 'buildx' && args[1] === 'version') return ended('github.com/docker/buildx v0.30.0');
  // Another processor than the image's: these flows are not about the trial of the image.
  if (args[0] === 'info') return ended('{"Architecture":"s390x"}');
  if (args[0] === 'context') return ended('unix:///var/run/docker.sock');
  return undefined;
}

function unexpected({ file, args }: LongCommand | ShortCommand): never {
  throw new Error(`no program may run here: ${file} ${args.join(' ')}`);
}

export interface BuildingDocker extends Shell {
  /** The commands so far, each as one text. */
  readonly commands: string[];
}

/** A docker whose build succeeds; `push` says what comes of a push: its output, or the digest that docker reports of it. */
export function buildingDocker(
  push: (nth: number) => string | { readonly digest: string },
  built: object = {},
): BuildingDocker {
  const commands: string[] = [];
  let pushes = 0;
  const shell = shellOf((command) => {
    commands.push([command.file, ...command.args].join(' '));
    const about = aboutItself(command);
    if (about !== undefined) return about;
    const [verb, second] = command.args;
    if (verb === 'buildx' || verb === 'build' || verb === 'login' || verb === 'tag') return ended('done');
    if (verb === 'image' && second === 'inspect')
      return ended(JSON.stringify({ Id: 'sha256:1', Architecture: 'amd64', Os: 'linux', Size: 1, ...built }));
    if (verb !== 'push') return unexpected(command);
    const said = push((pushes += 1));
    return typeof said === 'string' ? ended(said, 1) : ended(`commit: digest: ${said.digest} size: 1`);
  });
  return { ...shell, commands };
}

const folders: string[] = [];
afterAll(() => Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true }))));

/** A folder that is gone when the tests of this file are over. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'model-release-test-'));
  folders.push(folder);
  return folder;
}

/** A checkout with a Dockerfile, and the variables that say where it is. */
export async function checkout(): Promise<Readonly<Record<string, string>>> {
  const folder = await temporaryFolder();
  await mkdir(join(folder, 'workspace'));
  await writeFile(join(folder, 'workspace', 'Dockerfile'), 'FROM scratch\n');
  return { GITHUB_WORKSPACE: join(folder, 'workspace'), RUNNER_TEMP: folder, HOME: folder };
}
