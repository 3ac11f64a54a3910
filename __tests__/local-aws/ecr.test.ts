import {
  BatchDeleteImageCommand,
  BatchGetImageCommand,
  CreateRepositoryCommand,
  DescribeImagesCommand,
  DescribeRepositoriesCommand,
  GetAuthorizationTokenCommand,
  GetDownloadUrlForLayerCommand,
  GetLifecyclePolicyCommand,
  GetRepositoryPolicyCommand,
  ListImagesCommand,
  PutImageCommand,
  PutImageTagMutabilityCommand,
  PutLifecyclePolicyCommand,
  SetRepositoryPolicyCommand,
} from '@aws-sdk/client-ecr';
import { expect, test } from '@jest/globals';
import { checkRegistryToken } from '../../local/aws/ecr/authorization.ts';
import { seedImage, seedIndex } from '../../local/aws/seeds.ts';
import { refusal, released, world } from './clients.ts';

const repositoryName = 'iris';

test("BatchGetImage shows the pushed manifest's media type: an index is seen before Lambda refuses it", async () => {
  const { aws, ecr, images } = released();
  seedIndex(aws, { repository: 'iris', tag: 'index', image: images[0] });
  const { images: got = [] } = await ecr.send(
    new BatchGetImageCommand({ repositoryName, imageIds: [{ imageTag: 'one' }, { imageTag: 'index' }] }),
  );
  expect(got.map((image) => image.imageManifestMediaType)).toEqual([
    'application/vnd.oci.image.manifest.v1+json',
    'application/vnd.oci.image.index.v1+json',
  ]);
  expect(got[0]?.imageId).toEqual({ imageDigest: images[0].digest, imageTag: 'one' });
});

test('BatchGetImage names what it did not find as a failure, not as an error', async () => {
  const { ecr } = released();
  const imageIds = [{ imageTag: 'nothing' }];
  const { failures } = await ecr.send(new BatchGetImageCommand({ repositoryName, imageIds }));
  expect(failures).toMatchObject([{ failureCode: 'ImageNotFound', imageId: { imageTag: 'nothing' } }]);
});

test('a missing repository is RepositoryNotFoundException 400, a missing image ImageNotFoundException 400', async () => {
  const { ecr } = released();
  const repository = new DescribeImagesCommand({ repositoryName: 'elsewhere' });
  expect(await refusal(ecr.send(repository))).toMatchObject({
    name: 'RepositoryNotFoundException',
    status: 400,
  });
  const image = new DescribeImagesCommand({ repositoryName, imageIds: [{ imageTag: 'nothing' }] });
  expect(await refusal(ecr.send(image))).toMatchObject({ name: 'ImageNotFoundException', status: 400 });
});

test('an immutable repository refuses a tag that exists with another digest, a mutable one moves it', async () => {
  const { ecr, images } = released();
  const { images: got } = await ecr.send(
    new BatchGetImageCommand({ repositoryName, imageIds: [{ imageDigest: images[1].digest }] }),
  );
  const retag = new PutImageCommand({
    repositoryName,
    imageTag: 'one',
    imageManifest: got?.[0]?.imageManifest,
  });
  const mutability = { repositoryName, imageTagMutability: 'IMMUTABLE' } as const;
  await ecr.send(new PutImageTagMutabilityCommand(mutability));
  const refused = await refusal(ecr.send(retag));
  expect(refused).toMatchObject({ name: 'ImageTagAlreadyExistsException', status: 400 });
  await ecr.send(new PutImageTagMutabilityCommand({ ...mutability, imageTagMutability: 'MUTABLE' }));
  expect((await ecr.send(retag)).image?.imageId?.imageDigest).toBe(images[1].digest);
});

test("the revision label is readable: the image's configuration can be downloaded", async () => {
  const { aws, ecr, fetch } = world();
  const labels = { 'org.opencontainers.image.revision': 'abc123' };
  seedImage(aws, { repository: 'iris', tag: 'one', labels });
  const { images } = await ecr.send(
    new BatchGetImageCommand({ repositoryName, imageIds: [{ imageTag: 'one' }] }),
  );
  const manifest = JSON.parse(images?.[0]?.imageManifest ?? '') as { config: { digest: string } };
  const { downloadUrl = '' } = await ecr.send(
    new GetDownloadUrlForLayerCommand({ repositoryName, layerDigest: manifest.config.digest }),
  );
  const response = await fetch(downloadUrl);
  expect(await response.json()).toMatchObject({ architecture: 'amd64', config: { Labels: labels } });
});

