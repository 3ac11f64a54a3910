/** PublishVersion, and the wait until the version is Active. */
import { UpdateFunctionCodeCommand } from '@aws-sdk/client-lambda';
import { describe, expect, test } from '@jest/globals';
import { CallerProcess } from '../../../local/faults.ts';
import { otherCaller } from '../../harness/other-caller.ts';
import { commit } from '../../harness/world.ts';
import {
  begin,
  expectFailure,
  expectReleased,
  expectVersion1Serves,
  refused,
  released,
  releasedTwice,
  type Scene,
} from './scene.ts';

const versions = ({ fn }: Scene) => Object.keys(fn().versions);

/** Another deploy, whose code arrives right before our PublishVersion: so often as told, after the first `later` of them. */
function overwritten({ world }: Scene, times: number, later = 0): void {
  const other = world.image(commit(3));
  const client = otherCaller(world);
  let left = times;
  let passed = 0;
  world.aws.beforeCall = async ({ operation, process }) => {
    if (process === 'other' || operation !== 'PublishVersion' || left === 0) return;
    passed += 1;
    if (passed <= later) return;
    left -= 1;
    await client.send(new UpdateFunctionCodeCommand({ FunctionName: 'iris', ImageUri: other.uri }));
  };
}

describe('row 52: another deploy overwrites $LATEST between update and publish', () => {
  test('row 52: once: the code is brought back, and only ours is published', async () => {
    const scene = await released();
    overwritten(scene, 1);
    expectReleased(scene, await scene.deploy());
    expect(versions(scene)).toEqual(['1', '2']);
  });

  test('row 52: again and again: gives up after three rounds, nothing of the other one is published', async () => {
    const scene = await released();
    overwritten(scene, Infinity);
    const run = await scene.deploy();
    expectFailure(run, 'contended', [/changed iris 3 times/, /one workflow at a time/]);
    expect(versions(scene)).toEqual(['1']);
    expectVersion1Serves(scene);
  });
});

describe('row 53: PublishVersion takes effect, the reply is lost', () => {
  test.each(['drop-after', 'timeout-after', '5xx-after'] as const)(
    'row 53: %s: one version, no false refusal',
    async (kind) => {
      const scene = await released();
      scene.world.aws.faults.add({ kind, operation: 'PublishVersion' });
      expectReleased(scene, await scene.deploy());
      expect(scene.writes()).toEqual([
        'UpdateFunctionCode',
        'PublishVersion',
        'PublishVersion',
        'UpdateAlias',
      ]);
      expect(versions(scene)).toEqual(['1', '2']);
    },
  );
});

test('rows 52 and 53: the reply is lost and another deploy overwrites $LATEST: the version is found, not made again', async () => {
  const scene = await released();
  scene.world.aws.faults.add({ kind: '5xx-after', operation: 'PublishVersion' });
  overwritten(scene, 1, 1);
  expectReleased(scene, await scene.deploy());
  expect(scene.writes().filter((name) => name === 'PublishVersion')).toHaveLength(2);
  expect(versions(scene)).toEqual(['1', '2']);
});

test('row 54: publish answers with an older version and its old description: not believed, published anew', async () => {
  const scene = begin(await released());
  let asked = 0;
  // As if nothing had changed since version 1: AWS then gives that one back, and drops the description we sent.
  scene.world.aws.beforeCall = async ({ operation }) => {
    if (operation !== 'PublishVersion') return;
    asked += 1;
    if (asked === 1) scene.fn().changedSincePublish = false;
  };
  expectReleased(scene, await scene.deploy());
  expect(asked).toBe(2);
  expect(scene.fn().versions['2']?.description).toContain(`c=${commit(2)}`);
});

test('row 55: a run that died after publishing is run again: its version is found and used', async () => {
  const scene = await released();
  const caller = new CallerProcess('dying');
  const died = new Promise<void>((resolve) => {
    scene.world.aws.faults.add({ kind: 'crash-before', operation: 'Invoke', process: 'dying' });
    scene.world.aws.beforeCall = async ({ operation, process }) => {
      if (operation === 'Invoke' && process === 'dying') setImmediate(resolve);
    };
  });
  void scene.deploy({}, { runId: 2000, caller });
  await died;
  const again = begin(scene);
  expectReleased(scene, await again.deploy({}, { runId: 2000, attempt: 2 }));
  expect(versions(scene)).toEqual(['1', '2']);
  expect(again.writes()).toEqual(['UpdateAlias']);
});

test('row 55: a version with this image and another role is not brought back', async () => {
  const scene = await releasedTwice();
  scene.world.image(commit(3));
  const role = 'arn:aws:iam::123456789012:role/new';
  scene.fn().latest.settings = { ...scene.fn().latest.settings, Role: role };
  expect((await scene.deploy({}, { commit: commit(3) })).result).toMatchObject({ outcome: 'ok' });
  expect((await scene.deploy({}, { commit: commit(2) })).result).toMatchObject({ outcome: 'ok' });
  const { functionVersion } = scene.alias();
  expect(scene.fn().versions[functionVersion]).toMatchObject({
    code: { digest: scene.image.digest },
    settings: { Role: role },
  });
  expect(versions(scene)).toEqual(['1', '2', '3', '4']);
});

test('row 55: a version with this image and another architecture is not brought back', async () => {
  const scene = await releasedTwice();
  scene.world.image(commit(3));
  expect((await scene.deploy({}, { commit: commit(3) })).result).toMatchObject({ outcome: 'ok' });
  const second = scene.fn().versions['2'];
  Object.assign(second ?? {}, { settings: { ...second?.settings, Architectures: ['arm64'] } });
  expect((await scene.deploy({}, { commit: commit(2) })).result).toMatchObject({ outcome: 'ok' });
  expect(scene.alias().functionVersion).toBe('4');
});

describe('row 56: the version is not Active yet', () => {
  test('row 56: Pending: waited for before the first sample', async () => {
    const scene = await released();
    scene.world.aws.state.settings.publishMs = 30_000;
    const started = scene.world.aws.now();
    expectReleased(scene, await scene.deploy());
    expect(scene.world.aws.now() - started).toBeGreaterThanOrEqual(30_000);
  });

  test('row 56: Failed: fails with the reason code, no traffic moved', async () => {
    const scene = await released();
    const reason = 'The image is not valid.';
    Object.assign(scene.world.aws.state.settings, {
      publishMs: 5_000,
      nextPublish: { state: 'Failed', reasonCode: 'InvalidImage', reason },
    });
    const run = await scene.deploy();
    expectFailure(run, 'version-failed', [/Version 2 of iris/, /InvalidImage/, /no traffic was shifted/]);
    expectVersion1Serves(scene);
  });

  test('row 56: Pending for ever: fails after ten minutes', async () => {
    const scene = await released();
    scene.world.aws.state.settings.publishMs = 3_600_000;
    const run = await scene.deploy();
    expectFailure(run, 'timed-out', [/version 2 to become Active/, /it did not happen/]);
    expectVersion1Serves(scene);
  });
});

test('row 57: too many versions: fails and says what to delete', async () => {
  const scene = await released();
  const says = refused(
    'The maximum number of function versions was reached.',
    'FunctionVersionsPerCapacityProviderLimitExceededException',
  );
  scene.world.aws.faults.add({ kind: 'denied', operation: 'PublishVersion', says });
  const run = await scene.deploy();
  expectFailure(run, 'aws-refused', [
    /PublishVersion/,
    /FunctionVersionsPer/,
    /Delete what nothing points to/,
  ]);
  expectVersion1Serves(scene);
});
