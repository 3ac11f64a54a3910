import {
  CreateFunctionCommand,
  GetFunctionCommand,
  InvokeCommand,
  ListTagsCommand,
  PublishVersionCommand,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda';
import type {
  CreateFunctionCommandInput,
  UpdateFunctionConfigurationCommandInput,
} from '@aws-sdk/client-lambda';
import { expect, test } from '@jest/globals';
import type { FunctionVersion } from '../../local/aws/state.ts';
import type { ProgramRuntime } from '../../local/aws/runtime.ts';
import { refusal, released } from './clients.ts';
import type { Released } from './clients.ts';

const iris = { FunctionName: 'iris' };
const ARN = 'arn:aws:lambda:us-east-1:123456789012:function:iris';
const invalid = { name: 'InvalidParameterValueException', status: 400 };

type Settings = Omit<UpdateFunctionConfigurationCommandInput, 'FunctionName'>;

const configuration = async ({ lambda }: Released, given: Settings): Promise<unknown> => {
  await lambda.send(new UpdateFunctionConfigurationCommand({ ...iris, ...given }));
  return (await lambda.send(new GetFunctionCommand(iris))).Configuration;
};

const fileSystem = {
  Arn: 'arn:aws:elasticfilesystem:us-east-1:123456789012:access-point/fsap-1',
  LocalMountPath: '/mnt/models',
};

test.each<[string, Settings, object]>([
  ['KMSKeyArn', { KMSKeyArn: 'arn:aws:kms:us-east-1:123456789012:key/1' }, { KMSKeyArn: '' }],
  [
    'DeadLetterConfig',
    { DeadLetterConfig: { TargetArn: 'arn:aws:sqs:us-east-1:123456789012:dead' } },
    { DeadLetterConfig: { TargetArn: '' } },
  ],
  ['FileSystemConfigs', { FileSystemConfigs: [fileSystem] }, { FileSystemConfigs: [] }],
])(
  '%s is shown once set, kept by other updates, and taken away by an empty value',
  async (name, set, empty) => {
    const made = released();
    await configuration(made, set);
    expect(await configuration(made, { Timeout: 60 })).toMatchObject(set);
    expect(await configuration(made, empty)).not.toHaveProperty(name);
  },
);

test('ImageConfig is shown as ImageConfigResponse, replaced as a whole, and reaches the function', async () => {
  const made = released();
  (made.aws.runtime as ProgramRuntime).set(
    made.images[1].digest,
    (_event, _environment, { imageConfig }) => imageConfig ?? 'none',
  );
  const invoked = async (): Promise<unknown> => {
    const { Payload } = await made.lambda.send(new InvokeCommand(iris));
    return JSON.parse(Payload?.transformToString() ?? '');
  };
  const both = { Command: ['app.one'], WorkingDirectory: '/srv' };
  expect(await configuration(made, { ImageConfig: both })).toMatchObject({
    ImageConfigResponse: { ImageConfig: both },
  });
  const one = { Command: ['app.two'] };
  expect(await configuration(made, { ImageConfig: one })).toHaveProperty(
    ['ImageConfigResponse', 'ImageConfig'],
    one,
  );
  expect(await invoked()).toEqual(one);
  expect(await configuration(made, { ImageConfig: {} })).not.toHaveProperty('ImageConfigResponse');
  expect(await invoked()).toBe('none');
});

test('LoggingConfig is replaced as a whole', async () => {
  const made = released();
  const LoggingConfig = { LogFormat: 'JSON', SystemLogLevel: 'WARN' } as const;
  expect(await configuration(made, { LoggingConfig })).toHaveProperty('LoggingConfig', LoggingConfig);
});

test('tags are added to, taken away by key, and shown by GetFunction; versions and aliases have none', async () => {
  const { lambda } = released();
  await lambda.send(new TagResourceCommand({ Resource: ARN, Tags: { team: 'ml', cost: '1' } }));
  await lambda.send(new TagResourceCommand({ Resource: ARN, Tags: { cost: '2', model: 'iris' } }));
  await lambda.send(new UntagResourceCommand({ Resource: ARN, TagKeys: ['team', 'model'] }));
  expect((await lambda.send(new ListTagsCommand({ Resource: ARN }))).Tags).toEqual({ cost: '2' });
  expect((await lambda.send(new GetFunctionCommand(iris))).Tags).toEqual({ cost: '2' });
  expect((await lambda.send(new GetFunctionCommand({ ...iris, Qualifier: 'live' }))).Tags).toBeUndefined();
  const alias = new TagResourceCommand({ Resource: `${ARN}:live`, Tags: { team: 'ml' } });
  expect(await refusal(lambda.send(alias))).toMatchObject(invalid);
});

test('without kms:Decrypt answers have Environment.Error in the place of the variables', async () => {
  const { aws, lambda } = released();
  const Environment = { Variables: { DB_PASSWORD: 's3cret' } };
  await lambda.send(new UpdateFunctionConfigurationCommand({ ...iris, Environment }));
  aws.state.settings.callerMayDecrypt = false;
  const { Configuration } = await lambda.send(new GetFunctionCommand(iris));
  expect(Configuration?.Environment).toEqual({
    Error: expect.objectContaining({ ErrorCode: 'AccessDeniedException' }),
  });
  aws.state.settings.callerMayDecrypt = true;
  expect((await lambda.send(new GetFunctionCommand(iris))).Configuration?.Environment).toEqual(Environment);
});

test.each<FunctionVersion['state']>(['ActiveNonInvocable', 'Deactivating', 'Deactivated', 'Deleting'])(
  'a version can be %s: shown as it is, and not invocable',
  async (state) => {
    const { aws, lambda } = released();
    const version = aws.state.functions['iris']?.versions['2'];
    if (version) version.state = state;
    const { Configuration } = await lambda.send(new GetFunctionCommand({ ...iris, Qualifier: '2' }));
    expect(Configuration?.State).toBe(state);
    const refused = await refusal(lambda.send(new InvokeCommand({ ...iris, Qualifier: '2' })));
    expect(refused).toMatchObject({ name: 'ResourceConflictException', status: 409 });
    expect(refused.message).toContain(state);
  },
);

/** A function of another kind, which has to be said when it is created. */
async function created(kind: Partial<CreateFunctionCommandInput>): Promise<Released> {
  const made = released();
  const Role = 'arn:aws:iam::123456789012:role/other';
  const Code = { ImageUri: made.images[1].uri };
  await made.lambda.send(new CreateFunctionCommand({ FunctionName: 'other', Role, Code, ...kind }));
  return made;
}

const other = { FunctionName: 'other' };

test('a tenant-isolated function wants a tenant with every invocation, others want none', async () => {
  const TenancyConfig = { TenantIsolationMode: 'PER_TENANT' } as const;
  const { lambda } = await created({ TenancyConfig });
  const { Configuration } = await lambda.send(new GetFunctionCommand(other));
  expect(Configuration?.TenancyConfig).toEqual(TenancyConfig);
  expect(await refusal(lambda.send(new InvokeCommand(other)))).toMatchObject(invalid);
  expect(await lambda.send(new InvokeCommand({ ...other, TenantId: 'blue' }))).toMatchObject({
    StatusCode: 200,
  });
  expect(await refusal(lambda.send(new InvokeCommand({ ...iris, TenantId: 'blue' })))).toMatchObject(invalid);
});

test('on managed instances the last published version answers without a qualifier', async () => {
  const CapacityProviderConfig = {
    LambdaManagedInstancesCapacityProviderConfig: {
      CapacityProviderArn: 'arn:aws:lambda:us-east-1:123456789012:capacity-provider:models',
    },
  };
  const { lambda } = await created({ CapacityProviderConfig });
  const { Configuration } = await lambda.send(new GetFunctionCommand(other));
  expect(Configuration?.CapacityProviderConfig).toEqual(CapacityProviderConfig);
  expect(await refusal(lambda.send(new InvokeCommand(other)))).toMatchObject({
    name: 'NoPublishedVersionException',
    status: 400,
  });
  await lambda.send(new PublishVersionCommand(other));
  expect(await lambda.send(new InvokeCommand(other))).toMatchObject({ ExecutedVersion: '1' });
});

test('a durable function is one from its creation, and names each execution', async () => {
  const DurableConfig = { ExecutionTimeout: 3600, RetentionPeriodInDays: 7 };
  const { lambda } = await created({ DurableConfig });
  const { Configuration } = await lambda.send(new GetFunctionCommand(other));
  expect(Configuration?.DurableConfig).toEqual(DurableConfig);
  const invoke = new InvokeCommand({ ...other, DurableExecutionName: 'order-1' });
  expect((await lambda.send(invoke)).DurableExecutionArn).toContain('/durable-execution/order-1');
  const late = new UpdateFunctionConfigurationCommand({ ...iris, DurableConfig });
  expect(await refusal(lambda.send(late))).toMatchObject(invalid);
});
