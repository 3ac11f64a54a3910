/** UpdateFunctionCode, UpdateFunctionConfiguration and the wait for them. */
import { describe, expect, test } from '@jest/globals';
import {
  begin,
  expectFailure,
  expectReleased,
  expectVersion1Serves,
  refused,
  released,
  type Scene,
} from './scene.ts';

const MINUTE_MS = 60_000;

/** Somebody at the console changes the function, and Lambda takes its time over it. */
function somebodyUpdatesFor({ fn, world }: Scene, ms: number): void {
  Object.assign(fn().latest, { updateStatus: 'InProgress', updateUntil: world.aws.now() + ms });
}

/** Virtual milliseconds that `work` takes. */
async function timed<T>({ world }: Scene, work: () => Promise<T>): Promise<{ value: T; ms: number }> {
  const started = world.aws.now();
  return { value: await work(), ms: world.aws.now() - started };
}

describe('row 40: another update is in progress', () => {
  test('row 40: 409 for ten minutes: waits, then releases', async () => {
    const scene = await released();
    somebodyUpdatesFor(scene, 10 * MINUTE_MS);
    const { value, ms } = await timed(scene, () => scene.deploy());
    expectReleased(scene, value);
    expect(ms).toBeGreaterThanOrEqual(10 * MINUTE_MS);
    expect(ms).toBeLessThan(10.2 * MINUTE_MS);
  });

  test('row 40: 409 for longer than 15 minutes: fails with the time, nothing was written', async () => {
    const scene = await released();
    somebodyUpdatesFor(scene, 60 * MINUTE_MS);
    const { value, ms } = await timed(scene, () => scene.deploy());
    expectFailure(value, 'update-in-progress', [/update of iris/, /after 15 minutes/, /who else deploys/]);
    expect(ms).toBeLessThanOrEqual(15 * MINUTE_MS);
    expect(scene.fn().latest.code.digest).not.toBe(scene.image.digest);
    expectVersion1Serves(scene);
  });
});

describe('row 41: Lambda does not see the pushed image yet', () => {
  test('row 41: "Source image does not exist" right after the push: waits until it is seen', async () => {
    const scene = await released();
    scene.world.aws.state.settings.imageVisibleAfterMs = 90_000;
    const { value, ms } = await timed(scene, () => scene.deploy());
    expectReleased(scene, value);
    expect(ms).toBeGreaterThanOrEqual(90_000);
  });

  test('row 41: for longer than two minutes: fails and names the image', async () => {
    const scene = await released();
    scene.world.aws.state.settings.imageVisibleAfterMs = 10 * MINUTE_MS;
    const { value, ms } = await timed(scene, () => scene.deploy());
    expectFailure(value, 'image-not-visible', [/iris@sha256:/, /although it is in ECR/, /same region/]);
    expect(ms).toBeLessThanOrEqual(2 * MINUTE_MS);
    expectVersion1Serves(scene);
  });
});

test('row 42: Lambda refuses the media type: fails at once with its words and a way out', async () => {
  const scene = await released();
  const says = refused(
    `The image manifest, config or layer media type for the source image ${scene.image.uri} is not supported.`,
  );
  scene.world.aws.faults.add({ kind: 'denied', operation: 'UpdateFunctionCode', says });
  const run = await scene.deploy();
  expectFailure(run, 'aws-refused', [/media type/, /iris@sha256:/, /--provenance=false --sbom=false/]);
  expect(scene.writes()).toEqual(['UpdateFunctionCode']);
  expectVersion1Serves(scene);
});

describe('row 43: Lambda may not pull the image', () => {
  const says = refused(
    'Lambda does not have permission to access the ECR image. Check the ECR permissions.',
    'AccessDeniedException',
    403,
  );

  test('row 43: while a new policy spreads: waits, then releases', async () => {
    const scene = await released();
    scene.world.aws.faults.add({ kind: 'denied', operation: 'UpdateFunctionCode', says, times: 5 });
    expectReleased(scene, await scene.deploy());
  });

  test('row 43: for longer than a minute: fails with the policy to set', async () => {
    const scene = await released();
    scene.world.aws.faults.add({ kind: 'denied', operation: 'UpdateFunctionCode', says });
    const { value, ms } = await timed(scene, () => scene.deploy());
    expectFailure(value, 'repository-policy', [/may not pull .*iris@sha256/, /"ecr:BatchGetImage"/]);
    expect(ms).toBeLessThanOrEqual(MINUTE_MS);
    expectVersion1Serves(scene);
  });
});

