/**
 * Whether and how traffic shifts: pure decisions over what was just read. The step that writes (`steps/alias/move-alias.ts`)
 * decides before its first attempt and again after every refusal, so a decision is never older than the read behind it.
 */
import { UserError } from '../../errors.ts';
import type { Guards } from '../record/guards.ts';
import { aliasOf, pastOf, recordOf, type Release } from '../record/release.ts';
import type { ReleaseRecord } from '../record/record.ts';
import type { Alias, Commit, VersionNumber } from '../../types.ts';
import { inOrder, mustYield, newerRun, rolledBackBy, signedBy, takenOver, type Writer } from './order.ts';
import { cliOptions } from './place.ts';

/** What a shift is for: it says which version gets which traffic, and with that what the record will say. */
export type Intent =
  /** A version that was checked and has not served yet. `weight` is its share of the traffic in (0, 1); all of it without one. */
  | {
      readonly kind: 'release';
      readonly version: VersionNumber;
      readonly commit: Commit;
      readonly weight?: number;
    }
  | {
      readonly kind: 'rollback';
      readonly version: VersionNumber;
      /** The target's commit, where known. */
      readonly commit: Commit | undefined;
      /** The version this rollback was planned against: another live version makes the plan old. */
      readonly from: VersionNumber;
      /** A person forced it to a version of their choice: that says nothing against the version it leaves. */
      readonly isChoice?: boolean;
    }
  /** What another run left on the alias ends: the stable version gets all traffic again (G8). */
  | { readonly kind: 'recovery' };

/** Additional version → share of traffic, as Lambda's RoutingConfig takes them. */
export type Weights = Readonly<Record<VersionNumber, number>>;

export type ShiftDecision =
  | {
      readonly kind: 'write';
      readonly alias: Alias | undefined;
      readonly record: ReleaseRecord;
      readonly weights: Weights;
    }
  | { readonly kind: 'noop'; readonly why: string }
  | { readonly kind: 'superseded'; readonly why: string }
  | { readonly kind: 'refuse'; readonly error: UserError };

/** A decision over a fresh read. `first` is what the run saw when it started. */
export type Decide = (now: Release, first: Release) => ShiftDecision;

export function decideShift(intent: Intent, writer: Writer, guards: Guards): Decide {
  switch (intent.kind) {
    case 'release': {
      const { weight, ...target } = intent;
      return weight === undefined || weight >= 1
        ? decideRelease(target, writer, guards)
        : decideCanary({ ...target, weight }, writer, guards);
    }
    case 'rollback':
      return decideRollback(intent, writer, guards);
    case 'recovery':
      return decideRecovery(writer, guards);
  }
}

interface ReleaseIntent {
  readonly version: VersionNumber;
  readonly commit: Commit;
}

/** All traffic to a new version, with the version that served until now as the previous release. */
function decideRelease(target: ReleaseIntent, writer: Writer, guards: Guards): Decide {
  return (now, first) => {
    const stopped = mayNotRelease(now, first, { writer, guards });
    if (stopped !== undefined) return stopped;
    if (servesAlready(now, target.version))
      return { kind: 'noop', why: `version ${target.version} serves already` };
    return { kind: 'write', alias: aliasOf(now), record: released(now, target, writer), weights: {} };
  };
}

/** A share of the traffic to a new version, while the stable one keeps the rest. The share only rises. */
function decideCanary(
  { version, weight }: ReleaseIntent & { readonly weight: number },
  writer: Writer,
  guards: Guards,
): Decide {
  return (now, first) => {
    const stopped = mayNotRelease(now, first, { writer, guards });
    if (stopped !== undefined) return stopped;
    const alias = aliasOf(now);
    if (alias === undefined) return { kind: 'refuse', error: nothingToCompare() };
    if (servesAlready(now, version)) return { kind: 'noop', why: `version ${version} serves already` };
    const record = recordOf(now);
    const under = now.kind === 'recorded' && now.record.state === 'canary' ? now.record.candidate : undefined;
    if (under !== undefined && under !== version)
      return { kind: 'superseded', why: `a canary of version ${under} is under way` };
    if ((alias.weights[version] ?? 0) >= weight)
      return { kind: 'noop', why: `version ${version} has that share of the traffic already` };
    const trusted = pastOf(now);
    return {
      kind: 'write',
      alias,
      weights: { [version]: weight },
      record: {
        live: alias.version,
        previous: trusted?.previous,
        state: 'canary',
        candidate: version,
        ...signedBy(writer, record),
        commit: trusted?.commit,
        previousCommit: trusted?.previousCommit,
      },
    };
  };
}