test('authorization tokens last twelve hours and then expire', async () => {
  const { aws, ecr } = world();
  const { authorizationData } = await ecr.send(new GetAuthorizationTokenCommand({}));
  const [data] = authorizationData ?? [];
  const [user, password = ''] = Buffer.from(data?.authorizationToken ?? '', 'base64')
    .toString()
    .split(':');
  expect(user).toBe('AWS');
  expect(data?.proxyEndpoint).toBe('https://123456789012.dkr.ecr.us-east-1.amazonaws.com');
  expect(checkRegistryToken(aws, password)).toBe('valid');
  await aws.clock.sleep(12 * 3_600_000);
  expect(checkRegistryToken(aws, password)).toBe('expired');
  expect(data?.expiresAt?.getTime()).toBe(aws.clock.now());
});

test('DescribeImages pages, tells tagged from untagged, and gives size and time of the push', async () => {
  const { aws, ecr } = world();
  for (let count = 0; count < 5; count++) seedImage(aws, { repository: 'iris', tag: `v${count}` });
  seedImage(aws, { repository: 'iris', content: 'untagged' });
  const first = await ecr.send(new DescribeImagesCommand({ repositoryName, maxResults: 4 }));
  expect(first.imageDetails?.[0]).toMatchObject({
    imageTags: ['v0'],
    imagePushedAt: new Date(aws.clock.now()),
  });
  expect(first.imageDetails?.[0]?.imageSizeInBytes).toBeGreaterThan(100);
  const { nextToken } = first;
  const rest = await ecr.send(new DescribeImagesCommand({ repositoryName, maxResults: 4, nextToken }));
  expect([first.imageDetails?.length, rest.imageDetails?.length, rest.nextToken]).toEqual([4, 2, undefined]);
  const untagged = await ecr.send(
    new ListImagesCommand({ repositoryName, filter: { tagStatus: 'UNTAGGED' } }),
  );
  expect(untagged.imageIds).toHaveLength(1);
});

test('deleting by digest takes all tags along; deleting the last tag takes the image along', async () => {
  const { ecr, images } = released();
  await ecr.send(new BatchDeleteImageCommand({ repositoryName, imageIds: [{ imageTag: 'one' }] }));
  await ecr.send(
    new BatchDeleteImageCommand({ repositoryName, imageIds: [{ imageDigest: images[1].digest }] }),
  );
  const { imageIds } = await ecr.send(new ListImagesCommand({ repositoryName }));
  expect(imageIds).toEqual([{ imageDigest: images[2].digest, imageTag: 'three' }]);
});

test('repository and lifecycle policies: missing is an error of its own, set is read back', async () => {
  const { ecr } = world();
  await ecr.send(new CreateRepositoryCommand({ repositoryName }));
  const policy = { repositoryName, policyText: '{"Version":"2012-10-17","Statement":[]}' };
  const lifecycle = { repositoryName, lifecyclePolicyText: '{"rules":[]}' };
  expect((await refusal(ecr.send(new GetRepositoryPolicyCommand({ repositoryName })))).name).toBe(
    'RepositoryPolicyNotFoundException',
  );
  expect((await refusal(ecr.send(new GetLifecyclePolicyCommand({ repositoryName })))).name).toBe(
    'LifecyclePolicyNotFoundException',
  );
  await ecr.send(new SetRepositoryPolicyCommand(policy));
  await ecr.send(new PutLifecyclePolicyCommand(lifecycle));
  expect(await ecr.send(new GetRepositoryPolicyCommand({ repositoryName }))).toMatchObject(policy);
  expect(await ecr.send(new GetLifecyclePolicyCommand({ repositoryName }))).toMatchObject(lifecycle);
});

test('a repository is created once', async () => {
  const { ecr } = world();
  const create = new CreateRepositoryCommand({ repositoryName, imageTagMutability: 'IMMUTABLE' });
  expect((await ecr.send(create)).repository?.imageTagMutability).toBe('IMMUTABLE');
  expect((await refusal(ecr.send(create))).name).toBe('RepositoryAlreadyExistsException');
  const { repositories } = await ecr.send(new DescribeRepositoriesCommand({}));
  expect(repositories?.[0]?.repositoryUri).toBe('123456789012.dkr.ecr.us-east-1.amazonaws.com/iris');
});
