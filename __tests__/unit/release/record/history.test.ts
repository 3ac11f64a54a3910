import { describe, expect, test } from '@jest/globals';
import { historyOf } from '../../../../src/release/record/history.ts';
import type { ReleaseRecord } from '../../../../src/release/record/record.ts';
import type { Release } from '../../../../src/release/record/release.ts';
import { renderVersionNote } from '../../../../src/release/record/version-note.ts';
import type { Alias, Digest, FunctionVersion } from '../../../../src/types.ts';

const digestOf = (version: number): Digest => `sha256:${String(version).padStart(64, '0')}`;
const commitOf = (version: number) => String(version).padStart(40, 'c');

function version(number: number, changes: Partial<FunctionVersion> = {}): FunctionVersion {
  const digest = digestOf(number);
  return {
    arn: `arn:aws:lambda:eu-central-1:123456789012:function:iris:${number}`,
    version: String(number),
    packageType: 'Image',
    digest,
    resolvedImageUri: undefined,
    description: renderVersionNote({
      digest,
      commit: commitOf(number),
      base: number > 1 ? String(number - 1) : undefined,
      run: `${1000 + number}.1`,
    }),
    state: undefined,
    stateReason: '',
    lastUpdateStatus: undefined,
    lastUpdateReason: '',
    architecture: 'x86_64',
    role: 'role',
    layers: [],
    lastModified: `2026-01-${String(number).padStart(2, '0')}T00:00:00.000+0000`,
    configuration: {
      memorySize: 128,
      timeout: 3,
      ephemeralStorage: 512,
      tracing: 'PassThrough',
      environment: {},
      subnetIds: [],
      securityGroupIds: [],
    },
    ...changes,
  };
}

const latest = version(99, { version: '$LATEST', description: '' });
const versions = (...numbers: number[]) => [latest, ...numbers.map((number) => version(number))];

const alias = (live: string): Alias => ({
  arn: 'arn',
  name: 'live',
  version: live,
  weights: {},
  description: '',
  revisionId: 'r',
});
function recorded(live: string, changes: Partial<ReleaseRecord>): Extract<Release, { kind: 'recorded' }> {
  const record: ReleaseRecord = {
    live,
    previous: undefined,
    state: 'ok',
    candidate: undefined,
    op: '1003.1.abcd',
    seq: 1003n,
    commit: undefined,
    previousCommit: undefined,
    ...changes,
  };
  return { kind: 'recorded', alias: alias(live), record };
}
const numbers = (list: readonly { readonly version: string }[]) => list.map((each) => each.version);

test('a release tells what it is, when it was published and where it stands', () => {
  const { releases } = historyOf(versions(1, 2, 3), recorded('3', { previous: '1' }));
  expect(releases[0]).toEqual({
    version: '3',
    commit: commitOf(3),
    digest: digestOf(3),
    run: '1003.1',
    base: '2',
    when: '2026-01-03T00:00:00.000+0000',
    isLive: true,
    isPrevious: false,
    wasRolledBack: false,
    hasServed: true,
  });
  expect(releases.map(({ isPrevious }) => isPrevious)).toEqual([false, false, true]);
});

test('the ten newest by number, not by text and not by the order they came in', () => {
  const all = versions(12, 9, 2, 11, 1, 10, 3, 8, 4, 7, 5, 6);
  const { releases } = historyOf(all, recorded('12', { previous: '11' }));
  expect(numbers(releases)).toEqual(['12', '11', '10', '9', '8', '7', '6', '5', '4', '3']);
});

