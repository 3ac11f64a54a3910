import { GetFunctionCommand, InvokeCommand, PutFunctionConcurrencyCommand } from '@aws-sdk/client-lambda';
import { expect, test } from '@jest/globals';
import { seedFunction, seedImage } from '../../local/aws/seeds.ts';
import type { SeedImageOptions } from '../../local/aws/seeds.ts';
import { refusal, released, world } from './clients.ts';
import type { World } from './clients.ts';

const iris = { FunctionName: 'iris' };

function single(image: Omit<SeedImageOptions, 'repository'>): World {
  const made = world();
  const seeded = seedImage(made.aws, { repository: 'iris', tag: 'one', ...image });
  seedFunction(made.aws, { name: 'iris', versions: [{ image: seeded }] });
  return made;
}

test('Invoke: 200 with FunctionError set is a failure of the function', async () => {
  const { lambda } = single({
    program: () => {
      throw new TypeError('no such flower');
    },
  });
  const answer = await lambda.send(new InvokeCommand(iris));
  expect(answer).toMatchObject({ StatusCode: 200, FunctionError: 'Unhandled' });
  expect(JSON.parse(answer.Payload?.transformToString() ?? '')).toMatchObject({
    errorMessage: 'no such flower',
    errorType: 'TypeError',
  });
});

test('Invoke: the function gets the payload and its environment', async () => {
  const { aws, lambda } = single({ program: (event, environment) => ({ event, environment }) });
  const latest = aws.state.functions['iris']?.latest;
  if (latest) latest.settings = { ...latest.settings, Environment: { Variables: { STAGE: 'test' } } };
  const answer = await lambda.send(new InvokeCommand({ ...iris, Payload: '{"sepal_length":5}' }));
  expect(JSON.parse(answer.Payload?.transformToString() ?? '')).toEqual({
    event: { sepal_length: 5 },
    environment: { STAGE: 'test' },
  });
});

test('Invoke: LogType Tail brings the log, DryRun runs nothing', async () => {
  const { aws, lambda } = single({});
  aws.runtime = {
    invoke: async () => ({ payload: new TextEncoder().encode('{}'), logTail: 'START\nEND\n', durationMs: 1 }),
  };
  const tail = await lambda.send(new InvokeCommand({ ...iris, LogType: 'Tail' }));
  expect(Buffer.from(tail.LogResult ?? '', 'base64').toString()).toBe('START\nEND\n');
  const dry = await lambda.send(new InvokeCommand({ ...iris, InvocationType: 'DryRun' }));
  expect(dry).toMatchObject({ StatusCode: 204 });
  expect(Object.keys(aws.state.metrics)).toHaveLength(1);
});

test('Invoke: more than 6 MB of payload is refused', async () => {
  const { lambda } = single({});
  const Payload = JSON.stringify('x'.repeat(6 * 1024 * 1024));
  expect(await refusal(lambda.send(new InvokeCommand({ ...iris, Payload })))).toMatchObject({
    name: 'RequestTooLargeException',
    status: 413,
  });
});

test('Invoke: an idle version is Inactive, refuses the first call, and is woken by it', async () => {
  const { aws, lambda } = released({ settings: { publishMs: 1000 } });
  const version = aws.state.functions['iris']?.versions['1'];
  if (version) version.state = 'Inactive';
  const invoke = new InvokeCommand({ ...iris, Qualifier: '1' });
  expect((await refusal(lambda.send(invoke))).status).toBe(409);
  const woken = await lambda.send(new GetFunctionCommand({ ...iris, Qualifier: '1' }));
  expect(woken.Configuration?.State).toBe('Pending');
  await aws.clock.sleep(1000);
  expect(await lambda.send(invoke)).toMatchObject({ StatusCode: 200, ExecutedVersion: '1' });
});

test('Invoke: an image of another architecture is accepted before, and fails to start', async () => {
  const { lambda } = single({ architecture: 'arm64' });
  const answer = await lambda.send(new InvokeCommand(iris));
  expect(answer).toMatchObject({ StatusCode: 200, FunctionError: 'Unhandled' });
  expect(answer.Payload?.transformToString()).toContain('exec format error');
});

test('Invoke: reserved concurrency 0 is 429 with its own reason', async () => {
  const { lambda } = single({});
  await lambda.send(new PutFunctionConcurrencyCommand({ ...iris, ReservedConcurrentExecutions: 0 }));
  const call = lambda.send(new InvokeCommand(iris));
  await expect(call).rejects.toMatchObject({
    name: 'TooManyRequestsException',
    Reason: 'ReservedFunctionConcurrentInvocationLimitExceeded',
  });
});
