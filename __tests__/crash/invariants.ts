/** What must hold, each as a sentence and a pure check. S: after every call. The ones at rest are in outcomes.ts. */
import type { AwsState, FunctionVersion } from '../../local/aws/state.ts';
import { parseRecord, type ParsedRecord, type ReleaseRecord } from '../../src/release/record/record.ts';
import { parseVersionNote } from '../../src/release/record/version-note.ts';
import type { AliasView, AliasWrite, History } from './history.ts';
import { FUNCTION } from './observer.ts';

/** What a check of one moment looks at. */
export interface Moment {
  readonly state: AwsState;
  readonly history: History;
}

export interface Invariant<View> {
  readonly id: string;
  readonly says: string;
  /** What is wrong, or undefined. */
  readonly broken: (view: View) => string | undefined;
}

export interface Violation {
  readonly id: string;
  readonly says: string;
  readonly detail: string;
}

export function check<View>(invariants: readonly Invariant<View>[], view: View): Violation[] {
  return invariants.flatMap(({ id, says, broken }) => {
    const detail = broken(view);
    return detail === undefined ? [] : [{ id, says, detail }];
  });
}

export const afterEveryCall: readonly Invariant<Moment>[] = [
  {
    id: 'S1',
    says: "the alias's target and its weighted version exist and are Active",
    broken: ({ state, history }) => {
      // Whoever moves the alias by hand answers for where it points.
      if (history.changes.at(-1)?.kind === 'foreign') return undefined;
      const dead = (history.alias ? receiversOf(history.alias) : []).find(
        (version) => versionOf(state, version)?.state !== 'Active',
      );
      return dead && `version ${dead} gets traffic and is ${versionOf(state, dead)?.state ?? 'not there'}`;
    },
  },
  {
    id: 'S2',
    says: 'no version gets traffic before it answered its own samples, unless it served before',
    broken: ({ history }) => {
      const change = history.changes.at(-1);
      if (change === undefined || change.kind === 'foreign') return undefined;
      const earlier = history.changes.slice(0, -1).flatMap(({ to }) => receiversOf(to));
      const untried = receiversOf(change.to).find(
        (version) => !history.smoked.includes(version) && !earlier.includes(version),
      );
      return untried && `version ${untried} gets traffic untried`;
    },
  },
  {
    id: 'S3',
    says: 'the record names the version that the alias points to, unless somebody else wrote the alias',
    broken: ({ history }) => {
      const { alias, truth } = history;
      if (alias === undefined || truth.foreign) return undefined;
      const parsed = recordIn(alias.description);
      if (parsed.kind !== 'record') return `the record is ${parsed.kind}`;
      return parsed.record.live === alias.version
        ? undefined
        : `the record says ${parsed.record.live}, the alias ${alias.version}`;
    },
  },
  {
    id: 'S4',
    says: 'the rollback target differs in digest or configuration, it served 100 % just before, it was not rolled back as bad, and its commit is named',
    broken: wayBackIsTrue,
  },
  {
    id: 'S5',
    says: 'versions and the record name the image that ECR holds for their commit',
    broken: namesAreTrue,
  },
  {
    id: 'S6',
    says: 'every write of the alias carries the RevisionId and an op id of its own',
    broken: ({ history }) => history.writes.slice(-1).map((write) => writeIsGuarded(history, write))[0],
  },
  {
    id: 'S7',
    says: 'one extra version at most; during a canary the primary is the stable one',
    broken: ({ history }) => {
      const extra = Object.keys(history.alias?.weights ?? {});
      if (extra.length > 1) return `${extra.length} extra versions get traffic`;
      const change = history.changes.at(-1);
      const trial = change !== undefined && change.kind !== 'foreign' && extra.length === 1;
      return trial && change.from?.version !== change.to.version
        ? `the primary became version ${change.to.version}, with weights on ${extra[0]}`
        : undefined;
    },
  },
  {
    id: 'S8',
    says: 'the canary weight only rises or drops to 0',
    broken: ({ history }) => {
      const change = history.changes.at(-1);
      if (change === undefined || change.kind === 'foreign') return undefined;
      return Object.entries(change.to.weights)
        .map(([version, weight]) =>
          weight < (change.from?.weights[version] ?? 0)
            ? `the weight of ${version} fell to ${weight}`
            : undefined,
        )
        .find((wrong) => wrong !== undefined);
    },
  },
  {
    id: 'S9',
    says: 'a rollback during a canary lands on the stable version, never on an earlier one',
    broken: ({ history }) => {
      const change = history.changes.at(-1);
      if (change?.kind !== 'rollback' || Object.keys(change.from?.weights ?? {}).length === 0)
        return undefined;
      if (change.before.foreign || asked(history, change.by) !== 'previous') return undefined;
      return change.to.version === change.from?.version
        ? undefined
        : `it went from version ${change.from?.version ?? '?'} to ${change.to.version}`;
    },
  },
  {
    id: 'T3',
    says: 'an older run never shifts the alias after a newer one',
    broken: ({ history }) => {
      const change = history.changes.at(-1);
      const run = change && history.runs[change.by];
      if (change === undefined || run === undefined || run.force) return undefined;
      return run.runId < change.before.seq
        ? `run ${run.runId} wrote the alias after run ${change.before.seq}`
        : undefined;
    },
  },
  {
    id: 'T4',
    says: 'after a rollback only a newer run or force shifts the alias',
    broken: ({ history }) => {
      const change = history.changes.at(-1);
      const run = change && history.runs[change.by];
      if (change === undefined || run === undefined || run.force || run.action === 'rollback')
        return undefined;
      const moved = change.before.rolledBack && change.from?.version !== change.to.version;
      return moved && run.runId <= change.before.seq
        ? `run ${run.runId} undid the rollback that run ${change.before.seq} made`
        : undefined;
    },
  },
];

