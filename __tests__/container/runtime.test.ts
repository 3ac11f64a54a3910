import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Invocation, InvocationResult } from '../../local/aws/runtime.ts';
import { createContainerRuntime, type ContainerRuntime } from '../../local/runtime/container-runtime.ts';
import { CONTAINER_LABEL } from '../../local/runtime/container.ts';
import { Docker } from '../../local/runtime/docker.ts';
import { ensureBaseImage } from '../../scripts/base-image.ts';
import { DockerClient, engineOrSkip, leaveEngine, repositoryRoot } from './harness.ts';

const { engine, describeContainers } = await engineOrSkip();
const IMAGE = `model-release/probe:${process.pid}`;

describeContainers('functions as containers', () => {
  let docker: DockerClient;
  let runtime: ContainerRuntime;
  let requests = 0;

  beforeAll(async () => {
    docker = await DockerClient.create(engine);
    const host = engine.dockerHost === undefined ? {} : { dockerHost: engine.dockerHost };
    const log = (line: string): void => void process.stderr.write(`${line}\n`);
    const base = await ensureBaseImage({ ...host, log });
    const probe = join(repositoryRoot, '__tests__/container/probe');
    await docker.must([
      'build',
      '--network=host',
      `--build-arg=BASE_IMAGE=${base.image}`,
      `--tag=${IMAGE}`,
      probe,
    ]);
    const client = new Docker(engine.dockerHost === undefined ? {} : { host: engine.dockerHost });
    runtime = await createContainerRuntime({ docker: client, region: 'eu-west-1' });
  }, 300_000);

  afterAll(async () => {
    await runtime.stop();
    const left = await docker.must([
      'ps',
      '--all',
      '--quiet',
      '--filter',
      `label=${CONTAINER_LABEL}=${process.pid}`,
    ]);
    await docker.run(['rmi', '--force', IMAGE]);
    await docker.dispose();
    await leaveEngine();
    expect(left).toBe('');
  }, 60_000);

  function invoke(event: object, settings: Partial<Invocation> = {}): Promise<InvocationResult> {
    requests++;
    return runtime.invoke({
      functionName: 'probe',
      functionArn: 'arn:aws:lambda:eu-west-1:123456789012:function:probe:1',
      version: '1',
      imageUri: IMAGE,
      digest: 'sha256:probe',
      architecture: 'x86_64',
      environment: {},
      memorySizeMb: 256,
      timeoutS: 10,
      payload: Buffer.from(JSON.stringify(event)),
      deadline: Date.now() + 10_000,
      requestId: `request-${requests}`,
      ...settings,
    });
  }

  test('the first event starts an environment, the second finds it warm', async () => {
    const cold = await invoke({ do: 'identify' }, { version: '7' });
    const warm = await invoke({ do: 'identify' }, { version: '7' });
    expect(cold.functionError).toBeUndefined();
    expect(cold.initDurationMs).toBeGreaterThan(0);
    expect(warm.initDurationMs).toBeUndefined();
    expect(body(warm)['environment']).toBe(body(cold)['environment']);
    expect(body(warm)['requestId']).toBe(`request-${requests}`);
    expect(body(warm)['arn']).toBe('arn:aws:lambda:eu-west-1:123456789012:function:probe:1');
  }, 30_000);

  test('another version, and other settings of the same one, get environments of their own', async () => {
    const one = await invoke({ do: 'identify' });
    const two = await invoke({ do: 'identify' }, { version: '2' });
    const changed = await invoke({ do: 'identify' }, { environment: { A: '1' } });
    const seen = [one, two, changed].map((result) => body(result)['environment']);
    expect(new Set(seen).size).toBe(3);
  }, 30_000);

  test('an entry point, a command and a working directory of the function replace those of the image', async () => {
    const own = await invoke({ do: 'identify' }, { version: '8' });
    const imageConfig = {
      EntryPoint: ['python3', '-O', '/var/runtime/bootstrap.py'],
      Command: ['lambda_function.describe_process'],
      WorkingDirectory: '/tmp',
    };
    const replaced = await invoke({}, { version: '8', imageConfig });
    expect(own.functionError).toBeUndefined();
    expect(body(replaced)).toEqual({ folder: '/tmp', optimize: 1 });
  }, 30_000);

  test('events at the same time run in environments of their own', async () => {
    const both = [1, 2].map(() => invoke({ do: 'sleep', seconds: 0.3 }, { version: '3' }));
    const [one, two] = await Promise.all(both);
    expect(body(one)['environment']).not.toBe(body(two)['environment']);
  }, 30_000);

  test('a function sees its own variables and Lambda’s, which it cannot replace', async () => {
    const names = [
      'THRESHOLD',
      'TEXT',
      'AWS_REGION',
      'AWS_LAMBDA_FUNCTION_NAME',
      'AWS_LAMBDA_FUNCTION_VERSION',
    ];
    names.push('AWS_LAMBDA_FUNCTION_MEMORY_SIZE', 'LAMBDA_TASK_ROOT');
    const environment = { THRESHOLD: '0.5', TEXT: 'two\nlines = "x"', AWS_REGION: 'nowhere' };
    const result = await invoke({ do: 'variables', names }, { environment });
    expect(body(result)).toEqual({
      THRESHOLD: '0.5',
      TEXT: 'two\nlines = "x"',
      AWS_REGION: 'eu-west-1',
      AWS_LAMBDA_FUNCTION_NAME: 'probe',
      AWS_LAMBDA_FUNCTION_VERSION: '1',
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '256',
      LAMBDA_TASK_ROOT: '/var/task',
    });
  }, 30_000);

  test('an event that takes longer than the timeout ends its environment', async () => {
    const before = await invoke({ do: 'identify' }, { version: '4', timeoutS: 1 });
    const late = await invoke({ do: 'sleep', seconds: 30 }, { version: '4', timeoutS: 1 });
    expect(late.functionError).toBe('Unhandled');
    expect(body(late)).toEqual({
      errorType: 'Sandbox.Timedout',
      errorMessage: `RequestId: request-${requests} Error: Task timed out after 1.00 seconds`,
    });
    const after = await invoke({ do: 'identify' }, { version: '4', timeoutS: 1 });
    expect(after.initDurationMs).toBeGreaterThan(0);
    expect(body(after)['environment']).not.toBe(body(before)['environment']);
  }, 30_000);

  test('a function is told how much of its own timeout is left, initialisation not counted', async () => {
    const result = await invoke({ do: 'sleep', seconds: 0 }, { version: '5', timeoutS: 3 });
    expect(body(result)['remaining']).toBeGreaterThan(2_500);
    expect(body(result)['remaining']).toBeLessThanOrEqual(3_000);
  }, 30_000);

  test('more memory than the function has ends the environment; what fits does not', async () => {
    const fits = await invoke({ do: 'allocate', megabytes: 100 });
    expect(fits.functionError).toBeUndefined();
    const result = await invoke({ do: 'allocate', megabytes: 400 });
    expect(result.functionError).toBe('Unhandled');
    expect(body(result)).toEqual({
      errorType: 'Runtime.ExitError',
      errorMessage: `RequestId: request-${requests} Error: Runtime exited with error: signal: killed`,
    });
  }, 30_000);

  test('a runtime that exits is an error of its exit code, and the next event starts another', async () => {
    const result = await invoke({ do: 'exit', code: 3 });
    expect(body(result)['errorMessage']).toContain('Runtime exited with error: exit status 3');
    expect((await invoke({ do: 'identify' })).functionError).toBeUndefined();
  }, 30_000);

  test('an exception is answered as Lambda’s error JSON and keeps the environment', async () => {
    const before = await invoke({ do: 'identify' });
    const result = await invoke({ do: 'nonsense' });
    expect(result.functionError).toBe('Unhandled');
    expect(body(result)).toMatchObject({ errorType: 'KeyError', errorMessage: "'no such action: nonsense'" });
    expect(result.logTail).toContain('[ERROR] KeyError');
    expect(body(await invoke({ do: 'identify' }))['environment']).toBe(body(before)['environment']);
  }, 30_000);

  test('a module that cannot be imported is the init error of every event', async () => {
    const settings = { environment: { FAIL_INIT: '1' } };
    for (const attempt of [1, 2]) {
      const result = await invoke({ do: 'identify' }, settings);
      expect([attempt, result.functionError]).toEqual([attempt, 'Unhandled']);
      expect(body(result)).toMatchObject({
        errorType: 'ValueError',
        errorMessage: 'the model file is missing',
      });
    }
  }, 30_000);

  test('the log holds what the function printed, between START and REPORT', async () => {
    const { logTail = '' } = await invoke({ do: 'print', text: 'hello from the model' });
    const id = `RequestId: request-${requests}`;
    expect(logTail.split('\n').map((line) => line.split('\t')[0])).toEqual([
      `START ${id} Version: 1`,
      'hello from the model',
      `END ${id}`,
      `REPORT ${id}`,
      '',
    ]);
  }, 30_000);

  test('only /tmp can be written', async () => {
    expect((await invoke({ do: 'write', path: '/tmp/file' })).functionError).toBeUndefined();
    const refused = await invoke({ do: 'write', path: '/var/task/file' });
    expect(body(refused)['errorMessage']).toContain('Read-only file system');
  }, 30_000);

  test('an image that does not exist is an error of the start, not a hanging call', async () => {
    const result = await invoke({ do: 'identify' }, { version: '6', imageUri: 'model-release/none:none' });
    expect(result.functionError).toBe('Unhandled');
    expect(body(result)['errorType']).toBe('Runtime.InvalidEntrypoint');
  }, 60_000);
});

function body(result: InvocationResult | undefined): Record<string, unknown> {
  return JSON.parse(Buffer.from(result?.payload ?? []).toString()) as Record<string, unknown>;
}
