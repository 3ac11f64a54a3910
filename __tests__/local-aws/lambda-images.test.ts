import { DescribeImagesCommand, GetRepositoryPolicyCommand } from '@aws-sdk/client-ecr';
import {
  CreateFunctionCommand,
  GetFunctionCommand,
  InvokeCommand,
  UpdateFunctionCodeCommand,
} from '@aws-sdk/client-lambda';
import { expect, test } from '@jest/globals';
import { seedRestApi } from '../../local/aws/api-seeds.ts';
import { seedImage, seedIndex } from '../../local/aws/seeds.ts';
import { refusal, released, world } from './clients.ts';
import { ROLE } from '../harness/fixtures.ts';

const iris = { FunctionName: 'iris' };
const invalid = { name: 'InvalidParameterValueException', status: 400 };

test('Lambda refuses an OCI index, and takes the child by digest', async () => {
  const { aws, lambda, images } = released();
  const index = seedIndex(aws, { repository: 'iris', tag: 'index', image: images[2] });
  const refused = await refusal(lambda.send(new UpdateFunctionCodeCommand({ ...iris, ImageUri: index.uri })));
  expect(refused).toMatchObject(invalid);
  expect(refused.message).toContain('media type');
  const child = await lambda.send(new UpdateFunctionCodeCommand({ ...iris, ImageUri: images[2].uri }));
  expect(child.CodeSha256).toBe(images[2].digest.slice('sha256:'.length));
});

test('an image that is not in ECR is 400 "Source image … does not exist"', async () => {
  const { aws, lambda } = released();
  for (const path of ['iris:nothing', `iris@sha256:${'0'.repeat(64)}`, 'elsewhere:one']) {
    const ImageUri = `${aws.state.registryHost}/${path}`;
    const refused = await refusal(lambda.send(new UpdateFunctionCodeCommand({ ...iris, ImageUri })));
    expect(refused).toMatchObject(invalid);
    expect(refused.message).toContain('does not exist');
  }
});

test('a new image is invisible to Lambda for a while although DescribeImages shows it', async () => {
  const { aws, ecr, lambda } = world({ settings: { imageVisibleAfterMs: 30_000 } });
  const image = seedImage(aws, { repository: 'iris', tag: 'new' });
  const imageIds = [{ imageTag: 'new' }];
  const shown = await ecr.send(new DescribeImagesCommand({ repositoryName: 'iris', imageIds }));
  expect(shown.imageDetails?.[0]?.imageDigest).toBe(image.digest);
  const create = new CreateFunctionCommand({
    ...iris,
    Role: ROLE,
    PackageType: 'Image',
    Code: { ImageUri: image.uri },
  });
  expect(await refusal(lambda.send(create))).toMatchObject(invalid);
  await aws.clock.sleep(30_000);
  expect((await lambda.send(create)).State).toBe('Pending');
  expect((await lambda.send(new GetFunctionCommand(iris))).Configuration?.State).toBe('Active');
});

test('without lambda.amazonaws.com in the repository policy: 403, unless the caller may have it added', async () => {
  const closed = released({ settings: { callerMaySetRepositoryPolicy: false } });
  const { images } = closed;
  const update = new UpdateFunctionCodeCommand({ ...iris, ImageUri: images[2].uri });
  const refused = await refusal(closed.lambda.send(update));
  expect(refused).toMatchObject({ name: 'AccessDeniedException', status: 403 });
  expect(refused.message).toContain('does not have permission to access the ECR image');
  const open = released();
  await open.lambda.send(update);
  const { policyText } = await open.ecr.send(new GetRepositoryPolicyCommand({ repositoryName: 'iris' }));
  expect(policyText).toContain('lambda.amazonaws.com');
});

test('an image of another region or registry is refused', async () => {
  const { lambda, images } = released();
  for (const host of [
    '123456789012.dkr.ecr.eu-west-1.amazonaws.com',
    '123456789012.dkr.ecr-fips.us-east-1.amazonaws.com',
    'docker.io',
  ]) {
    const ImageUri = `${host}/iris@${images[2].digest}`;
    expect(await refusal(lambda.send(new UpdateFunctionCodeCommand({ ...iris, ImageUri })))).toMatchObject(
      invalid,
    );
  }
});

test('an image of more than 10 GB is refused', async () => {
  const { aws, lambda, images } = released();
  const stored = aws.state.repositories['iris']?.images;
  const image = stored?.[images[2].digest];
  if (stored && image) stored[image.digest] = { ...image, sizeInBytes: 11 * 1024 ** 3 };
  const update = new UpdateFunctionCodeCommand({ ...iris, ImageUri: images[2].uri });
  expect(await refusal(lambda.send(update))).toMatchObject(invalid);
});

test('CreateFunction on an existing function is 409', async () => {
  const { lambda, images } = released();
  const create = new CreateFunctionCommand({ ...iris, Role: 'arn', Code: { ImageUri: images[0].uri } });
  expect(await refusal(lambda.send(create))).toMatchObject({
    name: 'ResourceConflictException',
    status: 409,
  });
});

test('China: ARNs, image URIs and hosts of the aws-cn partition', async () => {
  const { aws, lambda, images } = released({ region: 'cn-north-1' });
  expect(images[0].uri).toContain('123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn/iris@sha256:');
  const updated = await lambda.send(new UpdateFunctionCodeCommand({ ...iris, ImageUri: images[2].uri }));
  expect(updated.FunctionArn).toBe('arn:aws-cn:lambda:cn-north-1:123456789012:function:iris');
  const answer = await lambda.send(
    new InvokeCommand({ FunctionName: updated.FunctionArn, Qualifier: 'live' }),
  );
  expect(answer.ExecutedVersion).toBe('2');
  expect(aws.state.repositories['iris']?.arn).toBe('arn:aws-cn:ecr:cn-north-1:123456789012:repository/iris');
});

test('GovCloud: ARNs of the aws-us-gov partition', async () => {
  const { lambda } = released({ region: 'us-gov-west-1' });
  const { Configuration } = await lambda.send(new GetFunctionCommand(iris));
  expect(Configuration?.FunctionArn).toBe('arn:aws-us-gov:lambda:us-gov-west-1:123456789012:function:iris');
});

test('European Sovereign Cloud: ARNs, image URIs and hosts of the aws-eusc partition', async () => {
  const { aws, lambda, images } = released({ region: 'eusc-de-east-1' });
  expect(images[0].uri).toContain('123456789012.dkr.ecr.eusc-de-east-1.amazonaws.eu/iris@sha256:');
  const { Configuration } = await lambda.send(new GetFunctionCommand(iris));
  expect(Configuration?.FunctionArn).toBe('arn:aws-eusc:lambda:eusc-de-east-1:123456789012:function:iris');
  const api = seedRestApi(aws, { functionName: 'iris', alias: 'live' });
  expect(api.url).toBe(`https://${api.id}.execute-api.eusc-de-east-1.amazonaws.eu/prod`);
});
