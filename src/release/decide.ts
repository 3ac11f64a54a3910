/** What one deploy comes to, decided before anything is written and said before it is done. */
import { UserError } from '../errors.ts';
import type { DeployInputs } from '../inputs/deploy-inputs.ts';
import { planDeploy, type ReleasePlan } from './plan/deploy.ts';
import type { Sample } from '../checks/samples.ts';
import type { DeployTarget } from './plan/target.ts';
import { releasedBy } from './record/record.ts';
import * as say from '../report/words.ts';
import type { Observation } from './observe.ts';
import type { proveWayBack } from './steps/version/prove-rollback-target.ts';
import { before, type Candidate } from './candidate.ts';
import { serve, takeBack } from './go-live.ts';
import { connect } from './serve-api.ts';
import type { Session } from '../run/session.ts';

interface Situation {
  readonly inputs: DeployInputs;
  readonly target: DeployTarget;
  readonly samples: readonly Sample[];
  readonly seen: Observation;
}

/** The plan, said before anything is written. Undefined when it ends here: nothing to do, a newer run, or a dry run. */
export async function decide(
  { inputs, target, samples, seen }: Situation,
  session: Session,
): Promise<ReleasePlan | undefined> {
  const { step, story, tools, run } = session;
  const make = () =>
    planDeploy({ wish: target.wish, now: seen, run, writer: session.writer(target.force) }, tools.guards);
  const plan = await step('Plan', () => Promise.resolve().then(make), say.planned);
  const end = (outcome: 'ok:noop' | 'superseded', why: string) => void Object.assign(story, { outcome, why });
  if (plan.kind === 'superseded') return end('superseded', plan.why);
  if (plan.kind === 'noop') {
    story.imageUri = plan.version.resolvedImageUri;
    end('ok:noop', plan.why);
    const release = story.before ?? {
      version: plan.version.version,
      digest: plan.version.digest,
      commit: run.commit,
    };
    const same = { inputs, target, seen, samples, version: plan.version, release, readAgain: false };
    if (!inputs.dryRun) await converge(same, session);
    return undefined;
  }
  story.plan = plan.steps;
  for (const line of say.planLines(plan.steps)) tools.log.info(line);
  for (const warning of plan.warnings) tools.log.warning(warning);
  return inputs.dryRun ? end('ok:noop', 'dry run: nothing was changed') : plan;
}

/**
 * Nothing is to be released, and a run may have died behind the alias: the stage is brought to what the alias says. The doors are tried
 * again only when it was this very run's earlier attempt that moved it, and what answers wrongly then is taken back as it would have been.
 */
async function converge(same: Candidate, session: Session): Promise<void> {
  const { release } = same.seen;
  if (release.kind !== 'recorded' || releasedBy(release.record) !== session.run.runId) {
    await connect(same, session);
    return;
  }
  try {
    await serve(same, session);
  } catch (error) {
    // A refused or throttled call says nothing of a release that may have served for days.
    if (!(error instanceof UserError) || error.code !== 'not-verified') {
      session.story.outcome = 'failed';
      throw error;
    }
    session.story.why = '';
    await takeBack({ target: same.target, alias: release.alias, to: before(release.record) }, session);
    throw error;
  }
}

/** A way back at risk is a warning with its fix, or a refusal where one is required. */
export function requireWayBack(
  verdict: Awaited<ReturnType<typeof proveWayBack>>,
  inputs: DeployInputs,
  { story, tools }: Session,
): void {
  story.wayBack = verdict.why;
  if (verdict.kind !== 'at-risk') return;
  if (inputs.requireRollbackTarget)
    throw new UserError('no-way-back', {
      what: `The way back is not safe: ${verdict.why}`,
      fix: verdict.fix,
    });
  tools.log.warning(`The way back is not safe: ${verdict.why} ${verdict.fix}`);
}