/** What keeps a run from releasing, whichever share of the traffic it wants. */
function mayNotRelease(
  now: Release,
  first: Release,
  { writer, guards }: { readonly writer: Writer; readonly guards: Guards },
): ShiftDecision | undefined {
  if (now.kind === 'newer') return { kind: 'refuse', error: newerRecord(now.format, now.alias.name) };
  const alias = aliasOf(now);
  if (alias?.version === '$LATEST') return { kind: 'refuse', error: aliasOnLatest(alias) };
  const taken = takenOver(now, writer);
  if (taken !== undefined) return { kind: 'refuse', error: taken };
  const yields = mustYield(now, writer, guards);
  if (yields !== undefined) return { kind: 'superseded', why: yields };
  const changed = changedMeanwhile(now, first);
  return changed === undefined ? undefined : { kind: 'refuse', error: changed };
}

/** The record that a release writes. */
function released(now: Release, target: ReleaseIntent, writer: Writer): ReleaseRecord {
  const record = recordOf(now);
  const live = aliasOf(now)?.version;
  const trusted = now.kind === 'recorded' ? now.record : undefined;
  // The same version again (after a rollback to it, or a canary of it): the previous release stays what it was.
  const stays = live === target.version;
  return {
    live: target.version,
    previous: stays ? trusted?.previous : live,
    state: 'ok',
    candidate: undefined,
    ...signedBy(writer, record),
    commit: target.commit,
    previousCommit: stays ? trusted?.previousCommit : trusted?.commit,
  };
}

/** Ends a canary or foreign weights: the stable version keeps all traffic. G8. */
function decideRecovery(writer: Writer, guards: Guards): Decide {
  return (now) => {
    if (now.kind === 'none' || now.kind === 'newer' || !guards.mustRecover(now)) {
      return { kind: 'noop', why: 'nothing to recover' };
    }
    const record = recordOf(now);
    const taken = takenOver(now, writer);
    if (taken !== undefined) return { kind: 'refuse', error: taken };
    const yields = mustYield(now, writer, guards);
    if (yields !== undefined) return { kind: 'superseded', why: yields };
    if (now.alias.version === '$LATEST') return { kind: 'refuse', error: aliasOnLatest(now.alias) };
    const trusted = pastOf(now);
    return {
      kind: 'write',
      alias: now.alias,
      weights: {},
      record: {
        live: now.alias.version,
        previous: trusted?.previous,
        state: 'ok',
        candidate: record?.state === 'canary' ? record.candidate : Object.keys(now.alias.weights)[0],
        ...signedBy(writer, record),
        commit: trusted?.commit,
        previousCommit: trusted?.previousCommit,
      },
    };
  };
}

type RollbackIntent = Extract<Intent, { kind: 'rollback' }>;

/** Rollback: all traffic to `target`; the version given up is recorded, so that a second rollback changes nothing. */
function decideRollback(target: RollbackIntent, writer: Writer, guards: Guards): Decide {
  return (now) => {
    if (now.kind === 'newer') return { kind: 'refuse', error: newerRecord(now.format, now.alias.name) };
    const alias = aliasOf(now);
    if (alias === undefined) return { kind: 'refuse', error: aliasVanished() };
    const record = inOrder(now, writer.home);
    if (!writer.force && guards.yieldsToNewer(record, writer.seq)) {
      return { kind: 'superseded', why: newerRun(record, writer.seq) };
    }
    const aborts = now.kind === 'recorded' && now.record.state === 'canary';
    if (!aborts && servesAlready(now, target.version)) {
      return { kind: 'noop', why: `version ${target.version} serves already` };
    }
    if (alias.version !== target.from) {
      return {
        kind: 'superseded',
        why: `version ${alias.version} is live in the meantime, not ${target.from}`,
      };
    }
    return { kind: 'write', alias, record: rolledBack(now, target, writer), weights: {} };
  };
}

