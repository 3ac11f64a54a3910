/** The journey of a release with nothing replaced but AWS: the bundle in processes of its own, docker, scikit-learn, HTTP. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GetAliasCommand, GetFunctionConfigurationCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { seedHttpApi } from '../../local/aws/api-seeds.ts';
import { ensureBaseImage } from '../../scripts/base-image.ts';
import { ask, type Flower } from '../../scripts/demo/api.ts';
import { FAILS_LATER, FAILS_ON_LAMBDA, TUNED, type Change } from '../../scripts/demo/model-repository.ts';
import type { Job, JobResult } from '../../scripts/runner.ts';
import { FUNCTION, openWorld, type World } from '../../scripts/demo/world.ts';
import { command } from '../../local/engine/command.ts';
import { findBuilder } from '../../src/clients/docker.ts';
import { engineOrSkip, leaveEngine, repositoryRoot } from './harness.ts';
import { dockerClients, MINUTES, stepsWorld } from './steps-world.ts';

const { engine, describeContainers } = await engineOrSkip();
/** Which never may be seen anywhere. */
const PASSWORD = 'correct-horse-battery';
const REGISTRY_PASSWORD = 'known-to-this-test-alone';
const BUILD_TOKEN = 'npm_Zm9yIG5vYm9keQ';
const UNIT_TESTS = 'python3 -m unittest discover -t . -s tests/unit_tests';
const VIRGINICA: Flower = { sepal_length: 6.3, sepal_width: 3.3, petal_length: 6, petal_width: 2.5 };
const VERSICOLOR: Flower = { ...VIRGINICA, petal_length: 4.7, petal_width: 1.6 };

/** The example with a secret that a careless build step prints. */
const CARELESS: Change = {
  message: 'Look at the token',
  edits: [
    {
      file: 'Dockerfile',
      from: 'COPY tests ./tests\n',
      // Another step in every run of this test: BuildKit would not run the same one again.
      to: `COPY tests ./tests\nRUN --mount=type=secret,id=token : ${Date.now()} && cat /run/secrets/token\n`,
    },
  ],
};

interface DeployOptions {
  /** Over the usual ones. */
  readonly inputs?: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
  readonly exitCode?: number;
}