/** The same few texts are read after every call. */
const known = new Map<string, ParsedRecord>();
const MOST_KNOWN = 5_000;

function recordIn(description: string): ParsedRecord {
  const parsed = known.get(description) ?? parseRecord(description);
  if (known.size > MOST_KNOWN) known.clear();
  known.set(description, parsed);
  return parsed;
}

function receiversOf(alias: AliasView): string[] {
  return [alias.version, ...Object.keys(alias.weights)];
}

function versionOf(state: AwsState, version: string): FunctionVersion | undefined {
  const fn = state.functions[FUNCTION];
  return version === '$LATEST' ? fn?.latest : fn?.versions[version];
}

/** The record of an alias that our own write made last. */
export function ownRecord({ alias, truth }: History): ReleaseRecord | undefined {
  if (alias === undefined || truth.foreign) return undefined;
  const parsed = recordIn(alias.description);
  return parsed.kind === 'record' ? parsed.record : undefined;
}

function wayBackIsTrue({ state, history }: Moment): string | undefined {
  const record = ownRecord(history);
  if (record === undefined) return undefined;
  const { previous, live } = record;
  if (previous !== history.truth.previous)
    return `the record says ${previous ?? 'none'}, in truth it is ${history.truth.previous ?? 'none'}`;
  if (previous === undefined) return undefined;
  const [before, now] = [versionOf(state, previous), versionOf(state, live)];
  if (history.bad.includes(previous)) return `version ${previous} was rolled back as bad`;
  if (!history.served.includes(previous)) return `version ${previous} never served 100 %`;
  if (before === undefined || now === undefined) return undefined;
  if (
    before.code.digest === now.code.digest &&
    JSON.stringify(before.settings) === JSON.stringify(now.settings)
  )
    return `versions ${previous} and ${live} are the same release`;
  const commit = parseVersionNote(before.description)?.commit;
  return record.previousCommit === undefined || commit === undefined || record.previousCommit === commit
    ? undefined
    : `the record says version ${previous} is commit ${record.previousCommit}, its own note ${commit}`;
}

function namesAreTrue({ state, history }: Moment): string | undefined {
  const fn = state.functions[FUNCTION];
  if (fn === undefined) return undefined;
  for (const version of Object.values(fn.versions)) {
    const note = parseVersionNote(version.description);
    if (note !== undefined && note.digest !== version.code.digest)
      return `version ${version.version} says it is ${note.digest.slice(0, 19)} and is ${version.code.digest.slice(0, 19)}`;
  }
  const record = ownRecord(history);
  const held = record?.commit && state.repositories[FUNCTION]?.tags[record.commit];
  const live = record && fn.versions[record.live]?.code.digest;
  return held !== undefined && held !== '' && live !== held
    ? `the record's commit is ${held.slice(0, 19)} in ECR, and ${live?.slice(0, 19) ?? 'nothing'} is live`
    : undefined;
}

function writeIsGuarded(history: History, write: AliasWrite): string | undefined {
  const run = history.runs[write.run];
  if (run === undefined) return undefined;
  if (write.operation === 'UpdateAlias' && !write.revisionId) return 'UpdateAlias without RevisionId';
  const parsed = recordIn(write.description);
  if (parsed.kind !== 'record') return `a Description that is no record: ${write.description}`;
  const { op } = parsed.record;
  if (!op.startsWith(`${run.runId}.${run.attempt}.`)) return `op ${op} in run ${run.runId}.${run.attempt}`;
  const other = history.writes.find(
    (earlier) =>
      earlier !== write &&
      earlier.description.includes(`;op=${op};`) &&
      earlier.revisionId !== write.revisionId,
  );
  // A repetition of the same intended write has the same RevisionId, so it takes effect at most once.
  return other !== undefined && other.accepted ? `op ${op} was used by another write before` : undefined;
}

function asked(history: History, name: string): string {
  return history.runs[name]?.to ?? 'previous';
}
