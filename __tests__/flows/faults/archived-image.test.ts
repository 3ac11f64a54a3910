/** An image in ECR's archive is there and cannot be pulled: it is named as that, with what brings it back. */
import { describe, expect, test } from '@jest/globals';
import { commit } from '../../harness/world.ts';
import { building, COMMIT, repository } from './building.ts';
import { expectFailure, expectReleased, released, releasedTwice, type Scene } from './scene.ts';

/** Puts the image of a version into the archive, as a lifecycle rule does. */
function archive({ fn, world }: Scene, version: string): string {
  const digest = fn().versions[version]?.code.digest ?? '';
  const image = world.aws.state.repositories['iris']?.images[digest];
  if (image === undefined) throw new Error(`there is no image of version ${version}`);
  image.storage = { archivedAt: world.aws.now() };
  return digest;
}

const restore = (id: string) =>
  new RegExp(`Push it again, .*aws ecr update-image-storage-class --repository-name iris --image-id ${id} `);

describe('a rollback whose target is archived', () => {
  test.each([{}, { to: '1' }, { force: 'true' }])('with %j is refused by that name', async (inputs) => {
    const scene = await releasedTwice();
    const digest = archive(scene, '1');
    const run = await scene.rollback(inputs);
    expectFailure(run, 'image-archived', [/is archived/, restore(`imageDigest=${digest}`)]);
    expect(scene.writes()).toEqual([]);
  });

  test('is refused by that name where the version is gone, too', async () => {
    const scene = await releasedTwice();
    archive(scene, '1');
    delete scene.fn().versions['1'];
    expectFailure(await scene.rollback({ to: commit(1) }), 'image-archived', [
      restore(`imageTag=${commit(1)}`),
    ]);
  });

  test('hears it while the image is on its way back, and goes on afterwards', async () => {
    const scene = await releasedTwice();
    const image = scene.world.aws.state.repositories['iris']?.images[archive(scene, '1')];
    if (image?.storage === undefined) throw new Error('it is not archived');
    image.storage.activeFrom = scene.world.aws.now() + 600_000;
    expectFailure(await scene.rollback(), 'image-archived', [/is being restored from the archive/]);
    await scene.world.aws.clock.sleep(600_000);
    expect((await scene.rollback()).result.outcome).toBe('rolled-back');
  });
});

describe('a release', () => {
  test('of an image by its name that is archived is refused by that name', async () => {
    const scene = await released();
    const { uri, digest } = scene.image;
    const image = repository(scene).images[digest];
    if (image === undefined) throw new Error('there is no image');
    image.storage = { archivedAt: scene.world.aws.now() };
    expectFailure(await scene.deploy({ 'image-uri': uri }), 'image-archived', [
      restore(`imageDigest=${digest}`),
    ]);
    expect(scene.writes()).toEqual([]);
  });

  test('whose build gives other bytes than the archived image of its tag is refused by that name', async () => {
    const scene = await released();
    const { run } = await building(scene, () => {
      const { digest } = scene.world.image(COMMIT, { content: 'archived' });
      const image = repository(scene).images[digest];
      if (image) image.storage = { archivedAt: scene.world.aws.now() };
      return `tag invalid: The image tag '${COMMIT}' already exists in the 'iris' repository and cannot be overwritten because the tag is immutable.`;
    });
    expectFailure(run, 'image-archived', [restore(`imageTag=${COMMIT}`)]);
    expect(scene.writes()).toEqual([]);
  });

  test('whose build gives the archived image again restores it by the push', async () => {
    const scene = await released();
    const image = repository(scene).images[scene.world.image(COMMIT).digest];
    if (image === undefined) throw new Error('there is no image');
    image.storage = { archivedAt: scene.world.aws.now() };
    const { run, commands } = await building(scene, () => scene.world.image(COMMIT));
    expect(run.result).toMatchObject({ outcome: 'ok', after: { digest: image.digest } });
    expect(commands.filter((command) => /\bpush\b/.test(command))).toHaveLength(1);
  });

  test('whose rollback target is archived warns of that', async () => {
    const scene = await released();
    const digest = archive(scene, '1');
    const run = await scene.deploy();
    expect(run.result.outcome).toBe('ok');
    expect(run.result.warnings.join('\n')).toMatch(restore(`imageDigest=${digest}`));
    const strict = await released();
    archive(strict, '1');
    expectFailure(await strict.deploy({ 'require-rollback-target': 'true' }), 'no-rollback-target', [
      /is archived/,
    ]);
  });

  test('asks nothing more of an image that is there', async () => {
    const scene = await released();
    expectReleased(scene, await scene.deploy());
    expect(scene.calls()).not.toContain('DescribeImages');
  });
});
