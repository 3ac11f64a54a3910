import {
  GetFunctionConfigurationCommand,
  InvokeCommand,
  PublishVersionCommand,
  PutProvisionedConcurrencyConfigCommand,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda';
import type { FunctionConfiguration, LambdaClient } from '@aws-sdk/client-lambda';
import { expect, test } from '@jest/globals';
import type { LocalAwsOptions } from '../../local/aws/aws.ts';
import { seedFunction, seedImage } from '../../local/aws/seeds.ts';
import { refusal, world } from './clients.ts';
import type { World } from './clients.ts';

const iris = { FunctionName: 'iris' };
const on = { SnapStart: { ApplyOn: 'PublishedVersions' as const } };
const ALLOW = { 'com.amazonaws.lambda.feature.snapstart': 'Allow' };

function withImage(labels: Readonly<Record<string, string>>, options: LocalAwsOptions = {}): World {
  const made = world(options);
  const image = seedImage(made.aws, { repository: 'iris', tag: 'one', labels, program: () => 'answer' });
  seedFunction(made.aws, { name: 'iris', versions: [{ image }], alias: { name: 'live', version: '1' } });
  return made;
}

const shown = (lambda: LambdaClient, Qualifier?: string): Promise<FunctionConfiguration> =>
  lambda.send(new GetFunctionConfigurationCommand({ ...iris, ...(Qualifier ? { Qualifier } : {}) }));

test('SnapStart: a published version is Pending and not optimized until its snapshot is taken', async () => {
  const { aws, lambda } = withImage(ALLOW, { settings: { snapStartMs: 60_000 } });
  await lambda.send(new UpdateFunctionConfigurationCommand({ ...iris, ...on }));
  const published = await lambda.send(new PublishVersionCommand(iris));
  const off = { ApplyOn: 'PublishedVersions', OptimizationStatus: 'Off' };
  expect(published).toMatchObject({ Version: '2', State: 'Pending', SnapStart: off });
  const invoke = new InvokeCommand({ ...iris, Qualifier: '2' });
  expect(await refusal(lambda.send(invoke))).toMatchObject({
    name: 'SnapStartNotReadyException',
    status: 409,
  });
  await aws.clock.sleep(60_000);
  expect(await shown(lambda, '2')).toMatchObject({
    State: 'Active',
    SnapStart: { ApplyOn: 'PublishedVersions', OptimizationStatus: 'On' },
  });
  expect(await lambda.send(invoke)).toMatchObject({ StatusCode: 200, ExecutedVersion: '2' });
  expect((await shown(lambda)).SnapStart).toEqual(off);
});

test('SnapStart: without it answers say None and Off', async () => {
  const { lambda } = withImage({});
  expect((await shown(lambda, '1')).SnapStart).toEqual({ ApplyOn: 'None', OptimizationStatus: 'Off' });
});

test('SnapStart: an image that does not allow it fails when the version is published', async () => {
  const { lambda } = withImage({});
  await lambda.send(new UpdateFunctionConfigurationCommand({ ...iris, ...on }));
  await lambda.send(new PublishVersionCommand(iris));
  expect(await shown(lambda, '2')).toMatchObject({
    State: 'Failed',
    StateReasonCode: 'FunctionError',
    StateReason: 'An error occurred during function initialization.',
  });
});

test('SnapStart alone makes a new version, and None takes it away', async () => {
  const { lambda } = withImage(ALLOW);
  await lambda.send(new UpdateFunctionConfigurationCommand({ ...iris, ...on }));
  expect((await lambda.send(new PublishVersionCommand(iris))).Version).toBe('2');
  await lambda.send(new UpdateFunctionConfigurationCommand({ ...iris, SnapStart: { ApplyOn: 'None' } }));
  const third = await lambda.send(new PublishVersionCommand(iris));
  expect(third).toMatchObject({ Version: '3', SnapStart: { ApplyOn: 'None' } });
});

test('SnapStart excludes larger storage, file systems and provisioned concurrency', async () => {
  const { lambda } = withImage(ALLOW);
  const invalid = { name: 'InvalidParameterValueException', status: 400 };
  const Arn = 'arn:aws:elasticfilesystem:us-east-1:123456789012:access-point/fsap-1';
  for (const given of [
    { EphemeralStorage: { Size: 1024 } },
    { FileSystemConfigs: [{ Arn, LocalMountPath: '/mnt/models' }] },
  ]) {
    const update = new UpdateFunctionConfigurationCommand({ ...iris, ...on, ...given });
    expect(await refusal(lambda.send(update))).toMatchObject(invalid);
  }
  await lambda.send(new UpdateFunctionConfigurationCommand({ ...iris, ...on }));
  await lambda.send(new PublishVersionCommand(iris));
  const provision = { ...iris, Qualifier: '2', ProvisionedConcurrentExecutions: 1 };
  const put = new PutProvisionedConcurrencyConfigCommand(provision);
  expect(await refusal(lambda.send(put))).toMatchObject(invalid);
});

test('ConfigSha256 is the same for $LATEST and a version of the same settings, and another after a change', async () => {
  const { aws, lambda } = withImage({});
  const before = (await shown(lambda)).ConfigSha256;
  expect(before).toMatch(/^[0-9a-f]{64}$/);
  expect((await shown(lambda, '1')).ConfigSha256).toBe(before);
  await lambda.send(new UpdateFunctionConfigurationCommand({ ...iris, MemorySize: 1024 }));
  const changed = (await shown(lambda)).ConfigSha256;
  expect(changed).not.toBe(before);
  const published = await lambda.send(new PublishVersionCommand({ ...iris, Description: 'other words' }));
  expect(published.ConfigSha256).toBe(changed);
  await lambda.send(new UpdateFunctionConfigurationCommand({ ...iris, MemorySize: 512 }));
  expect((await shown(lambda)).ConfigSha256).toBe(before);
  aws.state.settings.hideConfigSha256 = true;
  expect((await shown(lambda)).ConfigSha256).toBeUndefined();
});
