/** The door of a runner: each run is a process of the bundle, and both services answer on one port of 127.0.0.1. */
import { join } from 'node:path';
import { programs } from '../../local/aws/runtime.ts';
import { RealClock } from '../../local/clock.ts';
import { startEngine, stopEngine } from '../../local/engine/engine.ts';
import { CallerProcess } from '../../local/faults.ts';
import { createLocalGitHub } from '../../local/github/github.ts';
import { emptyGitHub } from '../../local/github/state.ts';
import { startLocal, type RunningLocal, type StartOptions } from '../../local/start.ts';
import { ensureBaseImage } from '../base-image.ts';
import { buildInputs, removeImages } from '../engine-images.ts';
import { decodeCommand, LocalRunner } from '../runner.ts';
import {
  ACTION_SOURCE,
  type Annotation,
  type Door,
  type LabJob,
  type LabOptions,
  type Site,
} from './types.ts';

const DIST = join(import.meta.dirname, '..', '..', 'dist');
const GITHUB = '/_github';

export async function openBundle(options: LabOptions, site: Site): Promise<Door> {
  const containers = options.docker === true ? await openContainers(options.log) : undefined;
  const github = createLocalGitHub({ state: emptyGitHub(options.github), clock: new RealClock() });
  const crashes = new Crashes();
  let local: RunningLocal;
  try {
    local = await startLocal({
      ...startOptions(options, containers),
      temp: site.temp,
      onCrash: (name) => crashes.kill(name),
      // Below it the name of the run, by which the local GitHub knows whose process it is.
      mounts: {
        [GITHUB]: (request) => {
          const [, name = '', path = '/'] = /^\/([^/]*)(\/.*)?$/.exec(request.path) ?? [];
          return github.handle({ ...request, path }, crashes.caller(name));
        },
      },
    });
  } catch (error) {
    await containers?.close();
    throw error;
  }
  const runner = new LocalRunner({
    bundle: options.bundle ?? DIST,
    temp: site.temp,
    env: local.env,
    ...(options.node === undefined ? {} : { node: options.node }),
  });
  const place = { runner, local, crashes, site };
  let runs = 0;
  return {
    aws: local.aws,
    github,
    build: containers?.build ?? {},
    env: local.env,
    apiUrl: ({ id, stage }) => local.apiUrl(id, stage),
    run: (job) => run(job, `run-${(runs += 1)}`, place),
    stop: async () => {
      await local.stop();
      if (containers !== undefined) await removeImages(local.registryHost, containers.dockerHost);
      await containers?.close();
    },
  };
}

interface Containers {
  readonly dockerHost: string | undefined;
  readonly build: Door['build'];
  close(): Promise<void>;
}

async function openContainers(log: (line: string) => void = () => undefined): Promise<Containers> {
  const { available, dockerHost, reason } = await startEngine({ log });
  if (!available) throw new Error(`docker: true needs a Docker Engine: ${reason ?? 'none answers'}`);
  const close = async () => void (await stopEngine());
  try {
    const host = dockerHost === undefined ? {} : { dockerHost };
    const { image } = await ensureBaseImage({ ...host, log });
    return { dockerHost, build: await buildInputs(image, dockerHost), close };
  } catch (error) {
    await close();
    throw error;
  }
}

function startOptions(options: LabOptions, containers: Containers | undefined): StartOptions {
  const { region, accountId, settings, latencyMs } = options;
  const host = containers?.dockerHost;
  return {
    ...(region === undefined ? {} : { region }),
    ...(accountId === undefined ? {} : { accountId }),
    ...(settings === undefined ? {} : { settings }),
    ...(latencyMs === undefined ? {} : { latencyMs }),
    ...(containers === undefined
      ? { runtime: options.runtime ?? programs() }
      : { engine: host === undefined ? {} : { dockerHost: host } }),
  };
}

/** The processes of runs by name, and their end: a crash fault of either service ends the whole process. */
class Crashes {
  readonly #kills = new Map<string, AbortController>();
  readonly #callers = new Map<string, CallerProcess>();

  begin(name: string): AbortSignal {
    const kill = new AbortController();
    this.#kills.set(name, kill);
    return kill.signal;
  }

  kill(name: string): void {
    this.#kills.get(name)?.abort();
  }

  /** The process as the local GitHub sees it. */
  caller(name: string): CallerProcess {
    const known = this.#callers.get(name) ?? new CallerProcess(name, () => this.kill(name));
    this.#callers.set(name, known);
    return known;
  }
}

interface Place {
  readonly runner: LocalRunner;
  readonly local: RunningLocal;
  readonly crashes: Crashes;
  readonly site: Site;
}

async function run(job: LabJob, name: string, place: Place): Promise<Awaited<ReturnType<Door['run']>>> {
  const { runner, local, crashes, site } = place;
  const { action, inputs, commit, event, runId, attempt, signal } = job;
  const result = await runner.run({
    action,
    inputs,
    commit,
    event,
    workspace: site.workspace,
    env: {
      ...ACTION_SOURCE,
      GITHUB_API_URL: `${local.url}${GITHUB}/${name}`,
      // How the local AWS tells the processes apart.
      AWS_SDK_UA_APP_ID: name,
      // What a killed run leaves lies below it.
      TMPDIR: site.temp,
      ...(runId === undefined ? {} : { GITHUB_RUN_ID: String(runId) }),
      ...(attempt === undefined ? {} : { GITHUB_RUN_ATTEMPT: String(attempt) }),
      ...job.env,
    },
    kill: crashes.begin(name),
    ...(signal === undefined ? {} : { signal }),
  });
  const { exitCode, outputs, summary, log } = result;
  return { exitCode, outputs, summary, log, annotations: log.flatMap(readAnnotation) };
}

/** `::error title=…::message`, as @actions/core writes it. */
function readAnnotation(line: string): Annotation[] {
  const [, level, properties = '', message = ''] = /^::(error|warning)([^:]*)::(.*)$/.exec(line) ?? [];
  if (level !== 'error' && level !== 'warning') return [];
  const title = /[ ,]title=([^,]*)/.exec(properties)?.[1];
  const decoded = title?.replaceAll('%3A', ':').replaceAll('%2C', ',');
  return [{ level, message: decodeCommand(message), title: decoded && decodeCommand(decoded) }];
}
