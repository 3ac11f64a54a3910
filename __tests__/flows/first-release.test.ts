/** The first release makes the function, and what can go wrong with that. */
import { expect, test } from '@jest/globals';
import { FIRST } from '../harness/world.ts';
import { expectFailure, unreleased } from './faults/scene.ts';

test.each(['drop-after', 'timeout-after', '5xx-after'] as const)(
  'the reply to CreateFunction is lost (%s): the function is there, and the release goes on with it',
  async (kind) => {
    const scene = unreleased();
    scene.world.aws.faults.add({ kind, operation: 'CreateFunction' });
    const { result, runner } = await scene.deploy(FIRST);
    expect(result).toMatchObject({ outcome: 'ok', error: undefined, after: { version: '1' } });
    expect(runner.exitCode).toBe(0);
    expect(scene.alias()).toMatchObject({ functionVersion: '1' });
    expect(scene.fn().versions['1']?.code.digest).toBe(scene.image.digest);
    expect(scene.writes().filter((name) => name === 'CreateFunction')).toHaveLength(2);
  },
);

test('CreateFunction is refused for another reason than that it exists: fails in AWS’s words', async () => {
  const scene = unreleased();
  const says = { status: 400, code: 'CodeStorageExceededException', message: 'no room left' };
  scene.world.aws.faults.add({ kind: 'denied', operation: 'CreateFunction', says });
  expectFailure(await scene.deploy(FIRST), 'aws-refused', [/CreateFunction: CodeStorageExceeded/, /zip/]);
  expect(scene.writes()).toEqual(['CreateFunction']);
});

test('Lambda cannot make the function ready: fails at once with its reason, nothing is published', async () => {
  const scene = unreleased();
  const { aws } = scene.world;
  Object.assign(aws.state.settings, {
    publishMs: 3_000,
    nextPublish: { state: 'Failed', reasonCode: 'SubnetOutOfIPAddresses', reason: 'no address is left' },
  });
  const startedAt = aws.now();
  const run = await scene.deploy(FIRST);
  expectFailure(run, 'update-failed', [
    /could not create iris: SubnetOutOfIPAddresses: no address is left/,
    /nothing is live yet/,
  ]);
  expect(scene.writes()).toEqual(['CreateFunction']);
  expect(aws.now() - startedAt).toBeLessThan(10_000);
});

test('a role that is given by its name is in the account of the images', async () => {
  const scene = unreleased();
  await scene.deploy({ ...FIRST, role: 'iris' });
  expect(scene.fn().latest.settings.Role).toBe('arn:aws:iam::123456789012:role/iris');
});

test('a registry on this machine does not tell the account: ECR does', async () => {
  const scene = unreleased({ registryHost: '127.0.0.1:4510' });
  await scene.deploy({ ...FIRST, role: 'iris' });
  expect(scene.fn().latest.settings.Role).toBe('arn:aws:iam::123456789012:role/iris');
});
