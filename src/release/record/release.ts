/** What an alias says, put together from its Description, its target and its weights. */
import type { Alias, VersionNumber } from '../../types.ts';
import { parseRecord, type ParsedRecord, type ReleaseRecord } from './record.ts';

/**
 * - `none`      no alias yet
 * - `unmanaged` an alias without a record of ours (console, Terraform, another tool)
 * - `recorded`  the record and the alias agree
 * - `drifted`   there is (or was) a record, and the alias does something else
 * - `newer`     a record in a format this release cannot read
 */
export type Release =
  | { readonly kind: 'none' }
  | { readonly kind: 'unmanaged'; readonly alias: Alias }
  | { readonly kind: 'recorded'; readonly alias: Alias; readonly record: ReleaseRecord }
  | {
      readonly kind: 'drifted';
      readonly alias: Alias;
      readonly record: ReleaseRecord | undefined;
      readonly why: string;
    }
  | { readonly kind: 'newer'; readonly alias: Alias; readonly format: string };

/** How much of a record counts: see guard G9. */
export type TrustRecord = (alias: Alias, parsed: ParsedRecord) => Release;

export function readRelease(alias: Alias | undefined, trust: TrustRecord): Release {
  return alias === undefined ? { kind: 'none' } : trust(alias, parseRecord(alias.description));
}

/** The record of a release, whether it agrees with the alias or not; for `seq` and `op`, which stay true even when the alias was moved. */
export function recordOf(release: Release): ReleaseRecord | undefined {
  return release.kind === 'recorded' || release.kind === 'drifted' ? release.record : undefined;
}

export function aliasOf(release: Release): Alias | undefined {
  return release.kind === 'none' ? undefined : release.alias;
}

/** The version that answers requests outside a canary's share; undefined without an alias. */
export function liveVersion(release: Release): VersionNumber | undefined {
  return aliasOf(release)?.version;
}

export function hasWeights(alias: Alias): boolean {
  return Object.keys(alias.weights).length > 0;
}

/**
 * The record where its past counts: it names the version that the alias points to. Weights that it does not know of (AWS
 * puts some there itself while it moves provisioned concurrency) say nothing of what served before.
 */
export function pastOf(release: Release): ReleaseRecord | undefined {
  const record = recordOf(release);
  return record?.live === liveVersion(release) ? record : undefined;
}

/**
 * Somebody shifted the alias back by hand, to the very version that the record names: a rollback would leave the release that they wanted. What
 * the record says of the alias is wrong by then, and what it says of the past is not.
 * @returns the version that was given up.
 */
export function returnedByHand(release: Release): VersionNumber | undefined {
  const record = recordOf(release);
  if (release.kind !== 'drifted' || record === undefined || hasWeights(release.alias)) return undefined;
  return record.previous === release.alias.version ? record.live : undefined;
}
