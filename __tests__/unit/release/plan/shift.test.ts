import { describe, expect, test } from '@jest/globals';
import type { Writer } from '../../../../src/release/plan/order.ts';
import { decideShift, type ShiftDecision } from '../../../../src/release/plan/shift.ts';
import { guards } from '../../../../src/release/record/guards.ts';
import { renderRecord, type ReleaseRecord } from '../../../../src/release/record/record.ts';
import { readRelease, type Release } from '../../../../src/release/record/release.ts';
import type { Alias } from '../../../../src/types.ts';
import { RECORD as PLAIN } from '../../../harness/records.ts';

const A = 'a'.repeat(40);
const B = 'b'.repeat(40);
const C = 'c'.repeat(40);

/** Run 100 released version 2 (commit B) over version 1 (commit A). */
const RECORD: ReleaseRecord = { ...PLAIN, commit: B, previousCommit: A };

function release(change: Partial<ReleaseRecord> | undefined, alias: Partial<Alias> = {}): Release {
  const description = change === undefined ? '' : renderRecord({ ...RECORD, ...change });
  const whole = { arn: '', name: 'live', version: '2', weights: {}, description, revisionId: 'r1', ...alias };
  return readRelease(whole, guards.trustRecord);
}

const none: Release = { kind: 'none' };
const recorded = release({});
const unmanaged = release(undefined);
const canary = release({ state: 'canary', candidate: '3' }, { weights: { '3': 0.1 } });
const rolledBack = release(
  { live: '1', previous: undefined, state: 'rb', candidate: '2', commit: A, previousCommit: undefined },
  { version: '1' },
);
const drifted = release({}, { version: '1' });
const newer = release(undefined, { description: 'mr3;x' });
const onLatest = release(undefined, { version: '$LATEST' });

const HOME = '0123abcd';
const writer = (seq: bigint, force = false): Writer => ({ op: `${seq}.1.f00d`, seq, home: HOME, force });

/** A decision in one line: what is written, or why not. */
function said(decision: ShiftDecision): string {
  if (decision.kind === 'refuse') return `refuse ${decision.error.code}`;
  if (decision.kind !== 'write') return decision.kind;
  const { live, previous, state, candidate, seq, commit, previousCommit } = decision.record;
  const letter = (id: string | undefined) => id?.[0] ?? '-';
  const from = decision.alias === undefined ? 'create' : 'update';
  return `${from} v=${live} p=${previous ?? '-'} ${state} cand=${candidate ?? '-'} seq=${seq} ${letter(commit)}${letter(previousCommit)}`;
}

describe('deploy of version 3 (commit C)', () => {
  test.each<[string, Release, bigint, string, string]>([
    ['no alias', none, 101n, 'create v=3 p=- ok cand=- seq=101 c-', 'create v=3 p=- ok cand=- seq=101 c-'],
    [
      'a release',
      recorded,
      101n,
      'update v=3 p=2 ok cand=- seq=101 cb',
      'update v=3 p=2 ok cand=- seq=101 cb',
    ],
    [
      'a release, same run',
      recorded,
      100n,
      'update v=3 p=2 ok cand=- seq=100 cb',
      'update v=3 p=2 ok cand=- seq=100 cb',
    ],
    ['a release, older run', recorded, 99n, 'superseded', 'update v=3 p=2 ok cand=- seq=100 cb'],
    ['no record', unmanaged, 1n, 'update v=3 p=2 ok cand=- seq=1 c-', 'update v=3 p=2 ok cand=- seq=1 c-'],
    [
      'a rollback, newer run',
      rolledBack,
      101n,
      'update v=3 p=1 ok cand=- seq=101 ca',
      'update v=3 p=1 ok cand=- seq=101 ca',
    ],
    ['a rollback, same run', rolledBack, 100n, 'superseded', 'update v=3 p=1 ok cand=- seq=100 ca'],
    ['drift', drifted, 101n, 'update v=3 p=1 ok cand=- seq=101 c-', 'update v=3 p=1 ok cand=- seq=101 c-'],
    ['drift, older run', drifted, 99n, 'superseded', 'update v=3 p=1 ok cand=- seq=100 c-'],
    ['a newer format', newer, 101n, 'refuse record-newer', 'refuse record-newer'],
    ['$LATEST', onLatest, 101n, 'refuse alias-on-latest', 'refuse alias-on-latest'],
  ])('over %s', (...[, now, seq, normally, forced]) => {
    const decide = (force: boolean) =>
      decideShift({ kind: 'release', version: '3', commit: C }, writer(seq, force), guards);
    expect(said(decide(false)(now, now))).toBe(normally);
    expect(said(decide(true)(now, now))).toBe(forced);
  });

  test('the version that serves already: nothing, and after a rollback its way back stays what it was', () => {
    const again = decideShift({ kind: 'release', version: '2', commit: B }, writer(101n), guards);
    expect(said(again(recorded, recorded))).toBe('noop');
    expect(said(again(canary, canary))).toBe('update v=2 p=1 ok cand=- seq=101 ba');
    expect(said(again(unmanaged, unmanaged))).toBe('update v=2 p=- ok cand=- seq=101 b-');
  });

  test('drift that was not there when the run began is somebody at work: refused', () => {
    const decide = decideShift({ kind: 'release', version: '3', commit: C }, writer(101n), guards);
    expect(said(decide(drifted, recorded))).toBe('refuse drifted');
    expect(said(decide(drifted, drifted))).toMatch(/^update/);
  });
});

