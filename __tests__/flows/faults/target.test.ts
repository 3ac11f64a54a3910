/** Proving the version to return to: what keeps it from serving is found out first, and what does not matter keeps nobody. */
import { describe, expect, test } from '@jest/globals';
import { commit } from '../../harness/world.ts';
import { begin, expectFailure, giveWeights, releasedTwice, type Scene } from './scene.ts';

async function idle(): Promise<Scene> {
  const scene = await releasedTwice();
  Object.assign(scene.fn().versions['1'] ?? {}, { state: 'Inactive', stateReasonCode: 'Idle' });
  return scene;
}

describe('row 102: an idle version is woken', () => {
  test.each(['throttle', 'drop-before', '5xx-before', 'timeout-before'] as const)(
    'again, where the call that wakes it is lost (%s)',
    async (kind) => {
      const scene = await idle();
      scene.world.aws.faults.add({ kind, operation: 'Invoke', times: 1 });
      expect((await scene.rollback({ samples: 'none' })).result.outcome).toBe('rolled-back');
    },
  );

  test('and a role that may not wake it hears that at once', async () => {
    const scene = await idle();
    scene.world.aws.faults.add({ kind: 'denied', operation: 'Invoke' });
    const began = scene.world.aws.now();
    expectFailure(await scene.rollback({ samples: 'none' }), 'aws-permission', [/lambda:InvokeFunction/]);
    expect(scene.world.aws.now() - began).toBeLessThan(60_000);
  });
});

test.each(['its image has expired', 'ECR may not be asked'])(
  'a canary is ended although of the stable version %s',
  async (why) => {
    const scene = await releasedTwice();
    giveWeights(scene, 'a dead canary');
    if (why.startsWith('ECR')) scene.world.aws.faults.add({ kind: 'denied', operation: 'BatchGetImage' });
    else delete scene.world.aws.state.repositories['iris']?.images[scene.image.digest];
    expect((await scene.rollback({ samples: 'none' })).result.outcome).toBe('rolled-back');
    expect(scene.alias().weights ?? {}).toEqual({});
  },
);

test.each(['commit', 'digest'])(
  'row 72: by its %s, behind an alias on $LATEST: nothing is written where the traffic is',
  async (what) => {
    const scene = await releasedTwice();
    const digest = scene.fn().versions['1']?.code.digest ?? '';
    delete scene.fn().versions['1'];
    Object.assign(scene.alias(), { functionVersion: '$LATEST', description: '' });
    const now = begin(scene);
    const run = await now.rollback({ to: what === 'commit' ? commit(1) : digest });
    expectFailure(run, 'alias-on-latest', [/points to \$LATEST/]);
    expect(now.writes()).toEqual([]);
  },
);

test('an image in another account’s registry is not called gone: this run does not ask there, and says so', async () => {
  const scene = await releasedTwice();
  const one = scene.fn().versions['1'];
  if (one === undefined) throw new Error('version 1 was released');
  const resolvedImageUri = one.code.resolvedImageUri.replace(/^\d{12}/, '999999999999');
  scene.fn().versions['1'] = { ...one, code: { ...one.code, resolvedImageUri } };
  delete scene.world.aws.state.repositories['iris']?.images[one.code.digest];
  const { result } = await scene.rollback({ samples: 'none' });
  expect(result.error?.message ?? '').not.toContain('no longer has its image');
  expect(result.warnings).toEqual([
    expect.stringMatching(/was not checked.*registry of account 999999999999/),
  ]);
});

test('the version that serves has Failed: the same release again is not called done', async () => {
  const scene = await releasedTwice();
  const gone = { state: 'Failed', stateReasonCode: 'ImageDeleted', stateReason: 'The image was deleted.' };
  Object.assign(scene.fn().versions['2'] ?? {}, gone);
  expectFailure(await scene.deploy(), 'version-failed', [/Version 2 of iris/, /ImageDeleted/]);
});

test('the configuration is changed between update and publication: it is taken back before anything is published', async () => {
  const scene = await releasedTwice();
  scene.world.image(commit(3));
  let meddled = false;
  scene.world.aws.beforeCall = async ({ operation }) => {
    if (operation !== 'PublishVersion' || meddled) return;
    meddled = true;
    scene.fn().latest.settings = { ...scene.fn().latest.settings, MemorySize: 3008 };
  };
  const { result } = await scene.deploy({ 'memory-size': '512' }, { commit: commit(3) });
  expect(result.outcome).toBe('ok');
  expect(scene.fn().versions[scene.alias().functionVersion]?.settings.MemorySize).toBe(512);
});
