import {
  CreateAliasCommand,
  DeleteFunctionCommand,
  GetFunctionCommand,
  ListVersionsByFunctionCommand,
  PublishVersionCommand,
  UpdateFunctionCodeCommand,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda';
import type { LambdaClient } from '@aws-sdk/client-lambda';
import { expect, test } from '@jest/globals';
import { seedImage } from '../../local/aws/seeds.ts';
import { refusal, released } from './clients.ts';

const iris = { FunctionName: 'iris' };

async function revision(lambda: LambdaClient, qualifier?: string): Promise<string | undefined> {
  const { Configuration } = await lambda.send(
    new GetFunctionCommand({ ...iris, ...(qualifier ? { Qualifier: qualifier } : {}) }),
  );
  return Configuration?.RevisionId;
}

test("$LATEST's RevisionId changes at the update, when the update completes, and at PublishVersion", async () => {
  const { aws, lambda, images } = released({ settings: { updateMs: 1000 } });
  const before = await revision(lambda);
  const started = await lambda.send(new UpdateFunctionCodeCommand({ ...iris, ImageUri: images[2].uri }));
  await aws.clock.sleep(1000);
  const completed = await revision(lambda);
  await lambda.send(new PublishVersionCommand(iris));
  const published = await revision(lambda);
  expect(new Set([before, started.RevisionId, completed, published]).size).toBe(4);
});

test("a published version's RevisionId is stable, and CreateAlias does not touch $LATEST's", async () => {
  const { lambda, images } = released();
  const version = await revision(lambda, '1');
  await lambda.send(new UpdateFunctionCodeCommand({ ...iris, ImageUri: images[2].uri }));
  await lambda.send(new PublishVersionCommand(iris));
  expect(await revision(lambda, '1')).toBe(version);
  const latest = await revision(lambda);
  await lambda.send(new CreateAliasCommand({ ...iris, Name: 'dev', FunctionVersion: '1' }));
  expect(await revision(lambda)).toBe(latest);
});

test('PublishVersion with nothing changed returns the old version, and drops the new Description', async () => {
  const { lambda } = released();
  const again = await lambda.send(new PublishVersionCommand({ ...iris, Description: 'new words' }));
  expect(again).toMatchObject({ Version: '2', Description: 'second' });
});

test('PublishVersion makes a new version after any Update*, even with the same code', async () => {
  const { lambda, images } = released();
  await lambda.send(new UpdateFunctionCodeCommand({ ...iris, ImageUri: images[1].uri }));
  const published = await lambda.send(new PublishVersionCommand({ ...iris, Description: 'third' }));
  expect(published).toMatchObject({ Version: '3', Description: 'third' });
  expect(published.CodeSha256).toBe(images[1].digest.slice('sha256:'.length));
});

test('PublishVersion with a wrong CodeSha256 is 400 InvalidParameterValueException', async () => {
  const { lambda } = released();
  const wrong = new PublishVersionCommand({ ...iris, CodeSha256: '0'.repeat(64) });
  expect(await refusal(lambda.send(wrong))).toMatchObject({
    name: 'InvalidParameterValueException',
    status: 400,
  });
});

test('PublishVersion with a stale RevisionId is 412', async () => {
  const { lambda } = released();
  const stale = new PublishVersionCommand({ ...iris, RevisionId: 'stale' });
  expect(await refusal(lambda.send(stale))).toMatchObject({
    name: 'PreconditionFailedException',
    status: 412,
  });
});

test('a tag is resolved when the update is made; ResolvedImageUri names the digest, CodeSha256 is it', async () => {
  const { aws, lambda, images } = released();
  const tagged = `${aws.state.registryHost}/iris:three`;
  await lambda.send(new UpdateFunctionCodeCommand({ ...iris, ImageUri: tagged }));
  seedImage(aws, { repository: 'iris', tag: 'three', content: 'moved' });
  const { Code, Configuration } = await lambda.send(new GetFunctionCommand(iris));
  expect(Code).toMatchObject({ ImageUri: tagged, ResolvedImageUri: images[2].uri });
  expect(Configuration?.CodeSha256).toBe(images[2].digest.slice('sha256:'.length));
});

test('a published version is Pending before it is Active', async () => {
  const { aws, lambda, images } = released({ settings: { publishMs: 2000 } });
  await lambda.send(new UpdateFunctionCodeCommand({ ...iris, ImageUri: images[2].uri }));
  expect((await lambda.send(new PublishVersionCommand(iris))).State).toBe('Pending');
  await aws.clock.sleep(2000);
  const { Configuration } = await lambda.send(new GetFunctionCommand({ ...iris, Qualifier: '3' }));
  expect(Configuration?.State).toBe('Active');
});

test('ListVersionsByFunction pages by 50 at most and leaves the states out', async () => {
  const { lambda, images } = released();
  for (let count = 0; count < 60; count++) {
    await lambda.send(new UpdateFunctionCodeCommand({ ...iris, ImageUri: images[2].uri }));
    await lambda.send(new PublishVersionCommand(iris));
  }
  const first = await lambda.send(new ListVersionsByFunctionCommand({ ...iris, MaxItems: 1000 }));
  expect(first.Versions).toHaveLength(50);
  expect(first.Versions?.[1]?.State).toBeUndefined();
  expect(first.Versions?.[1]?.LastUpdateStatus).toBeUndefined();
  const rest = await lambda.send(new ListVersionsByFunctionCommand({ ...iris, Marker: first.NextMarker }));
  expect(rest.Versions?.at(-1)?.Version).toBe('62');
  expect(rest.NextMarker).toBeUndefined();
});

test('a version that an alias uses cannot be deleted; another can, and is then 404', async () => {
  const { lambda } = released();
  const used = new DeleteFunctionCommand({ ...iris, Qualifier: '2' });
  expect(await refusal(lambda.send(used))).toMatchObject({ name: 'ResourceConflictException', status: 409 });
  await lambda.send(new DeleteFunctionCommand({ ...iris, Qualifier: '1' }));
  const gone = new GetFunctionCommand({ ...iris, Qualifier: '1' });
  expect(await refusal(lambda.send(gone))).toMatchObject({ name: 'ResourceNotFoundException', status: 404 });
});

test('UpdateFunctionCode with Publish cannot set a description', async () => {
  const { lambda, images } = released();
  await lambda.send(new UpdateFunctionConfigurationCommand({ ...iris, Description: 'of the function' }));
  const update = { ...iris, ImageUri: images[2].uri, Publish: true, Description: 'of the version' };
  const published = await lambda.send(new UpdateFunctionCodeCommand(update));
  expect(published).toMatchObject({ Version: '3', Description: 'of the function' });
});
