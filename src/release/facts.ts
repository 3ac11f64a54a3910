/** What the alias says, as facts of a result and in words. */
import { NOT_YET, type FunctionVersion, type ReleaseName, type VersionNumber } from '../types.ts';
import { named } from '../words.ts';
import { configurationChanges } from './plan/configuration.ts';
import type { Guards } from './record/guards.ts';
import type { History } from './record/history.ts';
import { renderRecord } from './record/record.ts';
import { pastOf, recordOf, returnedByHand, type Release } from './record/release.ts';
import { parseVersionNote } from './record/version-note.ts';
import type { Facts, HistoryLine, StepBack } from './result.ts';

/** What the alias serves, as far as the record and the version say. */
function releaseName(release: Release, live?: FunctionVersion): ReleaseName | undefined {
  if (release.kind === 'none') return undefined;
  const record = release.kind === 'recorded' ? recordOf(release) : undefined;
  const note = live && parseVersionNote(live.description);
  return { version: release.alias.version, digest: live?.digest, commit: record?.commit ?? note?.commit };
}

/** The rollback target of `to: previous`, as far as the alias alone says. */
function stepBack(release: Release, guards: Pick<Guards, 'previousRelease'>): StepBack | undefined {
  if (release.kind === 'none' || release.kind === 'newer' || release.alias.version === '$LATEST')
    return undefined;
  if (returnedByHand(release) !== undefined) return { kind: 'returned' };
  const record = pastOf(release);
  if (record === undefined) return { kind: 'unrecorded' };
  const back = guards.previousRelease(record);
  const released = (version: string, commit: ReleaseName['commit']) => ({
    version,
    digest: undefined,
    commit,
  });
  switch (back.kind) {
    case 'abort-canary':
      return { kind: 'ends-canary', stable: released(back.stable, record.commit) };
    case 'already':
      return { kind: 'returned' };
    case 'nothing':
      return { kind: 'nothing' };
    case 'to':
      return { kind: 'to', release: released(back.version, record.previousCommit) };
  }
}

/** Where a version runs and logs, for links. */
export function placeOf(version: FunctionVersion | undefined): Facts {
  return version === undefined
    ? {}
    : { functionArn: version.arn, logGroup: version.configuration.logging?.group };
}

/** What a release is made of, beside what was live. */
export function factsOfCandidate(
  version: FunctionVersion,
  { digest, commit, bytes }: Pick<ReleaseName, 'digest' | 'commit'> & { readonly bytes: number | undefined },
  live: FunctionVersion | undefined,
): Facts {
  const differences =
    live === undefined ? [] : configurationChanges(live.configuration, version.configuration);
  const candidate = { version: version.version, digest, commit };
  return { ...placeOf(version), candidate, differences, imageBytes: { now: bytes } };
}

/** What the alias says before anything is written. */
export function factsBefore(release: Release, live: FunctionVersion | undefined, guards: Guards): Facts {
  return { before: releaseName(release, live), stepBack: stepBack(release, guards), ...placeOf(live) };
}

/** What the alias says after a write was tried, whichever writer's it is. */
export function factsAfter(release: Release, before: ReleaseName | undefined, guards: Guards): Facts {
  const name = releaseName(release);
  return {
    // The alias names no digest, and a version never changes its own.
    after: name?.version === before?.version ? name && { ...name, digest: before?.digest } : name,
    stepBack: stepBack(release, guards),
    record: release.kind === 'recorded' ? renderRecord(release.record) : undefined,
  };
}

export function liveInWords(release: Release, live?: FunctionVersion): string {
  if (release.kind === 'none') return 'no alias yet';
  const name = named(releaseName(release, live));
  const remark = {
    unmanaged: ' (without a record)',
    recorded: '',
    drifted: ' (drifted)',
    newer: ' (a newer record)',
  }[release.kind];
  return `${name} is live${remark}`;
}

export function targetInWords(version: FunctionVersion): string {
  if (version.version === NOT_YET) return 'the version is gone, and its image is in ECR';
  return `version ${version.version} is ${version.state ?? 'there'} and its image is in ECR`;
}

/** @param refused a version that proved unfit just now. */
export function historyLines(found: History | undefined, refused?: VersionNumber): readonly HistoryLine[] {
  return (found?.releases ?? []).map((release) => ({
    version: release.version,
    digest: release.digest,
    commit: release.commit,
    when: release.when.slice(0, 16).replace('T', ' '),
    note: noteOf(release, refused),
  }));
}

function noteOf(
  release: History['releases'][number],
  refused: VersionNumber | undefined,
): HistoryLine['note'] {
  if (release.isLive) return 'live';
  if (release.version === refused) return 'no rollback target';
  if (release.isPrevious) return 'previous';
  if (!release.hasServed) return 'never served';
  return release.wasRolledBack ? 'rolled back' : '';
}
