/** Where a rollback of one service leads, proven before anything moves. */
import type { ApiAddress, Stage } from '../clients/api-gateway.ts';
import { UserError } from '../errors.ts';
import type { RollbackInputs } from '../inputs/rollback-inputs.ts';
import { rollbackQuestion } from './plan/rollback-question.ts';
import { planRollback, type RollbackQuestion } from './plan/rollback.ts';
import type { Sample } from '../checks/samples.ts';
import { apiAddress } from './plan/target.ts';
import { whyItStays } from './plan/services.ts';
import type { Release } from './record/release.ts';
import { noteOf } from './record/version-note.ts';
import type { ReleaseName, Story } from '../report/story.ts';
import * as say from '../report/words.ts';
import { readStage, restoreStage } from './steps/api/connect-api.ts';
import { findTarget } from './steps/version/find-target.ts';
import { loadSamples } from '../checks/load-samples.ts';
import { readHistory } from './steps/alias/read-history.ts';
import { readAlias } from './steps/alias/move-alias.ts';
import type { VersionNumber } from '../types.ts';
import type { Of } from './services.ts';
import type { Session } from '../run/session.ts';

export interface Seen {
  readonly inputs: RollbackInputs;
  readonly question: RollbackQuestion;
  readonly release: Release;
  readonly api: ApiAddress | undefined;
  readonly stage: Stage | undefined;
}

export async function look(inputs: RollbackInputs, { step, story, tools, run }: Session): Promise<Seen> {
  const question = rollbackQuestion(inputs, run);
  const api = apiAddress(inputs);
  // Read beside the alias, used after it: a stage that cannot be read is found out before anything moves.
  const [release, stage] = await step(
    'See what is live',
    () => Promise.all([readAlias(tools, question), api && readStage(tools, api)]),
    ([now]) => say.seen({ release: now, live: undefined }),
  );
  story.before = say.releaseName(release, undefined);
  story.stepBack = say.stepBack(release, tools.guards);
  story.asked = say.asked(question);
  return { inputs, question, release, api, stage };
}

/** One step back of several services: only those that the last release moved. */
export function partsToReturn(seen: readonly Of<Seen>[]): readonly Of<Seen>[] {
  if (seen.length === 1 || seen.some(({ it }) => it.question.wish.to !== 'previous')) return seen;
  const stays = whyItStays(seen.map(({ it }) => it.release));
  return seen.filter(({ session }, index) => {
    const why = stays[index];
    if (why !== undefined) Object.assign(session.story, { outcome: 'ok:noop', why });
    return why === undefined;
  });
}

/** A release to return to, proven to be there. */
export interface Way extends Seen {
  readonly to: ReleaseName;
  /** Values of the version's environment, which an answer must not show. */
  readonly hidden: readonly string[];
  /** Where the repository is checked out; a rollback does without. */
  readonly samples: readonly Sample[];
}

/** The version that was to be restored cannot serve. */
const CANNOT_SERVE = new Set(['target-gone', 'target-image-gone', 'zip-function', 'version-failed']);

/** Failures after which a person looks for another release. */
const LOOK_ELSEWHERE = new Set([
  ...CANNOT_SERVE,
  'nothing-to-roll-back',
  'alias-on-latest',
  'rolled-back-as-bad',
  'samples-failed',
  'not-verified',
]);

/** Where the way leads nowhere, or to a wrong answer, the summary lists the releases that one can return to. */
export async function orCandidates<T>(
  { story, tools }: Session,
  at: { readonly functionName: string; readonly release: Release },
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof UserError && LOOK_ELSEWHERE.has(error.code)) {
      // Nobody knows it now.
      if (story.stepBack?.kind === 'unrecorded') story.stepBack = undefined;
      const refused = CANNOT_SERVE.has(error.code) ? notThere(story) : undefined;
      story.history = say.history(await readHistory(tools, at), refused);
    }
    throw error;
  }
}

/** The version that cannot be returned to, so that neither a line nor a row leads there. */
function notThere(story: Story): VersionNumber | undefined {
  const { asked, stepBack } = story;
  const previous = stepBack?.kind === 'to' ? stepBack.release.version : undefined;
  const version = asked?.to === 'previous' ? previous : asked?.to;
  if (version === previous) story.stepBack = undefined;
  return version;
}

/** Undefined when there is nothing to return, or the run only asks. */
export async function findWay(seen: Seen, session: Session): Promise<Way | undefined> {
  const { step, story, tools, run } = session;
  const { inputs, question, release } = seen;
  const plan = planRollback(question, { release, run }, tools.guards);
  if (plan.kind === 'superseded')
    return void Object.assign(story, { outcome: 'superseded', why: say.rollbackYields(plan.why) });
  if (plan.kind === 'noop') {
    Object.assign(story, { outcome: 'ok:noop', why: plan.why });
    if (question.releasedBy === 'anyone')
      story.history = say.history(await readHistory(tools, { functionName: question.functionName, release }));
    // A rollback that was cut off after its alias had moved left the stage behind.
    if (release.kind === 'recorded' && !inputs.dryRun)
      await returnStage(seen, { version: release.record.live, commit: release.record.commit }, session);
    return undefined;
  }
  if (plan.kind === 'by-note')
    tools.log.warning(
      `Nobody vouches for what ${question.aliasName} served before (${plan.why}): version ${plan.live} itself says what it replaced.`,
    );
  const samples = await loadSamples(tools, inputs).catch(() => []);
  const { ecrRepository: repository, dryRun } = inputs;
  const request = { question, release, run, samples, repository, dryRun };
  const target = await step(
    'Check the version to return to',
    () => findTarget(tools, request, plan),
    say.targetFound,
  );
  const commit = noteOf(target)?.commit;
  const to = { version: target.version, digest: target.digest, commit };
  story.plan = [say.rollbackStep(story.before, to, inputs.reason)];
  if (!inputs.dryRun)
    return { ...seen, to, samples, hidden: Object.values(target.configuration.environment) };
  const why = `dry run: it would return to ${say.named(to)}`;
  return void Object.assign(story, { outcome: 'ok:noop', why });
}

/** The API says what the alias says. */
export async function returnStage(
  { api, stage, question }: Seen,
  { version, commit }: Pick<ReleaseName, 'version' | 'commit'>,
  { step, tools }: Session,
): Promise<void> {
  if (api === undefined || stage === undefined) return;
  await step(
    'Return the stage',
    () => restoreStage(tools, api, { release: { alias: question.aliasName, version, commit }, stage }),
    (changed) => (changed ? 'it carries the release' : 'unchanged'),
  );
}
