/** What docker pushed is what is released, and what tells about it is read although a reply is lost. */
import { describe, expect, test } from '@jest/globals';
import { building, COMMIT, REPORTED, repository } from './building.ts';
import { expectFailure, expectReleased, expectVersion1Serves, released } from './scene.ts';

test('the tag shows another image than docker pushed, for as long as is waited: refused before any write', async () => {
  const scene = await released();
  const theirs = { digest: '' };
  const { run } = await building(scene, () => {
    theirs.digest = scene.world.image(COMMIT, { content: 'theirs' }).digest;
    return REPORTED;
  });
  expectFailure(run, 'image-moved', [
    new RegExp(`iris:${COMMIT} was pushed as ${REPORTED.digest}, and ECR shows ${theirs.digest}`),
    /Make the tags of the repository immutable/,
  ]);
  expect(scene.writes()).toEqual([]);
  expectVersion1Serves(scene);
});

test('the tag shows an older image for a while: what docker pushed is released, once ECR shows it', async () => {
  const scene = await released();
  const { clock } = scene.world.aws;
  const { run } = await building(scene, () => {
    scene.world.image(COMMIT, { content: 'older' });
    const older = repository(scene).tags[COMMIT];
    const { digest } = scene.world.image(COMMIT);
    if (older !== undefined) repository(scene).tags[COMMIT] = older;
    void clock.sleep(20_000).then(() => (repository(scene).tags[COMMIT] = digest));
    return { digest };
  });
  expect(run.result).toMatchObject({ outcome: 'ok', after: { digest: repository(scene).tags[COMMIT] } });
});

describe('the image’s configuration', () => {
  test.each([
    ['the reply is lost', 'drop-before'],
    ['S3 is not well', '5xx-before'],
    ['S3 throttles', 'throttle'],
  ] as const)('%s twice: asked for again, with a URL of its own each time', async (_, kind) => {
    const scene = await released();
    scene.world.aws.faults.add({ kind, operation: 'GetObject', times: 2 });
    expectReleased(scene, await scene.deploy());
    const calls = scene.calls();
    expect(calls.filter((name) => name === 'GetObject')).toHaveLength(3);
    expect(calls.filter((name) => name === 'GetDownloadUrlForLayer')).toHaveLength(3);
  });

  test('no reply ever comes: fails within a bounded time, before any write', async () => {
    const scene = await released();
    scene.world.aws.faults.add({ kind: 'drop-before', operation: 'GetObject', times: null });
    const run = await scene.deploy();
    expectFailure(run, 'image-config-unreadable', [/configuration of iris@/, /download hosts/]);
    expect(scene.writes()).toEqual([]);
  });
});
