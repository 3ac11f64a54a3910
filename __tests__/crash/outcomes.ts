/** What must hold at rest: T after every run, C after the run that follows a lost or failed one. */
import type { RecordedCall } from '../../local/calls.ts';
import type { AwsState } from '../../local/aws/state.ts';
import { parseVersionNote } from '../../src/release/record/version-note.ts';
import { planFault } from '../harness/plan-contract.ts';
import { SECRET_ACCESS_KEY } from '../harness/world.ts';
import type { CrashWorld, Ended, RunSpec } from './crash-world.ts';
import type { AliasChange, History } from './history.ts';
import { ownRecord, type Invariant } from './invariants.ts';
import { FUNCTION } from './observer.ts';

/** One run that is over, and what was there before and after it. */
export interface Rest {
  readonly world: CrashWorld;
  readonly spec: RunSpec;
  readonly ended: Ended;
  /** The history as it was when the run began. */
  readonly before: History;
  /** The run's own calls. */
  readonly calls: readonly RecordedCall[];
  /** Whether a fault hit it: only then may AWS have left something undecided. */
  readonly faulted: boolean;
}

type Finished = Extract<Ended, { kind: 'finished' }>;

const ifFinished =
  (broken: (rest: Rest, finished: Finished) => string | undefined) =>
  (rest: Rest): string | undefined =>
    rest.ended.kind === 'finished' ? broken(rest, rest.ended) : undefined;

export const atRest: readonly Invariant<Rest>[] = [
  { id: 'T1', says: 'the outcome is true', broken: ifFinished(outcomeIsTrue) },
  {
    id: 'T2',
    says: 'no run that ends well leaves an extra version with traffic behind',
    broken: ifFinished(({ world, spec }, { result }) => {
      const weighted = Object.keys(world.history.alias?.weights ?? {});
      // A companion whose own deploy released nothing has nothing to end.
      const well = spec.action === 'deploy' ? ['ok', 'ok:noop', 'rolled-back'] : ['rolled-back'];
      return weighted.length > 0 && well.includes(result.outcome)
        ? `${result.outcome}, and version ${weighted[0]} still gets traffic`
        : undefined;
    }),
  },
  {
    id: 'T5',
    says: 'at most one new version per digest and attempt, one orphan API deployment, no secret in what is said',
    broken: leavesLittle,
  },
  {
    id: 'T6',
    says: 'the previous release is named as it is',
    broken: ifFinished(stepBackIsTrue),
  },
  {
    id: 'T7',
    says: 'changed and the headline are true: a run says that it changed what serves callers where it did, and only there',
    broken: ifFinished(changedIsTrue),
  },
  {
    id: 'C5',
    says: 'a failure is reported within 30 s of the last retry',
    broken: ifFinished(({ world, calls }) => {
      const silent = world.aws.clock.now() - (calls.at(-1)?.at ?? world.aws.clock.now());
      return silent > 30_000 ? `silent for ${silent} ms after its last call` : undefined;
    }),
  },
  {
    id: 'P1',
    says: 'what a run wrote, its plan had announced, in its order',
    broken: ifFinished(({ calls }, { results }) => planFault(results, calls, { whole: false })),
  },
  {
    id: 'D0',
    says: 'whatever happens is explained: nothing ends as a defect of ours',
    broken: ifFinished((_rest, { result }) =>
      result.error?.code === 'defect' ? result.error.message : undefined,
    ),
  },
];

function outcomeIsTrue(rest: Rest, { result, runner }: Finished): string | undefined {
  const { world, spec, before } = rest;
  const own = world.history.changes.filter(({ by }) => by === spec.name);
  const moved = own.filter(({ from, to }) => from?.version !== to.version);
  const wrong = wordIsTrue(rest, result.outcome, { own, moved });
  if (wrong !== undefined) return `${result.outcome}: ${wrong}`;
  const untrue = knowsWhatIsLive({ world, spec, before }, result) && outputsAreTrue(world, runner.outputs);
  if (typeof untrue === 'string') return `${result.outcome}: ${untrue}`;
  const green = ['ok', 'ok:noop', 'superseded'].includes(result.outcome) || result.outcome === 'rolled-back';
  return runner.exitCode === 0 && (!green || result.error !== undefined)
    ? `${result.outcome} with exit code 0`
    : undefined;
}

