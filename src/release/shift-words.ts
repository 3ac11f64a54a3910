/** What is said of a shift whose end is not known, and where an alias came from. */
import { explainAwsError, UserError, type AwsError } from '../errors.ts';
import type { ReleaseName } from '../types.ts';
import type { ReleaseRecord } from './record/record.ts';
import type { Release } from './record/release.ts';
import type { Moved } from './steps/alias/move-alias.ts';
import type { AliasName } from './steps/alias/read-alias.ts';

/** How a move ended, in one clause. */
export function movedInWords(moved: Moved): string {
  if (moved.kind === 'moved') return `${moved.alias.name} serves version ${moved.alias.version}`;
  return 'why' in moved ? moved.why : moved.kind;
}

export function overtaken({ aliasName }: AliasName, live: Release): UserError {
  const holder = live.kind === 'none' ? 'no version' : `version ${live.alias.version}`;
  return new UserError('unknown-superseded', {
    what: `The reply to moving the alias ${aliasName} was lost, and by now another writer stands there: ${holder} is live.`,
    fix: 'Run it again if this commit should be live; nothing was written a second time.',
  });
}

export function undecided({ functionName, aliasName }: AliasName, error: AwsError): UserError {
  const why = explainAwsError(error);
  return new UserError(
    'unknown',
    {
      what: `Whether the alias ${aliasName} was moved is not known: ${why.what}`,
      fix: `Look at it (aws lambda get-alias --function-name ${functionName} --name ${aliasName}) or run this again: it continues from what is live.`,
    },
    { cause: error },
  );
}

/** The previous release as a record names it: what served when it was written, and not when the run began that wrote it. */
export function previousOf({ previous, previousCommit }: ReleaseRecord): ReleaseName | undefined {
  if (previous === undefined) return undefined;
  return { version: previous, digest: undefined, commit: previousCommit };
}

/**
 * What served until this run shifted the alias. Mostly that is what was live when it began; an older run that got in between counts,
 * and the target that was proven is not the one that the record names then.
 */
export function comesFrom(
  live: Release,
  before: ReleaseName | undefined,
): { readonly release: ReleaseName | undefined; readonly isProven: boolean } {
  if (live.kind !== 'recorded') return { release: before, isProven: true };
  const from = previousOf(live.record);
  const unchanged = from?.version === before?.version || live.alias.version === before?.version;
  return from === undefined || unchanged
    ? { release: before, isProven: true }
    : { release: from, isProven: false };
}
