/** What has to be true of a version, and of nothing else, before it gets traffic. */
import { describe, expect, test } from '@jest/globals';
import { commit, createWorld, FIRST } from '../../harness/world.ts';
import { expectFailure, expectVersion1Serves, giveWeights, released, releasedTwice } from './scene.ts';

const countOf = (calls: readonly string[], operation: string) =>
  calls.filter((name) => name === operation).length;

describe('row 56: without samples', () => {
  test('row 56: a version that Lambda cannot make ready gets no traffic', async () => {
    const scene = await released();
    const nextPublish = { state: 'Failed', reasonCode: 'InvalidImage', reason: 'bad.' } as const;
    Object.assign(scene.world.aws.state.settings, { publishMs: 5_000, nextPublish });
    expectFailure(await scene.deploy({ samples: 'none' }), 'version-failed', [/InvalidImage/]);
    expectVersion1Serves(scene);
  });

  test('row 56: the alias moves when the version is Active, and not before', async () => {
    const scene = await released();
    const { aws } = scene.world;
    aws.state.settings.publishMs = 30_000;
    expect((await scene.deploy({ samples: 'none' })).result.outcome).toBe('ok');
    const at = (name: string) => aws.calls.findLast(({ operation }) => operation === name)?.at ?? 0;
    expect(at('UpdateAlias') - at('PublishVersion')).toBeGreaterThanOrEqual(30_000);
  });
});

test('row 56: a version that is being made is waited for and not woken', async () => {
  const scene = await released();
  scene.world.aws.state.settings.publishMs = 30_000;
  const { runner } = await scene.deploy();
  expect(runner.lines.join('\n')).not.toContain('Inactive');
  // Refused while it is Pending, invoked when it is Active and through the alias; what is live twice, to compare.
  expect(countOf(scene.calls(), 'Invoke')).toBe(5);
});

test('row 56: an idle one is woken by one call', async () => {
  const scene = await releasedTwice();
  scene.world.aws.state.settings.publishMs = 40_000;
  Object.assign(scene.fn().versions['1'] ?? {}, { state: 'Inactive', stateReasonCode: 'Idle' });
  await scene.rollback({ samples: 'none' });
  // That call, and the dry run through the alias.
  expect(countOf(scene.calls(), 'Invoke')).toBe(2);
});

test('a dry run of a rollback asks the version nothing', async () => {
  const scene = await releasedTwice();
  await scene.rollback({ 'dry-run': 'true', to: '1' });
  expect(scene.calls()).not.toContain('Invoke');
});

test('a function for arm64 is created as one', async () => {
  const world = createWorld();
  world.image(commit(1), { architecture: 'arm64' });
  let sent: unknown;
  world.aws.beforeCall = async ({ operation }, request) => {
    if (operation === 'CreateFunction') sent = JSON.parse(new TextDecoder().decode(request.body));
  };
  await world.deploy({ ...FIRST, architecture: 'arm64' }, { commit: commit(1) });
  expect(sent).toMatchObject({ Architectures: ['arm64'] });
});

test('row 48: the update of the configuration fails after the one of the code: nothing is published', async () => {
  const scene = await released({ settings: { updateMs: 3_000 } });
  const { aws } = scene.world;
  const failed = { status: 'Failed', reasonCode: 'DisabledKMSKey', reason: 'The key is disabled.' } as const;
  aws.afterEffect = ({ call }) => {
    if (call.operation === 'UpdateFunctionCode') aws.state.settings.nextUpdate = failed;
  };
  expectFailure(await scene.deploy({ 'memory-size': '1024' }), 'update-failed', [/DisabledKMSKey/]);
  expect(Object.keys(scene.fn().versions)).toEqual(['1']);
  expectVersion1Serves(scene);
});

test('row 46: throttled for ever: eight attempts', async () => {
  const scene = await released();
  scene.world.aws.faults.add({ kind: 'throttle', operation: 'UpdateFunctionCode', times: null });
  await scene.deploy();
  expect(countOf(scene.writes(), 'UpdateFunctionCode')).toBe(8);
});

test('row 74: a dead canary of ours is ended at once, also while AWS moves provisioned concurrency', async () => {
  const scene = await releasedTwice();
  const { aws } = scene.world;
  giveWeights(scene, 'a dead canary');
  scene.fn().provisioned['live'] = { requested: 1, requestedAt: aws.now(), readyAt: aws.now() + 3_600_000 };
  scene.world.image(commit(3));
  const began = aws.now();
  expect((await scene.deploy({}, { commit: commit(3) })).result.outcome).toBe('ok');
  expect(aws.now() - began).toBeLessThan(60_000);
});

test('each step of the log is closed by a line with its result', async () => {
  const scene = await released();
  const { runner } = await scene.deploy();
  expect(runner.lines.join('\n')).toMatch(/^✓ Shift the traffic: live serves version 2 \(/m);
});