/** An empty output says nothing, but for the version. */
function outputsAreTrue(
  { history, aws }: CrashWorld,
  outputs: Readonly<Record<string, string>>,
): string | undefined {
  const live = history.alias?.version ?? '';
  const version = aws.state.functions[FUNCTION]?.versions[live];
  if (outputs['version'] !== live) return `output version is ${outputs['version']}, live is ${live}`;
  const { digest, commit } = outputs;
  if (digest && digest !== version?.code.digest)
    return `output digest is ${digest}, live is ${version?.code.digest}`;
  const noted = parseVersionNote(version?.description ?? '')?.commit;
  return commit && noted !== undefined && commit !== noted
    ? `output commit is ${commit}, live is ${noted}`
    : undefined;
}

const SERVES = /^((Create|Update)Alias|AddPermission|UpdateStage|UpdateIntegration|CreateDeployment)$/;

/** `unknown` is for a run that lost the answer to such a write. */
function changedIsTrue({ world, spec }: Rest, { runner }: Finished): string | undefined {
  const touched = world.history.touched.includes(spec.name);
  const { outputs, summaryText } = runner;
  const says = outputs['changed'];
  const is = touched ? 'it changed what serves callers' : 'it changed nothing of what serves callers';
  if (says === 'unknown') {
    const lost = world.aws.faults.applied.some(({ operation }) => SERVES.test(operation));
    return lost ? undefined : `changed is unknown, no answer was lost, and ${is}`;
  }
  if (says !== String(touched)) return `changed is ${says}, and ${is}`;
  const [headline = ''] = summaryText.split('\n');
  return touched && /what was live is live|Nothing to do/.test(headline)
    ? `${headline}, and ${is}`
    : undefined;
}

function wordIsTrue(
  { world, spec, faulted }: Rest,
  outcome: Finished['result']['outcome'],
  { own, moved }: { own: readonly AliasChange[]; moved: readonly AliasChange[] },
): string | undefined {
  const onlyRecovered = own.every(({ kind }) => kind === 'recovery');
  switch (outcome) {
    case 'ok':
      return own.some(({ kind }) => kind === 'release' || kind === 'same') && own.at(-1)?.kind !== 'revert'
        ? undefined
        : 'this run did not release';
    case 'rolled-back':
      return own.at(-1)?.kind === 'rollback' || own.at(-1)?.kind === 'revert'
        ? undefined
        : 'nothing went back';
    case 'superseded': {
      // It may have been live for a moment, until somebody else moved the alias.
      const overtaken = world.history.changes.at(-1)?.by !== spec.name;
      return onlyRecovered || overtaken ? undefined : 'what this run wrote stands there';
    }
    case 'ok:noop':
      return onlyRecovered ? undefined : 'this run changed the alias';
    case 'failed':
      return moved.length === 0 ? undefined : 'this run moved the traffic';
    case 'unknown':
      return faulted ? undefined : 'no answer was lost';
    case 'unknown:superseded':
      if (!faulted) return 'no answer was lost';
      return standsThere(world.history, spec) ? 'its own write stands there' : undefined;
  }
}

/** Nobody else was at work, and AWS left nothing undecided. */
function knowsWhatIsLive(
  { world, spec, before }: Pick<Rest, 'world' | 'spec' | 'before'>,
  result: Finished['result'],
): boolean {
  const alone = world.history.changes.slice(before.changes.length).every(({ by }) => by === spec.name);
  return alone && result.before !== undefined && !result.outcome.startsWith('unknown');
}

function stepBackIsTrue(rest: Rest, { result }: Finished): string | undefined {
  const { world } = rest;
  // The end of a dead canary may be what AWS said nothing of: the stable version is live either way.
  const undecided = result.error?.code === 'unknown' && result.stepBack === undefined;
  if (!knowsWhatIsLive(rest, result) || undecided) return undefined;
  const [said, is] = [stepBackSaid(result.stepBack), stepBackOf(world)];
  const silent = is === 'unrecorded' || provedUnfit(rest, result);
  return said === is || (said === 'not said' && silent)
    ? undefined
    : `the way back is said to be "${said}", it is "${is}"`;
}

