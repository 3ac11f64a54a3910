import { UserError } from '../errors.ts';
import { readRollbackInputs, type RollbackInputs } from '../inputs/rollback-inputs.ts';
import { decideRollback } from '../release/plan/shift.ts';
import { aliasOf } from '../release/record/release.ts';
import {
  findWay,
  look,
  orCandidates,
  partsToReturn,
  returnStage,
  type Seen,
  type Way,
} from '../release/find-way.ts';
import { rollbackYields, wentBack } from '../report/words.ts';
import { moveAlias, releaseAfter, switchedInWords } from '../release/move-alias.ts';
import { inTurn, told, type Of } from '../release/services.ts';
import type { Service, Session } from '../run/session.ts';
import { showDeployment } from '../release/steps/show-deployment.ts';
import { verifyAlias } from '../release/steps/alias/verify.ts';
import type { VersionNumber } from '../types.ts';
import type { Action } from '../run/run-action.ts';

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
    const { functionName } = it.question;
    const way = await told(session, () =>
      orCandidates(session, { functionName, release: it.release }, () => findWay(it, session)),
    );
    if (way !== undefined) ways.push({ session, it: way });
  }
  await inTurn(ways.toReversed(), goBack);
}

async function goBack(way: Way, session: Session): Promise<void> {
  const { question, release, to, samples, hidden } = way;
  const { step, tools } = session;
  const writer = session.writer(question.force);
  const decide = decideRollback({ ...to, from: aliasOf(release)?.version ?? '' }, writer, tools.guards);
  const move = { ...question, first: release, seen: release, decide, op: writer.op };
  const moved = await step(
    'Move the alias',
    () => moveAlias(session, move, { release: to, outcome: 'rolled-back' }),
    switchedInWords,
  );
  if (moved.kind === 'superseded') {
    session.story.why = rollbackYields(moved.why);
    return;
  }
  const { environment, githubToken: token, reason } = way.inputs;
  if (moved.kind === 'switched') session.story.why = wentBack(session.story.before, to, reason);
  await returnStage(way, to, session);
  const { functionName, aliasName: qualifier } = question;
  const asked = { functionName, qualifier, version: to.version, hidden };
  const now = { functionName, release: releaseAfter(moved, tools.guards) };
  await orCandidates(session, now, () =>
    step(
      'Ask through the alias',
      () => verifyAlias(tools, asked, samples[0]).catch(whenLive(to.version)),
      () => `version ${to.version} answers`,
    ),
  );
  const { run, story } = session;
  await showDeployment(tools, { run, environment, token, story, release: to, reason });
}

/** The alias has moved by then, and a sample of the checked-out commit may ask for more than an older version ever answered. */
function whenLive(version: VersionNumber) {
  return (error: unknown): never => {
    if (!(error instanceof UserError) || error.code !== 'not-verified') throw error;
    const { code, what } = error;
    const fix = `Version ${version} is live now: if that sample is newer than it, its answer may be right for its time; otherwise return to another version, which the summary lists.`;
    throw new UserError(code, { what, fix }, { cause: error });
  };
}

export const rollbackAction: Action<RollbackInputs> = {
  name: 'rollback',
  read: readRollbackInputs,
  run: rollback,
};
