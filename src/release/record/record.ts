/**
 * The release record: what the alias's Description says, written by the very call that moves traffic.
 *
 *     mr1;v=1234;p=1233;st=ok|canary|rb;cand=;op=<run_id>.<attempt>.<nonce4>;seq=<run_id>;c=<commit>;pc=<commit>;k=<crc32>
 *
 * One text form per record: whatever does not render back to the same bytes is damaged, and no part of it counts.
 */
import type { Commit, VersionNumber } from '../../types.ts';
import { checksum } from './checksum.ts';

/** Lambda's limit for an alias's or a version's Description. */
export const DESCRIPTION_LIMIT = 256;

export type ReleaseState = 'ok' | 'canary' | 'rb';

export interface ReleaseRecord {
  /** The live version: every request, or during a canary all but the canary's share, goes there. */
  readonly live: VersionNumber;
  /** The version that served 100 % before it, the rollback target; undefined when there is none. */
  readonly previous: VersionNumber | undefined;
  readonly state: ReleaseState;
  /** During a canary the version under trial; after a rollback, or where another run's canary was ended, the one given up. */
  readonly candidate: VersionNumber | undefined;
  /** Names the write that made this record. */
  readonly op: string;
  /** The highest run id seen on this alias. */
  readonly seq: bigint;
  /** The live version's commit, and the previous one's; undefined where unknown. */
  readonly commit: Commit | undefined;
  readonly previousCommit: Commit | undefined;
}

/** What a Description turns out to be. */
export type ParsedRecord =
  | { readonly kind: 'record'; readonly record: ReleaseRecord }
  /** Empty, or a text of somebody else. */
  | { readonly kind: 'none' }
  /** Begins like a record and is not one: cut, edited by hand, wrong checksum. */
  | { readonly kind: 'damaged'; readonly reason: string }
  /** Written by a newer release of this project. */
  | { readonly kind: 'newer'; readonly format: string };

const VERSION = /^[1-9]\d{0,14}$/;
const COMMIT = /^([0-9a-f]{40}|[0-9a-f]{64})$/;
const OP = /^\d{1,20}\.\d{1,6}\.[0-9a-f]{4}$/;
const SHAPE =
  /^mr1;v=([^;]*);p=([^;]*);st=([^;]*);cand=([^;]*);op=([^;]*);seq=([^;]*);c=([^;]*);pc=([^;]*);k=([0-9a-f]{8})$/;

/** @throws RangeError when a field has no text form or the whole exceeds 256 characters: a defect, never a user's mistake. */
export function renderRecord(record: ReleaseRecord): string {
  const body = [
    'mr1',
    `v=${record.live}`,
    `p=${record.previous ?? ''}`,
    `st=${record.state}`,
    `cand=${record.candidate ?? ''}`,
    `op=${record.op}`,
    `seq=${record.seq}`,
    `c=${record.commit ?? ''}`,
    `pc=${record.previousCommit ?? ''}`,
  ].join(';');
  const text = `${body};k=${checksum(body)}`;
  if (text.length > DESCRIPTION_LIMIT) throw new RangeError(`record of ${text.length} characters`);
  const fault = faultOf(record);
  if (fault !== undefined) throw new RangeError(`record with ${fault}`);
  return text;
}

export function parseRecord(description: string): ParsedRecord {
  const format = /^mr(\d+);/.exec(description)?.[1];
  if (format === undefined) return { kind: 'none' };
  if (format !== '1') return { kind: 'newer', format: `mr${format}` };
  const match = SHAPE.exec(description);
  if (!match) return { kind: 'damaged', reason: 'it does not have the fields of a record' };
  const [
    ,
    live = '',
    previous = '',
    state = '',
    candidate = '',
    op = '',
    seq = '',
    commit = '',
    previousCommit = '',
    k,
  ] = match;
  if (checksum(description.slice(0, description.lastIndexOf(';k='))) !== k) {
    return { kind: 'damaged', reason: 'its checksum does not match' };
  }
  if (!/^(0|[1-9]\d{0,19})$/.test(seq)) return { kind: 'damaged', reason: 'seq is not a run id' };
  const record: ReleaseRecord = {
    live,
    previous: previous || undefined,
    state: state as ReleaseState,
    candidate: candidate || undefined,
    op,
    seq: BigInt(seq),
    commit: commit || undefined,
    previousCommit: previousCommit || undefined,
  };
  const fault = faultOf(record);
  return fault === undefined ? { kind: 'record', record } : { kind: 'damaged', reason: fault };
}

/** The run that made a record's write, from its op id. */
export function runOf(record: ReleaseRecord): string {
  return record.op.slice(0, record.op.indexOf('.'));
}

/** The run that released what is live; undefined for a record that only ended what another run had left there (G8). */
export function releasedBy(record: ReleaseRecord): string | undefined {
  return record.state === 'ok' && record.candidate !== undefined ? undefined : runOf(record);
}

function faultOf(record: ReleaseRecord): string | undefined {
  const { live, previous, state, candidate, op, seq, commit, previousCommit } = record;
  if (!VERSION.test(live)) return 'a live version that is not a number';
  if (previous !== undefined && (!VERSION.test(previous) || previous === live))
    return 'an impossible previous version';
  if (candidate !== undefined && (!VERSION.test(candidate) || candidate === live))
    return 'an impossible candidate';
  if (!['ok', 'canary', 'rb'].includes(state)) return 'an unknown state';
  if (state === 'canary' && candidate === undefined) return 'a canary without its candidate';
  if (!OP.test(op)) return 'an op id of another form';
  if (seq < 0n || seq >= 10n ** 20n) return 'a seq that is no run id';
  if ([commit, previousCommit].some((c) => c !== undefined && !COMMIT.test(c)))
    return 'a commit that is not a full id';
  return undefined;
}