/** The very version that one step back leads to was refused just now. */
function provedUnfit({ spec, world }: Rest, { error }: Finished['result']): boolean {
  if (!/^(target-gone|target-image-gone|version-failed)$/.test(error?.code ?? '')) return false;
  const leads = rollbackLeadsTo(world.history, world.aws.state);
  const named = spec.inputs['version'];
  return typeof leads === 'object' && (named === undefined || named === leads.version);
}

function stepBackSaid(back: Finished['result']['stepBack']): string {
  if (back === undefined) return 'not said';
  switch (back.kind) {
    case 'to':
      return `to ${back.release.version}`;
    case 'ends-canary':
      return `ends-canary ${back.stable.version}`;
    default:
      return back.kind;
  }
}

function stepBackOf({ history, aws }: CrashWorld): string {
  if (history.truth.foreign && !history.truth.returnedByHand) return 'unrecorded';
  const leads = rollbackLeadsTo(history, aws.state);
  if (typeof leads === 'object') return `${history.truth.canary ? 'ends-canary' : 'to'} ${leads.version}`;
  return { 'ok:noop': 'returned', 'nothing-to-roll-back': 'nothing', 'alias-missing': 'not said' }[leads];
}

function standsThere(history: History, { runId, attempt }: RunSpec): boolean {
  return ownRecord(history)?.op.startsWith(`${runId}.${attempt}.`) ?? false;
}

function leavesLittle({ world, spec, ended }: Rest): string | undefined {
  const versions = world.aws.state.functions[FUNCTION]?.versions ?? {};
  const digests = world.history.published
    .filter(({ run }) => run === spec.name)
    .map(({ version }) => versions[version]?.code.digest);
  const twice = digests.find((digest, index) => digest !== undefined && digests.indexOf(digest) !== index);
  if (twice !== undefined) return `two versions of ${twice.slice(0, 19)} by one attempt`;
  const deployments = world.history.apiDeployments.filter(({ run }) => run === spec.name).length;
  if (deployments > 2) return `${deployments} API deployments by one attempt`;
  if (ended.kind !== 'finished') return undefined;
  const { runner } = ended;
  const said = JSON.stringify([runner.lines, runner.outputs, runner.summaryText, runner.annotations]);
  return said.includes(SECRET_ACCESS_KEY) ? 'the secret access key is in the output' : undefined;
}

/** How a faultless run of the same kind ends from the same start: what a refusal is measured by. */
export interface Continuation extends Rest {
  readonly kind: 're-run' | 'rollback' | 'newer deploy';
  /** The state as it was when the continuation began. */
  readonly stateBefore: AwsState;
  /** The error of the same run from the start without any fault; a re-run may be refused for the same reason. */
  readonly refusedAnyway: string | undefined;
}

export const afterContinuation: readonly Invariant<Continuation>[] = [
  { id: 'C1', says: 'a re-run without fault ends ok, noop, superseded or rolled back', broken: converges },
  { id: 'C2', says: 'a re-run changes nothing when what it wants is live already', broken: changesNothing },
  {
    id: 'C3',
    says: 'a rollback restores exactly the version that served 100 % before, in at most 3 writing calls',
    broken: restores,
  },
  { id: 'C4', says: 'the API stage says what the alias says', broken: stageIsTrue },
];

function converges({ kind, spec, ended, refusedAnyway, world, before }: Continuation): string | undefined {
  if (ended.kind !== 'finished') return 'it crashed';
  const { outcome, error } = ended.result;
  if (kind === 'rollback') return undefined;
  if (error !== undefined)
    return error.code === refusedAnyway || (error.code === 'order-unknown' && before.truth.seq > spec.runId)
      ? undefined
      : `${outcome}: ${error.code}: ${error.message}`;
  if (spec.action === 'rollback') return undefined;
  if (kind === 'newer deploy' && outcome !== 'ok' && !liveIs(world, spec.commit))
    return `a newer deploy ended ${outcome}`;
  if (outcome === 'superseded')
    return before.truth.rolledBack || before.truth.seq > spec.runId ? undefined : 'superseded by nobody';
  return liveIs(world, spec.commit) ? undefined : `${outcome}, and another commit is live`;
}

function liveIs({ aws, history }: CrashWorld, commit: string): boolean {
  const live = aws.state.functions[FUNCTION]?.versions[history.alias?.version ?? ''];
  return live !== undefined && parseVersionNote(live.description)?.commit === commit;
}

