import { describe, expect, test } from '@jest/globals';
import { whyItStays } from '../../../../src/release/plan/services.ts';
import { guards } from '../../../../src/release/record/guards.ts';
import { renderRecord, type ReleaseRecord } from '../../../../src/release/record/record.ts';
import { readRelease, type Release } from '../../../../src/release/record/release.ts';
import { commit } from '../../../harness/fixtures.ts';
import { RECORD } from '../../../harness/records.ts';

/** What an alias says: released or rolled back by a run, serving one commit and coming from another. */
function release(
  run: number,
  [serves, from]: readonly [number | undefined, number | undefined],
  change: Partial<ReleaseRecord> = {},
): Release {
  const record: ReleaseRecord = {
    ...RECORD,
    live: '7',
    previous: from === undefined ? undefined : '6',
    op: `${run}.1.0000`,
    seq: BigInt(run),
    commit: serves === undefined ? undefined : commit(serves),
    previousCommit: from === undefined ? undefined : commit(from),
    ...change,
  };
  const alias = {
    arn: '',
    name: 'live',
    version: '7',
    weights: {},
    description: renderRecord(record),
    revisionId: '',
  };
  return readRelease(alias, guards.trustRecord);
}

const rolledBack = (run: number, serves: number) =>
  release(run, [serves, undefined], { state: 'rb', candidate: '8', previous: undefined });

const HOME = '0123abcd';

/** `-` for what goes back or speaks for itself, the first word of the reason for what stays. */
const verdicts = (...releases: readonly Release[]) =>
  whyItStays(releases, HOME)
    .map((why) => (why === undefined ? '-' : why.startsWith('there') ? 'first' : 'other'))
    .join(' ');

const none: Release = { kind: 'none' };
const unmanaged = readRelease(
  { arn: '', name: 'live', version: '7', weights: {}, description: '', revisionId: '' },
  guards.trustRecord,
);

describe('of several services, one step back is for', () => {
  test.each<[string, readonly Release[], string]>([
    ['all that one run moved', [release(20, [2, 1]), release(20, [2, 1])], '- -'],
    ['all that one run moved, whatever the commit before', [release(20, [2, 1]), release(20, [2, 0])], '- -'],
    [
      'what one run moved, where the commits are not known',
      [release(20, [undefined, 1]), release(20, [2, 1])],
      '- -',
    ],
    [
      'what one run moved, where the configuration changed and the commit did not',
      [release(20, [2, 2]), release(20, [2, 2])],
      '- -',
    ],
    [
      'what a dead run moved, and not what it did not reach',
      [release(20, [2, 1]), release(10, [1, 0])],
      '- other',
    ],
    [
      'what a dead run moved and what a later run of the commit finished',
      [release(20, [2, 1]), release(21, [2, 1])],
      '- -',
    ],
    ['what changed, and not what was the same before', [release(10, [1, 0]), release(20, [2, 1])], 'other -'],
    [
      'what got another configuration, and not what kept its own',
      [release(21, [2, 2]), release(20, [2, 1])],
      '- other',
    ],
    ['what was released last by itself', [release(10, [1, 0]), release(20, [3, 1])], 'other -'],
    ['what a rollback that died has left behind', [release(20, [2, 1]), rolledBack(30, 1)], '- -'],
    ['nothing, after a rollback of all', [rolledBack(30, 1), rolledBack(30, 1)], '- -'],
    [
      'nothing, after a rollback that left alone what had not moved',
      [release(10, [1, 0]), rolledBack(30, 1)],
      'other -',
    ],
    [
      'nothing older, after a rollback of a service by itself',
      [release(10, [3, 2]), rolledBack(30, 1)],
      'other -',
    ],
    [
      'what had a release before, and not what is new',
      [release(20, [2, 1]), release(20, [2, undefined])],
      '- first',
    ],
    ['what was reached, and not what was to be created', [release(20, [2, 1]), none], '- first'],
    ['all, when none has a release before: each says so itself', [release(20, [2, undefined]), none], '- -'],
    ['what has no record too: the version itself tells', [release(20, [2, 1]), unmanaged], '- -'],
    [
      'a canary of the last run',
      [release(20, [2, 1], { state: 'canary', candidate: '8' }), release(20, [2, 1])],
      '- -',
    ],
  ])('%s', (_, releases, expected) => {
    expect(verdicts(...releases)).toBe(expected);
    // The order of the file does not matter.
    expect(verdicts(...releases.toReversed())).toBe(expected.split(' ').reverse().join(' '));
  });
});
