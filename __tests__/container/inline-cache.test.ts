/** The image of the last release as the cache: two engines of our own that begin empty, and the registry of local/ between them. */
import { spawn } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { CreateRepositoryCommand, ECRClient } from '@aws-sdk/client-ecr';
import { command } from '../../local/engine/command.ts';
import { startDaemon, stopDaemon } from '../../local/engine/daemon.ts';
import type { EnginePaths } from '../../local/engine/paths.ts';
import { startLocal, type RunningLocal } from '../../local/start.ts';
import { requestHandlerFor } from '../../local/transports/in-process.ts';
import { findBuilder } from '../../src/clients/docker.ts';
import { ecrClient } from '../../src/clients/ecr.ts';
import type { Tools } from '../../src/clients/tools.ts';
import { readManifest } from '../../src/release/plan/image.ts';
import { buildImage, type ImageToBuild } from '../../src/release/steps/image/build-image.ts';
import { loginOnce, withCacheLogin } from '../../src/release/steps/image/cache-login.ts';
import { configFolders } from '../../src/release/steps/image/docker-config.ts';
import { pushImage } from '../../src/release/steps/image/push-image.ts';
import { everyWrite } from '../harness/results.ts';
import { engineOrSkip, leaveEngine } from './harness.ts';
import { dockerClients, MINUTES, stepsWorld } from './steps-world.ts';

const { engine, describeContainers } = await engineOrSkip();
const AWS = { region: 'us-east-1', credentials: { accessKeyId: 'local', secretAccessKey: 'local' } };
/** What the dependencies of a small model take to install. */
const DEPENDENCIES_SECONDS = 20;