describe('who has served', () => {
  /** A version with a base of its own; without one it is the first. */
  const upon = (number: number, base: number | undefined) => {
    const plain = version(number);
    const note = { digest: digestOf(number), commit: commitOf(number), run: `${1000 + number}.1` };
    return {
      ...plain,
      description: renderVersionNote({ ...note, base: base === undefined ? undefined : String(base) }),
    };
  };

  test('the record names it, or a later version was published upon it; the others stand apart, at the end', () => {
    const all = [upon(1, undefined), upon(2, 1), upon(3, 1), upon(4, 1), upon(5, 4), upon(6, 4)];
    const { releases, neverServed } = historyOf(all, recorded('5', { previous: '4' }));
    expect(neverServed).toEqual(['6', '3', '2']);
    expect(numbers(releases)).toEqual(['5', '4', '1', '6', '3', '2']);
    expect(releases.map(({ hasServed }) => hasServed)).toEqual([true, true, true, false, false, false]);
  });

  test('after a first release there are only those that were refused before it', () => {
    const all = [upon(1, undefined), upon(2, undefined), upon(3, undefined)];
    expect(historyOf(all, recorded('3', {})).neverServed).toEqual(['2', '1']);
  });

  test('what was given up has served, and so has what the record names although the alias was moved', () => {
    const all = [upon(1, undefined), upon(2, 1)];
    expect(historyOf(all, recorded('1', { state: 'rb', candidate: '2' })).neverServed).toEqual([]);
    const moved = { ...recorded('2', {}), alias: alias('1'), kind: 'drifted', why: 'moved' } as const;
    expect(historyOf(all, moved).neverServed).toEqual([]);
  });

  test('however many were refused since, ten that served are shown', () => {
    const served = Array.from({ length: 12 }, (_, index) => upon(index + 1, index || undefined));
    const refused = Array.from({ length: 12 }, (_, index) => upon(index + 13, 12));
    const { releases } = historyOf([...served, ...refused], recorded('12', { previous: '11' }));
    expect(numbers(releases.slice(0, 10))).toEqual(['12', '11', '10', '9', '8', '7', '6', '5', '4', '3']);
    expect(numbers(releases.slice(10))).toEqual(['24', '23', '22', '21', '20', '19', '18', '17', '16', '15']);
  });
});

describe('what is no release of ours', () => {
  test.each<[string, Partial<FunctionVersion>]>([
    ['no note', { description: 'published by hand' }],
    ['a zip', { packageType: 'Zip', digest: undefined }],
    ['a note copied from another version', { digest: digestOf(77) }],
  ])('what is not a release of ours is left out: %s', (_what, changes) => {
    const { releases } = historyOf([latest, version(1), version(2, changes), version(3)], recorded('3', {}));
    expect(numbers(releases)).toEqual(['3', '1']);
  });
});

describe('who was rolled back', () => {
  const marked = (release: Release) =>
    numbers(historyOf(versions(1, 2, 3), release).releases.filter((each) => each.wasRolledBack));

  test.each<[string, Release, string[]]>([
    ['the version that a rollback gave up', recorded('2', { state: 'rb', candidate: '3' }), ['3']],
    ['nobody during a canary', recorded('2', { state: 'canary', candidate: '3' }), []],
    [
      'the record remembers it although the alias was moved',
      { ...recorded('2', { state: 'rb', candidate: '3' }), kind: 'drifted', why: 'moved' },
      ['3'],
    ],
  ])('%s', (_what, release, expected) => {
    expect(marked(release)).toEqual(expected);
  });
});

describe('who is previous', () => {
  test.each<[string, Release, string[]]>([
    ['the record says it', recorded('3', { previous: '1' }), ['1']],
    ['the record says that there is none', recorded('3', {}), []],
    ['no record: what the live version was built upon', { kind: 'unmanaged', alias: alias('3') }, ['2']],
    [
      'a record that the alias belies: what the live version was built upon',
      { ...recorded('2', { previous: '1' }), alias: alias('3'), kind: 'drifted', why: 'moved' },
      ['2'],
    ],
    [
      'weights that the record does not know of: they belie nothing of the past',
      { ...recorded('3', { previous: '1' }), kind: 'drifted', why: 'weights' },
      ['1'],
    ],
    ['no alias', { kind: 'none' }, []],
    ['an alias on $LATEST', { kind: 'unmanaged', alias: alias('$LATEST') }, []],
  ])('%s', (_what, release, expected) => {
    const { releases } = historyOf(versions(1, 2, 3), release);
    expect(numbers(releases.filter((each) => each.isPrevious))).toEqual(expected);
  });
});
