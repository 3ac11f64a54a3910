/** A rollback: to a release that is proven to be there, once, and never by a guess. */
import { describe, expect, test } from '@jest/globals';
import { seedImage, seedIndex } from '../../../local/aws/seeds.ts';
import { commit } from '../../harness/world.ts';
import { begin, expectFailure, expectVersion1Serves, released, releasedTwice, type Scene } from './scene.ts';

const wentBack = (scene: Scene, version = '1') =>
  expect(scene.alias()).toMatchObject({
    functionVersion: version,
    description: expect.stringMatching(new RegExp(`^mr2;v=${version};p=;st=rb;cand=2;`)),
  });

/** The image of version 1 in ECR. */
function imageOf1({ fn, world }: Scene) {
  const digest = fn().versions['1']?.code.digest ?? '';
  return { digest, images: world.aws.state.repositories['iris']?.images ?? {} };
}

describe('row 100: there is nothing to go back to', () => {
  test('row 100: the first release: refused, and the summary lists the earlier releases', async () => {
    const scene = await released();
    const run = await scene.rollback();
    expectFailure(run, 'nothing-to-roll-back', [
      /Version 1 behind live is the first release/,
      /earlier releases/,
    ]);
    expect(run.runner.summaryText).toMatch(/### Releases[\s\S]*\| 1 \|/);
    expect(scene.writes()).toEqual([]);
    expectVersion1Serves(scene);
  });

  test('row 100: the record names another version than the alias serves: the version’s own note decides', async () => {
    const scene = await releasedTwice();
    scene.world.image(commit(3));
    await scene.deploy({}, { commit: commit(3) });
    scene.alias().functionVersion = '1';
    const begun = begin(scene);
    const run = await begun.rollback();
    expectFailure(run, 'nothing-to-roll-back', [/before version 1 is not known/, /the alias points to 1/]);
    expect(begun.writes()).toEqual([]);
  });

  test('row 100: no alias: refused', async () => {
    const scene = await released();
    const run = await scene.rollback({ alias: 'staging' });
    expectFailure(run, 'alias-missing', [/iris has no alias staging/, /region/]);
  });

  test('row 100: a record of a newer format: refused, traffic untouched', async () => {
    const scene = await releasedTwice();
    scene.alias().description = 'mr3;whatever';
    for (const run of [await scene.rollback(), await scene.deploy({}, { runId: 7000, commit: commit(1) })]) {
      expectFailure(run, 'record-newer', [/format mr3/, /newer model-release/, /nothing was changed/]);
    }
    expect(scene.writes()).toEqual([]);
    expect(scene.alias()).toMatchObject({ functionVersion: '2', description: 'mr3;whatever' });
  });
});

test('row 101: the target is what serves already: nothing to do', async () => {
  const scene = await releasedTwice();
  for (const inputs of [
    { version: '2', to: 'version' },
    { to: 'digest', digest: scene.image.digest },
  ]) {
    const { result, runner } = await scene.rollback(inputs);
    expect(result).toMatchObject({ outcome: 'ok:noop', why: 'version 2 serves already', changed: false });
    expect(runner.exitCode).toBe(0);
  }
  expect(scene.writes()).toEqual([]);
});

describe('row 102: the version or its image is gone', () => {
  test('row 102: the image is gone: refused before the switch, with the candidates', async () => {
    const scene = await releasedTwice();
    const { digest, images } = imageOf1(scene);
    delete images[digest];
    const run = await scene.rollback();
    expectFailure(run, 'target-image-gone', [/Version 1 is there/, /ECR repository iris/, /cold start/]);
    expect(run.runner.summaryText).toContain('### Releases');
    expect(scene.writes()).toEqual([]);
    expect(scene.alias().functionVersion).toBe('2');
  });

  test('row 102: the version is gone, its image is not: published again by digest, nothing is built', async () => {
    const scene = await releasedTwice();
    const { digest } = imageOf1(scene);
    delete scene.fn().versions['1'];
    const { result } = await scene.rollback();
    expect(result).toMatchObject({
      outcome: 'rolled-back',
      error: undefined,
      after: { version: '3', digest },
    });
    wentBack(scene, '3');
    expect(scene.fn().versions['3']?.description).toContain(`c=${commit(1)};base=;`);
  });

  test('row 102: both are gone: refused, and the candidates are listed', async () => {
    const scene = await releasedTwice();
    const { digest, images } = imageOf1(scene);
    delete scene.fn().versions['1'];
    delete images[digest];
    const run = await scene.rollback();
    expectFailure(run, 'target-gone', [
      /Version 1 is not there/,
      /does not have the image either/,
      /earlier releases/,
    ]);
    expect(scene.writes()).toEqual([]);
    expect(scene.alias().functionVersion).toBe('2');
  });

  test('row 102: the version is Inactive: woken, waited for, and only then given the traffic', async () => {
    const scene = await releasedTwice();
    scene.world.aws.state.settings.publishMs = 40_000;
    Object.assign(scene.fn().versions['1'] ?? {}, { state: 'Inactive', stateReasonCode: 'Idle' });
    const { result } = await scene.rollback();
    expect(result).toMatchObject({ outcome: 'rolled-back', error: undefined });
    expect(scene.fn().versions['1']?.state).toBe('Active');
    expect(scene.calls().indexOf('Invoke')).toBeLessThan(scene.calls().indexOf('UpdateAlias'));
    wentBack(scene);
  });

  test('row 102: the tag of its commit was moved to another image: that one is not published in its name', async () => {
    const scene = await releasedTwice();
    const other = seedImage(scene.world.aws, {
      repository: 'iris',
      tag: commit(1),
      content: 'moved',
      labels: { 'org.opencontainers.image.revision': commit(9) },
    });
    expect(other.digest).not.toBe(imageOf1(scene).digest);
    delete scene.fn().versions['1'];
    const run = await scene.rollback();
    expectFailure(run, 'image-of-another-commit', [new RegExp(`commit ${commit(9).slice(0, 12)}`)]);
    expect(scene.writes()).toEqual([]);
  });

  test('row 102: the digest of an index: the image in it that fits the function is published', async () => {
    const scene = await releasedTwice();
    const child = scene.world.image(commit(1));
    delete scene.fn().versions['1'];
    const index = seedIndex(scene.world.aws, { repository: 'iris', image: child });
    const { result } = await scene.rollback({ to: index.digest });
    expect(result).toMatchObject({
      outcome: 'rolled-back',
      after: { version: '3', digest: child.digest, commit: commit(1) },
    });
  });

  test.each([
    [{ stateReasonCode: 'ImageDeleted' }, true, 'version-failed', /ImageDeleted/],
    [{ stateReasonCode: 'Idle' }, false, 'target-image-gone', /no longer has its image/],
  ] as const)('row 102: Inactive with %j, its image there: %s: refused without a wait', async (...row) => {
    const [reason, there, code, why] = row;
    const scene = await releasedTwice();
    Object.assign(scene.fn().versions['1'] ?? {}, { state: 'Inactive', ...reason });
    const { digest, images } = imageOf1(scene);
    if (!there) delete images[digest];
    const began = scene.world.aws.now();
    expectFailure(await scene.rollback(), code, [why]);
    expect(scene.world.aws.now() - began).toBeLessThan(10_000);
    expect(scene.writes()).toEqual([]);
  });

  test.each(['ActiveNonInvocable', 'Deactivating', 'Deleting'] as const)(
    'row 102: the version is %s, which this release does not know: refused by that name, without a wait',
    async (state) => {
      const scene = await releasedTwice();
      Object.assign(scene.fn().versions['1'] ?? {}, { state });
      const began = scene.world.aws.now();
      expectFailure(await scene.rollback(), 'version-failed', [
        new RegExp(`Version 1 of iris is ${state}\\b`),
      ]);
      expect(scene.world.aws.now() - began).toBeLessThan(10_000);
      expect(scene.alias().functionVersion).toBe('2');
    },
  );

  test('row 102: the version has failed: refused with its reason', async () => {
    const scene = await releasedTwice();
    const reason = { stateReasonCode: 'ImageDeleted', stateReason: 'The image was deleted.' };
    Object.assign(scene.fn().versions['1'] ?? {}, { state: 'Failed', ...reason });
    const run = await scene.rollback();
    expectFailure(run, 'version-failed', [/Version 1 of iris/, /ImageDeleted/]);
    expect(scene.alias().functionVersion).toBe('2');
  });
});

describe('row 103: asked again', () => {
  test('row 103: the second time, and a re-run of the first, change nothing and say so', async () => {
    const scene = await releasedTwice();
    await scene.rollback({}, { runId: 3000 });
    const again = begin(scene);
    for (const options of [{ runId: 3000, attempt: 2 }, { runId: 3001 }]) {
      const { result, runner } = await again.rollback({}, options);
      expect(result).toMatchObject({ outcome: 'ok:noop', changed: false });
      expect(result.why).toMatch(/^already rolled back from version 2; an earlier release needs an explicit/);
      expect(runner.exitCode).toBe(0);
    }
    expect(again.writes()).toEqual([]);
    wentBack(scene);
  });

  test('row 103: back to the one that was given up: only by force', async () => {
    const scene = await releasedTwice();
    await scene.rollback({}, { runId: 3000 });
    const to = { to: 'version', version: '2' };
    const run = await scene.rollback(to, { runId: 3001 });
    expectFailure(run, 'rolled-back-as-bad', [
      /Version 2 is the one that live was rolled back from/,
      /force: true/,
    ]);
    wentBack(scene);
    const forced = await scene.rollback({ ...to, force: 'true' }, { runId: 3002 });
    expect(forced.result).toMatchObject({ outcome: 'rolled-back' });
    expect(scene.alias().functionVersion).toBe('2');
  });
});

describe('row 104: a late retry of the bad deploy', () => {
  test('row 104: the same run again: superseded, the rollback stays', async () => {
    const scene = await released();
    await scene.deploy({}, { runId: 2000 });
    await scene.rollback({}, { runId: 2001 });
    const again = begin(scene);
    const { result, runner } = await again.deploy({}, { runId: 2000, attempt: 2 });
    expect(result.outcome).toBe('superseded');
    expect(result.why).toMatch(/rolled back from version 2|run 2001 has released since/);
    expect(runner.exitCode).toBe(0);
    expect(again.writes()).toEqual([]);
    wentBack(scene);
  });

  test('row 104: a newer run, and force, may release it again', async () => {
    for (const [inputs, runId] of [
      [{}, 2002],
      [{ force: 'true' }, 2000],
    ] as const) {
      const scene = await released();
      await scene.deploy({}, { runId: 2000 });
      await scene.rollback({}, { runId: 2001 });
      const { result } = await scene.deploy(inputs, { runId, attempt: 2 });
      expect(result).toMatchObject({ outcome: 'ok' });
      expect(scene.alias()).toMatchObject({
        functionVersion: '2',
        description: expect.stringMatching(/;st=ok;.*;seq=200[12];/),
      });
    }
  });
});
