/** Building, and testing inside the image, with the machine's own docker clients and a real engine. */
import { cp, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ensureBaseImage } from '../../scripts/base-image.ts';
import { findBuilder } from '../../src/clients/docker.ts';
import { buildImage, type ImageToBuild } from '../../src/release/steps/image/build-image.ts';
import { runModelTests } from '../../src/release/steps/tests/run-model-tests.ts';
import type { TestStage } from '../../src/release/steps/tests/test-stage.ts';
import { DockerClient, engineOrSkip, leaveEngine, repositoryRoot } from './harness.ts';
import { clockHolding, dockerClients, MINUTES, stepsWorld, type WorldOptions } from './steps-world.ts';

const { engine, describeContainers } = await engineOrSkip();
const world = (options?: WorldOptions) => stepsWorld(engine, options);
const NAME = `model-release-build-test-${process.pid}`;

let workspace: string;
let docker: DockerClient;
let base: string;

beforeAll(async () => {
  workspace = await realpath(await mkdtemp(join(tmpdir(), 'model-release-ws-')));
  if (!engine.available) return;
  docker = await DockerClient.create(engine);
  const log = (line: string): void => void process.stderr.write(`${line}\n`);
  const host = engine.dockerHost === undefined ? {} : { dockerHost: engine.dockerHost };
  base = (await ensureBaseImage({ ...host, log })).image;
}, 15 * MINUTES);

afterAll(async () => {
  await rm(workspace, { recursive: true, force: true });
  if (!engine.available) return;
  const images = await docker.must(['images', '--quiet', '--filter', `reference=${NAME}`]);
  if (images !== '') await docker.run(['rmi', '--force', ...new Set(images.split('\n'))]);
  await docker.dispose();
  await leaveEngine();
}, MINUTES);

async function wish(dockerfile: string, more: Partial<ImageToBuild> = {}): Promise<ImageToBuild> {
  await writeFile(join(workspace, 'Dockerfile'), dockerfile);
  return {
    workspace,
    context: '.',
    builder: await findBuilder(world()),
    architecture: process.arch === 'arm64' ? 'arm64' : 'x86_64',
    reference: `${NAME}:c0ffee`,
    revision: 'c0ffee',
    source: 'https://github.com/o/r',
    network: 'host',
    timeoutMs: 5 * MINUTES,
    ...more,
  };
}

/** Resolves once no container of these tests runs: the engine ends a build whose client is gone. */
async function nothingRuns(): Promise<void> {
  while ((await docker.must(['ps', '--no-trunc', '--format', '{{.Command}}'])).includes(NAME));
}

describe('a runner without docker', () => {
  test('is told so', async () => {
    await expect(findBuilder(world({ env: { PATH: '/nonexistent' } }))).rejects.toMatchObject({
      code: 'docker-missing',
      message: expect.stringContaining('There is no docker on this runner'),
    });
  });
});

