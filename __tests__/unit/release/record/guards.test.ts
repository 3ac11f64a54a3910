import { describe, expect, test } from '@jest/globals';
import { sameConfiguration, sameSurroundings } from '../../../../src/release/record/content.ts';
import { guards } from '../../../../src/release/record/guards.ts';
import { parseRecord, renderRecord, type ReleaseRecord } from '../../../../src/release/record/record.ts';
import { readRelease, type Release } from '../../../../src/release/record/release.ts';
import type { Alias, Configuration, FunctionVersion } from '../../../../src/types.ts';
import { digest } from '../../../harness/fixtures.ts';
import { CONFIGURATION as PLAIN, RECORD } from '../../../harness/records.ts';

const DIGEST = digest('d');
const CONFIGURATION: Configuration = {
  ...PLAIN,
  environment: { STAGE: 'prod', REGION: 'eu' },
  subnetIds: ['subnet-a', 'subnet-b'],
};

const record = (change: Partial<ReleaseRecord> = {}): ReleaseRecord => ({ ...RECORD, ...change });
const canary = record({ state: 'canary', candidate: '3' });
const rolledBack = record({ live: '1', previous: undefined, state: 'rb', candidate: '2' });

function alias(change: Partial<Alias> = {}): Alias {
  const description = renderRecord(RECORD);
  return { arn: '', name: 'live', version: '2', weights: {}, description, revisionId: 'r1', ...change };
}

const read = (change: Partial<Alias> = {}): Release => readRelease(alias(change), guards.trustRecord);

test('G1: UpdateAlias carries the revision that was read', () => {
  expect(guards.compareAndSwap(alias())).toEqual({ RevisionId: 'r1' });
});

test('G2: a write is mine by its op id and by nothing else', () => {
  expect(guards.isMyWrite(RECORD, '100.1.beef')).toBe(true);
  expect(guards.isMyWrite(RECORD, '100.1.bee0')).toBe(false);
  expect(guards.isMyWrite(undefined, '100.1.beef')).toBe(false);
});

test('G3: PublishVersion names the code and no revision', () => {
  expect(guards.publishExactly(DIGEST)).toEqual({ CodeSha256: 'd'.repeat(64) });
});

describe('G4: the same release', () => {
  const version = { digest: DIGEST, configuration: CONFIGURATION } as FunctionVersion;

  test.each<[string, Partial<Configuration>, boolean]>([
    ['nothing else', {}, true],
    ['the order of variables', { environment: { REGION: 'eu', STAGE: 'prod' } }, true],
    ['the order of subnets', { subnetIds: ['subnet-b', 'subnet-a'] }, true],
    ['memory', { memorySize: 513 }, false],
    ['timeout', { timeout: 31 }, false],
    ['storage', { ephemeralStorage: 1024 }, false],
    ['tracing', { tracing: 'Active' }, false],
    ['a value', { environment: { STAGE: 'test', REGION: 'eu' } }, false],
    ['a variable more', { environment: { STAGE: 'prod', REGION: 'eu', MORE: '' } }, false],
    ['a variable less', { environment: { STAGE: 'prod' } }, false],
    ['another variable', { environment: { STAGE: 'prod', toString: 'x' } }, false],
    ['a subnet less', { subnetIds: ['subnet-a'] }, false],
    ['a security group', { securityGroupIds: ['sg-1'] }, false],
  ])('with %s different: %#', (_what, change, same) => {
    expect(guards.isSameRelease(version, DIGEST, { ...CONFIGURATION, ...change })).toBe(same);
    expect(sameConfiguration({ ...CONFIGURATION, ...change }, CONFIGURATION)).toBe(same);
  });

  test('another digest is another release', () => {
    expect(guards.isSameRelease(version, digest('e'), CONFIGURATION)).toBe(false);
    expect(guards.isSameRelease({ ...version, digest: undefined }, DIGEST, CONFIGURATION)).toBe(false);
  });
});

