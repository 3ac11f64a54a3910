/** A rollback to a release that is named by the beginning of its id, or by a tag of its image. */
import { describe, expect, test } from '@jest/globals';
import { seedIndex } from '../../local/aws/seeds.ts';
import { commit } from '../harness/world.ts';
import { expectFailure, releasedThrice, releasedTwice, type Scene } from './faults/scene.ts';

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

  test('one commit under two configurations: the newest version of it', async () => {
    const scene = await releasedTwice();
    await scene.deploy({ 'memory-size': '1024' });
    scene.world.image(commit(4));
    await scene.deploy({}, { commit: commit(4) });
    const { result } = await scene.rollback({ to: commit(2).slice(0, 7) });
    expect(result).toMatchObject({ outcome: 'rolled-back', after: { version: '3', commit: commit(2) } });
  });

  test('that fits two releases: refused with both, and nothing is written', async () => {
    const scene = await releasedThrice();
    const alike = `${commit(1).slice(0, 9)}${'f'.repeat(31)}`;
    scene.world.image(alike);
    await scene.deploy({}, { commit: alike });
    const before = scene.writes().length;
    const prefix = commit(1).slice(0, 9);
    expectFailure(await scene.rollback({ to: prefix }), 'ambiguous-target', [
      new RegExp(`${prefix} is the beginning of several releases`),
      new RegExp(`version 4, commit ${alike.slice(0, 12)} .*; version 1, commit ${commit(1).slice(0, 12)} `),
      /Give more digits/,
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
