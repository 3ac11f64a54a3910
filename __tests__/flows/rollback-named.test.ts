/** A rollback to a release that is named by the beginning of its id, or by a tag of its image. */
import { describe, expect, test } from '@jest/globals';
import { seedIndex } from '../../local/aws/seeds.ts';
import { commit, FIRST } from '../harness/world.ts';
import { expectFailure, releasedThrice, releasedTwice, unreleased, type Scene } from './faults/scene.ts';

describe('to: a shortened commit or digest', () => {
  test.each([7, 12, 39])('%s digits of a commit: its version, and one write', async (digits) => {
    const scene = await releasedThrice();
    const { result } = await scene.rollback({ to: commit(1).slice(0, digits) });
    expect(result).toMatchObject({ outcome: 'rolled-back', after: { version: '1', commit: commit(1) } });
    expect(scene.writes()).toEqual(['UpdateAlias']);
  });

  test('of a digest, also of a version that somebody else published', async () => {
    const scene = await releasedThrice();
    const one = scene.fn().versions['1'];
    if (one !== undefined) one.description = 'by hand';
    const { result } = await scene.rollback({ to: one?.code.digest.slice(0, 'sha256:'.length + 12) ?? '' });
    expect(result).toMatchObject({ outcome: 'rolled-back', after: { version: '1' } });
  });

  const asPrefix = () => commit(2).slice(0, 7);
  test.each<[string, (scene: Scene) => string]>([
    ['a shortened commit', asPrefix],
    ['a commit', () => commit(2)],
    ['a digest', (scene) => scene.fn().versions['2']?.code.digest ?? ''],
    ['a tag', () => commit(2)],
  ])(
    '%s that was released under two configurations: refused with both and what differs',
    async (kind, name) => {
      const scene = await releasedTwice();
      await scene.deploy({ 'memory-size': '1024', 'environment-variables': 'TOKEN=hunter2-variable' });
      scene.world.image(commit(4));
      await scene.deploy({}, { commit: commit(4) });
      if (kind === 'a tag') tag(scene, 'v2.0', scene.fn().versions['2']?.code.digest);
      const before = scene.writes().length;
      const run = await scene.rollback({ to: kind === 'a tag' ? 'v2.0' : name(scene) });
      expectFailure(run, 'ambiguous-target', [
        /fits several releases: version 3, commit 000200020002 \([0-9a-f]{12}, published \d{4}-\d\d-\d\d \d\d:\d\d\); version 2, /,
        /version 2, .*; unlike version 3: memory 1024 MiB → 128 MiB, variable TOKEN removed\)/,
      ]);
      expect(scene.writes()).toHaveLength(before);
      expect(run.runner.summaryText).toMatch(/^\| 2 \|.*to=2` \|$/m);
      expect((await scene.rollback({ to: '2' })).result).toMatchObject({ after: { version: '2' } });
    },
  );

  test('a commit whose first version never served: the one that did', async () => {
    const scene = await releasedTwice();
    scene.world.image(commit(3), { program: () => ({ ok: false }) });
    await scene.deploy({ 'memory-size': '512' }, { commit: commit(3) });
    scene.world.image(commit(3));
    await scene.deploy({ 'memory-size': '1024' }, { commit: commit(3) });
    scene.world.image(commit(4));
    await scene.deploy({}, { commit: commit(4) });
    const { result } = await scene.rollback({ to: commit(3) });
    expect(result).toMatchObject({ outcome: 'rolled-back', after: { version: '4', commit: commit(3) } });
  });

  test('that fits two releases: refused with both, and nothing is written', async () => {
    const scene = await releasedThrice();
    const alike = `${commit(1).slice(0, 9)}${'f'.repeat(31)}`;
    scene.world.image(alike);
    await scene.deploy({}, { commit: alike });
    const before = scene.writes().length;
    const prefix = commit(1).slice(0, 9);
    expectFailure(await scene.rollback({ to: prefix }), 'ambiguous-target', [
      new RegExp(`${prefix} fits several releases`),
      new RegExp(`version 4, commit ${alike.slice(0, 12)} .*; version 1, commit ${commit(1).slice(0, 12)} `),
      /number of one of these versions, or more digits/,
    ]);
    expect(scene.writes()).toHaveLength(before);
    const { result } = await scene.rollback({ to: commit(1).slice(0, 10) });
    expect(result).toMatchObject({ outcome: 'rolled-back', after: { version: '1' } });
  });

  test.each(['abcdef1', 'sha256:0000000', '1234567'])('%s fits nothing: refused', async (to) => {
    const scene = await releasedTwice();
    const run = await scene.rollback({ to });
    expectFailure(run, 'target-gone', [new RegExp(`begins with ${to}`), /Give the whole commit or digest/]);
    expect(scene.writes()).toEqual([]);
  });

  test('only the version that was rolled back as bad: refused as by its number', async () => {
    const scene = await releasedTwice();
    await scene.rollback();
    const run = await scene.rollback({ to: commit(2).slice(0, 12) });
    expectFailure(run, 'rolled-back-as-bad', [/Version 2 is the one/]);
  });
});

describe('what no rollback leads to unless it is forced', () => {
  const KINDS = ['version', 'commit', 'digest', 'tag'] as const;
  const named = (scene: Scene, version: string, kind: (typeof KINDS)[number]) => {
    const digest = scene.fn().versions[version]?.code.digest ?? '';
    if (kind === 'tag') tag(scene, 'v9', digest);
    return { version, commit: commit(Number(version)), digest, tag: 'v9' }[kind];
  };

  test.each(KINDS)('the version that was rolled back as bad, by its %s', async (kind) => {
    const scene = await releasedThrice();
    await scene.rollback();
    const before = scene.writes().length;
    const to = named(scene, '3', kind);
    expectFailure(await scene.rollback({ to }), 'rolled-back-as-bad', [/Version 3 is the one that live/]);
    expect(scene.writes()).toHaveLength(before);
    const { result } = await scene.rollback({ to, force: 'true' });
    expect(result).toMatchObject({ outcome: 'rolled-back', after: { version: '3' } });
  });

  test.each(KINDS)('a version whose samples failed, by its %s', async (kind) => {
    const scene = await releasedTwice();
    scene.world.image(commit(3), { program: () => ({ ok: false }) });
    await scene.deploy({}, { commit: commit(3) });
    const before = scene.writes().length;
    const to = named(scene, '3', kind);
    const run = await scene.rollback({ to });
    expectFailure(run, 'never-served', [/Version 3 was published and is not known to have served/]);
    expect(scene.writes()).toHaveLength(before);
    const { summaryText } = run.runner;
    expect(summaryText).toMatch(/so that only `force` leads there: 3 \(`000300030003`\)\.$/m);
    expect(summaryText).toMatch(/^\| 1 \|.*to=1` \|$/m);
    expect(summaryText).not.toMatch(/^\| 3 \||to=3/m);
    const { result } = await scene.rollback({ to, force: 'true' });
    expect(result).toMatchObject({ outcome: 'rolled-back', after: { version: '3' } });
  });

  test('after a first release there are only those that were refused before it: there is none, it says', async () => {
    const scene = unreleased();
    scene.world.image(commit(2), { program: () => ({ ok: false }) });
    await scene.deploy(FIRST);
    scene.world.image(commit(3));
    const first = await scene.deploy(FIRST, { commit: commit(3) });
    expect(first.result).toMatchObject({ outcome: 'ok', after: { version: '2' } });
    const run = await scene.rollback();
    expectFailure(run, 'nothing-to-roll-back', [/is the first release/]);
    for (const { runner } of [first, run]) {
      expect(runner.summaryText).toContain('There is no earlier release to roll back to.');
      expect(runner.summaryText).toMatch(/only `force` leads there: 1 /);
      expect(runner.summaryText).not.toContain('to=1');
    }
  });

  test('the history cannot be read: a warning, and the rollback goes on', async () => {
    const scene = await releasedThrice();
    scene.world.aws.faults.add({ kind: 'denied', operation: 'ListVersionsByFunction', times: Infinity });
    const { result } = await scene.rollback({ to: '1' });
    expect(result).toMatchObject({ outcome: 'rolled-back', after: { version: '1' } });
    expect(result.warnings.join()).toMatch(/history of releases could not be read/);
  });
});

