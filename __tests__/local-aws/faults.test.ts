import { GetRestApiCommand } from '@aws-sdk/client-api-gateway';
import { BatchGetImageCommand } from '@aws-sdk/client-ecr';
import {
  GetAliasCommand,
  GetFunctionCommand,
  LambdaClient,
  UpdateAliasCommand,
} from '@aws-sdk/client-lambda';
import { expect, test } from '@jest/globals';
import type { FaultKind, FaultRule } from '../../local/faults.ts';
import { CallerProcess } from '../../local/faults.ts';
import { requestHandlerFor } from '../../local/transports/in-process.ts';
import { released, world } from './clients.ts';

const move = new UpdateAliasCommand({ FunctionName: 'iris', Name: 'live', FunctionVersion: '1' });

/** What the caller sees of a faulty UpdateAlias, and which version the alias has afterwards. */
async function underFault(
  rule: FaultRule,
): Promise<{ error: Record<string, unknown>; version: string | undefined }> {
  const { aws, lambda } = released();
  aws.faults.add(rule);
  const error = await lambda.send(move).then(
    () => ({}),
    (thrown: Record<string, unknown>) => thrown,
  );
  return { error, version: aws.state.functions['iris']?.aliases['live']?.functionVersion };
}

test.each<[FaultKind, string, Record<string, unknown>]>([
  ['drop-before', '2', { name: 'TimeoutError', code: 'ECONNRESET' }],
  ['drop-after', '1', { name: 'TimeoutError', code: 'ECONNRESET' }],
  ['timeout-before', '2', { name: 'TimeoutError', code: 'ETIMEDOUT' }],
  ['timeout-after', '1', { name: 'TimeoutError', code: 'ETIMEDOUT' }],
  ['5xx-before', '2', { name: 'ServiceException', $metadata: { httpStatusCode: 500 } }],
  ['5xx-after', '1', { name: 'ServiceException', $metadata: { httpStatusCode: 500 } }],
  ['denied', '2', { name: 'AccessDeniedException', $metadata: { httpStatusCode: 403 } }],
  ['throttle', '2', { name: 'TooManyRequestsException', Reason: 'CallerRateLimitExceeded' }],
])('%s: the alias ends on version %s', async (kind, version, error) => {
  const seen = await underFault({ kind, at: 1 });
  expect(seen.error).toMatchObject(error);
  expect(seen.version).toBe(version);
});

test.each<[FaultKind, string]>([
  ['crash-before', '2'],
  ['crash-after', '1'],
])(
  '%s: the caller dies, gets no answer, and none of its later calls has an effect',
  async (kind, version) => {
    const { aws } = released();
    let crashed = 0;
    const caller = new CallerProcess('first', () => crashed++);
    const client = (of: CallerProcess): LambdaClient =>
      new LambdaClient({
        region: 'us-east-1',
        credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
        requestHandler: requestHandlerFor(aws, of),
      });
    aws.faults.add({ kind, at: 1, process: 'first' });
    let settled = false;
    const dying = client(caller);
    for (let call = 0; call < 2; call++) void dying.send(move).finally(() => (settled = true));
    await aws.clock.sleep(0);
    const { FunctionVersion } = await client(new CallerProcess('second')).send(
      new GetAliasCommand({ FunctionName: 'iris', Name: 'live' }),
    );
    expect(FunctionVersion).toBe(version);
    const before = aws.calls.length;
    void dying.send(move);
    await aws.clock.sleep(0);
    expect(aws.calls).toHaveLength(before);
    expect({ settled, crashed, alive: caller.alive }).toEqual({ settled: false, crashed: 1, alive: false });
  },
);

test('each service throttles and fails in its own shape', async () => {
  const { aws, ecr, rest } = world();
  aws.faults.add({ kind: 'throttle', service: 'ecr' }, { kind: 'throttle', service: 'apigateway' });
  const image = new BatchGetImageCommand({ repositoryName: 'iris', imageIds: [] });
  await expect(ecr.send(image)).rejects.toMatchObject({
    name: 'ThrottlingException',
    $metadata: { httpStatusCode: 400 },
  });
  await expect(rest.send(new GetRestApiCommand({ restApiId: 'x' }))).rejects.toMatchObject({
    name: 'TooManyRequestsException',
    $metadata: { httpStatusCode: 429 },
  });
  aws.faults.add({ kind: '5xx-before', service: 'ecr' });
  await expect(ecr.send(image)).rejects.toMatchObject({ name: 'ServerException', $fault: 'server' });
});

test('throttled three times: the call and its repeats, other operations are not touched', async () => {
  const { aws, lambda } = released();
  aws.faults.add({ kind: 'throttle', at: 2, times: 3, retryAfterSeconds: 2 });
  const alias = new GetAliasCommand({ FunctionName: 'iris', Name: 'live' });
  await lambda.send(alias);
  for (let attempt = 0; attempt < 3; attempt++) {
    await expect(lambda.send(alias)).rejects.toMatchObject({ retryAfterSeconds: '2' });
    await lambda.send(new GetFunctionCommand({ FunctionName: 'iris' }));
  }
  await lambda.send(alias);
  expect(aws.faults.applied.map((fault) => fault.number)).toEqual([2, 4, 6]);
});

