import {
  BatchDeleteImageCommand,
  BatchGetImageCommand,
  CreateRepositoryCommand,
  DescribeImagesCommand,
  DescribeRepositoriesCommand,
  ListImagesCommand,
  PutImageCommand,
  PutImageTagMutabilityCommand,
  UpdateImageStorageClassCommand,
} from '@aws-sdk/client-ecr';
import type { ImageStatus, PutImageTagMutabilityCommandInput } from '@aws-sdk/client-ecr';
import { InvokeCommand, UpdateFunctionCodeCommand } from '@aws-sdk/client-lambda';
import { expect, test } from '@jest/globals';
import { seedImage } from '../../local/aws/seeds.ts';
import { refusal, released, world } from './clients.ts';
import type { Released } from './clients.ts';

const repositoryName = 'iris';
const MINUTE = 60_000;
const imageIds = [{ imageTag: 'one' }];
const imageId = { imageTag: 'one' };

/** The image `one` is in the archive. */
async function archived(): Promise<Released & { manifest: string }> {
  const made = released();
  const got = await made.ecr.send(new BatchGetImageCommand({ repositoryName, imageIds }));
  const move = { repositoryName, imageId, targetStorageClass: 'ARCHIVE' } as const;
  const moved = await made.ecr.send(new UpdateImageStorageClassCommand(move));
  expect(moved.imageStatus).toBe('ARCHIVED');
  return { ...made, manifest: got.images?.[0]?.imageManifest ?? '' };
}

const statusOf = async ({ ecr }: Released): Promise<ImageStatus | undefined> => {
  const filter = { imageStatus: 'ANY' } as const;
  const shown = await ecr.send(new DescribeImagesCommand({ repositoryName, imageIds, filter }));
  return shown.imageDetails?.[0]?.imageStatus;
};

test('DescribeImages and ListImages show an archived image only where the filter asks for it', async () => {
  const { aws, ecr } = await archived();
  const counts = async (imageStatus?: 'ANY' | 'ARCHIVED' | 'ACTIVE'): Promise<number[]> => {
    const filter = imageStatus === undefined ? {} : { filter: { imageStatus } };
    const described = await ecr.send(new DescribeImagesCommand({ repositoryName, ...filter }));
    const listed = await ecr.send(new ListImagesCommand({ repositoryName, ...filter }));
    return [described.imageDetails?.length ?? 0, listed.imageIds?.length ?? 0];
  };
  expect(await counts()).toEqual([2, 2]);
  expect(await counts('ACTIVE')).toEqual([2, 2]);
  expect(await counts('ARCHIVED')).toEqual([1, 1]);
  expect(await counts('ANY')).toEqual([3, 3]);
  const named = new DescribeImagesCommand({ repositoryName, imageIds });
  expect((await refusal(ecr.send(named))).name).toBe('ImageNotFoundException');
  const filter = { imageStatus: 'ARCHIVED' } as const;
  const [detail] =
    (await ecr.send(new DescribeImagesCommand({ repositoryName, imageIds, filter }))).imageDetails ?? [];
  expect(detail).toMatchObject({ imageStatus: 'ARCHIVED', lastArchivedAt: new Date(aws.clock.now()) });
});

test('an archived image cannot be read, and is a failure of BatchGetImage', async () => {
  const { aws, ecr } = await archived();
  const get = new BatchGetImageCommand({ repositoryName, imageIds });
  expect(await ecr.send(get)).toMatchObject({ images: [], failures: [{ failureCode: 'ImageNotFound' }] });
  aws.state.settings.archivedImageFailure = 'ImageInaccessible';
  expect(await ecr.send(get)).toMatchObject({ failures: [{ failureCode: 'ImageInaccessible' }] });
});