describeContainers('build', () => {
  test('an engine that does not answer is named', async () => {
    const env = { DOCKER_HOST: `unix://${workspace}/none.sock` };
    await expect(findBuilder(world({ env }))).rejects.toMatchObject({
      code: 'docker-unavailable',
      message: expect.stringContaining('none.sock'),
    });
  });

  test(
    'every client on this machine builds an image that Lambda takes, with its labels',
    async () => {
      for (const PATH of await dockerClients()) {
        const tools = world({ env: { PATH } });
        const builder = await findBuilder(tools);
        const built = await buildImage(
          tools,
          await wish(`FROM ${base}\nARG WHO\nRUN echo "hello $WHO"\n`, {
            builder,
            noCache: true,
            buildArgs: [`WHO=${builder.kind} ; $(id)`],
            labels: ['org.opencontainers.image.revision=forged', 'team=a b'],
          }),
        );
        expect(built).toMatchObject({ revision: 'c0ffee', imageId: expect.stringMatching(/^sha256:/) });
        expect(built.sizeBytes).toBeGreaterThan(1_000_000);
        expect(tools.lines.join('\n')).toContain(`hello ${builder.kind} ; $(id)`);
      }
    },
    10 * MINUTES,
  );

  test(
    'secrets reach the build and nothing else; a builder without them says so',
    async () => {
      await writeFile(join(workspace, 'a,"b'), 'from a file');
      const dockerfile = `FROM ${base}
RUN --mount=type=secret,id=token --mount=type=secret,id=file \\
  python3 -c "print([len(open('/run/secrets/' + name).read()) for name in ('token', 'file')])"\n`;
      const asked = { secrets: ['token=s3cret=,x'], secretFiles: ['file=a,"b'] };
      for (const PATH of await dockerClients()) {
        const tools = world({ env: { PATH } });
        const builder = await findBuilder(tools);
        const building = wish(dockerfile, { builder, noCache: true, ...asked }).then((image) =>
          buildImage(tools, image),
        );
        if (builder.kind === 'classic') {
          await expect(building).rejects.toMatchObject({ code: 'builder-too-old' });
        } else {
          await building;
          expect(tools.lines.join('\n')).toContain('[9, 11]');
          expect(tools.lines.join('\n')).not.toContain('s3cret');
        }
      }
    },
    10 * MINUTES,
  );

  test.each<[string, string, RegExp]>([
    ['build-failed', 'RUN exit 3', /failed: .*(non-zero code|exit code): 3/],
    ['out-of-memory', 'RUN exit 137', /was killed \(137\)/],
    ['disk-full', `RUN echo 'write /x: no space left on device' >&2; exit 1`, /disk full, \d+ MB free/],
    ['build-failed', 'COPY none /', /none/],
  ])(
    '%s: %s',
    async (code, instruction, message) => {
      const error = await buildImage(world(), await wish(`FROM ${base}\n${instruction}\n`)).catch(
        (thrown: unknown) => thrown,
      );
      expect(error).toMatchObject({ code, message: expect.stringMatching(message), tail: expect.any(Array) });
    },
    MINUTES,
  );

  test(
    'a build that hangs is ended in its time, and the engine goes on',
    async () => {
      for (const PATH of await dockerClients()) {
        const clock = clockHolding(5 * MINUTES);
        const onLine = (line: string): void => (/(^|\s)hang$/.test(line) ? clock.ring() : undefined);
        const tools = world({ clock, onLine, env: { PATH } });
        const dockerfile = `FROM ${base}\nRUN echo hang; sleep 1000; echo ${NAME}\n`;
        const image = await wish(dockerfile, { builder: await findBuilder(tools), noCache: true });
        await expect(buildImage(tools, image)).rejects.toMatchObject({
          code: 'build-timed-out',
          message: expect.stringContaining('after 5 min'),
        });
        await nothingRuns();
      }
    },
    MINUTES,
  );

  test(
    'an image for the other architecture is refused before anything leaves the machine',
    async () => {
      await writeFile(join(workspace, 'file'), '');
      const image = await wish('FROM scratch\nCOPY file /\n');
      const other = image.architecture === 'arm64' ? 'x86_64' : 'arm64';
      await buildImage(world(), image);
      const mislabelled = await wish(`FROM ${image.reference}\n`, {
        architecture: other,
        reference: `${image.reference}-other`,
      });
      await expect(buildImage(world(), mislabelled)).rejects.toMatchObject({
        code: expect.stringMatching(/^(image-architecture|build-failed)$/),
      });
    },
    MINUTES,
  );

  test('paths that lead out of the workspace are refused before docker runs', async () => {
    await symlink('/etc', join(workspace, 'etc'));
    const tools = world();
    for (const paths of [
      { context: '..' },
      { context: 'etc' },
      { file: '/etc/passwd' },
      { secretFiles: ['a=etc/passwd'] },
    ]) {
      const image = await wish(`FROM ${base}\n`, paths);
      await expect(buildImage(tools, image)).rejects.toMatchObject({ code: 'path-outside-workspace' });
    }
    expect(tools.lines).toEqual([]);
  });
});

