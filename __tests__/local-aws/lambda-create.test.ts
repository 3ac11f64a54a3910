import {
  CreateAliasCommand,
  CreateFunctionCommand,
  GetFunctionConfigurationCommand,
  InvokeCommand,
  PublishVersionCommand,
  UpdateFunctionCodeCommand,
} from '@aws-sdk/client-lambda';
import type { CreateFunctionCommandInput } from '@aws-sdk/client-lambda';
import { expect, test } from '@jest/globals';
import type { LocalAwsOptions } from '../../local/aws/aws.ts';
import { seedImage } from '../../local/aws/seeds.ts';
import { refusal, world } from './clients.ts';
import type { World } from './clients.ts';

const iris = { FunctionName: 'iris' };

function creating(options: LocalAwsOptions = {}): World & { input: CreateFunctionCommandInput } {
  const made = world(options);
  const image = seedImage(made.aws, { repository: 'iris', tag: 'one', program: () => 'answer' });
  const Role = 'arn:aws:iam::123456789012:role/iris';
  const input = { ...iris, Role, PackageType: 'Image', Code: { ImageUri: image.uri } } as const;
  return { ...made, input };
}

test('CreateFunction with Publish makes version 1, Pending as long as the function is', async () => {
  const { aws, lambda, input } = creating({ settings: { publishMs: 5000 } });
  const created = await lambda.send(
    new CreateFunctionCommand({ ...input, Description: 'first', Publish: true }),
  );
  expect(created).toMatchObject({
    Version: '1',
    FunctionArn: 'arn:aws:lambda:us-east-1:123456789012:function:iris',
    State: 'Pending',
  });
  const version = new GetFunctionConfigurationCommand({ ...iris, Qualifier: '1' });
  expect(await lambda.send(version)).toMatchObject({ State: 'Pending', Description: 'first' });
  await aws.clock.sleep(5000);
  expect(await lambda.send(version)).toMatchObject({ State: 'Active' });
  expect(await lambda.send(new InvokeCommand({ ...iris, Qualifier: '1' }))).toMatchObject({
    ExecutedVersion: '1',
  });
  await lambda.send(new CreateAliasCommand({ ...iris, Name: 'live', FunctionVersion: '1' }));
});

test('after CreateFunction with Publish there is nothing to publish, until something changes', async () => {
  const { lambda, input } = creating();
  await lambda.send(new CreateFunctionCommand({ ...input, Publish: true }));
  expect((await lambda.send(new PublishVersionCommand(iris))).Version).toBe('1');
  const ImageUri = input.Code?.ImageUri;
  const updated = await lambda.send(new UpdateFunctionCodeCommand({ ...iris, ImageUri, Publish: true }));
  expect(updated.Version).toBe('2');
});

test('CreateFunction without Publish has $LATEST only', async () => {
  const { lambda, input } = creating();
  expect((await lambda.send(new CreateFunctionCommand(input))).Version).toBe('$LATEST');
  const version = new GetFunctionConfigurationCommand({ ...iris, Qualifier: '1' });
  expect(await refusal(lambda.send(version))).toMatchObject({ status: 404 });
});

test('a creation that fails takes the version published with it along', async () => {
  const nextPublish = { state: 'Failed', reasonCode: 'ImageAccessDenied', reason: 'no access' } as const;
  const { lambda, input } = creating({ settings: { nextPublish } });
  await lambda.send(new CreateFunctionCommand({ ...input, Publish: true }));
  const version = new GetFunctionConfigurationCommand({ ...iris, Qualifier: '1' });
  expect(await lambda.send(version)).toMatchObject({
    State: 'Failed',
    StateReasonCode: 'ImageAccessDenied',
  });
});