describeContainers('from a push to production and back', () => {
  let temp: string;
  let world: World;
  let clients: string[];
  const results: JobResult[] = [];

  beforeAll(async () => {
    temp = await mkdtemp(join(tmpdir(), 'model-release-bundle-'));
    const bundle = join(temp, 'dist');
    const built = await command(process.execPath, [
      join(repositoryRoot, 'scripts/build-dist.ts'),
      '--to',
      bundle,
    ]);
    if (built.code !== 0) throw new Error(built.stderr);
    const { dockerHost } = engine;
    const log = (line: string): void => void process.stderr.write(`${line}\n`);
    const base = await ensureBaseImage({ ...(dockerHost === undefined ? {} : { dockerHost }), log });
    clients = await dockerClients();
    world = await openWorld({ dockerHost, baseImage: base.image, bundle });
  }, 15 * MINUTES);

  afterAll(async () => {
    await world?.close();
    await rm(temp, { recursive: true, force: true });
    await leaveEngine();
  }, MINUTES);

  test(
    'the first push makes what is missing, tests inside the image, and answers behind the API',
    async () => {
      const commit = await world.repository.commit('Classify irises');
      const released = await deploy(commit, {
        inputs: { 'environment-variables': `PASSWORD=${PASSWORD}` },
        env: { PATH: clients[0] ?? '' },
      });
      expect(released).toMatchObject({
        outputs: {
          outcome: 'ok',
          version: '1',
          'previous-version': '',
          commit,
          changed: 'true',
          'api-url': world.apiUrl,
        },
      });
      expect(released.log.join('\n')).toContain(
        'tested (unit passed (5 passed), integration passed (4 passed))',
      );
      expect(released.summary).toMatch(/\| unit \| passed \| 5 \| 0 \| 0 \|/);
      expect(released.summary).toMatch(/\| integration \| passed \| 4 \| 0 \| 0 \|/);
      expect(released.summary).toContain('Samples: 11 of 11 as expected');
      expect(await registryDigest(commit)).toBe(released.outputs['digest']);
      expect(await record()).toContain(`v=1;p=;`);
      expect((await ask(world.apiUrl, VIRGINICA)).body).toMatchObject({ species: 'virginica' });
    },
    5 * MINUTES,
  );

  test(
    'the same commit again builds nothing and writes nothing, with no docker to build with',
    async () => {
      const callsBefore = world.local.aws.calls.length;
      const again = await deploy(results[0]?.outputs['commit'] ?? '', {
        inputs: { 'environment-variables': `PASSWORD=${PASSWORD}` },
        env: { PATH: world.temp },
      });
      expect(again).toMatchObject({ outputs: { outcome: 'ok:noop', version: '1', changed: 'false' } });
      expect(writesSince(callsBefore)).toEqual([]);
    },
    MINUTES,
  );

  test(
    'the next push, built by another client and tested on the runner, replaces it',
    async () => {
      const commit = await world.repository.change(TUNED);
      const released = await deploy(commit, {
        // scikit-learn is in the image, and not on every runner.
        inputs: { 'tests-in': 'runner', 'integration-tests': UNIT_TESTS },
        env: { PATH: clients.at(-1) ?? '' },
      });
      expect(released).toMatchObject({
        outputs: {
          outcome: 'ok',
          version: '2',
          'previous-version': '1',
          'previous-digest': results[0]?.outputs['digest'],
          'previous-commit': results[0]?.outputs['commit'],
        },
      });
      expect(released.summary).toMatch(/\| integration \| passed \| 5 \| 0 \| 0 \|/);
      expect(released.outputs['digest']).not.toBe(results[0]?.outputs['digest']);
      // Named nowhere in this push, and kept.
      expect(await environment()).toEqual({ PASSWORD });
    },
    5 * MINUTES,
  );

  test(
    'a model that cannot run on Lambda gets no traffic, and its run again builds nothing',
    async () => {
      const commit = await world.repository.change(FAILS_ON_LAMBDA);
      const tried = await deploy(commit, { exitCode: 1 });
      expect(tried).toMatchObject({ outputs: { outcome: 'failed', version: '2', changed: 'false' } });
      expect(tried.log.join('\n')).toContain('(image-trial-failed)');
      expect(tried.log.join('\n')).toContain("Read-only file system: 'requests.log'");
      expect(await registryDigest(commit)).toBeNull();

      // Without that trial its version refuses it.
      const inputs = { gate: 'image: none' };
      const refused = await deploy(commit, { inputs, exitCode: 1 });
      expect(refused).toMatchObject({ outputs: { outcome: 'failed', version: '2', changed: 'false' } });
      expect(refused.log.join('\n')).toContain('(samples-failed)');
      expect(refused.log.join('\n')).toContain("Read-only file system: 'requests.log'");
      const digest = await registryDigest(commit);

      const again = await deploy(commit, { inputs, env: { GITHUB_RUN_ATTEMPT: '2' }, exitCode: 1 });
      expect(again).toMatchObject({ outputs: { outcome: 'failed', version: '2' } });
      expect(again.log.join('\n')).toMatch(/Check the image: .* was in ECR/);
      expect(again.log.join('\n')).toContain('version 3 was published before and is the same');
      expect(await registryDigest(commit)).toBe(digest);
      expect(await record()).toContain('v=2;p=1;');
      await world.repository.revert();
    },
    5 * MINUTES,
  );

  test(
    'a bad release is undone without docker, build or checkout, and only once',
    async () => {
      const good = await ask(world.apiUrl, VERSICOLOR);
      const released = await deploy(await world.repository.change(FAILS_LATER));
      expect(released).toMatchObject({ outputs: { outcome: 'ok', version: '4', 'previous-version': '2' } });
      await ask(world.apiUrl, VIRGINICA);
      expect((await ask(world.apiUrl, VERSICOLOR)).body).toMatchObject({ species: 'virginica' });

      const callsBefore = world.local.aws.calls.length;
      const back = await rollback();
      expect(back).toMatchObject({
        outputs: { outcome: 'rolled-back', version: '2', 'previous-version': '4', changed: 'true' },
      });
      expect(await ask(world.apiUrl, VERSICOLOR)).toEqual(good);
      expect(writesSince(callsBefore)).toEqual(['UpdateAlias', 'UpdateStage']);

      const callsBetween = world.local.aws.calls.length;
      expect(await rollback()).toMatchObject({ outputs: { outcome: 'ok:noop', version: '2' } });
      expect(writesSince(callsBetween)).toEqual([]);
      await world.repository.revert();
    },
    5 * MINUTES,
  );

  test(
    'an HTTP API that calls no alias is pointed to it',
    async () => {
      const api = seedHttpApi(world.local.aws, {
        functionName: FUNCTION,
        alias: 'live',
        qualifier: '',
        permission: false,
      });
      const url = `${world.local.apiUrl(api.id, api.stage)}/predict`;
      const commit = await world.repository.commit('Serve an HTTP API too');
      const released = await deploy(commit, {
        inputs: { 'rest-api-id': '', 'api-stage': '', 'http-api-id': api.id, 'api-url': url, force: 'true' },
      });
      expect(released).toMatchObject({ outputs: { outcome: 'ok', version: '5', 'api-url': url } });
      expect((await ask(url, VERSICOLOR)).body).toMatchObject({ species: 'versicolor' });
    },
    5 * MINUTES,
  );

  test(
    'a build secret that the build prints is not seen',
    async () => {
      const commit = await world.repository.change(CARELESS);
      const env = { PATH: clients.at(-1) ?? '' };
      const { kind } = await findBuilder(stepsWorld(engine, { env }));
      const inputs = { secrets: `token=${BUILD_TOKEN}` };
      const { log } = await deploy(commit, { inputs, env, exitCode: kind === 'classic' ? 1 : 0 });
      expect(log.join('\n')).toMatch(kind === 'classic' ? /\(builder-too-old\)/ : /^#\d+ [\d.]+ \*{3}/m);
    },
    5 * MINUTES,
  );

  test('nothing that was said in any run holds a secret', () => {
    const tokens = Object.keys(world.local.aws.state.registryTokens);
    expect(tokens.length).toBeGreaterThan(3);
    for (const { log, summary, outputs } of results) {
      const said = [...log, summary, JSON.stringify(outputs)].join('\n');
      expect([PASSWORD, BUILD_TOKEN, ...tokens].filter((secret) => said.includes(secret))).toEqual([]);
    }
  });

  async function deploy(
    commit: string,
    { inputs = {}, env = {}, exitCode = 0 }: DeployOptions = {},
  ): Promise<JobResult> {
    const job = { action: 'deploy', inputs: { ...world.deploy, ...inputs }, commit } as const;
    return run({ ...job, workspace: world.repository.folder, env }, exitCode);
  }

  /** As a person starts it: nothing is checked out, and no program is to be found. */
  function rollback(): Promise<JobResult> {
    const job = { action: 'rollback', inputs: world.target, commit: 'f'.repeat(40) } as const;
    return run({ ...job, event: 'workflow_dispatch', workspace: world.temp, env: { PATH: world.temp } }, 0);
  }

  /** Of a run that does not end as expected one wants to read the log. */
  async function run(job: Job, exitCode: number): Promise<JobResult> {
    const result = await world.runner.run(job);
    results.push(result);
    if (result.exitCode !== exitCode)
      throw new Error(`exit code ${result.exitCode}\n${result.log.join('\n')}`);
    return result;
  }

  function writesSince(count: number): string[] {
    const calls = world.local.aws.calls.slice(count);
    return calls.filter(({ isWrite }) => isWrite).map(({ operation }) => operation);
  }

  /** What the registry itself says about the commit's tag. */
  async function registryDigest(commit: string): Promise<string | null> {
    const { local, target } = world;
    local.aws.state.registryTokens[REGISTRY_PASSWORD] = Date.now() + MINUTES;
    const response = await fetch(`${local.url}/v2/${target['ecr-repository']}/manifests/${commit}`, {
      headers: {
        authorization: `Basic ${Buffer.from(`AWS:${REGISTRY_PASSWORD}`).toString('base64')}`,
        accept: '*/*',
      },
    });
    return response.headers.get('docker-content-digest');
  }

  function lambda(): LambdaClient {
    const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
    return new LambdaClient({ endpoint: world.local.url, region: world.local.aws.state.region, credentials });
  }

  async function record(): Promise<string> {
    const alias = await lambda().send(new GetAliasCommand({ FunctionName: FUNCTION, Name: 'live' }));
    return alias.Description ?? '';
  }

  async function environment(): Promise<Record<string, string> | undefined> {
    const asked = { FunctionName: FUNCTION, Qualifier: 'live' };
    return (await lambda().send(new GetFunctionConfigurationCommand(asked))).Environment?.Variables;
  }
});
