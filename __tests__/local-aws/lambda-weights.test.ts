import {
  CreateAliasCommand,
  GetAliasCommand,
  InvokeCommand,
  PutProvisionedConcurrencyConfigCommand,
  UpdateAliasCommand,
} from '@aws-sdk/client-lambda';
import { expect, test } from '@jest/globals';
import { refusal, released } from './clients.ts';

const live = { FunctionName: 'iris', Name: 'live' };
const weights = (table: Record<string, number>) => ({ RoutingConfig: { AdditionalVersionWeights: table } });
const invalid = { name: 'InvalidParameterValueException', status: 400 };

test('weights: a second extra version is refused', async () => {
  const { lambda } = released();
  const two = new UpdateAliasCommand({ ...live, FunctionVersion: '2', ...weights({ 1: 0.1, 3: 0.1 }) });
  expect(await refusal(lambda.send(two))).toMatchObject(invalid);
});

test('weights: the primary version itself is refused', async () => {
  const { lambda } = released();
  expect(
    await refusal(lambda.send(new UpdateAliasCommand({ ...live, ...weights({ 2: 0.1 }) }))),
  ).toMatchObject(invalid);
});

test('weights: $LATEST is refused, as the extra version and as the primary', async () => {
  const { lambda } = released();
  const extra = await refusal(lambda.send(new UpdateAliasCommand({ ...live, ...weights({ $LATEST: 0.1 }) })));
  expect(extra.status).toBe(400);
  const primary = new CreateAliasCommand({
    FunctionName: 'iris',
    Name: 'dev',
    FunctionVersion: '$LATEST',
    ...weights({ 1: 0.1 }),
  });
  expect(await refusal(lambda.send(primary))).toMatchObject(invalid);
});

test('weights: both versions must share the role', async () => {
  const { aws, lambda } = released();
  const first = aws.state.functions['iris']?.versions['1'];
  if (first) first.settings = { ...first.settings, Role: 'arn:aws:iam::123456789012:role/another' };
  expect(
    await refusal(lambda.send(new UpdateAliasCommand({ ...live, ...weights({ 1: 0.1 }) }))),
  ).toMatchObject(invalid);
});

test('weights: both versions must share the dead-letter queue', async () => {
  const { aws, lambda } = released();
  const first = aws.state.functions['iris']?.versions['1'];
  if (first) first.settings = { ...first.settings, DeadLetterConfig: { TargetArn: 'arn:aws:sqs:::another' } };
  expect(
    await refusal(lambda.send(new UpdateAliasCommand({ ...live, ...weights({ 1: 0.1 }) }))),
  ).toMatchObject(invalid);
});

test('weights: promotion needs FunctionVersion and empty weights in one call', async () => {
  const { lambda } = released();
  await lambda.send(new UpdateAliasCommand({ ...live, ...weights({ 1: 0.1 }) }));
  // Weights that stay would then name the primary itself.
  const half = new UpdateAliasCommand({ ...live, FunctionVersion: '1' });
  expect(await refusal(lambda.send(half))).toMatchObject(invalid);
  const whole = await lambda.send(new UpdateAliasCommand({ ...live, FunctionVersion: '1', ...weights({}) }));
  expect(whole.FunctionVersion).toBe('1');
  expect(whole.RoutingConfig).toBeUndefined();
});

test('weights: a version that does not exist is 404', async () => {
  const { lambda } = released();
  expect(
    await refusal(lambda.send(new UpdateAliasCommand({ ...live, ...weights({ 9: 0.1 }) }))),
  ).toMatchObject({
    name: 'ResourceNotFoundException',
    status: 404,
  });
});

test('weights: the extra version gets its share of the invocations, the same ones every time', async () => {
  const answers = async (): Promise<string[]> => {
    const { lambda } = released();
    await lambda.send(new UpdateAliasCommand({ ...live, ...weights({ 1: 0.1 }) }));
    const versions: string[] = [];
    for (let call = 0; call < 100; call++) {
      const answer = await lambda.send(new InvokeCommand({ FunctionName: 'iris', Qualifier: 'live' }));
      versions.push(answer.ExecutedVersion ?? '');
    }
    return versions;
  };
  const once = await answers();
  expect(once.filter((version) => version === '1')).toHaveLength(10);
  expect(await answers()).toEqual(once);
});

test('weights and provisioned concurrency exclude each other, in both orders', async () => {
  const provision = new PutProvisionedConcurrencyConfigCommand({
    FunctionName: 'iris',
    Qualifier: 'live',
    ProvisionedConcurrentExecutions: 1,
  });
  const weighted = released();
  await weighted.lambda.send(new UpdateAliasCommand({ ...live, ...weights({ 1: 0.1 }) }));
  const first = await refusal(weighted.lambda.send(provision));
  expect(first).toMatchObject({
    ...invalid,
    message: 'Alias with weights can not be used with Provisioned Concurrency',
  });
  const provisioned = released();
  await provisioned.lambda.send(provision);
  const second = new UpdateAliasCommand({ ...live, ...weights({ 1: 0.1 }) });
  expect(await refusal(provisioned.lambda.send(second))).toMatchObject(invalid);
});

test('provisioned concurrency: AWS puts weights of its own on the alias for a while', async () => {
  const { aws, lambda } = released({
    settings: { provisionMs: 60_000, provisioningWeight: 0.5 },
  });
  await lambda.send(
    new PutProvisionedConcurrencyConfigCommand({
      FunctionName: 'iris',
      Qualifier: 'live',
      ProvisionedConcurrentExecutions: 1,
    }),
  );
  await lambda.send(new UpdateAliasCommand({ ...live, FunctionVersion: '1' }));
  const during = await lambda.send(new GetAliasCommand(live));
  expect(during.RoutingConfig?.AdditionalVersionWeights).toEqual({ 2: 0.5 });
  await aws.clock.sleep(60_000);
  expect((await lambda.send(new GetAliasCommand(live))).RoutingConfig).toBeUndefined();
});