describeContainers('the image of the last release', () => {
  let local: RunningLocal;
  let folder: string;
  let path: string | undefined;
  const daemons: EnginePaths[] = [];

  beforeAll(async () => {
    local = await startLocal();
    folder = await realpath(await mkdtemp(join(tmpdir(), 'mr-cache-')));
    for (const name of ['base', 'iris']) {
      const ecr = new ECRClient({ ...AWS, requestHandler: requestHandlerFor(local.aws) });
      await ecr.send(new CreateRepositoryCommand({ repositoryName: name, imageTagMutability: 'IMMUTABLE' }));
    }
    for (const one of await dockerClients()) {
      const { kind } = await findBuilder(stepsWorld(engine, { env: { PATH: one } }));
      if (kind !== 'classic') path ??= one;
    }
  }, MINUTES);

  afterAll(async () => {
    for (const paths of daemons) await stopDaemon(paths);
    await rm(folder, { recursive: true, force: true });
    await local.stop();
    await leaveEngine();
  }, MINUTES);

  /** An engine that holds nothing, with the tools of a run on it. */
  async function emptyEngine() {
    const root = join(folder, `e${daemons.length}`);
    const at = (name: string) => join(root, name);
    const paths = {
      ...{ root, data: at('data'), exec: at('exec'), socket: at('docker.sock') },
      ...{ pidFile: at('pid'), log: at('log'), leases: at('leases') },
    };
    daemons.push(paths);
    const started = await startDaemon(paths);
    if ('reason' in started) throw new Error(started.reason);
    const dockerHost = `unix://${paths.socket}`;
    const env = { PATH: path ?? '', DOCKER_HOST: dockerHost, HOME: folder, RUNNER_TEMP: at('temp') };
    const world = stepsWorld({ available: true, own: true, dockerHost }, { env });
    const aws = { ...AWS, requestHandler: requestHandlerFor(local.aws) };
    const ecr = ecrClient({ ...world, aws, permits: everyWrite });
    return { ...world, env, ecr } as unknown as Tools & { lines: string[]; secrets: string[] };
  }

  async function wish(tools: Tools, more: Partial<ImageToBuild> = {}): Promise<ImageToBuild> {
    return {
      workspace: join(folder, 'model'),
      context: '.',
      builder: await findBuilder(tools),
      architecture: process.arch === 'arm64' ? 'arm64' : 'x86_64',
      reference: `${local.registryHost}/iris:1`,
      revision: 'c0ffee',
      source: 'https://github.com/acme/iris',
      network: 'host',
      timeoutMs: 5 * MINUTES,
      inlineCache: { from: undefined },
      ...more,
    };
  }

  /** @returns how long it took, in milliseconds. */
  async function build(tools: Tools, image: ImageToBuild): Promise<number> {
    const started = Date.now();
    await withCacheLogin(tools, { image, login: loginOnce(tools) }, (more) => buildImage(tools, more));
    return Date.now() - started;
  }

  async function push(tools: Tools, reference: string): Promise<string> {
    const image = { reference, repository: 'iris', timeoutMs: MINUTES, ...configFolders(tools) };
    const pushed = await pushImage({ ...tools, random: () => 0 }, image);
    if (pushed.kind !== 'pushed') throw new Error(pushed.kind);
    return pushed.digest;
  }

  /** A base image of a shell and `sleep`, and a model whose dependencies take their time. */
  async function model(tools: Tools): Promise<void> {
    const root = join(folder, 'root');
    const libraries = await command('sh', ['-c', "ldd /bin/sh /bin/sleep | grep -o '/[^ :]*' | sort -u"]);
    for (const file of new Set(['/bin/sh', '/bin/sleep', ...libraries.stdout.trim().split('\n')])) {
      await mkdir(join(root, file, '..'), { recursive: true });
      await cp(await realpath(file), join(root, file));
    }
    const docker = `DOCKER_HOST=${tools.env['DOCKER_HOST']} docker import - ${local.registryHost}/base:1`;
    const imported = spawn('sh', ['-c', `tar -C ${root} -cf - . | ${docker}`], { stdio: 'ignore' });
    await new Promise((resolve) => imported.once('close', resolve));
    await push(tools, `${local.registryHost}/base:1`);
    await mkdir(join(folder, 'model'), { recursive: true });
    await writeFile(join(folder, 'model/requirements.txt'), 'numpy==2.1.0\n');
    await writeFile(
      join(folder, 'model/Dockerfile'),
      [
        `FROM ${local.registryHost}/base:1`,
        'COPY requirements.txt /requirements.txt',
        `RUN sleep ${DEPENDENCIES_SECONDS} && echo installed > /dependencies`,
        'COPY model.py /model.py',
        'CMD ["sh"]',
        '',
      ].join('\n'),
    );
    await writeFile(join(folder, 'model/model.py'), 'first\n');
  }

  test(
    'leaves only the changed layer to be built and pushed, and the image stays one that Lambda takes',
    async () => {
      if (path === undefined) return void process.stderr.write('\n*** NO BUILDKIT: NO CACHE IS TESTED ***\n');
      const first = await emptyEngine();
      await model(first);
      const without = await build(first, await wish(first));
      const live = await push(first, `${local.registryHost}/iris:1`);

      const second = await emptyEngine();
      await writeFile(join(folder, 'model/model.py'), 'second\n');
      const reference = `${local.registryHost}/iris:2`;
      const from = `${local.registryHost}/iris@${live}`;
      const withCache = await build(second, await wish(second, { reference, inlineCache: { from } }));
      const built = second.lines.length;
      const digest = await push(second, reference);
      const share = withCache / without;
      process.stderr.write(`second build: ${withCache} ms, first: ${without} ms (${share.toFixed(3)})\n`);
      // The bar is a share of .2 on a machine that does nothing else; here it counts that nothing was installed again.
      expect(withCache).toBeLessThan(DEPENDENCIES_SECONDS * 1000);
      expect(second.lines).toContainEqual(expect.stringMatching(/^#\d+ CACHED$/));
      const pushes = second.lines.slice(built);
      expect(pushes.filter((line) => line.endsWith(': Pushed'))).toHaveLength(1);
      expect(pushes.filter((line) => line.endsWith(': Layer already exists'))).toHaveLength(3);
      const [pushed] = await second.ecr.batchGetImage('iris', [{ tag: '2' }]);
      expect(pushed?.digest).toBe(digest);
      expect(readManifest('iris:2', pushed?.mediaType ?? '', pushed?.manifest ?? '').kind).toBe('image');
      // The login is gone, and nobody saw it.
      await expect(readdir(second.env['RUNNER_TEMP'] ?? '')).resolves.toEqual([]);
      expect(second.lines.join('\n')).not.toContain(second.secrets[0]);

      await writeFile(join(folder, 'model/Dockerfile'), 'FROM scratch\nCOPY model.py /model.py\n');
      for (const gone of [
        `${local.registryHost}/iris@sha256:${'0'.repeat(64)}`,
        `127.0.0.1:1/iris@${live}`,
      ]) {
        const given = { reference: `${local.registryHost}/iris:3`, inlineCache: { from: gone } };
        await build(second, await wish(second, given));
        expect(second.lines.at(-1)).toBe(
          'The cache of the last release could not be read, so this build went on without it.',
        );
      }
    },
    5 * MINUTES,
  );
});
