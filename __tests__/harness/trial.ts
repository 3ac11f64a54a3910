/** A machine with the docker of the harness, on which images made of a few files are tried. */
import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import type { ImageToTry } from '../../src/checks/container/image-to-try.ts';
import { trySamples } from '../../src/checks/container/try-samples.ts';
import { readSamples } from '../../src/checks/read-samples.ts';
import { realClock, type Clock } from '../../src/clients/clock.ts';
import { nodeShell } from '../../src/clients/shell.ts';
import { ImageTrialFailed } from '../../src/checks/container/trial-failure.ts';

export interface TrialMachine {
  /** Variables with which this machine's programs run: its docker, and what a runner holds. */
  readonly env: Readonly<Record<string, string>>;
  readonly folder: string;
  /** What the trial said in the log. */
  readonly log: string[];
  /** Builds an image of these files. */
  build(files: Readonly<Record<string, string>>): Promise<void>;
  /** Tries what was built last; `samples` are lines of a samples file. */
  attempt(
    samples: readonly object[],
    image?: Partial<ImageToTry>,
    more?: { readonly clock?: Clock; readonly signal?: AbortSignal },
  ): ReturnType<typeof trySamples>;
  /** Containers that were not removed, with docker's arguments. */
  containers(): Promise<readonly { readonly pid: number; readonly args: readonly string[] }[]>;
  close(): Promise<void>;
}

const IMAGE: ImageToTry = {
  reference: 'iris:built',
  architecture: 'x86_64',
  functionName: 'iris',
  functionArn: 'arn:aws:lambda:eu-central-1:123456789012:function:iris',
  region: 'eu-central-1',
  memoryMb: 512,
  ephemeralMb: 512,
  timeoutS: 3,
  imageConfig: undefined,
  port: undefined,
  variables: {},
  file: 'tests/samples.jsonl',
};

/** What no container may see. */
export const RUNNERS_OWN = {
  AWS_ACCESS_KEY_ID: 'AKIDRUNNER',
  AWS_SECRET_ACCESS_KEY: 'runner/Secret+Key',
  AWS_SESSION_TOKEN: 'runner-session',
  AWS_PROFILE: 'runner',
  ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'runner-oidc',
  ACTIONS_RUNTIME_TOKEN: 'runner-runtime',
  GITHUB_TOKEN: 'runner-github',
  GITHUB_REPOSITORY: 'acme/iris',
  INPUT_SECRETS: 'runner-input',
} as const;

export async function openTrialMachine(): Promise<TrialMachine> {
  const folder = await mkdtemp(join(tmpdir(), 'model-release-trial-'));
  const [bin, kept] = [join(folder, 'bin'), join(folder, 'docker')];
  await Promise.all([bin, kept].map((path) => mkdir(path)));
  const program = join(import.meta.dirname, 'docker-program.ts');
  const line = `exec "${process.execPath}" --disable-warning=ExperimentalWarning "${program}" "$@"`;
  await writeFile(join(bin, 'docker'), `#!/bin/sh\n${line}\n`, { mode: 0o755 });
  const env = {
    // The machine's own Python first: a version manager's stand-in is slow, and has variables of its own.
    PATH: [bin, '/usr/bin', '/bin', process.env['PATH'] ?? ''].join(delimiter),
    HOME: folder,
    DOCKER_PROGRAM_FOLDER: kept,
    ...RUNNERS_OWN,
  };
  const log: string[] = [];
  return {
    env,
    folder,
    log,
    build: async (files) => {
      const context = await mkdtemp(join(folder, 'context-'));
      for (const [name, text] of Object.entries(files)) await writeFile(join(context, name), text);
      const { status, stderr } = spawnSync('docker', ['build', '--tag=iris:built', '--', context], {
        env,
        encoding: 'utf8',
      });
      if (status !== 0) throw new Error(stderr);
    },
    attempt: async (
      samples,
      image = {},
      { clock = realClock, signal = new AbortController().signal } = {},
    ) => {
      const say = (text: string) => void log.push(text);
      const shell = nodeShell({ clock: realClock, signal, env });
      const tools = { shell, clock, signal, log: { info: say, warning: say } };
      const text = samples.map((sample) => JSON.stringify(sample)).join('\n');
      return trySamples(
        tools,
        { image: { ...IMAGE, ...image }, network: { kind: 'host', hostName: '127.0.0.1' } },
        readSamples('tests/samples.jsonl', text),
      );
    },
    containers: async () => {
      const names = (await readdir(kept)).filter((name) => name.startsWith('container-'));
      return Promise.all(
        names.map(
          async (name) =>
            JSON.parse(await readFile(join(kept, name), 'utf8')) as { pid: number; args: string[] },
        ),
      );
    },
    close: () => rm(folder, { recursive: true, force: true }),
  };
}

/** What went wrong with the image. @throws Error where nothing did. */
export async function failureOf(attempt: Promise<unknown>): Promise<ImageTrialFailed> {
  const error = await attempt.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error instanceof ImageTrialFailed) return error;
  throw error instanceof Error ? error : new Error('the image passed');
}