test('throttled for ever, and denied, last as long as the call is repeated', async () => {
  const { aws, lambda } = released();
  aws.faults.add({ kind: 'throttle', at: 1, times: null }, { kind: 'denied', operation: 'GetFunction' });
  for (let attempt = 0; attempt < 20; attempt++) {
    await expect(lambda.send(move)).rejects.toMatchObject({ name: 'TooManyRequestsException' });
    const get = new GetFunctionCommand({ FunctionName: 'iris' });
    await expect(lambda.send(get)).rejects.toMatchObject({ name: 'AccessDeniedException' });
  }
});

test('with its own retries the SDK repeats an update whose reply was lost, and gets a 412 for its own success', async () => {
  const { aws } = released();
  const lambda = new LambdaClient({
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    requestHandler: requestHandlerFor(aws),
  });
  const { RevisionId } = await lambda.send(new GetAliasCommand({ FunctionName: 'iris', Name: 'live' }));
  aws.faults.add({ kind: 'drop-after', operation: 'UpdateAlias' });
  const update = new UpdateAliasCommand({ ...move.input, RevisionId });
  await expect(lambda.send(update)).rejects.toMatchObject({ name: 'PreconditionFailedException' });
  expect(aws.state.functions['iris']?.aliases['live']?.functionVersion).toBe('1');
});

test('calls are recorded with number, operation, time and status', async () => {
  const { aws, lambda } = released({ latencyMs: 50 });
  await lambda.send(new GetAliasCommand({ FunctionName: 'iris', Name: 'live' }));
  await lambda.send(move);
  const start = aws.calls[0]?.at ?? 0;
  expect(aws.calls).toEqual([
    {
      service: 'lambda',
      operation: 'GetAlias',
      number: 1,
      isWrite: false,
      at: start,
      process: 'main',
      status: 200,
    },
    {
      service: 'lambda',
      operation: 'UpdateAlias',
      number: 2,
      isWrite: true,
      at: start + 50,
      process: 'main',
      status: 200,
    },
  ]);
});

test('a scheduler can hold calls back and choose their order', async () => {
  const { aws, lambda } = released();
  const held: { operation: string; go: () => void }[] = [];
  aws.beforeCall = ({ operation }) => new Promise((go) => held.push({ operation, go }));
  const first = lambda.send(new GetAliasCommand({ FunctionName: 'iris', Name: 'live' }));
  const second = lambda.send(move);
  await aws.clock.sleep(0);
  held.find((call) => call.operation === 'UpdateAlias')?.go();
  await second;
  held.find((call) => call.operation === 'GetAlias')?.go();
  expect((await first).FunctionVersion).toBe('1');
});

test('the state is plain data: a copy of it is the same AWS', async () => {
  const { aws, lambda } = released();
  await lambda.send(move);
  const text = JSON.stringify(aws.state);
  expect(JSON.parse(text)).toEqual(aws.state);
  const copy = world({ state: structuredClone(aws.state) });
  const { FunctionVersion } = await copy.lambda.send(
    new GetAliasCommand({ FunctionName: 'iris', Name: 'live' }),
  );
  expect(FunctionVersion).toBe('1');
  expect(JSON.stringify(aws.state)).toBe(text);
});

test('the same calls make the same state, byte for byte', async () => {
  const run = async (): Promise<string> => {
    const { aws, lambda } = released();
    await lambda.send(move);
    return JSON.stringify(aws.state);
  };
  expect(await run()).toBe(await run());
});

test('a fault can say any error of the service, in its protocol, with the members of its shape', async () => {
  const { aws, lambda, ecr } = released();
  const says = {
    status: 429,
    code: 'TooManyRequestsException',
    message: 'Rate Exceeded.',
    fields: { Reason: 'ReservedFunctionConcurrentInvocationLimitExceeded' },
  };
  const policy = { status: 400, code: 'KmsException', message: 'The key is disabled.' };
  aws.faults.add(
    { kind: 'throttle', service: 'lambda', says },
    { kind: 'denied', service: 'ecr', says: policy },
  );
  const get = new GetAliasCommand({ FunctionName: 'iris', Name: 'live' });
  await expect(lambda.send(get)).rejects.toMatchObject({ name: says.code, Reason: says.fields.Reason });
  await expect(lambda.send(get)).resolves.toMatchObject({ FunctionVersion: '2' });
  const images = new BatchGetImageCommand({ repositoryName: 'iris', imageIds: [{ imageTag: 'v1' }] });
  await expect(ecr.send(images)).rejects.toMatchObject({ name: 'KmsException', message: policy.message });
});