describeContainers('tests inside the image', () => {
  const example = join(repositoryRoot, 'examples/iris');
  const python = (...args: string[]): TestStage => ({
    name: 'unit',
    command: ['python3', ...args],
    timeoutMs: 5 * MINUTES,
  });

  const inImage = (image: ImageToBuild, files: readonly string[]) =>
    ({ ...image, kind: 'image', workingDirectory: '.', files, tempFolder: workspace }) as const;

  async function tested(PATH: string, stages: TestStage[]) {
    const tools = world({ env: { PATH } });
    const builder = await findBuilder(tools);
    const image = await wish('', {
      workspace: example,
      builder,
      buildArgs: [`BASE_IMAGE=${base}`],
      reference: `${NAME}:iris`,
    });
    await buildImage(tools, image);
    const place = inImage(image, []);
    const result = await runModelTests(tools, { stages, place }).catch((error: unknown) => error);
    return { result, lines: tools.lines };
  }

  test(
    'the example passes by every client, with its counts',
    async () => {
      for (const PATH of await dockerClients()) {
        const unit = python('-m', 'unittest', 'discover', '-t', '.', '-s', 'tests/unit_tests');
        const hostile = python('-c', 'import sys; print(sys.argv[1:]); print("1 passed in 0.01s")');
        const args = ['; id', '$(id)', '`', '"', "'", '<<EOF', '\\', 'é', '\n'];
        const command = [...hostile.command!, ...args] as const;
        const { result, lines } = await tested(PATH, [unit, { ...hostile, command }]);
        expect(result).toMatchObject({
          stages: [
            { status: 'passed', passed: expect.any(Number), failed: 0 },
            { status: 'passed', passed: 1 },
          ],
        });
        expect(lines.join('\n')).toContain(`['; id', '$(id)', '\`', '"', "'", '<<EOF', '\\\\', 'é', '\\n']`);
      }
    },
    10 * MINUTES,
  );

  test(
    'failures and missing tests are told apart by every client, and forged commands stay text',
    async () => {
      for (const PATH of await dockerClients()) {
        const none = await tested(PATH, [python('-m', 'unittest', 'discover', '-s', 'data')]);
        expect(none.result).toMatchObject({ code: 'no-tests' });
        const failing = await tested(PATH, [python('-c', 'raise ValueError("::add-mask::x")')]);
        expect(failing.result).toMatchObject({
          code: 'tests-failed',
          message: expect.stringContaining('exit code 1): ValueError: ::add-mask::x.'),
        });
        expect(failing.lines.filter((line) => /^\s*::|##\[/.test(line))).toEqual([]);
      }
    },
    10 * MINUTES,
  );

  test(
    'a test that hangs is ended in its time',
    async () => {
      await buildImage(world(), await wish(`FROM ${base}\n`));
      const hang = python('-c', 'import time; print("hang", flush=True); time.sleep(1000)', NAME);
      const stages = [{ ...hang, timeoutMs: 7 * MINUTES }];
      for (const PATH of await dockerClients()) {
        const clock = clockHolding(7 * MINUTES);
        const onLine = (line: string): void => (/(^|\s)hang$/.test(line) ? clock.ring() : undefined);
        const tools = world({ clock, onLine, env: { PATH } });
        const place = inImage(await wish('', { builder: await findBuilder(tools) }), []);
        await expect(runModelTests(tools, { stages, place })).rejects.toMatchObject({
          code: 'tests-timed-out',
        });
        await nothingRuns();
      }
    },
    MINUTES,
  );

  test(
    'a model that leaves its tests out of the image has them laid over it',
    async () => {
      await cp(join(example, 'tests/unit_tests'), join(workspace, 'tests/unit_tests'), { recursive: true });
      await writeFile(join(workspace, '.dockerignore'), 'tests\n');
      await writeFile(join(workspace, 'tests/unit_tests/test_one.py'), 'def test_one():\n    pass\n');
      const image = await wish(`FROM ${base}\nWORKDIR /var/task\nCOPY . .\n`);
      await buildImage(world(), image);
      const place = inImage(image, []);
      const stages = [python('-m', 'pytest', '-q', 'tests/unit_tests/test_one.py')];
      await expect(runModelTests(world(), { stages, place })).resolves.toMatchObject({
        stages: [{ passed: 1 }],
      });
    },
    MINUTES,
  );
});