/** The record that a rollback writes: it names a previous release only where that one is not given up. */
function rolledBack(now: Release, target: RollbackIntent, writer: Writer): ReleaseRecord {
  const record = recordOf(now);
  const live = aliasOf(now)?.version;
  // Ending a canary leaves the stable release as it was. Going elsewhere during one (an explicit version) gives up the stable one too.
  const canary =
    now.kind === 'recorded' && now.record.state === 'canary' && live === target.version
      ? now.record
      : undefined;
  // A forced choice says nothing against the version that it leaves, and what was given up before stays so.
  const earlier = target.isChoice === true && live !== '$LATEST' && canary === undefined;
  const badBefore = record?.state === 'rb' ? record.candidate : undefined;
  const givenUp = canary === undefined ? (earlier ? badBefore : live) : canary.candidate;
  return {
    live: target.version,
    previous: earlier ? live : canary?.previous,
    state: 'rb',
    candidate: givenUp === '$LATEST' || givenUp === target.version ? undefined : givenUp,
    ...rolledBackBy(writer, record),
    commit: canary === undefined ? target.commit : canary.commit,
    previousCommit: earlier ? pastOf(now)?.commit : canary?.previousCommit,
  };
}

/** The alias does exactly this already and its record says so: G4's no-op while shifting. */
export function servesAlready(now: Release, version: VersionNumber): boolean {
  return now.kind === 'recorded' && now.record.state !== 'canary' && now.alias.version === version;
}

export function newerRecord(format: string, alias: string): UserError {
  return new UserError('record-newer', {
    what: `The release record on alias ${alias} has the format ${format}, which this release of model-release cannot read.`,
    fix: 'Use the newer model-release that wrote it; nothing was changed.',
  });
}

export function aliasOnLatest(alias: Alias): UserError {
  return new UserError('alias-on-latest', {
    what: `Alias ${alias.name} points to $LATEST, so no version can be released or restored behind it.`,
    fix: `To begin, ${publishFirst(alias)}`,
  });
}

/** The way out of an alias on $LATEST, as the end of a sentence. */
export function publishFirst({ arn, name }: Alias): string {
  const where = cliOptions(arn);
  return `publish a version and point the alias to it once: aws lambda publish-version ${where}, then aws lambda update-alias ${where} --name ${name} --function-version N.`;
}

/** Terraform's apply and the console write the alias without a record: such a change during this run is reported and not overwritten. */
function changedMeanwhile(now: Release, first: Release): UserError | undefined {
  if (now.kind === 'drifted' && first.kind !== 'drifted') return driftedMeanwhile(now.alias, now.why);
  if (now.kind === 'unmanaged' && first.kind === 'recorded')
    return driftedMeanwhile(now.alias, 'its release record is gone');
  return undefined;
}

function driftedMeanwhile(alias: Alias, why: string): UserError {
  return new UserError('drifted', {
    what: `Somebody else changed alias ${alias.name} during this run: ${why}.`,
    fix: 'Find out who did it (CloudTrail: UpdateAlias), then run this again; nothing was overwritten.',
  });
}

function nothingToCompare(): UserError {
  return new UserError('canary-without-release', {
    what: 'There is no alias yet, so there is no stable version that a canary could be compared with.',
    fix: 'Make the first release with all traffic at once.',
  });
}

function aliasVanished(): UserError {
  return new UserError('alias-missing', {
    what: 'The alias was deleted during this run.',
    fix: 'Deploy to create it again.',
  });
}
