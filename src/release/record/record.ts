/**
 * The release record: what the alias's Description says, written by the very call that moves traffic.
 *
 *     mr2;v=1234;p=1233;st=ok|canary|rb;cand=;op=<run_id>.<attempt>.<nonce4>;seq=<run_id>;h=<home>[.<home before>];c=<commit>;pc=<commit>;k=<crc32>
 *
 * One text form per record: whatever does not render back to the same bytes is damaged, and no part of it counts. `mr1` is the same
 * without `h`: its home is not known. A new number, because a release that reads `mr1` only then says that it cannot read this one; a
 * field that it does not know would count as damage, and the order of runs would be lost. In `mr2` a SHA-256 commit is base64url,
 * so that the longest record fits.
 */
import type { Commit, RunIdentity, VersionNumber } from '../../types.ts';
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
  /** The highest run id of its home that was seen on this alias. */
  readonly seq: bigint;
  /** The server and repository whose runs `seq` orders (`homeOf`), and the one whose runs it ordered before; undefined where not known. */
  readonly home?: string | undefined;
  readonly homeBefore?: string | undefined;
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
const HOME = /^[0-9a-f]{8}$/;
const SHAPE =
  /^mr[12];v=([^;]*);p=([^;]*);st=([^;]*);cand=([^;]*);op=([^;]*);seq=([^;]*)(?:;h=([^;.]*)(?:\.([^;]*))?)?;c=([^;]*);pc=([^;]*);k=([0-9a-f]{8})$/;

/** @throws RangeError when a field has no text form or the whole exceeds 256 characters: a defect, never a user's mistake. */
export function renderRecord(record: ReleaseRecord): string {
  const text = textOf(record);
  if (text.length > DESCRIPTION_LIMIT) throw new RangeError(`record of ${text.length} characters`);
  const fault = faultOf(record);
  if (fault !== undefined) throw new RangeError(`record with ${fault}`);
  return text;
}

function textOf(record: ReleaseRecord): string {
  const { home, homeBefore } = record;
  const commit = (id = '') => (home !== undefined && id.length === 64 ? recoded(id, 'hex', 'base64url') : id);
  const body = [
    home === undefined ? 'mr1' : 'mr2',
    `v=${record.live}`,
    `p=${record.previous ?? ''}`,
    `st=${record.state}`,
    `cand=${record.candidate ?? ''}`,
    `op=${record.op}`,
    `seq=${record.seq}`,
    ...(home === undefined ? [] : [`h=${home}${homeBefore === undefined ? '' : `.${homeBefore}`}`]),
    `c=${commit(record.commit)}`,
    `pc=${commit(record.previousCommit)}`,
  ].join(';');
  return `${body};k=${checksum(body)}`;
}

export function parseRecord(description: string): ParsedRecord {
  const format = /^mr(\d+);/.exec(description)?.[1];
  if (format === undefined) return { kind: 'none' };
  if (format !== '1' && format !== '2') return { kind: 'newer', format: `mr${format}` };
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
    home,
    homeBefore,
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
    home,
    homeBefore,
    commit: wholeCommit(commit),
    previousCommit: wholeCommit(previousCommit),
  };
  const fault =
    faultOf(record) ?? (textOf(record) === description ? undefined : 'it is not the text of a record');
  return fault === undefined ? { kind: 'record', record } : { kind: 'damaged', reason: fault };
}

/** Undefined where it is empty. 43 characters hold the 32 bytes of a SHA-256. */
function wholeCommit(text: string): Commit | undefined {
  return (text.length === 43 ? recoded(text, 'base64url', 'hex') : text) || undefined;
}

function recoded(text: string, from: BufferEncoding, to: BufferEncoding): string {
  return Buffer.from(text, from).toString(to);
}

/** Whose run ids are in one order: a server and a repository, as eight hex digits. */
export function homeOf({ home }: Pick<RunIdentity, 'home'>): string {
  return checksum(home);
}

/** The run that made a record's write, from its op id. */
export function runOf(record: ReleaseRecord): string {
  return record.op.slice(0, record.op.indexOf('.'));
}

/** The run that released what is live; undefined for a record that only ended what another run had left there (G8). */
export function releasedBy(record: ReleaseRecord): string | undefined {
  return record.state === 'ok' && record.candidate !== undefined ? undefined : runOf(record);
}

/** Whether this very run released what is live. */
export function isReleaseOf(record: ReleaseRecord, run: RunIdentity): boolean {
  const isAtHome = record.home === undefined || record.home === homeOf(run);
  return isAtHome && releasedBy(record) === run.runId;
}

function faultOf(record: ReleaseRecord): string | undefined {
  const { live, previous, state, candidate, op, seq, home, homeBefore, commit, previousCommit } = record;
  if (!VERSION.test(live)) return 'a live version that is not a number';
  if (previous !== undefined && (!VERSION.test(previous) || previous === live))
    return 'an impossible previous version';
  if (candidate !== undefined && (!VERSION.test(candidate) || candidate === live))
    return 'an impossible candidate';
  if (!['ok', 'canary', 'rb'].includes(state)) return 'an unknown state';
  if (state === 'canary' && candidate === undefined) return 'a canary without its candidate';
  if (!OP.test(op)) return 'an op id of another form';
  if (seq < 0n || seq >= 10n ** 20n) return 'a seq that is no run id';
  if (
    [home, homeBefore].some((h) => h !== undefined && !HOME.test(h)) ||
    (homeBefore !== undefined && (home === undefined || home === homeBefore))
  )
    return 'a home of another form';
  if ([commit, previousCommit].some((c) => c !== undefined && !COMMIT.test(c)))
    return 'a commit that is not a full id';
  return undefined;
}
