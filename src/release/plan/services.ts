/** Which of several services a rollback to `previous` is about: those of the release that was made last. */
import { recordOf, type Release } from '../record/release.ts';
import { releasedBy, runOf, type ReleaseRecord } from '../record/record.ts';

/**
 * Services are released together, and yet not every release moves every alias: an image that did not change stays where it is, and
 * a run may have died in between. A rollback of each to its own previous release would then shift some too far.
 *
 * The newest record names the release (the commit given up, and the rollback target's); a service is part of it when the same run
 * moved it, or when it serves the one commit and not already the other.
 *
 * @returns for each release, in order, why it stays; undefined for one that is rolled back, or that says itself why it cannot be. When
 * none could be rolled back none stays, so that each says why.
 */
export function whyItStays(releases: readonly Release[], home: string): readonly (string | undefined)[] {
  const newest = newestRecord(
    releases.map(recordOf).filter((record) => record !== undefined),
    home,
  );
  const parts = releases.map((release) => {
    const record = recordOf(release);
    return record === undefined || newest === undefined || isPart(record, newest);
  });
  const anyCan = releases.some((release, index) => parts[index] === true && hasRollbackTarget(release));
  return releases.map((release, index) => {
    if (parts[index] !== true) return 'the last release did not shift it';
    return anyCan && !hasRollbackTarget(release) ? 'there is no release of it before this one' : undefined;
  });
}

function hasRollbackTarget(release: Release): boolean {
  if (release.kind === 'none') return false;
  return (
    release.kind !== 'recorded' || release.record.state !== 'ok' || release.record.previous !== undefined
  );
}

function isPart(record: ReleaseRecord, newest: ReleaseRecord): boolean {
  // One that was rolled back already has nothing to be done; it says so itself.
  if (record === newest || record.state === 'rb') return true;
  // The newest one was rolled back already: those not yet rolled back serve another commit, and have the same target.
  if (newest.state === 'rb') {
    const there = newest.commit;
    return there !== undefined && record.commit !== there && record.previousCommit === there;
  }
  if (releasedBy(record) === runOf(newest)) return true;
  if (record.commit === undefined) return false;
  return record.commit === newest.commit && record.commit !== newest.previousCommit;
}

/** Run ids compare within one home only: what was released from here is newer than what another home released before. */
function newestRecord(records: readonly ReleaseRecord[], home: string): ReleaseRecord | undefined {
  const releases = records.filter((record) => releasedBy(record) !== undefined);
  const own = releases.filter((record) => record.home === home);
  return (own.length > 0 ? own : releases).reduce<ReleaseRecord | undefined>(
    (newest, record) => (newest === undefined || isLater(record, newest) ? record : newest),
    undefined,
  );
}

/** By the highest run id seen; a record of a run with a smaller one was written after that. */
function isLater(a: ReleaseRecord, b: ReleaseRecord): boolean {
  return a.seq === b.seq ? BigInt(runOf(a)) < BigInt(runOf(b)) : a.seq > b.seq;
}
