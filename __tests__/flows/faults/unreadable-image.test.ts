/** An image that is in ECR and cannot be read is neither gone nor to be built again. */
import { expect, test } from '@jest/globals';
import type { ImageFailureCode } from '@aws-sdk/client-ecr';
import { expectFailure, expectReleased, expectVersion1Serves, released, releasedTwice } from './scene.ts';
import type { Scene } from './scene.ts';

function unreadable(scene: Scene, digest: string, failureCode: ImageFailureCode) {
  const image = scene.world.aws.state.repositories['iris']?.images[digest];
  if (image === undefined) throw new Error('the scene has no such image');
  image.unreadable = { failureCode, failureReason: `for the reason of ${failureCode}` };
  return image;
}

test.each([
  ['KmsError', /key is enabled/],
  ['ImageInaccessible', /restore it/],
  ['UpstreamAccessDenied', /Mend what it names/],
] as const)(
  'row 32: a deploy of an image with %s: said in ECR’s words, nothing is built',
  async (code, fix) => {
    const scene = await released();
    unreadable(scene, scene.image.digest, code);
    const run = await scene.deploy();
    expectFailure(run, 'aws-refused', [
      new RegExp(`ECR BatchGetImage: ${code}: for the reason of ${code}\\.`),
      fix,
    ]);
    expect(scene.writes()).toEqual([]);
    expectVersion1Serves(scene);
  },
);

test('row 102: a rollback to an image whose key is disabled: not called gone, and nothing moves', async () => {
  const scene = await releasedTwice();
  unreadable(scene, scene.fn().versions['1']?.code.digest ?? '', 'KmsError');
  const run = await scene.rollback();
  expectFailure(run, 'aws-refused', [/KmsError: for the reason of KmsError/, /key is enabled/]);
  expect(scene.writes()).toEqual([]);
  expect(scene.alias().functionVersion).toBe('2');
});

test('row 46: a registry upstream that is throttled is asked again', async () => {
  const scene = await released();
  const image = unreadable(scene, scene.image.digest, 'UpstreamTooManyRequests');
  scene.world.aws.afterEffect = ({ call }) => {
    if (call.operation === 'BatchGetImage') delete image.unreadable;
  };
  const run = await scene.deploy();
  expectReleased(scene, run);
  expect(run.runner.lines.join('\n')).toContain('ECR BatchGetImage: UpstreamTooManyRequests; trying again');
});
