/**
 * The nine guards. Each was shown necessary by an exhaustive model of deploys, rollbacks, crashes and lost replies;
 * the suite in __tests__/crash takes them away one by one and must fail nine times.
 *
 * They are values of one object and not branches strewn over the steps, so that each has one place, one name and one test.
 */
import type { Alias, Configuration, Digest, FunctionVersion, VersionNumber } from '../../types.ts';
import { sameConfiguration } from './content.ts';
import { codeSha256 } from '../../types.ts';
import { hasWeights, type Release, type TrustRecord } from './release.ts';
import { runOf, type ParsedRecord, type ReleaseRecord } from './record.ts';

export interface Guards {
  /** G1: UpdateAlias carries the RevisionId that was read: compare-and-swap. */
  readonly compareAndSwap: (alias: Alias) => { readonly RevisionId?: string };
  /** G2: after a lost reply, a record with this run's op id is this run's success; anything else is another writer's and is not overwritten. */
  readonly isMyWrite: (record: ReleaseRecord | undefined, op: string) => boolean;
  /** G3: PublishVersion carries CodeSha256, never RevisionId, which moves twice per update. */
  readonly publishExactly: (digest: Digest) => { readonly CodeSha256?: string; readonly RevisionId?: string };
  /** G4: this version already is what is to be released: same digest, same configuration. */
  readonly isSameRelease: (version: FunctionVersion, digest: Digest, configuration: Configuration) => boolean;
  /** G5: an older run yields to a newer one. */
  readonly yieldsToNewer: (record: ReleaseRecord | undefined, seq: bigint) => boolean;
  /** G6: after a rollback only a strictly newer run shifts the alias. */
  readonly staysRolledBack: (record: ReleaseRecord | undefined, seq: bigint) => boolean;
  /** G7: the rollback target of `previous`: the recorded version, once. During a canary, to the stable version. */
  readonly previousRelease: (record: ReleaseRecord) => PreviousRelease;
  /** G8: weights that somebody (a lost run, a console) left behind are cleared before new work. */
  readonly mustRecover: (release: Release) => boolean;
  /** G9: a record counts only when it agrees with the alias. */
  readonly trustRecord: TrustRecord;
}

type PreviousRelease =
  | { readonly kind: 'to'; readonly version: VersionNumber }
  | { readonly kind: 'abort-canary'; readonly stable: VersionNumber }
  | { readonly kind: 'already'; readonly from: VersionNumber | undefined }
  | { readonly kind: 'nothing' };

export const guards: Guards = {
  compareAndSwap: (alias) => ({ RevisionId: alias.revisionId }),

  isMyWrite: (record, op) => record?.op === op,

  publishExactly: (digest) => ({ CodeSha256: codeSha256(digest) }),

  isSameRelease: (version, digest, configuration) =>
    version.digest === digest && sameConfiguration(version.configuration, configuration),

  // Whoever wrote last yields to nobody. A run with the highest id does where one with a smaller id wrote after it: by force, or by history.
  yieldsToNewer: (record, seq) => record !== undefined && record.seq >= seq && BigInt(runOf(record)) !== seq,

  staysRolledBack: (record, seq) => record?.state === 'rb' && seq <= record.seq,

  previousRelease: (record) => {
    if (record.state === 'canary') return { kind: 'abort-canary', stable: record.live };
    if (record.state === 'rb') return { kind: 'already', from: record.candidate };
    return record.previous === undefined ? { kind: 'nothing' } : { kind: 'to', version: record.previous };
  },

  mustRecover: (release) => {
    if (release.kind === 'none' || release.kind === 'newer') return false;
    return hasWeights(release.alias) || (release.kind === 'recorded' && release.record.state === 'canary');
  },

  trustRecord: (alias, parsed) => trust(alias, parsed),
};

function trust(alias: Alias, parsed: ParsedRecord): Release {
  switch (parsed.kind) {
    case 'none':
      return { kind: 'unmanaged', alias };
    case 'newer':
      return { kind: 'newer', alias, format: parsed.format };
    case 'damaged':
      return { kind: 'drifted', alias, record: undefined, why: `the record is damaged: ${parsed.reason}` };
    case 'record': {
      const { record } = parsed;
      const why = disagreement(alias, record);
      return why === undefined
        ? { kind: 'recorded', alias, record }
        : { kind: 'drifted', alias, record, why };
    }
  }
}

/** What the alias does that its record does not say; the reason, or undefined when they agree. */
function disagreement(alias: Alias, record: ReleaseRecord): string | undefined {
  if (alias.version !== record.live)
    return `the record says version ${record.live}, the alias points to ${alias.version}`;
  const weighted = Object.keys(alias.weights);
  const expected = record.state === 'canary' ? record.candidate : undefined;
  const foreign = weighted.find((version) => version !== expected);
  return foreign === undefined
    ? undefined
    : `version ${foreign} gets traffic that the record does not know of`;
}
