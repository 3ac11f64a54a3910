import {
  GetFunctionCommand,
  GetFunctionConfigurationCommand,
  InvokeCommand,
  PublishVersionCommand,
  UpdateFunctionCodeCommand,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda';
import { BatchDeleteImageCommand } from '@aws-sdk/client-ecr';
import { expect, test } from '@jest/globals';
import { refusal, released } from './clients.ts';

const iris = { FunctionName: 'iris' };

test('an update is InProgress for a while, then Successful', async () => {
  const { aws, lambda, images } = released({ settings: { updateMs: 3000 } });
  const started = await lambda.send(new UpdateFunctionCodeCommand({ ...iris, ImageUri: images[2].uri }));
  expect(started.LastUpdateStatus).toBe('InProgress');
  const during = await lambda.send(new GetFunctionConfigurationCommand(iris));
  expect(during.LastUpdateStatus).toBe('InProgress');
  await aws.clock.sleep(3000);
  const after = await lambda.send(new GetFunctionConfigurationCommand(iris));
  expect(after.LastUpdateStatus).toBe('Successful');
});

test('an update during an update is 409 for code, configuration and publish alike', async () => {
  const { lambda, images } = released({ settings: { updateMs: 3000 } });
  await lambda.send(new UpdateFunctionCodeCommand({ ...iris, ImageUri: images[2].uri }));
  const refused = [
    await refusal(lambda.send(new UpdateFunctionCodeCommand({ ...iris, ImageUri: images[0].uri }))),
    await refusal(lambda.send(new UpdateFunctionConfigurationCommand({ ...iris, Timeout: 10 }))),
    await refusal(lambda.send(new PublishVersionCommand(iris))),
  ];
  for (const { name, status, message } of refused) {
    expect({ name, status }).toEqual({ name: 'ResourceConflictException', status: 409 });
    expect(message).toContain('An update is in progress for resource: arn:aws:lambda:');
  }
});

test('LastUpdateStatus can be missing while an update runs, and then counts as in progress', async () => {
  const { lambda, images } = released({ settings: { updateMs: 3000, hideStatusWhileUpdating: true } });
  await lambda.send(new UpdateFunctionCodeCommand({ ...iris, ImageUri: images[2].uri }));
  const during = await lambda.send(new GetFunctionConfigurationCommand(iris));
  expect(during.LastUpdateStatus).toBeUndefined();
  expect((await refusal(lambda.send(new PublishVersionCommand(iris)))).status).toBe(409);
});

test('LastUpdateStatus Failed carries a reason code, and the old code still runs', async () => {
  const nextUpdate = { status: 'Failed', reasonCode: 'ImageAccessDenied', reason: 'no access' } as const;
  const { lambda, images } = released({ settings: { nextUpdate } });
  await lambda.send(new UpdateFunctionCodeCommand({ ...iris, ImageUri: images[2].uri }));
  const after = await lambda.send(new GetFunctionConfigurationCommand(iris));
  expect(after).toMatchObject({
    LastUpdateStatus: 'Failed',
    LastUpdateStatusReasonCode: 'ImageAccessDenied',
    LastUpdateStatusReason: 'no access',
  });
  const answer = await lambda.send(new InvokeCommand(iris));
  expect(answer.Payload?.transformToString()).toBe('{"answeredBy":"two"}');
});

test('until an update is done, $LATEST answers with the old code', async () => {
  const { aws, lambda, images } = released({ settings: { updateMs: 3000 } });
  await lambda.send(new UpdateFunctionCodeCommand({ ...iris, ImageUri: images[2].uri }));
  const during = await lambda.send(new InvokeCommand(iris));
  expect(during.Payload?.transformToString()).toBe('{"answeredBy":"two"}');
  await aws.clock.sleep(3000);
  const after = await lambda.send(new InvokeCommand(iris));
  expect(after.Payload?.transformToString()).toBe('{"answeredBy":"three"}');
});

test('a configuration update fails while the current image is deleted; the code update comes first', async () => {
  const { ecr, lambda, images } = released();
  const imageIds = [{ imageDigest: images[1].digest }];
  await ecr.send(new BatchDeleteImageCommand({ repositoryName: 'iris', imageIds }));
  const configuration = new UpdateFunctionConfigurationCommand({ ...iris, Timeout: 10 });
  const refused = await refusal(lambda.send(configuration));
  expect(refused).toMatchObject({ name: 'InvalidParameterValueException', status: 400 });
  expect(refused.message).toContain('deleted image');
  await lambda.send(new UpdateFunctionCodeCommand({ ...iris, ImageUri: images[2].uri }));
  expect((await lambda.send(configuration)).Timeout).toBe(10);
});

test('Environment {} keeps the variables, {Variables: {}} clears them', async () => {
  const { lambda } = released();
  const update = async (Environment: { Variables?: Record<string, string> }) => {
    const { Environment: after } = await lambda.send(
      new UpdateFunctionConfigurationCommand({ ...iris, Environment }),
    );
    return after?.Variables;
  };
  expect(await update({ Variables: { STAGE: 'prod' } })).toEqual({ STAGE: 'prod' });
  expect(await update({})).toEqual({ STAGE: 'prod' });
  expect(await update({ Variables: {} })).toEqual({});
});

test('LoggingConfig is replaced as a whole', async () => {
  const { lambda } = released();
  const before = await lambda.send(new GetFunctionConfigurationCommand(iris));
  expect(before.LoggingConfig?.LogGroup).toBe('/aws/lambda/iris');
  const after = await lambda.send(
    new UpdateFunctionConfigurationCommand({ ...iris, LoggingConfig: { LogFormat: 'JSON' } }),
  );
  expect(after.LoggingConfig).toEqual({ LogFormat: 'JSON' });
});

test('tags belong to the function: asked for a version or an alias there are none', async () => {
  const { aws, lambda } = released();
  const fn = aws.state.functions['iris'];
  if (fn) fn.tags['team'] = 'models';
  expect((await lambda.send(new GetFunctionCommand(iris))).Tags).toEqual({ team: 'models' });
  expect((await lambda.send(new GetFunctionCommand({ ...iris, Qualifier: '1' }))).Tags).toBeUndefined();
  expect((await lambda.send(new GetFunctionCommand({ ...iris, Qualifier: 'live' }))).Tags).toBeUndefined();
});

test('GetFunction allows 100 requests a second, all other control-plane calls share 15', async () => {
  const { aws, lambda } = released({ settings: { enforceRateLimits: true } });
  for (let count = 0; count < 100; count++) await lambda.send(new GetFunctionCommand(iris));
  const throttled = { name: 'TooManyRequestsException', status: 429 };
  expect(await refusal(lambda.send(new GetFunctionCommand(iris)))).toMatchObject(throttled);
  for (let count = 0; count < 15; count++) await lambda.send(new GetFunctionConfigurationCommand(iris));
  expect(await refusal(lambda.send(new GetFunctionConfigurationCommand(iris)))).toMatchObject(throttled);
  await aws.clock.sleep(1000);
  await lambda.send(new GetFunctionConfigurationCommand(iris));
});
