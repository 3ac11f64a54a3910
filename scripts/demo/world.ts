/** The place of a journey: a local AWS with an API in front of a function that does not exist yet, a model repository, a runner. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startLocal, type RunningLocal } from '../../local/start.ts';
import { RealClock } from '../../local/clock.ts';
import { cacheDirectory } from '../../local/engine/paths.ts';
import { CallerProcess } from '../../local/faults.ts';
import { createLocalGitHub, type LocalGitHub } from '../../local/github/github.ts';
import { buildInputs, removeImages } from '../engine-images.ts';
import { createPredictApi, STAGE } from './api.ts';
import { ModelRepository } from './model-repository.ts';
import { LocalRunner } from '../runner.ts';

export const FUNCTION = 'iris';

const GITHUB = '/_github';

export interface WorldOptions {
  /** DOCKER_HOST of the engine; absent when the docker client finds it by itself. */
  readonly dockerHost?: string | undefined;
  /** Where the example's Dockerfile starts. */
  readonly baseImage: string;
  /** The folder with the actions' stubs. */
  readonly bundle: string;
  readonly signal?: AbortSignal;
}

export interface World {
  /** Everything temporary is below it. */
  readonly temp: string;
  readonly local: RunningLocal;
  /** A GitHub without any repository yet, and where it is reached: value for GITHUB_API_URL. */
  readonly github: LocalGitHub;
  readonly githubUrl: string;
  readonly runner: LocalRunner;
  readonly repository: ModelRepository;
  readonly apiUrl: string;
  /** What function, alias and API are called: `with:` of both actions. */
  readonly target: Readonly<Record<string, string>>;
  /** `with:` of a deploy that builds. */
  readonly deploy: Readonly<Record<string, string>>;
  /** Ends everything: server, containers, the journey's images, temporary files. */
  close(): Promise<void>;
}

export async function openWorld(options: WorldOptions): Promise<World> {
  const temp = await mkdtemp(join(tmpdir(), 'model-release-demo-'));
  const cleanUps: (() => Promise<unknown>)[] = [() => rm(temp, { recursive: true, force: true })];
  const close = async (): Promise<void> => {
    for (let cleanUp = cleanUps.pop(); cleanUp !== undefined; cleanUp = cleanUps.pop()) await cleanUp();
  };
  try {
    const engine = options.dockerHost === undefined ? {} : { dockerHost: options.dockerHost };
    // The base image's layer is 100 MB: where an earlier run has left it, docker finds it and sends it no more.
    const github = createLocalGitHub({ clock: new RealClock() });
    const caller = new CallerProcess('demo');
    const local = await startLocal({
      engine,
      dataDir: join(cacheDirectory(), 'registry'),
      mounts: { [GITHUB]: (request) => github.handle(request, caller) },
    });
    cleanUps.push(() => removeImages(local.registryHost, options.dockerHost));
    cleanUps.push(() => local.stop());
    const repository = await ModelRepository.create(join(temp, 'iris'));
    const api = await createPredictApi(local, FUNCTION);
    const { bundle, signal } = options;
    const runner = new LocalRunner({
      bundle,
      temp,
      env: local.env,
      ...(signal === undefined ? {} : { signal }),
    });
    const target = targetInputs(api);
    const deploy = {
      ...target,
      // The example lists environments, and a run chooses one. The inputs above win over its function name.
      environment: 'test',
      ...deployInputs(local, api.url),
      ...(await buildInputs(options.baseImage, options.dockerHost)),
    };
    const githubUrl = `${local.url}${GITHUB}`;
    return { temp, local, github, githubUrl, runner, repository, apiUrl: api.url, target, deploy, close };
  } catch (error) {
    await close();
    throw error;
  }
}

function targetInputs(api: { id: string }): Record<string, string> {
  return {
    'function-name': FUNCTION,
    'ecr-repository': FUNCTION,
    'rest-api-id': api.id,
    'api-stage': STAGE,
  };
}

/** What examples/iris/.model-release.yml does not say: what is to be made, and where people call. */
function deployInputs(local: RunningLocal, apiUrl: string): Record<string, string> {
  return {
    create: 'true',
    role: `arn:aws:iam::${local.aws.state.accountId}:role/iris`,
    'api-url': apiUrl,
    'api-repair': 'true',
  };
}