describe('row 44: a role, a key or EC2 is not ready yet', () => {
  const words = [
    'The role defined for the function cannot be assumed by Lambda.',
    'The provided execution role does not have permissions to call CreateNetworkInterface on EC2',
    'Lambda was unable to configure access to your environment variables because the KMS key is invalid for CreateGrant.',
  ];

  test.each(words)('row 44: %s: is tried again for a minute', async (message) => {
    const scene = await released();
    const rule = {
      kind: 'denied',
      operation: 'UpdateFunctionConfiguration',
      says: refused(message),
    } as const;
    scene.world.aws.faults.add({ ...rule, times: 4 });
    expectReleased(scene, await scene.deploy({ 'memory-size': '1024' }));
  });

  test('row 44: a role that stays unusable: fails with AWS’s words, the alias as it was', async () => {
    const scene = await released();
    const says = refused('The role defined for the function cannot be assumed by Lambda.');
    scene.world.aws.faults.add({ kind: 'denied', operation: 'UpdateFunctionConfiguration', says });
    const { value, ms } = await timed(scene, () => scene.deploy({ 'memory-size': '1024' }));
    expectFailure(value, 'aws-refused', [/UpdateFunctionConfiguration/, /cannot be assumed by Lambda/]);
    expect(ms).toBeLessThanOrEqual(MINUTE_MS);
    expectVersion1Serves(scene);
  });

  test('row 44: EC2 throttles for eight minutes: waits, then releases', async () => {
    const scene = await released();
    const { aws } = scene.world;
    const until = aws.now() + 8 * MINUTE_MS;
    const says = refused(
      'Your request has been throttled by EC2, please make sure you have enough API rate limit.',
    );
    const matches = () => aws.now() < until;
    aws.faults.add({ kind: 'denied', operation: 'UpdateFunctionConfiguration', says, matches });
    expectReleased(scene, await scene.deploy({ 'memory-size': '1024' }));
  });
});

test('row 45: a zip function: refused by its package type before any write', async () => {
  const scene = await released();
  for (const version of [scene.fn().latest, ...Object.values(scene.fn().versions)])
    version.settings = { ...version.settings, PackageType: 'Zip' };
  const run = await scene.deploy();
  expectFailure(run, 'zip-function', [/iris is a zip function/, /package type Image/]);
  expect(scene.writes()).toEqual([]);
});

test('row 46: throttled with Retry-After: waits as long as AWS asks, and says so', async () => {
  const scene = await released();
  const rule = { kind: 'throttle', operation: 'UpdateFunctionCode', retryAfterSeconds: 7 } as const;
  scene.world.aws.faults.add({ ...rule, times: 2 });
  const { value, ms } = await timed(scene, () => scene.deploy());
  expectReleased(scene, value);
  expect(ms).toBeGreaterThanOrEqual(14_000);
  expect(value.runner.lines.join('\n')).toContain('TooManyRequestsException; trying again in 7.0 s');
});

test('row 46: throttled for ever: fails within the budget of one call', async () => {
  const scene = await released();
  scene.world.aws.faults.add({ kind: 'throttle', operation: 'UpdateFunctionCode', times: null });
  const { value, ms } = await timed(scene, () => scene.deploy());
  expectFailure(value, 'aws-throttled', [/throttling Lambda UpdateFunctionCode/, /few minutes/]);
  expect(ms).toBeLessThanOrEqual(90_000);
  expectVersion1Serves(scene);
});

test('row 47: code storage is full: fails and says that only zip versions take its room', async () => {
  const scene = await released();
  const says = refused('Code storage limit exceeded.', 'CodeStorageExceededException');
  scene.world.aws.faults.add({ kind: 'denied', operation: 'UpdateFunctionCode', says });
  const run = await scene.deploy();
  expectFailure(run, 'aws-refused', [/CodeStorageExceededException/, /zip functions/, /images do not count/]);
  expectVersion1Serves(scene);
});

