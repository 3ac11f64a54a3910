import type { ApiAddress, Stage } from '../clients/api-gateway.ts';
import { UserError } from '../errors.ts';
import { readRollbackInputs, rollbackQuestion, type RollbackInputs } from '../inputs/rollback-inputs.ts';
import { apiAddress } from '../inputs/target.ts';
import { planRollback, type RollbackQuestion } from '../plan/rollback.ts';
import type { Sample } from '../plan/samples.ts';
import { decideRollback } from '../plan/switch.ts';
import { whyItStays } from '../plan/together.ts';
import { aliasOf, type Release } from '../record/release.ts';
import { parseVersionNote } from '../record/version-note.ts';
import type { ReleaseName } from '../report/story.ts';
import * as say from '../report/words.ts';
import { readStage, restoreStage } from '../steps/connect-api.ts';
import { findTarget } from '../steps/find-target.ts';
import { loadSamples } from '../steps/load-samples.ts';
import { readHistory } from '../steps/read-history.ts';
import { readAlias } from '../steps/switch-alias.ts';
import { showDeployment } from '../steps/show-deployment.ts';
import { verifyAlias } from '../steps/verify.ts';
import { moveAlias, switchedInWords } from './move-alias.ts';
import type { Action } from './run-action.ts';
import { inTurn, told, type Of } from './services.ts';
import type { Service, Session } from './session.ts';

/**
 * The way back: no build, no Docker, no checkout and no guess. One write of the alias, and one of the API's stage.
 * Of several services all are checked before one moves; then they go back in reverse order, as far as they can.
 */
export async function rollback(services: readonly Service<RollbackInputs>[]): Promise<void> {
  const seen: Of<Seen>[] = [];
  for (const { inputs, session } of services)
    seen.push({ session, it: await told(session, () => look(inputs, session)) });
  const ways: Of<Way>[] = [];
  for (const { session, it } of partsToReturn(seen)) {
    const way = await told(session, () => findWayOrCandidates(it, session));
    if (way !== undefined) ways.push({ session, it: way });
  }
  await inTurn(ways.toReversed(), goBack);
}

interface Seen {
  readonly inputs: RollbackInputs;
  readonly question: RollbackQuestion;
  readonly release: Release;
  readonly api: ApiAddress | undefined;
  readonly stage: Stage | undefined;
}

async function look(inputs: RollbackInputs, { step, story, tools, run }: Session): Promise<Seen> {
  const question = rollbackQuestion(inputs, run);
  const api = apiAddress(inputs);
  // Read beside the alias, used after it: a stage that cannot be read is found out before anything moves.
  const [release, stage] = await step(
    'See what is live',
    () => Promise.all([readAlias(tools, question), api && readStage(tools, api)]),
    ([now]) => say.seen({ release: now, live: undefined }),
  );
  story.before = say.releaseName(release, undefined);
  return { inputs, question, release, api, stage };
}

/** One step back of several services: only those that the last release moved. */
function partsToReturn(seen: readonly Of<Seen>[]): readonly Of<Seen>[] {
  if (seen.length === 1 || seen.some(({ it }) => it.question.wish.to !== 'previous')) return seen;
  const stays = whyItStays(seen.map(({ it }) => it.release));
  return seen.filter(({ session }, index) => {
    const why = stays[index];
    if (why !== undefined) Object.assign(session.story, { outcome: 'ok:noop', why });
    return why === undefined;
  });
}

/** A release to return to, proven to be there. */
interface Way extends Seen {
  readonly to: ReleaseName;
  /** Where the repository is checked out; a rollback does without. */
  readonly samples: readonly Sample[];
}

const NO_WAY = new Set(['nothing-to-roll-back', 'rolled-back-as-bad', 'target-gone', 'target-image-gone']);

/** Where no way leads to what was asked for, the summary lists the releases that one can return to. */
async function findWayOrCandidates(seen: Seen, session: Session): Promise<Way | undefined> {
  try {
    return await findWay(seen, session);
  } catch (error) {
    if (error instanceof UserError && NO_WAY.has(error.code)) {
      const { functionName } = seen.question;
      session.story.history = say.history(
        await readHistory(session.tools, { functionName, release: seen.release }),
      );
    }
    throw error;
  }
}

/** Undefined when there is nothing to return, or the run only asks. */
async function findWay(seen: Seen, session: Session): Promise<Way | undefined> {
  const { step, story, tools, run } = session;
  const { inputs, question, release } = seen;
  const plan = planRollback(question, release, run, tools.guards);
  if (plan.kind === 'noop') {
    Object.assign(story, { outcome: 'ok:noop', why: plan.why });
    // A rollback that was cut off after its alias had moved left the stage behind.
    if (release.kind === 'recorded' && !inputs.dryRun)
      await returnStage(seen, { version: release.record.live, commit: release.record.commit }, session);
    return undefined;
  }
  const samples = await loadSamples(tools, inputs).catch(() => []);
  const { ecrRepository: repository, dryRun } = inputs;
  const request = { question, release, run, samples, repository, dryRun };
  const target = await step(
    'Check the version to return to',
    () => findTarget(tools, request, plan),
    say.targetFound,
  );
  const commit = parseVersionNote(target.description)?.commit;
  const to = { version: target.version, digest: target.digest, commit };
  story.plan = [say.rollbackStep(story.before, to, inputs.reason)];
  if (!inputs.dryRun) return { ...seen, to, samples };
  const why = `dry run: it would return to ${say.named(to)}`;
  return void Object.assign(story, { outcome: 'ok:noop', why });
}

async function goBack(way: Way, session: Session): Promise<void> {
  const { question, release, to, samples } = way;
  const { step, tools } = session;
  const writer = session.writer(question.force);
  const decide = decideRollback({ ...to, from: aliasOf(release)?.version ?? '' }, writer, tools.guards);
  const move = { ...question, first: release, seen: release, decide, op: writer.op };
  const moved = await step(
    'Move the alias',
    () => moveAlias(session, move, { release: to, outcome: 'rolled-back' }),
    switchedInWords,
  );
  if (moved.kind === 'superseded') return;
  await returnStage(way, to, session);
  const asked = { functionName: question.functionName, qualifier: question.aliasName, version: to.version };
  await step(
    'Ask through the alias',
    () => verifyAlias(tools, asked, samples[0]),
    () => `version ${to.version} answers`,
  );
  const { environment, githubToken: token } = way.inputs;
  await showDeployment(tools, { run: session.run, environment, token, story: session.story, release: to });
}

/** The API says what the alias says. */
async function returnStage(
  { api, stage, question }: Seen,
  { version, commit }: Pick<ReleaseName, 'version' | 'commit'>,
  { step, tools }: Session,
): Promise<void> {
  if (api === undefined || stage === undefined) return;
  await step(
    'Return the stage',
    () => restoreStage(tools, api, { alias: question.aliasName, version, commit }, stage),
    (changed) => (changed ? 'it carries the release' : 'unchanged'),
  );
}

export const rollbackAction: Action<RollbackInputs> = {
  name: 'rollback',
  read: readRollbackInputs,
  run: rollback,
};