describe('rollback to version 1 (commit A), planned against version 2', () => {
  const decide = (seq: bigint, force = false) =>
    decideShift({ kind: 'rollback', version: '1', commit: A, from: '2' }, writer(seq, force), guards);

  test.each<[string, Release, bigint, string]>([
    ['a release', recorded, 101n, 'update v=1 p=- rb cand=2 seq=101 a-'],
    ['the same run’s release', recorded, 100n, 'update v=1 p=- rb cand=2 seq=100 a-'],
    ['a newer run’s release', recorded, 99n, 'superseded'],
    ['no record', unmanaged, 1n, 'update v=1 p=- rb cand=2 seq=1 a-'],
    [
      'another version meanwhile',
      release({ live: '4', previous: '2' }, { version: '4' }),
      101n,
      'superseded',
    ],
    ['itself', rolledBack, 101n, 'noop'],
    ['no alias any more', none, 101n, 'refuse alias-missing'],
    ['a newer format', newer, 101n, 'refuse record-newer'],
  ])('over %s', (...[, now, seq, outcome]) => {
    expect(said(decide(seq)(now, recorded))).toBe(outcome);
  });

  test('force goes over a newer run and keeps the highest seq', () => {
    expect(said(decide(50n, true)(recorded, recorded))).toBe('update v=1 p=- rb cand=2 seq=100 a-');
  });

  test('a canary ends on its stable version, which keeps its way back', () => {
    const abort = decideShift({ kind: 'rollback', version: '2', commit: B, from: '2' }, writer(101n), guards);
    expect(said(abort(canary, canary))).toBe('update v=2 p=1 rb cand=3 seq=101 ba');
  });

  test('$LATEST is given up without a number', () => {
    const back = decideShift(
      { kind: 'rollback', version: '1', commit: A, from: '$LATEST' },
      writer(101n),
      guards,
    );
    expect(said(back(onLatest, onLatest))).toBe('update v=1 p=- rb cand=- seq=101 a-');
  });
});

test.each<[string, Release, bigint, string]>([
  ['a canary', canary, 101n, 'update v=2 p=1 ok cand=3 seq=101 ba'],
  ['a newer run’s canary', canary, 99n, 'superseded'],
  ['foreign weights', release({}, { weights: { '9': 0.5 } }), 101n, 'update v=2 p=1 ok cand=9 seq=101 ba'],
  ['a plain release', recorded, 101n, 'noop'],
  ['nothing', none, 101n, 'noop'],
  ['a newer format', newer, 101n, 'noop'],
])('recovery from %s', (...[, now, seq, outcome]) => {
  expect(said(decideShift({ kind: 'recovery' }, writer(seq), guards)(now, now))).toBe(outcome);
});

/** A canary decision in one line: the record, and the weights. */
function weighed(decision: ShiftDecision): string {
  const weights = decision.kind === 'write' ? ` ${JSON.stringify(decision.weights)}` : '';
  return `${said(decision)}${weights}`;
}

describe('a canary of version 3 (commit C)', () => {
  const share = (weight: number) =>
    decideShift({ kind: 'release', version: '3', commit: C, weight }, writer(101n), guards);
  const trial = (weight: number) =>
    release({ state: 'canary', candidate: '3' }, { weights: { '3': weight } });

  test.each<[string, Release, number, string]>([
    ['begins', recorded, 0.1, 'update v=2 p=1 canary cand=3 seq=101 ba {"3":0.1}'],
    ['begins over what nobody recorded', unmanaged, 0.1, 'update v=2 p=- canary cand=3 seq=101 -- {"3":0.1}'],
    ['rises', trial(0.1), 0.5, 'update v=2 p=1 canary cand=3 seq=101 ba {"3":0.5}'],
    ['never falls to a lower share', trial(0.5), 0.1, 'noop'],
    ['ends with all traffic', trial(0.5), 1, 'update v=3 p=2 ok cand=- seq=101 cb {}'],
    ['needs a stable version', none, 0.1, 'refuse canary-without-release'],
    ['of what serves already', release({ live: '3', previous: '2' }, { version: '3' }), 0.1, 'noop'],
    [
      'begins over a rollback, in a newer run',
      rolledBack,
      0.1,
      'update v=1 p=- canary cand=3 seq=101 a- {"3":0.1}',
    ],
    ['finds $LATEST', onLatest, 0.1, 'refuse alias-on-latest'],
  ])('%s', (...[, now, weight, outcome]) => {
    expect(weighed(share(weight)(now, now))).toBe(outcome);
  });

  test('leaves another canary alone', () => {
    const other = release({ state: 'canary', candidate: '4' }, { weights: { '4': 0.1 } });
    expect(said(share(0.1)(other, other))).toBe('superseded');
  });

  test('of an older run yields', () => {
    const older = decideShift({ kind: 'release', version: '3', commit: C, weight: 0.1 }, writer(99n), guards);
    expect(said(older(recorded, recorded))).toBe('superseded');
  });

  test('is ended by a rollback on the stable version', () => {
    const intent = { kind: 'rollback', version: '2', commit: B, from: '2' } as const;
    const now = trial(0.5);
    expect(weighed(decideShift(intent, writer(102n), guards)(now, now))).toBe(
      'update v=2 p=1 rb cand=3 seq=102 ba {}',
    );
  });
});

test('every record that is decided upon has a text form', () => {
  for (const now of [none, recorded, unmanaged, canary, rolledBack, drifted])
    for (const decide of [
      decideShift({ kind: 'release', version: '3', commit: C }, writer(101n), guards),
      decideShift({ kind: 'rollback', version: '1', commit: A, from: '2' }, writer(101n), guards),
      decideShift({ kind: 'recovery' }, writer(101n), guards),
    ]) {
      const decision = decide(now, now);
      if (decision.kind === 'write') expect(renderRecord(decision.record)).toMatch(/^mr[12];/);
    }
});