test.each(['1', '2'])(
  'a forced rollback to version %s is no verdict on the version that it leaves',
  async (back) => {
    const scene = await releasedThrice();
    await scene.rollback();
    // Version 3 counts as bad. Whoever forces another version chooses it.
    await scene.rollback({ to: '3', force: 'true' });
    await scene.rollback({ to: back, force: 'true' });
    const again = await scene.rollback({ to: '3' });
    expect(again.result).toMatchObject({ outcome: 'rolled-back', error: undefined, after: { version: '3' } });
  },
);

test('a forced rollback elsewhere keeps in mind what was rolled back before it', async () => {
  const scene = await releasedThrice();
  await scene.rollback();
  await scene.rollback({ to: '1', force: 'true' });
  expectFailure(await scene.rollback({ to: '3' }), 'rolled-back-as-bad', [/Version 3/]);
  expect((await scene.rollback({ to: '2' })).result).toMatchObject({ after: { version: '2' } });
});

test('a forced rollback to the previous release is a verdict as any other', async () => {
  const scene = await releasedTwice();
  await scene.rollback({ force: 'true' });
  expectFailure(await scene.rollback({ to: '2' }), 'rolled-back-as-bad', [/Version 2/]);
});

describe('to: a tag', () => {
  test("leads to the newest version of the tag's image", async () => {
    const scene = await releasedThrice();
    tag(scene, 'v1.0', scene.fn().versions['1']?.code.digest);
    const { result } = await scene.rollback({ to: 'v1.0' });
    expect(result).toMatchObject({ outcome: 'rolled-back', after: { version: '1', commit: commit(1) } });
    expect(scene.writes()).toEqual(['UpdateAlias']);
  });

  test('of an index: its image for the function counts', async () => {
    const scene = await releasedThrice();
    const digest = scene.fn().versions['1']?.code.digest ?? '';
    seedIndex(scene.world.aws, { repository: 'iris', tag: 'v1.0', image: { digest, uri: '' } });
    const { result } = await scene.rollback({ to: 'v1.0' });
    expect(result).toMatchObject({ outcome: 'rolled-back', after: { version: '1', digest } });
  });

  test('of an image whose version is gone: published again', async () => {
    const scene = await releasedThrice();
    tag(scene, 'v1.0', scene.fn().versions['1']?.code.digest);
    delete scene.fn().versions['1'];
    const { result } = await scene.rollback({ to: 'v1.0' });
    expect(result).toMatchObject({ outcome: 'rolled-back', after: { version: '4', commit: commit(1) } });
  });

  test('that ECR does not have: refused, and nothing is written', async () => {
    const scene = await releasedTwice();
    const run = await scene.rollback({ to: 'v9.9' });
    expectFailure(run, 'target-gone', [/ECR repository iris has no image with the tag v9\.9/]);
    expect(scene.writes()).toEqual([]);
  });
});

function tag({ world }: Scene, name: string, digest = ''): void {
  const repository = world.aws.state.repositories['iris'];
  if (repository !== undefined) repository.tags[name] = digest;
}
