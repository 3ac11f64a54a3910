import { expect, test } from '@jest/globals';
import { mustYield, takenOver, takesOver, type Writer } from '../../../../src/release/plan/order.ts';
import { decideShift, type Intent, type ShiftDecision } from '../../../../src/release/plan/shift.ts';
import { guards } from '../../../../src/release/record/guards.ts';
import { renderRecord, type ReleaseRecord } from '../../../../src/release/record/record.ts';
import { readRelease, type Release } from '../../../../src/release/record/release.ts';
import { RECORD } from '../../../harness/records.ts';

const [OLD, NEW, THIRD] = ['aaaaaaaa', 'bbbbbbbb', 'cccccccc'];
const C = 'c'.repeat(40);

/** Run 7000 of the old home released version 2. */
function release(change: Partial<ReleaseRecord> = {}, alias: { version?: string } = {}): Release {
  const record = { ...RECORD, op: '7000.1.beef', seq: 7000n, home: OLD, ...change };
  const description = renderRecord(record);
  const plain = { arn: '', name: 'live', version: record.live, weights: {}, revisionId: 'r1' };
  return readRelease({ ...plain, description, ...alias }, guards.trustRecord);
}

const writer = (seq: bigint, home: string, change: Partial<Writer> = {}): Writer => ({
  op: `${seq}.1.f00d`,
  seq,
  home,
  force: false,
  ...change,
});

const RELEASE: Intent = { kind: 'release', version: '3', commit: C };
const decided = (now: Release, by: Writer, intent: Intent = RELEASE) =>
  decideShift(intent, by, guards)(now, now);

/** What is written of homes and order, or why not. */
function said(decision: ShiftDecision): string {
  if (decision.kind === 'refuse') return `refuse ${decision.error.code}`;
  if (decision.kind !== 'write') return decision.kind;
  const { seq, home, homeBefore } = decision.record;
  return `seq=${seq} h=${home?.[0] ?? '-'}${homeBefore?.[0] ?? ''}`;
}

const taken = release({ op: '41.1.beef', seq: 41n, home: NEW, homeBefore: OLD });

test.each<[string, Release, Writer, string]>([
  ['the same home, a newer run', release(), writer(7001n, OLD), 'seq=7001 h=a'],
  ['the same home, an older run', release(), writer(6999n, OLD), 'superseded'],
  [
    'a text that names no home, a newer run',
    release({ home: undefined }),
    writer(7001n, NEW),
    'seq=7001 h=b',
  ],
  ['a text that names no home, an older run', release({ home: undefined }), writer(41n, NEW), 'superseded'],
  ['another home takes over, and its ids count', release(), writer(41n, NEW), 'seq=41 h=ba'],
  ['the new home goes on', taken, writer(42n, NEW), 'seq=42 h=ba'],
  ['the new home, an older run', taken, writer(40n, NEW), 'superseded'],
  ['the home that was taken over from', taken, writer(7001n, OLD), 'refuse taken-over'],
  ['the same by force', taken, writer(7001n, OLD, { force: true }), 'seq=7001 h=ab'],
  ['a third home', taken, writer(5n, THIRD), 'seq=5 h=cb'],
])('a release over a record of %s', (...[, now, by, outcome]) => {
  expect(said(decided(now, by))).toBe(outcome);
});

test('a canary that another home left is ended by the one that takes over, and by no other', () => {
  const canary = (change: Partial<ReleaseRecord>) => release({ state: 'canary', candidate: '9', ...change });
  expect(said(decided(canary({}), writer(41n, NEW), { kind: 'recovery' }))).toBe('seq=41 h=ba');
  const gone = canary({ home: NEW, homeBefore: OLD });
  expect(said(decided(gone, writer(7001n, OLD), { kind: 'recovery' }))).toBe('refuse taken-over');
});

test('a rollback from wherever it is started takes nothing over: the runs that release stay in their order', () => {
  const back: Intent = { kind: 'rollback', version: '1', commit: undefined, from: '2' };
  expect(said(decided(release(), writer(9n, THIRD), back))).toBe('seq=7000 h=a');
  expect(said(decided(release(), writer(9000n, THIRD), back))).toBe('seq=7000 h=a');
  expect(said(decided(taken, writer(9000n, OLD), back))).toBe('seq=41 h=ba');
  expect(said(decided(release(), writer(7001n, OLD), back))).toBe('seq=7001 h=a');
  expect(said(decided(release(), writer(6999n, OLD), back))).toBe('superseded');
});

test('what takes over says so, and what was taken over from says what to do', () => {
  expect(takesOver(release(), writer(41n, NEW))).toMatch(
    /alias live was last released from another .*run 7000/,
  );
  expect(takesOver(release(), writer(41n, OLD))).toBeUndefined();
  expect(takesOver(release({ home: undefined }), writer(41n, NEW))).toBeUndefined();
  expect(takenOver(taken, writer(7001n, OLD))?.message).toMatch(/its run 41 .*force: true/);
});

test('after a rollback the same run stays out in whichever home the rollback was started', () => {
  const rolled = release({ state: 'rb', live: '1', previous: undefined, candidate: '2', op: '9.1.beef' });
  expect(mustYield(rolled, writer(7000n, OLD), guards)).toMatch(/run 9 has released after this one/);
  expect(mustYield(rolled, writer(7001n, OLD), guards)).toBeUndefined();
});

test('the history of commits decides between two runs of one home, for the commit that it was asked about', () => {
  const after = (commit: string) => writer(6999n, OLD, { isAfter: commit });
  const live = RECORD.commit ?? '';
  expect(said(decided(release(), after(live)))).toBe('seq=7000 h=a');
  expect(said(decided(release({ commit: 'd'.repeat(40) }), after(live)))).toBe('superseded');
  expect(said(decided(release({ commit: undefined }), after(live)))).toBe('superseded');
  expect(said(decided(release({ commit: undefined }), writer(6999n, OLD)))).toBe('superseded');
});

test.each<[string, Release]>([
  ['a rollback', release({ state: 'rb', live: '1', previous: undefined, candidate: '2' })],
  ['a canary', release({ state: 'canary', candidate: '9' })],
  ['the end of a canary', release({ candidate: '9' })],
  ['a change by hand', release({}, { version: '7' })],
])('no history of commits undoes %s', (_what, now) => {
  const by = writer(6999n, OLD, { isAfter: RECORD.commit ?? '' });
  expect(mustYield(now, by, guards)).toMatch(/run 7000/);
});
