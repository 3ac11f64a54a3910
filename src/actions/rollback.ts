import { readRollbackInputs, rollbackQuestion, type RollbackInputs } from '../inputs/rollback-inputs.ts';
import { apiAddress } from '../inputs/target.ts';
import { planRollback } from '../plan/rollback.ts';
import { decideRollback } from '../plan/switch.ts';
import { aliasOf } from '../record/release.ts';
import { parseVersionNote } from '../record/version-note.ts';
import * as say from '../report/words.ts';
import { restoreStage } from '../steps/connect-api.ts';
import { findTarget } from '../steps/find-target.ts';
import { loadSamples } from '../steps/load-samples.ts';
import { readAlias } from '../steps/switch-alias.ts';
import { verifyAlias } from '../steps/verify.ts';
import { moveAlias, switchedInWords } from './move-alias.ts';
import type { Action } from './run-action.ts';
import type { Session } from './session.ts';

/** The way back: no build, no Docker, no checkout and no guess. One write of the alias, and one of the API's stage. */
export async function rollback(inputs: RollbackInputs, session: Session): Promise<void> {
  const { step, story, tools, run } = session;
  const question = rollbackQuestion(inputs, run);
  const api = apiAddress(inputs);
  // Read beside the alias, used after it: a stage that cannot be read is found out before anything moves.
  const [release, stage] = await step(
    'See what is live',
    () => Promise.all([readAlias(tools, question), api && tools.apiGateway(api).getStage()]),
    ([now]) => say.seen({ release: now, live: undefined }),
  );
  story.before = say.releaseName(release, undefined);
  const plan = planRollback(question, release, run, tools.guards);
  if (plan.kind === 'noop') return void Object.assign(story, { outcome: 'ok:noop', why: plan.why });

  const request = { question, release, run, repository: inputs.ecrRepository, dryRun: inputs.dryRun };
  const target = await step(
    'Check the version to return to',
    () => findTarget(tools, request, plan),
    say.targetFound,
  );
  const commit = parseVersionNote(target.description)?.commit;
  const to = { version: target.version, digest: target.digest, commit };
  story.plan = [say.rollbackStep(story.before, to, inputs.reason)];
  if (inputs.dryRun)
    return void Object.assign(story, {
      outcome: 'ok:noop',
      why: `dry run: it would return to ${say.named(to)}`,
    });

  const writer = session.writer(question.force);
  const decide = decideRollback({ ...to, from: aliasOf(release)?.version ?? '' }, writer, tools.guards);
  const move = { ...question, first: release, seen: release, decide, op: writer.op };
  const moved = await step(
    'Move the alias',
    () => moveAlias(session, move, { release: to, outcome: 'rolled-back' }),
    switchedInWords,
  );
  if (moved.kind === 'superseded') return;
  if (api !== undefined && stage !== undefined) {
    const staged = { alias: question.aliasName, version: to.version, commit };
    await step(
      'Return the stage',
      () => restoreStage(tools, api, staged, stage),
      (changed) => (changed ? 'it carries the release' : 'unchanged'),
    );
  }
  const samples = await loadSamples(tools, inputs).catch(() => []);
  const asked = { functionName: question.functionName, qualifier: question.aliasName, version: to.version };
  await step(
    'Ask through the alias',
    () => verifyAlias(tools, asked, samples[0]),
    () => `version ${to.version} answers`,
  );
}

export const rollbackAction: Action<RollbackInputs> = {
  name: 'rollback',
  read: readRollbackInputs,
  run: rollback,
};