test('a changed storage class restores an image after a while, in which it stays unreadable', async () => {
  const made = await archived();
  const { aws, ecr } = made;
  const restore = { repositoryName, imageId, targetStorageClass: 'STANDARD' } as const;
  const started = await ecr.send(new UpdateImageStorageClassCommand(restore));
  expect(started.imageStatus).toBe('ACTIVATING');
  const get = new BatchGetImageCommand({ repositoryName, imageIds });
  await aws.clock.sleep(19 * MINUTE);
  expect(await statusOf(made)).toBe('ACTIVATING');
  expect((await ecr.send(get)).failures).toHaveLength(1);
  await aws.clock.sleep(MINUTE);
  expect(await statusOf(made)).toBe('ACTIVE');
  expect((await ecr.send(get)).images).toHaveLength(1);
});

test('pushing the same image again restores it at once', async () => {
  const made = await archived();
  await made.ecr.send(new PutImageCommand({ repositoryName, imageManifest: made.manifest, imageTag: 'one' }));
  expect(await statusOf(made)).toBe('ACTIVE');
});

test('an archived image can be deleted', async () => {
  const { ecr } = await archived();
  const gone = await ecr.send(new BatchDeleteImageCommand({ repositoryName, imageIds }));
  expect(gone.imageIds).toHaveLength(1);
});

test('Lambda takes no archived image, and a version of one fails as if the image were deleted', async () => {
  const { lambda, images } = await archived();
  const update = new UpdateFunctionCodeCommand({ FunctionName: 'iris', ImageUri: images[0].uri });
  const refused = await refusal(lambda.send(update));
  expect(refused).toMatchObject({ name: 'InvalidParameterValueException', status: 400 });
  expect(refused.message).toContain('does not exist');
  const invoke = new InvokeCommand({ FunctionName: 'iris', Qualifier: '1' });
  expect((await refusal(lambda.send(invoke))).status).toBe(502);
});

const filters = [{ filterType: 'WILDCARD', filter: 'dev-*' }] as const;

test.each<[PutImageTagMutabilityCommandInput['imageTagMutability'], boolean, boolean]>([
  ['IMMUTABLE_WITH_EXCLUSION', true, false],
  ['MUTABLE_WITH_EXCLUSION', false, true],
])('%s: the rule holds for tags that no filter fits, and is turned round for others', async (...row) => {
  const [imageTagMutability, release, development] = row;
  const { aws, ecr } = world();
  const rule = { imageTagMutability, imageTagMutabilityExclusionFilters: [...filters] };
  const made = await ecr.send(new CreateRepositoryCommand({ repositoryName, ...rule }));
  expect(made.repository).toMatchObject(rule);
  expect((await ecr.send(new DescribeRepositoriesCommand({}))).repositories).toMatchObject([rule]);
  for (const tag of ['v1', 'dev-1']) seedImage(aws, { repository: 'iris', tag });
  const other = seedImage(aws, { repository: 'iris', content: 'other' });
  const imageManifest = aws.state.repositories['iris']?.images[other.digest]?.manifest;
  const moves = async (imageTag: string): Promise<string> =>
    ecr.send(new PutImageCommand({ repositoryName, imageManifest, imageTag })).then(
      () => 'moved',
      ({ name }: Error) => name,
    );
  const outcome = (immutable: boolean): string => (immutable ? 'ImageTagAlreadyExistsException' : 'moved');
  expect(await moves('v1')).toBe(outcome(release));
  expect(await moves('dev-1')).toBe(outcome(development));
});

test('exclusion filters go with an exclusion rule, and with nothing else', async () => {
  const { ecr } = released();
  const put = (input: Omit<PutImageTagMutabilityCommandInput, 'repositoryName'>): Promise<{ name: string }> =>
    refusal(ecr.send(new PutImageTagMutabilityCommand({ repositoryName, ...input })));
  const given = { imageTagMutabilityExclusionFilters: [...filters] };
  const name = 'InvalidParameterException';
  expect(await put({ imageTagMutability: 'IMMUTABLE_WITH_EXCLUSION' })).toMatchObject({ name });
  expect(await put({ imageTagMutability: 'IMMUTABLE', ...given })).toMatchObject({ name });
});
