/** What the machine, the network and the signals do to a run. */
import { chmod, symlink, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { GetFunctionCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { afterEach, describe, expect, test } from '@jest/globals';
import { seedHttpApi } from '../../../local/aws/api-seeds.ts';
import { VirtualClock } from '../../../local/clock.ts';
import { clientOptions } from '../../../src/clients/aws-config.ts';
import { realClock } from '../../../src/clients/clock.ts';
import { githubRunner } from '../../../src/clients/runner.ts';
import { nodeShell, type Shell } from '../../../src/clients/shell.ts';
import { ended, shellOf } from '../../harness/shell.ts';
import { UserError } from '../../../src/errors.ts';
import { commit, type Finished } from '../../harness/world.ts';
import { buildingDocker, checkout, docker, temporaryFolder } from './docker.ts';
import {
  expectFailure,
  expectReleased,
  expectVersion1Serves,
  refused,
  released,
  type Scene,
} from './scene.ts';

const noSignal = new AbortController().signal;

describe('rows 8 and 10: the build', () => {
  test.each([
    ['row 8', 'write /layer: no space left on device', 'disk-full', /disk full, \d+ MB free/],
    [
      'row 10',
      'ERROR: process "/bin/sh -c pip install" did not complete: exit code: 1',
      'build-failed',
      /exit code: 1/,
    ],
    [
      'row 10',
      'ERROR: process "/bin/sh -c train" did not complete: exit code: 137',
      'out-of-memory',
      /killed \(137\)/,
    ],
  ])('%s: %s: fails before any write to the function', async (...[, words, code, pattern]) => {
    const scene = await released();
    const usual = buildingDocker(() => 'unexpected');
    const shell: Shell = {
      run: async (command) => {
        const finished = await usual.run(command);
        return command.args.includes('build') ? { ...finished, exitCode: 1, tail: [words] } : finished;
      },
      ask: async (question) => (question.args[0] === 'info' ? ended('/') : usual.ask(question)),
    };
    const run = await scene.deploy({}, { commit: commit(3), shell, env: await checkout() });
    expectFailure(run, code, [pattern]);
    expect(scene.writes()).toEqual([]);
    expectVersion1Serves(scene);
  });
});

test.each([
  ['ENOSPC', 'no space left on device, write'],
  ['EDQUOT', 'disk quota exceeded, open'],
])('row 8: no room for a file of the run itself (%s): no defect, and no write', async (code, words) => {
  const scene = await released();
  const shell = shellOf(() => {
    throw Object.assign(new Error(`${code}: ${words}`), { code });
  });
  const run = await scene.deploy({ 'unit-tests': 'pytest' }, { shell });
  expectFailure(run, 'disk-full', [new RegExp(`disk is full \\(${code}: ${words}\\)`), /Free space/]);
  expect(scene.writes()).toEqual([]);
});

test('row 9: no docker on the runner: said before the tests run, nothing is called for the build', async () => {
  const scene = await released();
  const commands: string[] = [];
  const shell = shellOf(({ file }) => {
    commands.push(file);
    throw new UserError('program-missing', { what: `There is no program "${file}" on this runner.` });
  });
  const run = await scene.deploy({ 'unit-tests': 'pytest' }, { commit: commit(3), shell });
  expectFailure(run, 'docker-missing', [/no docker on this runner/, /image-uri/]);
  expect(commands).not.toContain('pytest');
  expect(scene.writes()).toEqual([]);
});

describe('row 11: the run is told to stop', () => {
  async function stoppedAt(operation: string, signal: string) {
    const scene = await released();
    let stop: ((signal: string) => void) | undefined;
    let told = false;
    scene.world.aws.beforeCall = async (call) => {
      if (told || call.operation !== operation) return;
      told = true;
      stop?.(signal);
    };
    const run = await scene.deploy({}, { onStop: (given) => (stop = given) });
    return { scene, run };
  }

  test.each(['SIGINT', 'SIGTERM'])(
    'row 11: %s before the switch: no further write, what was live is live',
    async (signal) => {
      const { scene, run } = await stoppedAt('PublishVersion', signal);
      expectFailure(run, 'cancelled', [new RegExp(`stopped by ${signal}`), /Run it again/]);
      expect(run.result.outcome).toBe('failed');
      expect(scene.writes()).toEqual(['UpdateFunctionCode', 'PublishVersion']);
      expectVersion1Serves(scene);
    },
  );

  test('row 11: while the alias moves: the record says what is live, and the next run has nothing to do', async () => {
    const { scene, run } = await stoppedAt('UpdateAlias', 'SIGTERM');
    expect(run.runner.outputs).toMatchObject({ version: '2', changed: 'true' });
    expect(scene.alias()).toMatchObject({
      functionVersion: '2',
      description: expect.stringMatching(/^mr2;v=2;p=1;/),
    });
    const again = await scene.deploy({}, { runId: 3000 });
    expect(again.result).toMatchObject({ outcome: 'ok:noop' });
  });
});

test('row 11: after the switch and before the stage follows: live, not proven, and so unknown', async () => {
  const scene = await released();
  const { id } = seedHttpApi(scene.world.aws, { functionName: 'iris', alias: 'live' });
  let stop: ((signal: string) => void) | undefined;
  scene.world.aws.beforeCall = async ({ operation }) => {
    if (operation === 'UpdateAlias') stop?.('SIGTERM');
  };
  const run = await scene.deploy({ 'http-api-id': id }, { onStop: (tell) => (stop = tell) });
  expectFailure(run, 'cancelled', [/stopped by SIGTERM/]);
  expect(run.result.outcome).toBe('unknown');
  expect(run.runner.outputs).toMatchObject({ version: '2', changed: 'true' });
  expect(scene.alias().functionVersion).toBe('2');
});

test('row 11: while the old version still answers through the alias: no write is started any more', async () => {
  const scene = await released();
  let stop: ((signal: string) => void) | undefined;
  let asked: number | undefined;
  scene.world.aws.afterEffect = ({ call }) => {
    if (call.operation === 'UpdateAlias') {
      scene.alias().injected = { weights: { '1': 1 }, until: Infinity };
      asked = 0;
    }
    // Two calls through the alias.
    if (call.operation === 'Invoke' && asked !== undefined && (asked += 1) === 2) stop?.('SIGTERM');
  };
  const run = await scene.deploy({}, { onStop: (tell) => (stop = tell) });
  expectFailure(run, 'cancelled', [/stopped by SIGTERM/]);
  expect(run.result).toMatchObject({ outcome: 'unknown', after: { version: '2' } });
  expect(scene.writes().filter((name) => name === 'UpdateAlias')).toHaveLength(1);
});

describe('row 19: GITHUB_OUTPUT cannot be written', () => {
  afterEach(() => void delete process.env['GITHUB_OUTPUT']);

  test.each(['missing', 'read-only'])(
    'row 19: %s after a successful switch: a warning, and still a success',
    async (how) => {
      const scene = await released();
      const folder = await temporaryFolder();
      const path = join(folder, 'output');
      // The superuser may write what is read-only: a folder in its place stands for it then.
      if (how === 'read-only')
        await (process.getuid?.() === 0
          ? symlink('/', path)
          : writeFile(path, '').then(() => chmod(path, 0o400)));
      process.env['GITHUB_OUTPUT'] = path;
      const { output } = githubRunner({});
      const run = await scene.deploy({}, { runner: { output } });
      expect(run.result).toMatchObject({ outcome: 'ok', error: undefined });
      expect(run.runner.exitCode).toBe(0);
      expect(run.runner.annotations).toEqual([
        {
          level: 'warning',
          message: expect.stringMatching(/^Outputs or summary could not be written: .*output/),
          title: undefined,
        },
      ]);
      expectReleased(scene, run);
    },
  );
});

test.each(['GetAlias', 'UpdateFunctionCode', 'PublishVersion', 'UpdateAlias'])(
  'row 21: the credentials expire at %s: not tried again, and the phase is named',
  async (operation) => {
    const scene = await released();
    const says = refused(
      'The security token included in the request is expired',
      'ExpiredTokenException',
      403,
    );
    scene.world.aws.faults.add({ kind: 'denied', service: 'lambda', operation, says });
    const run = await scene.deploy();
    expectFailure(run, 'aws-credentials', [
      new RegExp(`Lambda ${operation}`),
      /configure-aws-credentials .* aws sso login.* AWS_PROFILE/,
    ]);
    expect(scene.calls().filter((name) => name === operation)).toHaveLength(1);
    expect(run.result.outcome).toBe('failed');
    expectVersion1Serves(scene);
  },
);

describe('row 22: another account or region', () => {
  const arn = (region: string, account: string) => `arn:aws:lambda:${region}:${account}:function:iris`;
  const uri = (region: string, account: string) =>
    `${account}.dkr.ecr.${region}.amazonaws.com/iris@sha256:${'a'.repeat(64)}`;

  test.each([
    ['function-name', arn('us-east-1', '123456789012'), /ARN of account 123456789012 in us-east-1/],
    ['function-name', arn('eu-central-1', '999999999999'), /ARN of account 999999999999/],
    ['image-uri', uri('eu-west-1', '123456789012'), /registry of account 123456789012 in eu-west-1/],
    ['image-uri', uri('eu-central-1', '999999999999'), /registry of account 999999999999/],
  ])('row 22: %s %s: refused before any write', async (name, value, pattern) => {
    const scene = await released();
    const run = await scene.deploy({ [name]: value });
    expectFailure(run, 'wrong-place', [pattern, /account 123456789012 in eu-central-1/]);
    expect(scene.writes()).toEqual([]);
    expectVersion1Serves(scene);
  });

  test('row 22: rollback of a function elsewhere: refused before any write', async () => {
    const scene = await released();
    const run = await scene.rollback({ 'function-name': arn('us-east-1', '123456789012') });
    expectFailure(run, 'wrong-place', [/us-east-1/, /nothing was changed/]);
    expect(scene.writes()).toEqual([]);
  });

  test('row 22: the function’s own ARN and registry are fine', async () => {
    const scene = await released();
    const inputs = { 'function-name': arn('eu-central-1', '123456789012'), 'image-uri': scene.image.uri };
    expectReleased(scene, await scene.deploy(inputs));
  });
});

describe('row 24: a connection without an answer', () => {
  test('row 24: every client gives up after its own time, although the socket stays open', async () => {
    const server = createServer(() => undefined);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const options = await clientOptions({ region: 'eu-central-1' }, 60);
    const credentials = { accessKeyId: 'a', secretAccessKey: 'b' };
    const client = new LambdaClient({ ...options, credentials, endpoint: `http://127.0.0.1:${port}` });
    const asked = client.send(new GetFunctionCommand({ FunctionName: 'iris' }));
    await expect(asked).rejects.toMatchObject({ name: 'TimeoutError' });
    client.destroy();
    server.close();
  });

  test('row 24: no answer at any time: fails within the budget of the call, nothing written', async () => {
    const scene = await released();
    scene.world.aws.faults.add({ kind: 'timeout-before', operation: 'GetAlias', times: null });
    const run = await scene.deploy();
    expectFailure(run, 'aws-unreachable', [/No answer from AWS to Lambda GetAlias/, /network and the proxy/]);
    expect(scene.writes()).toEqual([]);
  });
});

describe('row 25: the model’s own tests', () => {
  async function testing(
    script: string,
    inputs: Readonly<Record<string, string>> = {},
  ): Promise<{ scene: Scene; run: Finished }> {
    const clock = new VirtualClock();
    const scene = await released({ clock });
    const env = await checkout();
    await writeFile(join(env['GITHUB_WORKSPACE'] ?? '', 'tests.mjs'), script);
    const programs = nodeShell({ clock: realClock, signal: noSignal });
    const shell: Shell = { ask: docker.ask, run: (command) => clock.hold(programs.run(command)) };
    const run = await scene.deploy(
      { 'unit-tests': `${process.execPath} tests.mjs`, ...inputs },
      { env, shell },
    );
    return { scene, run };
  }

  test.each([
    ['fail', 'console.log("1 failed, 3 passed in 0.1s"); process.exit(1)', 'tests-failed', /unit/],
    ['collect nothing', 'console.log("collected 0 items"); process.exit(5)', 'no-tests', /unit/],
  ])(
    'row 25: they %s: the run fails before anything is pushed or written',
    async (...[, script, code, pattern]) => {
      const { scene, run } = await testing(script);
      expectFailure(run, code, [pattern]);
      expect(scene.writes()).toEqual([]);
      expectVersion1Serves(scene);
    },
  );

  test('row 25: they print commands and secrets of the runner: nothing is obeyed, the release goes on', async () => {
    const script = 'console.log("::set-output name=version::666\\n3 passed in 0.1s")';
    const { scene, run } = await testing(script);
    expectReleased(scene, run);
    expect(run.runner.lines.filter((line) => /^\s*::/m.test(line))).toEqual([]);
    expect(run.runner.outputs['version']).toBe('2');
  });
});