function changesNothing({ kind, spec, before, world, ended }: Continuation): string | undefined {
  if (kind !== 're-run' || spec.action !== 'deploy' || ended.kind !== 'finished') return undefined;
  const done = before.changes.findLast(
    ({ by, kind: change }) => before.runs[by]?.runId === spec.runId && change === 'release',
  );
  if (done === undefined || before.truth.rolledBack || before.truth.live !== done.to.version)
    return undefined;
  if (world.history.changes.length !== before.changes.length) return 'it wrote the alias again';
  return world.history.published.length === before.published.length
    ? undefined
    : 'it published another version';
}

function restores({ kind, before, world, ended, calls, stateBefore }: Continuation): string | undefined {
  if (kind !== 'rollback' || ended.kind !== 'finished') return undefined;
  const expected = rollbackLeadsTo(before, stateBefore);
  const { outcome, error } = ended.result;
  const is = `${outcome}${error === undefined ? '' : ` (${error.code})`} at version ${world.history.alias?.version ?? 'none'}`;
  const writes = calls.filter(({ isWrite }) => isWrite).length;
  if (writes > 3) return `${writes} writing calls`;
  if (typeof expected === 'string')
    return error?.code === expected || outcome === expected ? undefined : `expected ${expected}, it is ${is}`;
  // What served before a drift may have been rolled back as bad: then a no is right, where the record still tells.
  if (error?.code === 'rolled-back-as-bad' && before.bad.includes(expected.version)) return undefined;
  if (error !== undefined || outcome !== 'rolled-back')
    return `expected version ${expected.version}, it is ${is}`;
  const live = world.history.alias?.version ?? '';
  if (live === expected.version) return undefined;
  // A version that was deleted comes back under another number: the image is what counts.
  const deleted = stateBefore.functions[FUNCTION]?.versions[expected.version] === undefined;
  return deleted && before.digests[expected.version] === world.history.digests[live]
    ? undefined
    : `expected version ${expected.version}, it is ${is}`;
}

/** Where `to: previous` must lead, from what happened and not from the record: a version, an error code, or `ok:noop`. */
export function rollbackLeadsTo(
  { alias, truth }: History,
  state: AwsState,
): { readonly version: string } | 'alias-missing' | 'nothing-to-roll-back' | 'ok:noop' {
  if (alias === undefined || truth.live === undefined) return 'alias-missing';
  if (truth.returnedByHand) return 'ok:noop';
  if (truth.foreign) {
    const base = parseVersionNote(
      state.functions[FUNCTION]?.versions[alias.version]?.description ?? '',
    )?.base;
    return base === undefined || base === alias.version ? 'nothing-to-roll-back' : { version: base };
  }
  if (truth.canary) return { version: alias.version };
  if (truth.rolledBack) return 'ok:noop';
  return truth.previous === undefined ? 'nothing-to-roll-back' : { version: truth.previous };
}

function stageIsTrue({ world, ended, spec, before }: Continuation): string | undefined {
  const named = spec.inputs['rest-api-id'] ?? spec.inputs['http-api-id'];
  if (named === undefined || ended.kind !== 'finished' || ended.result.error !== undefined) return undefined;
  if (!['ok', 'ok:noop', 'rolled-back'].includes(ended.result.outcome)) return undefined;
  // Nothing automatic happens behind an alias that somebody moved by hand, its stage included.
  if (before.truth.foreign && spec.action === 'rollback' && ended.result.outcome === 'ok:noop')
    return undefined;
  const { restApis, httpApis, functions } = world.aws.state;
  const stage = restApis[named]?.stages['prod'] ?? httpApis[named]?.stages['$default'];
  const live = world.history.alias?.version ?? '';
  const commit = parseVersionNote(functions[FUNCTION]?.versions[live]?.description ?? '')?.commit;
  const says = [stage?.variables['release_version'], stage?.variables['release_commit']];
  // Where no release ever connected the API, a rollback has nothing to restore.
  if (spec.action === 'rollback' && says.every((value) => value === undefined)) return undefined;
  return says[0] === live && says[1] === commit
    ? undefined
    : `the stage says version ${says[0]}, commit ${says[1]?.slice(0, 8)}; live is ${live}, ${commit?.slice(0, 8)}`;
}
