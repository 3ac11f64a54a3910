/** The phases of a rollback of one service: look, find the target, make it ready, shift. */
import type { ApiAddress, Stage } from '../clients/api-gateway.ts';
import { AwsError, explainAwsError } from '../errors.ts';
import { loadSamples } from '../checks/load-samples.ts';
import type { Sample } from '../checks/samples.ts';
import type { RollbackInputs } from '../inputs/rollback-inputs.ts';
import { listOf } from '../run/plan.ts';
import { isIdle, NOT_YET, type FunctionVersion, type ReleaseName } from '../types.ts';
import { named, planLines } from '../words.ts';
import { proveTarget } from './prove-target.ts';
import { hiddenOf } from './candidate.ts';
import { factsBefore, liveInWords, targetInWords } from './facts.ts';
import { rollbackQuestion } from './plan/rollback-question.ts';
import { rollbackSteps, type RollbackSteps } from './plan/rollback-steps.ts';
import { planRollback, type RollbackPlan, type RollbackQuestion, type TargetPlan } from './plan/rollback.ts';
import { servesAlready } from './plan/shift.ts';
import { mustRestore, wasConnected } from './plan/api.ts';
import { foreignShares, NO_SHIFT, restoreStageStep, type ShiftSteps } from './plan/shift-steps.ts';
import { apiAddress, apiInWords } from './plan/target.ts';
import { noteOf } from './record/version-note.ts';
import type { Release } from './record/release.ts';
import type { Asked, Facts } from './result.ts';
import { shift, type Proven, type Shifted, type ShiftRequest } from './shift.ts';
import { readAlias } from './steps/alias/read-alias.ts';
import { readStage } from './steps/api/read-api.ts';
import { showDeployment } from './steps/show-deployment.ts';
import { findTarget, readyTarget, type FoundTarget } from './steps/version/find-target.ts';
import type { RollbackRequest } from './steps/version/rollback-request.ts';
import type { ReleaseSession, ReleaseTools } from './tools.ts';

/** What a rollback sees before it decides anything. */
export interface Seen {
  readonly inputs: RollbackInputs;
  readonly question: RollbackQuestion;
  readonly release: Release;
  readonly api: ApiAddress | undefined;
  readonly stage: Stage | undefined;
}

export async function look(inputs: RollbackInputs, { tools, run, group }: ReleaseSession): Promise<Seen> {
  const question = rollbackQuestion(inputs, run);
  const api = apiAddress(inputs);
  // Read beside the alias, used after it: a stage that is missing is found out before any shift.
  const [release, stage] = await group(
    'Look at what is live',
    () => Promise.all([readAlias(tools, question), api && readStage(tools, api).catch(unread(tools, api))]),
    ([now]) => liveInWords(now),
  );
  return { inputs, question, release, api, stage };
}

/** People's traffic follows the alias: a stage that cannot be asked about keeps no rollback from it. */
function unread({ log }: ReleaseTools, api: ApiAddress) {
  return (error: unknown): undefined => {
    if (!(error instanceof AwsError)) throw error;
    log.warning(
      `The stage of ${apiInWords(api)} could not be read, so it was not written and may name the release before; the same rollback, run again, brings it up to date. ${explainAwsError(error).message}`,
    );
  };
}

export function factsOfLook({ question, release }: Seen, { tools }: ReleaseSession): Facts {
  return { ...factsBefore(release, undefined, tools.guards), asked: askedFor(question) };
}

/** A rollback as the workflow's inputs give it. */
function askedFor({ wish, force }: RollbackQuestion): Asked {
  switch (wish.to) {
    case 'previous':
      return { to: 'previous', force };
    case 'version':
      return { to: wish.version, force };
    case 'digest':
      return { to: wish.digest, force };
    case 'commit':
      return { to: wish.commit, force };
    case 'prefix':
      return { to: wish.prefix, force };
    case 'tag':
      return { to: wish.tag, force };
  }
}

export function planOf({ question, release }: Seen, { tools, run }: ReleaseSession): RollbackPlan {
  return planRollback(question, { release, run }, tools.guards);
}

/** A target that was found, and the steps of the rollback to it. */
export interface Way {
  readonly seen: Seen;
  readonly found: FoundTarget;
  readonly request: RollbackRequest;
  readonly to: ReleaseName;
  readonly steps: RollbackSteps;
  /** Where the repository is checked out; a rollback does without. */
  readonly samples: readonly Sample[];
}

/** Finds the target, and says what is going to be done. Reads only. */
export async function findWay(seen: Seen, plan: TargetPlan, session: ReleaseSession): Promise<Way> {
  const { tools, run, group } = session;
  const { inputs, question, release } = seen;
  if (plan.kind === 'by-note')
    tools.log.warning(
      `The alias ${question.aliasName} does not say what it served before (${plan.why}); the note of version ${plan.live} says what it replaced, and is used.`,
    );
  const loaded = await loadSamples(tools, inputs).catch(() => []);
  const asked = { question, release, run, samples: loaded, repository: inputs.ecrRepository };
  const found = await group(
    'Check the rollback target',
    () => findTarget(tools, asked, plan),
    (target) =>
      target.kind === 'image'
        ? 'the version is gone, and its image is in ECR'
        : targetInWords(target.version),
  );
  const kind = otherKind(found);
  if (kind !== undefined)
    tools.log.warning(
      `${question.functionName} is a function with ${kind}, so its answers cannot be checked here: the rollback goes on without a check.`,
    );
  const samples = kind === undefined ? loaded : [];
  const request = { ...asked, samples };
  const to = nameOf(found);
  const steps = stepsOf(seen, { found, to }, session);
  for (const line of planLines(listOf(steps))) tools.log.info(line);
  return { seen, found, request, to, steps, samples };
}

