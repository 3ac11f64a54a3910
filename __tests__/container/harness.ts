import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe } from '@jest/globals';
import { startEngine, stopEngine, type EngineStatus } from '../../local/engine/engine.ts';

export const repositoryRoot = fileURLToPath(new URL('../..', import.meta.url));

export interface CommandOutcome {
  code: number;
  /** stdout and stderr, as they came. */
  output: string;
}

/** Whether this machine can run containers; tests of this folder are skipped, loudly, where it cannot. */
export async function engineOrSkip(): Promise<{
  engine: EngineStatus;
  describeContainers: typeof describe.skip;
}> {
  const log = (line: string): void => void process.stderr.write(`${line}\n`);
  const engine = await startEngine({ log });
  if (engine.available) return { engine, describeContainers: describe };
  log(`\n*** CONTAINER TESTS ARE SKIPPED: ${engine.reason ?? 'no Docker Engine answers'} ***\n`);
  return { engine, describeContainers: describe.skip };
}

export async function leaveEngine(): Promise<void> {
  await stopEngine();
}

/** The real docker client with a configuration folder of its own: logins of tests stay out of the user's. */
export class DockerClient {
  readonly #config: string;
  readonly #env: NodeJS.ProcessEnv;

  private constructor(config: string, dockerHost: string | undefined) {
    this.#config = config;
    const host = dockerHost === undefined ? {} : { DOCKER_HOST: dockerHost };
    // The classic builder: it is in every client, and builds without a network of its own.
    this.#env = { ...process.env, ...host, DOCKER_CONFIG: config, DOCKER_BUILDKIT: '0' };
  }

  static async create(engine: EngineStatus): Promise<DockerClient> {
    return new DockerClient(await mkdtemp(join(tmpdir(), 'model-release-docker-')), engine.dockerHost);
  }

  run(args: string[], stdin = ''): Promise<CommandOutcome> {
    return new Promise((resolve, reject) => {
      const child = spawn('docker', args, { env: this.#env });
      let output = '';
      child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
      child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
      child.once('error', reject);
      child.once('close', (code) => resolve({ code: code ?? 1, output }));
      child.stdin.end(stdin);
    });
  }

  /** Like {@link run}, but a failing command fails the test with its output. Returns the output, trimmed. */
  async must(args: string[], stdin?: string): Promise<string> {
    const { code, output } = await this.run(args, stdin);
    if (code !== 0) throw new Error(`docker ${args.join(' ')}: exit code ${code}\n${output}`);
    return output.trim();
  }

  /** Builds from a Dockerfile given as text, without a context. */
  buildFrom(dockerfile: string, tag: string): Promise<string> {
    return this.must(['build', '--quiet', '--network=host', `--tag=${tag}`, '-'], dockerfile);
  }

  async dispose(): Promise<void> {
    await rm(this.#config, { recursive: true, force: true });
  }
}