test.each<[ReleaseRecord | undefined, bigint, boolean, boolean]>([
  [undefined, 1n, false, false],
  [RECORD, 99n, true, false],
  [RECORD, 100n, false, false],
  [RECORD, 101n, false, false],
  // Run 99 wrote after run 100: it was forced, or its commit is the newer one.
  [record({ op: '99.1.beef' }), 100n, true, false],
  [record({ op: '99.1.beef' }), 99n, false, false],
  [record({ op: '99.1.beef' }), 98n, true, false],
  [rolledBack, 99n, true, true],
  [rolledBack, 100n, false, true],
  [rolledBack, 101n, false, false],
  [canary, 100n, false, false],
])(
  'G5, G6: %#: run %s yields to a newer one: %s; stays rolled back: %s',
  (...[given, seq, yields, stays]) => {
    expect(guards.yieldsToNewer(given, seq)).toBe(yields);
    expect(guards.staysRolledBack(given, seq)).toBe(stays);
  },
);

test.each<[string, ReleaseRecord, object]>([
  ['a release', RECORD, { kind: 'to', version: '1' }],
  ['the first release', record({ previous: undefined }), { kind: 'nothing' }],
  ['a canary', canary, { kind: 'abort-canary', stable: '2' }],
  ['a rollback', rolledBack, { kind: 'already', from: '2' }],
])('G7: the way back of %s', (_what, given, way) => {
  expect(guards.previousRelease(given)).toEqual(way);
});

describe('G8 and G9', () => {
  const text = (given: ReleaseRecord) => renderRecord(given);

  test.each<[string, Partial<Alias>, Release['kind'], boolean]>([
    ['the record agrees', {}, 'recorded', false],
    ['no record', { description: 'mine' }, 'unmanaged', false],
    ['no record, and weights', { description: '', weights: { '3': 0.1 } }, 'unmanaged', true],
    ['another version than recorded', { version: '1' }, 'drifted', false],
    ['weights that no canary explains', { weights: { '3': 0.1 } }, 'drifted', true],
    ['a canary', { description: text(canary), weights: { '3': 0.1 } }, 'recorded', true],
    ['a canary whose weights are gone', { description: text(canary) }, 'recorded', true],
    ['a canary of another version', { description: text(canary), weights: { '9': 0.1 } }, 'drifted', true],
    ['a damaged record', { description: text(RECORD).replace('v=2', 'v=3') }, 'drifted', false],
    ['a newer format', { description: 'mr3;x', weights: { '3': 0.1 } }, 'newer', false],
  ])('%s', (...[, change, kind, recovers]) => {
    const release = read(change);
    expect(release.kind).toBe(kind);
    expect(guards.mustRecover(release)).toBe(recovers);
  });

  test('without an alias there is nothing to believe and nothing to recover', () => {
    expect(readRelease(undefined, guards.trustRecord)).toEqual({ kind: 'none' });
    expect(guards.mustRecover({ kind: 'none' })).toBe(false);
  });

  test('a drifted record keeps its seq, a damaged one has none', () => {
    expect(read({ version: '1' })).toMatchObject({
      record: { seq: 100n },
      why: expect.stringMatching(/the alias points to 1/),
    });
    expect(read({ description: `${text(RECORD)}x` })).toMatchObject({ record: undefined });
    expect(parseRecord(text(RECORD)).kind).toBe('record');
  });
});

test.each<[string, Partial<FunctionVersion>, boolean]>([
  ['nothing else', {}, true],
  ['the role', { role: 'other' }, false],
  ['a layer more', { layers: ['a', 'b', 'c'] }, false],
  ['a layer less', { layers: ['a'] }, false],
  ['the order of layers', { layers: ['b', 'a'] }, false],
])('the surroundings of two versions with %s different', (_what, change, same) => {
  const version = { role: 'role', layers: ['a', 'b'] } as unknown as FunctionVersion;
  expect(sameSurroundings(version, { ...version, ...change })).toBe(same);
});
