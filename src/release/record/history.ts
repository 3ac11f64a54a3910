/** What was released before, read from the versions themselves: each one's Description is write-once and says where it came from. */
import type { Commit, Digest, FunctionVersion, VersionNumber } from '../../types.ts';
import { liveVersion, pastOf, recordOf, type Release } from './release.ts';
import { noteOf, type VersionNote } from './version-note.ts';

/** One version that a release of ours published. */
interface PastRelease {
  readonly version: VersionNumber;
  readonly commit: Commit;
  readonly digest: Digest;
  /** `<run id>.<attempt>` of the run that published it. */
  readonly run: string;
  /** The version that served when this one was published. */
  readonly base: VersionNumber | undefined;
  /** When it was published, as Lambda writes times. */
  readonly when: string;
  readonly isLive: boolean;
  /** It served before the live one: the rollback target of `to: previous`. */
  readonly isPrevious: boolean;
  /** The record says that it was given up. It names the last rollback only. */
  readonly wasRolledBack: boolean;
  /** The record names it, or a later version was published while it was live. */
  readonly hasServed: boolean;
}

export interface History {
  /** The last ten that served, newest first; then the last ten that are not known to have served. */
  readonly releases: readonly PastRelease[];
  /** Of all: not known to have served. Their samples failed, or their run died before it shifted anything. */
  readonly neverServed: readonly VersionNumber[];
}

const SHOWN = 10;

/** `versions`: all that ListVersionsByFunction returns, in any order. Versions that somebody else published are left out. */
export function historyOf(versions: readonly FunctionVersion[], release: Release): History {
  const ours = versions.flatMap((version) => {
    const note = noteOf(version);
    return note === undefined ? [] : [{ version, note }];
  });
  const live = liveVersion(release);
  const previous = previousVersion(release, ours.find(({ version }) => version.version === live)?.note);
  const record = recordOf(release);
  const givenUp = record?.state === 'rb' ? record.candidate : undefined;
  const served = new Set([
    ...[live, previous, record?.live, record?.previous, record?.candidate],
    ...ours.map(({ note }) => note.base),
  ]);
  const all = ours
    .map(({ version: { version, lastModified }, note }) => ({
      version,
      ...note,
      when: lastModified,
      isLive: version === live,
      isPrevious: version === previous,
      wasRolledBack: version === givenUp,
      // Without a record nobody knows what served last.
      hasServed: record === undefined || served.has(version),
    }))
    .sort((a, b) => Number(b.version) - Number(a.version));
  const [known, apart] = [
    all.filter(({ hasServed }) => hasServed),
    all.filter(({ hasServed }) => !hasServed),
  ];
  const releases = [...known.slice(0, SHOWN), ...apart.slice(0, SHOWN)];
  return { releases, neverServed: apart.map(({ version }) => version) };
}

/** What the record says; where it does not agree with the alias (G9), what the live version says it replaced. */
function previousVersion(release: Release, live: VersionNote | undefined): VersionNumber | undefined {
  const record = pastOf(release);
  return record === undefined ? live?.base : record.previous;
}
