/** Results in one clause each, and releases by name: what the log, the summary and the deployments say alike. */
import type { DeployPlan, PlannedStep } from '../release/plan/deploy.ts';
import type { RollbackQuestion } from '../release/plan/rollback.ts';
import type { Guards } from '../release/record/guards.ts';
import type { History } from '../release/record/history.ts';
import { pastOf, recordOf, returnedByHand, type Release } from '../release/record/release.ts';
import { parseVersionNote } from '../release/record/version-note.ts';
import { NOT_YET, type FunctionVersion, type VersionNumber } from '../types.ts';
import type { Asked, HistoryLine, ReleaseName, SampleLine, StepBack, TestLine } from './story.ts';

export function plural(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}

export function seconds(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 59_950) return `${(ms / 1000).toFixed(1)} s`;
  const whole = Math.round(ms / 1000);
  return `${Math.floor(whole / 60)} min ${whole % 60} s`;
}

/** A digest or a commit as people compare it: twelve digits. */
export function short(text: string | undefined): string {
  return (text ?? '').replace(/^sha256:/, '').slice(0, 12);
}

export function named(release: ReleaseName | undefined): string {
  if (release === undefined) return 'nothing';
  if (release.version === NOT_YET) return `a new version of commit ${short(release.commit)}`;
  const commit = release.commit === undefined ? '' : `, commit ${short(release.commit)}`;
  return `version ${release.version}${commit}`;
}

/** What the alias serves, as far as the record and the version say. */
export function releaseName(release: Release, live: FunctionVersion | undefined): ReleaseName | undefined {
  if (release.kind === 'none') return undefined;
  const record = release.kind === 'recorded' ? recordOf(release) : undefined;
  const note = live && parseVersionNote(live.description);
  return { version: release.alias.version, digest: live?.digest, commit: record?.commit ?? note?.commit };
}

/** Where `to: previous` leads from a release, without a question to anybody. */
export function stepBack(release: Release, guards: Pick<Guards, 'wayBack'>): StepBack | undefined {
  if (release.kind === 'none' || release.kind === 'newer' || release.alias.version === '$LATEST')
    return undefined;
  if (returnedByHand(release) !== undefined) return { kind: 'returned' };
  const record = pastOf(release);
  if (record === undefined) return { kind: 'unrecorded' };
  const back = guards.wayBack(record);
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

export function seen({ release, live }: { release: Release; live: FunctionVersion | undefined }): string {
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

export function planned(plan: DeployPlan): string {
  if (plan.kind !== 'release') return plan.why;
  const writes = plan.steps.filter((step) => step.writes).length;
  return `${plural(plan.steps.length, 'step')}, ${writes} of them writing`;
}

export function planLines(steps: readonly PlannedStep[]): readonly string[] {
  return steps.map(
    ({ does, why, writes }, index) => `${index + 1}. ${writes ? '' : '(reads only) '}${does} — ${why}`,
  );
}

export function tests(lines: readonly TestLine[]): string {
  if (lines.length === 0) return 'none on the runner';
  return lines
    .map(
      (line) => `${line.name} ${line.status}${line.passed === undefined ? '' : ` (${line.passed} passed)`}`,
    )
    .join(', ');
}

export function samples(lines: readonly SampleLine[]): string {
  return lines.length === 0
    ? 'no samples; the version is Active'
    : `${plural(lines.length, 'answer')} as expected`;
}

export function targetFound(version: FunctionVersion): string {
  if (version.version === NOT_YET) return 'the version is gone, and its image is in ECR';
  return `version ${version.version} is ${version.state ?? 'there'} and its image is in ECR`;
}

/** A rollback as the workflow's inputs ask for it. */
export function asked({ wish, force }: RollbackQuestion): Asked {
  switch (wish.to) {
    case 'previous':
      return { to: 'previous', force };
    case 'version':
      return { to: wish.version, force };
    case 'digest':
      return { to: wish.digest, force };
    case 'commit':
      return { to: wish.commit, force };
  }
}

/** The plan of a rollback in one step, with its reason where a person gave one. */
export function rollbackStep(
  from: ReleaseName | undefined,
  to: ReleaseName,
  reason: string | undefined,
): PlannedStep {
  const why = reason === undefined ? 'asked for' : `asked for: ${reason}`;
  return { does: `move the alias from ${named(from)} back to ${named(to)}`, why, writes: true };
}

/** A rollback that another run keeps from moving anything, and how to go back all the same. */
export function rollbackYields(why: string): string {
  return `${why}. Nothing was moved: a new run (a re-run keeps its place in the order) goes back from what is live now, and so does force: true`;
}

/** What a rollback did, with its reason where a person gave one. */
export function wentBack(from: ReleaseName | undefined, to: ReleaseName, reason: string | undefined): string {
  return `from ${named(from)} to ${named(to)}${reason === undefined ? '' : `: ${reason}`}`;
}

export function published({ version, reused }: { version: FunctionVersion; reused: boolean }): string {
  return reused
    ? `version ${version.version} was published before and is the same`
    : `version ${version.version}`;
}

interface ImageWords {
  readonly digest: string;
  readonly built: boolean;
  /** Of tests that ran inside the build. */
  readonly tests: readonly TestLine[] | undefined;
}

export function image({ digest, built, tests: tested }: ImageWords): string {
  const how = tested === undefined ? 'built and pushed' : `built, tested (${tests(tested)}) and pushed`;
  return `${digest.slice(0, 19)}… ${built ? how : 'was in ECR'}`;
}

/** @param refused a version that proved unfit just now. */
export function history(found: History | undefined, refused?: VersionNumber): readonly HistoryLine[] {
  return (found?.releases ?? []).map((release) => ({
    version: release.version,
    digest: release.digest,
    commit: release.commit,
    when: release.when.slice(0, 16).replace('T', ' '),
    note: release.isLive
      ? 'live'
      : release.version === refused
        ? 'cannot be returned to'
        : release.isPrevious
          ? 'previous'
          : release.wasRolledBack
            ? 'rolled back'
            : '',
  }));
}
