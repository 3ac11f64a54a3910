import { createHash } from 'node:crypto';
import type { FunctionRuntime, Invocation, InvocationResult } from '../aws/runtime.ts';
import { CONTAINER_LABEL, type ContainerHost, type EngineNetwork } from './container.ts';
import type { Docker } from './docker.ts';
import { Environment } from './environment.ts';

/** Environments kept warm over all versions; the one that has been idle longest makes room. */
const WARM_ENVIRONMENTS = 6;
/** Environments of one version that run at once; further events wait, where Lambda would start up to a thousand. */
const CONCURRENCY_PER_VERSION = 4;

export interface ContainerRuntimeOptions {
  /** With credentials for the registry the images are in. */
  readonly docker: Docker;
  readonly region: string;
}

export interface ContainerRuntime extends FunctionRuntime {
  /** Removes every container; the runtime is over. */
  stop(): Promise<void>;
}

interface Pool {
  readonly idle: Environment[];
  running: number;
  readonly waiting: (() => void)[];
}

/** Runs functions' images as containers, as Lambda does: cold first, then warm, more than one when calls overlap. */
export async function createContainerRuntime(options: ContainerRuntimeOptions): Promise<ContainerRuntime> {
  const network = await networkOf(options.docker);
  await removeOrphans(options.docker);
  return new Runtime(options.docker, { network, region: options.region });
}

class Runtime implements ContainerRuntime {
  readonly #docker: Docker;
  readonly #host: ContainerHost;
  /** By what an environment is made of: function, version, image and settings. */
  readonly #pools = new Map<string, Pool>();
  readonly #all = new Set<Environment>();
  readonly #pulls = new Map<string, Promise<void>>();
  #stopped = false;

  constructor(docker: Docker, host: ContainerHost) {
    this.#docker = docker;
    this.#host = host;
  }

  async invoke(invocation: Invocation): Promise<InvocationResult> {
    const pool = this.#poolOf(invocation);
    await takeTurn(pool);
    try {
      const environment = pool.idle.pop() ?? (await this.#start(invocation));
      const result = await environment.invoke(invocation);
      await this.#giveBack(pool, environment);
      return result;
    } finally {
      pool.running--;
      pool.waiting.shift()?.();
    }
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all([...this.#all].map((environment) => environment.dispose()));
    this.#all.clear();
  }

  #poolOf(invocation: Invocation): Pool {
    const { functionName, version, digest, environment, memorySizeMb, imageConfig } = invocation;
    const settings = createHash('sha256')
      .update(JSON.stringify([digest, environment, memorySizeMb, imageConfig]))
      .digest('hex');
    const key = `${functionName}:${version}:${settings}`;
    const known = this.#pools.get(key);
    // Put last: the map's order is the order of use.
    this.#pools.delete(key);
    const pool = known ?? { idle: [], running: 0, waiting: [] };
    this.#pools.set(key, pool);
    return pool;
  }

  async #start(invocation: Invocation): Promise<Environment> {
    if (this.#stopped) throw new Error('The local Lambda has stopped.');
    await this.#ensureImage(invocation.imageUri);
    const environment = new Environment(this.#docker, `${invocation.functionName}-${invocation.version}`);
    this.#all.add(environment);
    await environment.start(invocation, this.#host);
    return environment;
  }

  /** Pulls once, outside of any function's initialisation. A failing pull shows as the container that cannot start. */
  #ensureImage(imageUri: string): Promise<void> {
    const pull = async (): Promise<void> => {
      const local = await this.#docker.run(['image', 'inspect', '--format', '{{.Id}}', imageUri]);
      if (local.code !== 0) await this.#docker.run(['pull', '--quiet', imageUri]);
    };
    const known = this.#pulls.get(imageUri) ?? pull();
    this.#pulls.set(imageUri, known);
    void known.finally(() => this.#pulls.delete(imageUri));
    return known;
  }

  async #giveBack(pool: Pool, environment: Environment): Promise<void> {
    if (environment.usable) {
      pool.idle.push(environment);
      return this.#evict();
    }
    this.#all.delete(environment);
    await environment.dispose();
  }

  async #evict(): Promise<void> {
    if (this.#all.size <= WARM_ENVIRONMENTS) return;
    const oldest = [...this.#pools.values()].find((pool) => pool.idle.length > 0)?.idle.shift();
    if (oldest === undefined) return;
    this.#all.delete(oldest);
    await oldest.dispose();
  }
}

async function takeTurn(pool: Pool): Promise<void> {
  while (pool.running >= CONCURRENCY_PER_VERSION) {
    await new Promise<void>((resolve) => pool.waiting.push(resolve));
  }
  pool.running++;
}

/** On Linux containers share the host's network; Docker Desktop's engine is in a machine of its own (*unverified*). */
async function networkOf(docker: Docker): Promise<EngineNetwork> {
  const info = await docker.run(['info', '--format', '{{.OperatingSystem}}']);
  if (info.code !== 0) throw new Error(`No Docker Engine answers: ${info.stderr.trim()}`);
  if (info.stdout.includes('Docker Desktop')) return { hostName: 'host.docker.internal' };
  return { network: 'host', hostName: '127.0.0.1' };
}

/** Containers of a local AWS that was killed before it could remove them. */
async function removeOrphans(docker: Docker): Promise<void> {
  const format = `{{.ID}} {{.Label "${CONTAINER_LABEL}"}}`;
  const list = await docker.run(['ps', '--all', '--filter', `label=${CONTAINER_LABEL}`, '--format', format]);
  for (const line of list.stdout.trim().split('\n').filter(Boolean)) {
    const [id = '', pid] = line.split(' ');
    if (!isAlive(Number(pid))) await docker.run(['rm', '--force', '--volumes', id]);
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