/** What makes the target a version that no ordinary invocation checks. */
function otherKind(found: FoundTarget): FunctionVersion['kind'] {
  return found.kind === 'version' ? found.version.kind : undefined;
}

function nameOf(found: FoundTarget): ReleaseName {
  if (found.kind === 'image') {
    const { digest, commit } = found.image;
    return { version: NOT_YET, digest, commit };
  }
  const { version, digest } = found.version;
  return { version, digest, commit: noteOf(found.version)?.commit };
}

/** Whether the stage is going to be written: it carries another release of this alias by now. */
function restores({ stage, question }: Seen, { version, commit }: ReleaseName): boolean {
  if (stage === undefined) return false;
  if (version === NOT_YET) return wasConnected(stage, question.aliasName);
  return mustRestore(stage, { alias: question.aliasName, version, commit });
}

function stepsOf(
  seen: Seen,
  { found, to }: { readonly found: FoundTarget; readonly to: ReleaseName },
  { tools, run }: ReleaseSession,
): RollbackSteps {
  const { inputs, question, release, api } = seen;
  const shows = inputs.githubToken !== undefined && run.repository !== '';
  return rollbackSteps({
    functionName: question.functionName,
    aliasName: question.aliasName,
    from: factsBefore(release, undefined, tools.guards).before,
    to,
    serves: servesAlready(release, to.version),
    isChecked: otherKind(found) === undefined,
    provesImage: inputs.attestation.verify !== 'off',
    isIdle: found.kind === 'version' && isIdle(found.version.state, found.version.stateReason),
    api: api && restores(seen, to) ? apiInWords(api) : undefined,
    ends: foreignShares(release),
    reason: inputs.reason,
    shownIn: shows ? inputs.environment : undefined,
  });
}

/** A target that may get traffic. */
export interface Ready {
  readonly way: Way;
  readonly to: Proven;
}

/** A version that is gone is published again, an idle one is woken, one that a person names is checked with a sample. */
export async function makeReady(way: Way, session: ReleaseSession): Promise<Ready> {
  const { steps, found, request } = way;
  await proveTarget(session, way);
  const step = steps.publish ?? steps.ready;
  const work = () => readyTarget(session.tools, request, found);
  const version = step === undefined ? await work() : await session.step(step, work, targetInWords);
  const { digest } = version;
  const to = { version: version.version, digest, commit: way.to.commit };
  return { way, to: { ...to, proof: 'it served before', hidden: hiddenOf(version) } };
}

/** One write of the alias, and one of the API's stage. What was shifted stays, whatever is found then. */
export function shiftBack(
  { way, to }: Ready,
  before: ReleaseName | undefined,
  session: ReleaseSession,
): Promise<Shifted> {
  const { question, release } = way.seen;
  const from = release.kind === 'none' ? '' : release.alias.version;
  const isPrevious = question.wish.to === 'previous';
  const { version, commit } = to;
  const isChoice = question.force && !isPrevious;
  return shift(session, {
    ...requestOf(way.seen, before),
    intent: way.steps.move && { kind: 'rollback', version, commit, from, isChoice },
    to,
    api: restore(way.seen, to),
    samples: way.samples,
    steps: way.steps,
    force: question.force,
    anyAnswer: isPrevious,
  });
}

/** A rollback that was cut off after it had shifted the alias left the stage as it was: what brings it up to date. */
export function stageOnlySteps({ release, api, stage, question }: Seen): ShiftSteps {
  if (release.kind !== 'recorded' || api === undefined || stage === undefined) return NO_SHIFT;
  const { live: version, commit } = release.record;
  const behind = mustRestore(stage, { alias: question.aliasName, version, commit });
  return { ...NO_SHIFT, stage: behind ? restoreStageStep(apiInWords(api), `version ${version}`) : undefined };
}

export function bringStage(
  seen: Seen,
  steps: ShiftSteps,
  session: ReleaseSession,
): Promise<Shifted> | undefined {
  const { release } = seen;
  if (release.kind !== 'recorded' || steps.stage === undefined) return undefined;
  const { live: version, commit } = release.record;
  return shift(session, {
    ...requestOf(seen, undefined),
    intent: undefined,
    to: undefined,
    api: restore(seen, { version, commit }),
    samples: [],
    steps,
    force: false,
  });
}

function requestOf({ question, release }: Seen, before: ReleaseName | undefined) {
  return { alias: question, first: release, seen: release, before, otherwise: { kind: 'stays' } } as const;
}

function restore(
  { api, stage, question }: Seen,
  { version, commit }: Pick<ReleaseName, 'version' | 'commit'>,
): ShiftRequest['api'] {
  if (api === undefined || stage === undefined) return undefined;
  return { kind: 'restore', address: api, stage, release: { alias: question.aliasName, version, commit } };
}

export async function showRollback({ way, to }: Ready, session: ReleaseSession): Promise<void> {
  const { steps, seen } = way;
  const { environment = '', githubToken: token = '', reason } = seen.inputs;
  if (steps.deployment === undefined) return;
  const release = { version: to.version, digest: to.digest, commit: to.commit };
  const shown = { run: session.run, environment, token, alias: seen.question, release, reason };
  await session.within(steps.deployment, () => showDeployment(session.tools, shown));
}

/** What a rollback did, with its reason where a person gave one. */
export function wentBack(from: ReleaseName | undefined, to: ReleaseName, reason: string | undefined): string {
  return `from ${named(from)} to ${named(to)}${reason === undefined ? '' : `: ${reason}`}`;
}

/** A rollback that yields to another run, and how to roll back all the same. */
export function yieldsInWords(why: string): string {
  return `${why}. Nothing was shifted: a new run (a re-run keeps its place in the order) rolls back from what is live now, and so does force: true`;
}
