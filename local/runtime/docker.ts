import { spawn, type ChildProcess } from 'node:child_process';

export interface DockerResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface DockerOptions {
  /** DOCKER_HOST of the engine; the client's own default when absent. */
  readonly host?: string;
  /** Folder of a config.json with credentials (DOCKER_CONFIG); the user's own when absent. */
  readonly config?: string;
}

/** The docker client, towards one engine. The client, not the engine's API: it knows contexts, TLS and ssh. */
export class Docker {
  readonly #env: NodeJS.ProcessEnv;

  constructor(options: DockerOptions = {}) {
    this.#env = {
      ...process.env,
      ...(options.host === undefined ? {} : { DOCKER_HOST: options.host }),
      ...(options.config === undefined ? {} : { DOCKER_CONFIG: options.config }),
    };
  }

  /** Starts the client and leaves its streams to the caller. */
  spawn(args: readonly string[]): ChildProcess {
    return spawn('docker', args, { env: this.#env, stdio: ['ignore', 'pipe', 'pipe'] });
  }

  /** Runs one command to its end; a failing command is a result, a missing client an error. */
  run(args: readonly string[]): Promise<DockerResult> {
    return new Promise((resolve, reject) => {
      const child = this.spawn(args);
      let stdout = '';
      let stderr = '';
      child.stdout?.setEncoding('utf8').on('data', (chunk: string) => (stdout += chunk));
      child.stderr?.setEncoding('utf8').on('data', (chunk: string) => (stderr += chunk));
      child.once('error', reject);
      child.once('close', (code) => resolve({ code: code ?? 1, stdout, stderr }));
    });
  }
}
