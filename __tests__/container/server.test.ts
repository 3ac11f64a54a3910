/** The local AWS over HTTP, without containers: what needs a socket to be seen. */
import { CreateRepositoryCommand, DescribeRepositoriesCommand, ECRClient } from '@aws-sdk/client-ecr';
import { GetFunctionCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { startLocal, type RunningLocal } from '../../local/start.ts';

let local: RunningLocal;
let crashed: string[];

beforeEach(async () => {
  crashed = [];
  local = await startLocal({
    onCrash: (name) => crashed.push(name),
    mounts: {
      '/_echo': (request) => Promise.resolve({ status: 200, headers: {}, body: Buffer.from(request.path) }),
    },
  });
});

afterEach(() => local.stop());

function clientSettings(appId?: string): ConstructorParameters<typeof ECRClient>[0] & object {
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  const name = appId === undefined ? {} : { userAgentAppId: appId };
  return { endpoint: local.url, region: 'us-east-1', credentials, maxAttempts: 1, ...name };
}

const describeAll = new DescribeRepositoriesCommand({});

function control(method: string, path: string, body?: unknown): Promise<Response> {
  return fetch(`${local.url}/_local/${path}`, {
    method,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}

test('the SDK’s clients work against AWS_ENDPOINT_URL, and image URIs name this server', async () => {
  const ecr = new ECRClient(clientSettings());
  const { repository } = await ecr.send(new CreateRepositoryCommand({ repositoryName: 'iris' }));
  expect(repository?.repositoryUri).toBe(`${local.registryHost}/iris`);
  expect(local.env['AWS_ENDPOINT_URL']).toBe(`http://${local.registryHost}`);
});

test('errors reach the SDK as the exceptions of their service', async () => {
  const missing = new GetFunctionCommand({ FunctionName: 'none' });
  await expect(new LambdaClient(clientSettings()).send(missing)).rejects.toMatchObject({
    name: 'ResourceNotFoundException',
    $metadata: { httpStatusCode: 404 },
  });
});

test('calls can be read and forgotten over HTTP', async () => {
  await new ECRClient(clientSettings()).send(describeAll);
  const calls = await control('GET', 'calls');
  expect(await calls.json()).toMatchObject([
    {
      service: 'ecr',
      operation: 'DescribeRepositories',
      number: 1,
      isWrite: false,
      status: 200,
      process: 'main',
    },
  ]);
  await control('DELETE', 'calls');
  expect(await (await control('GET', 'calls')).json()).toEqual([]);
});

test('a fault armed over HTTP hits the call it names, once, and is recorded', async () => {
  const ecr = new ECRClient(clientSettings());
  const armed = await control('POST', 'faults', { kind: 'throttle', operation: 'DescribeRepositories' });
  expect(armed.status).toBe(204);
  await expect(ecr.send(describeAll)).rejects.toMatchObject({ name: 'ThrottlingException' });
  await expect(ecr.send(describeAll)).resolves.toBeDefined();
  expect(await (await control('GET', 'faults')).json()).toMatchObject([{ kind: 'throttle', number: 1 }]);
});

test('a lost answer is a connection reset after the effect', async () => {
  const ecr = new ECRClient(clientSettings());
  await control('POST', 'faults', [{ kind: 'drop-after', operation: 'CreateRepository' }]);
  const create = new CreateRepositoryCommand({ repositoryName: 'iris' });
  await expect(ecr.send(create)).rejects.toThrow('ECONNRESET');
  expect(Object.keys(local.aws.state.repositories)).toEqual(['iris']);
});

test('a crash silences the process it hits and no other', async () => {
  await control('POST', 'faults', { kind: 'crash-before', process: 'first' });
  const abort = new AbortController();
  const lost = new ECRClient(clientSettings('first')).send(describeAll, { abortSignal: abort.signal });
  await new ECRClient(clientSettings('second')).send(describeAll);
  while (crashed.length === 0) await control('GET', 'faults');
  expect(crashed).toEqual(['first']);
  abort.abort();
  await expect(lost).rejects.toMatchObject({ name: 'AbortError' });
});

test('a rule of no known kind is refused with the list of kinds', async () => {
  for (const rule of [{ kind: 'explode' }, null, {}]) {
    const answer = await control('POST', 'faults', rule);
    expect(answer.status).toBe(400);
    expect(await answer.text()).toContain('crash-before, crash-after');
  }
});

test('another server can be mounted beside it', async () => {
  expect(await (await fetch(`${local.url}/_echo/repos/x`)).text()).toBe('/repos/x');
});

test('stopping ends connections that wait for an answer', async () => {
  await control('POST', 'faults', { kind: 'timeout-before', operation: 'DescribeRepositories' });
  const lost = new ECRClient(clientSettings()).send(describeAll);
  const outcome = expect(lost).rejects.toBeDefined();
  while (local.aws.faults.applied.length === 0) await control('GET', 'faults');
  await local.stop();
  await outcome;
});