test.each([
  ['ImageAccessDenied', 'Lambda does not have permission to access the image.'],
  ['FunctionError.InitTimeout', 'The function did not start in time.'],
  ['ImageDeleted', 'The image was deleted.'],
  ['DisabledKMSKey', 'The key is disabled.'],
] as const)('row 48: the update ends as Failed (%s): its code and reason are shown', async (code, reason) => {
  const scene = await released({ settings: { updateMs: 3_000 } });
  scene.world.aws.state.settings.nextUpdate = { status: 'Failed', reasonCode: code, reason };
  const run = await scene.deploy();
  expectFailure(run, 'update-failed', [new RegExp(code), new RegExp(reason), /still live/]);
  expect(Object.keys(scene.fn().versions)).toEqual(['1']);
  expectVersion1Serves(scene);
});

test('row 49: the image before this one was deleted: code is updated before the configuration', async () => {
  const scene = await released();
  const repository = scene.world.aws.state.repositories['iris'];
  delete repository?.images[scene.fn().latest.code.digest];
  const run = await scene.deploy({ 'memory-size': '1024' });
  expectReleased(scene, run);
  expect(scene.writes()).toEqual([
    'UpdateFunctionCode',
    'UpdateFunctionConfiguration',
    'PublishVersion',
    'UpdateAlias',
  ]);
});

test('row 50: LastUpdateStatus is missing from the answers: counts as in progress', async () => {
  const scene = await released({ settings: { updateMs: 20_000, hideStatusWhileUpdating: true } });
  const { value, ms } = await timed(scene, () => scene.deploy());
  expectReleased(scene, value);
  expect(ms).toBeGreaterThanOrEqual(20_000);
  expect(scene.writes()).toEqual(['UpdateFunctionCode', 'PublishVersion', 'UpdateAlias']);
});

/** For `ms` after the first look at the update, GetFunction says "Successful" of the image that was there before. */
function showStale(scene: Scene, ms: number): void {
  const { aws } = scene.world;
  const before = scene.fn().latest.code;
  let since: number | undefined;
  let hidden: object | undefined;
  aws.beforeCall = async ({ operation }) => {
    const asked = operation === 'GetFunction' && scene.writes().at(-1) === 'UpdateFunctionCode';
    if (!asked || aws.now() - (since ??= aws.now()) >= ms) return;
    const { code, updateStatus, updateUntil } = scene.fn().latest;
    hidden = { code, updateStatus, updateUntil };
    Object.assign(scene.fn().latest, { code: before, updateStatus: 'Successful', updateUntil: undefined });
  };
  aws.afterEffect = ({ call }) => {
    if (call.operation === 'GetFunction') Object.assign(scene.fn().latest, hidden);
    hidden = undefined;
  };
}

test('row 51: GetFunction still shows the image before: waited for, and the update is sent once', async () => {
  const scene = begin(await released());
  showStale(scene, 5_000);
  const { value, ms } = await timed(scene, () => scene.deploy());
  expectReleased(scene, value);
  expect(ms).toBeGreaterThanOrEqual(5_000);
  expect(scene.writes()).toEqual(['UpdateFunctionCode', 'PublishVersion', 'UpdateAlias']);
});

test('row 51: stale while the update is in progress: the update is sent once', async () => {
  const scene = begin(await released({ settings: { updateMs: 3_000 } }));
  showStale(scene, 2_000);
  expectReleased(scene, await scene.deploy());
  expect(scene.writes()).toEqual(['UpdateFunctionCode', 'PublishVersion', 'UpdateAlias']);
});

test('row 51: another image for longer than that is another writer’s: brought back after a few seconds', async () => {
  const scene = begin(await released());
  showStale(scene, 20_000);
  const { value, ms } = await timed(scene, () => scene.deploy());
  expectReleased(scene, value);
  expect(ms).toBeLessThan(30_000);
  expect(scene.writes()).toEqual([
    'UpdateFunctionCode',
    'UpdateFunctionCode',
    'PublishVersion',
    'UpdateAlias',
  ]);
});
