import { expect, test } from '@jest/globals';
import { decideRollback, type SwitchDecision } from '../../../src/plan/switch.ts';
import { guards } from '../../../src/record/guards.ts';
import type { ReleaseRecord } from '../../../src/record/record.ts';
import type { Release } from '../../../src/record/release.ts';

const [c1, c2, c3] = ['1', '2', '3'].map((digit) => digit.repeat(40)) as [string, string, string];

const record: ReleaseRecord = {
  live: '3',
  previous: '2',
  state: 'ok',
  candidate: undefined,
  op: '1003.1.abcd',
  seq: 1003n,
  commit: c3,
  previousCommit: c2,
};

function alias(version: string, weights: Record<string, number> = {}) {
  return { arn: 'arn', name: 'live', version, weights, description: '', revisionId: 'r' };
}

const canary: Release = {
  kind: 'recorded',
  alias: alias('3', { 4: 0.1 }),
  record: { ...record, state: 'canary', candidate: '4' },
};
const drifted: Release = { kind: 'drifted', alias: alias('1'), record, why: 'the record says version 3' };

function rollback(to: string, commit: string, now: Release): SwitchDecision {
  const from = now.kind === 'none' ? '' : now.alias.version;
  const writer = { op: '2000.1.beef', seq: 2000n, force: false };
  return decideRollback({ version: to, commit, from }, writer, guards)(now, now);
}

test('ending a canary keeps the stable release and its way back', () => {
  expect(rollback('3', c3, canary)).toMatchObject({
    kind: 'write',
    record: { live: '3', previous: '2', state: 'rb', candidate: '4', commit: c3, previousCommit: c2 },
  });
});

test('a rollback to another version during a canary describes that version, not the stable one', () => {
  expect(rollback('1', c1, canary)).toMatchObject({
    kind: 'write',
    record: { live: '1', previous: undefined, state: 'rb', candidate: '3', commit: c1 },
  });
});

test('a rollback to the version that a drifted alias serves already gives nothing up', () => {
  expect(rollback('1', c1, drifted)).toMatchObject({
    kind: 'write',
    record: { live: '1', state: 'rb', candidate: undefined, commit: c1 },
  });
});
