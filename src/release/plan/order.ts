/** Whether a run may write an alias that another run wrote before it: the order of runs, within one home and between two. */
import { UserError } from '../../errors.ts';
import type { Guards } from '../record/guards.ts';
import { homeOf, runOf, type ReleaseRecord } from '../record/record.ts';
import { aliasOf, pastOf, recordOf, type Release } from '../record/release.ts';
import { LAPTOP, type Commit } from '../../types.ts';

/** One run's wish to write the alias. */
export interface Writer {
  readonly op: string;
  readonly seq: bigint;
  /** Whose run ids `seq` is one of: `homeOf`. */
  readonly home: string;
  /** Overrides G5 and G6, and takes over from another home: a person said so. */
  readonly force: boolean;
  /** The history of the repository was asked, and this run's commit comes after this one. */
  readonly isAfter?: Commit;
}

/** G5 and G6 together: why this run must not shift the alias, or undefined. */
export function mustYield(release: Release, writer: Writer, guards: Guards): string | undefined {
  if (writer.force) return undefined;
  const record = inOrder(release, writer.home);
  if (guards.yieldsToNewer(record, writer.seq) && (writer.isAfter ?? '') !== plainCommit(release))
    return newerRun(record, writer.seq);
  if (guards.staysRolledBack(record, writer.seq)) {
    const from = record?.candidate === undefined ? '' : ` from version ${record.candidate}`;
    return `the release was rolled back${from}, and only a newer run (or force: true) may move it again`;
  }
  // The change by hand came after that release, so it wins.
  if (release.kind === 'drifted' && pastOf(release) === undefined && record?.seq === writer.seq)
    return `somebody shifted the alias to version ${release.alias.version} after this run had released, and only a newer run (or force: true) shifts it again`;
  return undefined;
}

/** The record, where run ids of this home compare with its `seq`; a text that names no home is taken for one of this home. */
export function inOrder(release: Release, home: string): ReleaseRecord | undefined {
  const record = recordOf(release);
  return record?.home === undefined || record.home === home ? record : undefined;
}

/** The live commit, where nothing came after its release that no history of commits knows of: a rollback, a canary, a change by hand. */
export function plainCommit(release: Release): Commit | undefined {
  if (release.kind !== 'recorded') return undefined;
  const { state, candidate, commit } = release.record;
  return state === 'ok' && candidate === undefined ? commit : undefined;
}

/**
 * Another home took this alias over from this run's: two homes never take it from each other unless a person says so. A laptop takes it
 * from none: a run by hand would undo what another place releases, and keep that from releasing on.
 */
export function takenOver(release: Release, { home, force }: Writer): UserError | undefined {
  const record = recordOf(release);
  if (force) return undefined;
  if (record?.home !== undefined && record.home !== home && home === homeOf({ home: LAPTOP }))
    return new UserError('released-elsewhere', {
      what: `The alias ${aliasOf(release)?.name} is released from elsewhere: run ${runOf(record)} of another place wrote its record last. A release from this machine would take it over, and later runs there would be refused.`,
      fix: 'Release from there (by a push, say), or take the alias over with force: true; nothing was changed.',
    });
  if (record?.homeBefore !== home) return undefined;
  return new UserError('taken-over', {
    what: `Another repository or server has taken the alias ${aliasOf(release)?.name} over since this one released: its run ${runOf(record)} wrote the record last.`,
    fix: 'Stop releasing from here, or take the alias back once with force: true, and the runs of the other are refused; nothing was changed.',
  });
}

/** What a release says that takes the alias over; undefined where it does not. */
export function takesOver(release: Release, { home }: Writer): string | undefined {
  const record = recordOf(release);
  if (record?.home === undefined || record.home === home) return undefined;
  return `The alias ${aliasOf(release)?.name} was last released from another repository or server (run ${runOf(record)} there). This release takes it over: from now on the run ids of this one count, and later runs of the other are refused.`;
}

type Signature = Pick<ReleaseRecord, 'op' | 'seq' | 'home' | 'homeBefore'>;

/** Who wrote a record, and whose runs it orders: a release of another home takes over, and its own run ids count from there on. */
export function signedBy({ op, seq, home }: Writer, record: ReleaseRecord | undefined): Signature {
  if (record?.home !== undefined && record.home !== home) return { op, seq, home, homeBefore: record.home };
  return { op, seq: highest(record?.seq, seq), home, homeBefore: record?.homeBefore };
}

/** The same of a rollback: wherever it is started, the runs of the home that releases stay in their order. */
export function rolledBackBy({ op, seq, home }: Writer, record: ReleaseRecord | undefined): Signature {
  const isElsewhere = record?.home !== undefined && record.home !== home;
  const { home: kept, homeBefore } = record ?? {};
  return { op, seq: highest(record?.seq, isElsewhere ? 0n : seq), home: kept, homeBefore };
}

export function newerRun(record: ReleaseRecord | undefined, seq: bigint): string {
  if (record?.seq === seq) return `run ${runOf(record)} has released after this one`;
  return `run ${record?.seq ?? '?'} has released since, and it is newer than this one`;
}

function highest(a: bigint | undefined, b: bigint): bigint {
  return a !== undefined && a > b ? a : b;
}
