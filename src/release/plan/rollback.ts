/** The target of a rollback, from its inputs and from what the alias says; an error where there is none. */
import { UserError } from '../../errors.ts';
import type { Guards } from '../record/guards.ts';
import { pastOf, recordOf, returnedByHand, type Release } from '../record/release.ts';
import { homeOf, isReleaseOf } from '../record/record.ts';
import { noteOf } from '../record/version-note.ts';
import type { Alias, Commit, Digest, FunctionVersion, RunIdentity, VersionNumber } from '../../types.ts';
import { refuseOtherPlace } from './place.ts';
import { inOrder, newerRun } from './order.ts';
import { newerRecord, publishFirst } from './shift.ts';

/** The target, as the inputs name it. */
export type RollbackWish =
  | { readonly to: 'previous' }
  | { readonly to: 'version'; readonly version: VersionNumber }
  | { readonly to: 'digest'; readonly digest: Digest }
  | { readonly to: 'commit'; readonly commit: Commit }
  /** The beginning of a commit or of a digest. */
  | { readonly to: 'prefix'; readonly prefix: string }
  /** Of an image in ECR. */
  | { readonly to: 'tag'; readonly tag: string };

/** Whose release may be undone: anybody's, or only what this very run released. */
export type ReleasedBy = 'anyone' | 'this-run';

export interface RollbackQuestion {
  readonly functionName: string;
  readonly aliasName: string;
  readonly wish: RollbackWish;
  readonly releasedBy: ReleasedBy;
  readonly force: boolean;
}

/** The rollback target, as far as the alias alone says. */
export type RollbackPlan =
  /** A published version; its commit where the record knows it, to find its image again if the version was deleted. */
  | { readonly kind: 'version'; readonly version: VersionNumber; readonly commit: Commit | undefined }
  /** The newest version of this image, or the image published again. */
  | { readonly kind: 'image'; readonly digest: Digest | undefined; readonly commit: Commit | undefined }
  /** What begins so, or is tagged so, is looked up first. */
  | { readonly kind: 'prefix'; readonly prefix: string }
  | { readonly kind: 'tag'; readonly tag: string }
  /** The record cannot be believed: the live version's own note says what it replaced (G9). */
  | { readonly kind: 'by-note'; readonly live: VersionNumber; readonly why: string }
  | { readonly kind: 'noop'; readonly why: string }
  /** A newer run has released since. */
  | { readonly kind: 'superseded'; readonly why: string };

/** A plan with a target. */
export type TargetPlan = Exclude<RollbackPlan, { kind: 'noop' | 'superseded' }>;

/** The same, after a shortened id or a tag was looked up. */
export type ResolvedPlan = Exclude<TargetPlan, { kind: 'prefix' | 'tag' }>;

const FURTHER = 'an earlier release needs an explicit version, digest or commit';

/** @throws UserError `nothing-to-roll-back`, `record-newer`, `alias-on-latest`, `alias-missing`, `rolled-back-as-bad`. */
export function planRollback(
  question: RollbackQuestion,
  { release, run }: { readonly release: Release; readonly run: RunIdentity },
  guards: Guards,
): RollbackPlan {
  if (release.kind === 'none') {
    throw new UserError('alias-missing', {
      what: `${question.functionName} has no alias ${question.aliasName}, so nothing was released behind it.`,
      fix: 'Check function-name, alias and the region.',
    });
  }
  const { alias } = release;
  refuseOtherPlace({ functionName: question.functionName, imageUri: undefined }, alias.arn);
  if (release.kind === 'newer') throw newerRecord(release.format, alias.name);
  if (alias.version === '$LATEST' && question.wish.to === 'previous') throw nothingBehindLatest(alias);
  // This run does not undo what another writer has changed since its release.
  if (
    question.releasedBy === 'this-run' &&
    !(release.kind === 'recorded' && isReleaseOf(release.record, run))
  ) {
    return { kind: 'noop', why: 'this run released nothing, so there is nothing of its to undo' };
  }
  const record = inOrder(release, homeOf(run));
  const seq = BigInt(run.runId);
  if (!question.force && guards.yieldsToNewer(record, seq))
    return { kind: 'superseded', why: newerRun(record, seq) };
  const { wish } = question;
  if (wish.to === 'version') return toVersion(wish.version, question, release);
  if (wish.to === 'digest') return { kind: 'image', digest: wish.digest, commit: undefined };
  if (wish.to === 'commit') return { kind: 'image', digest: undefined, commit: wish.commit };
  if (wish.to === 'prefix') return { kind: 'prefix', prefix: wish.prefix };
  if (wish.to === 'tag') return { kind: 'tag', tag: wish.tag };
  return toPrevious(question, release, guards);
}

function toVersion(version: VersionNumber, question: RollbackQuestion, release: Release): RollbackPlan {
  refuseGivenUp(version, question, release);
  const record = recordOf(release);
  return {
    kind: 'version',
    version,
    commit: record?.previous === version ? record.previousCommit : undefined,
  };
}

/** A version that was rolled back as bad is restored only by force. */
export function refuseGivenUp(
  version: VersionNumber,
  { force, aliasName }: Pick<RollbackQuestion, 'force' | 'aliasName'>,
  release: Release,
): void {
  const record = recordOf(release);
  if (force || record?.state !== 'rb' || record.candidate !== version) return;
  throw new UserError('rolled-back-as-bad', {
    what: `Version ${version} is the one that ${aliasName} was rolled back from.`,
    fix: 'Name another version, or set force: true if it should serve again.',
  });
}

function toPrevious(
  { aliasName }: RollbackQuestion,
  release: Exclude<Release, { kind: 'none' | 'newer' }>,
  guards: Guards,
): RollbackPlan {
  const record = pastOf(release);
  if (record === undefined) {
    const from = returnedByHand(release);
    if (from !== undefined) {
      const why = `somebody shifted the alias from version ${from} back to version ${release.alias.version} already`;
      return { kind: 'noop', why: `${why}; ${FURTHER}` };
    }
    const why = release.kind === 'drifted' ? release.why : 'the alias has no release record';
    return { kind: 'by-note', live: release.alias.version, why };
  }
  const back = guards.previousRelease(record);
  switch (back.kind) {
    case 'abort-canary':
      return { kind: 'version', version: back.stable, commit: record.commit };
    case 'to':
      return { kind: 'version', version: back.version, commit: record.previousCommit };
    case 'already':
      return {
        kind: 'noop',
        why: `already rolled back${back.from === undefined ? '' : ` from version ${back.from}`}; ${FURTHER}`,
      };
    case 'nothing':
      throw nothingBefore(
        `Version ${record.live} behind ${aliasName} is the first release: there is none before it.`,
      );
  }
}

/** G9: the record does not agree with the alias, so the live version's own note is read; without one there is no target. */
export function targetByNote(live: FunctionVersion, why: string): VersionNumber {
  const note = noteOf(live);
  if (note?.base !== undefined && note.base !== live.version) return note.base;
  throw nothingBefore(
    `What served before version ${live.version} is not known: ${why}, and the version does not say it either.`,
  );
}

function nothingBehindLatest(alias: Alias): UserError {
  return new UserError('alias-on-latest', {
    what: `Alias ${alias.name} points to $LATEST, which does not say what served before it.`,
    fix: `Name a version, digest or commit (the summary lists the earlier releases), or ${publishFirst(alias)}`,
  });
}

function nothingBefore(what: string): UserError {
  return new UserError('nothing-to-roll-back', {
    what,
    fix: 'Name a version, digest or commit; the summary lists the earlier releases.',
  });
}
