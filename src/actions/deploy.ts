import { UserError } from '../errors.ts';
import { readDeployInputs, type DeployInputs } from '../inputs/deploy-inputs.ts';
import { deployTarget, type DeployTarget } from '../inputs/target.ts';
import { planDeploy, type ReleasePlan } from '../plan/deploy.ts';
import type { Sample } from '../plan/samples.ts';
import { runOf } from '../record/record.ts';
import { recordOf } from '../record/release.ts';
import * as say from '../report/words.ts';
import { judgeSamples } from '../steps/judge-samples.ts';
import { loadSamples } from '../steps/load-samples.ts';
import { observe, type Observation } from '../steps/observe.ts';
import { proveWayBack } from '../steps/prove-way-back.ts';
import { provideImage } from '../steps/provide-image.ts';
import { publishCandidate } from '../steps/publish-candidate.ts';
import { findBuilderEarly, testOnRunner } from '../steps/test-model.ts';
import { afterwards } from './afterwards.ts';
import { serve, type Candidate } from './go-live.ts';
import { recoverFirst } from './move-alias.ts';
import type { Action } from './run-action.ts';
import { goLiveAll, prepareAll } from './services.ts';
import { connect } from './serve-api.ts';
import type { Service, Session } from './session.ts';

/**
 * From a commit to a release: its tests pass, its image is in ECR once, its version answers the model's own samples, the alias
 * moves with its record in one call, and what people get is asked once more. Whatever fails, the alias serves what it served.
 * Several services go each step together: all of them are prepared, then all of them are moved, or none.
 */
export async function deploy(services: readonly Service<DeployInputs>[]): Promise<void> {
  const candidates = await prepareAll(services, prepare);
  const live = await goLiveAll(candidates, services);
  for (const { session, it } of live) await afterwards(it, session);
}

/** Everything before the traffic. Undefined when there is nothing to release; the story says why. */
export async function prepare(inputs: DeployInputs, session: Session): Promise<Candidate | undefined> {
  const { step, story, tools, run } = session;
  const target = deployTarget(inputs, run);
  const samples = await loadSamples(tools, inputs);
  // A missing builder is found out before minutes of tests and not after.
  const builds = inputs.dryRun ? undefined : await findBuilderEarly(tools, target);
  if (!inputs.dryRun)
    story.tests = await step('Test the model', () => testOnRunner(tools, inputs), say.tests);

  const seen = await step('See what is live', () => observe(tools, target, builds?.image), say.seen);
  story.before = say.releaseName(seen.release, seen.live);
  const plan = await decide({ inputs, target, samples, seen }, session);
  if (plan === undefined) return undefined;
  const release = plan.recover ? await recoverFirst(target, seen.release, session) : seen.release;
  if (release === undefined) return undefined;
  const now = { ...seen, release };

  const title = plan.build ? 'Build and push the image' : 'Check the image';
  const image = await step(
    title,
    () => provideImage(tools, { inputs, target, plan, seen: now, run, builder: builds?.builder }),
    say.image,
  );
  story.imageUri = image.imageUri;
  story.tests = image.tests ?? story.tests;
  // Two reads of ECR that nothing waits for until the traffic is to move.
  const wayBack = proveWayBack(tools, {
    repository: target.repository,
    previous: seen.live,
    incoming: plan.build ? 1 : 0,
  });
  wayBack.catch(() => undefined);
  const { version } = await step(
    'Publish a version',
    () => publishCandidate(tools, target, plan, image, run),
    say.published,
  );
  const question = {
    functionName: target.functionName,
    qualifier: version.version,
    version: version.version,
    hidden: Object.values(version.configuration.environment),
  };
  story.samples = await step('Ask it the samples', () => judgeSamples(tools, question, samples), say.samples);
  await step(
    'Prove the way back',
    async () => requireWayBack(await wayBack, inputs, session),
    () => story.wayBack ?? '',
  );
  return {
    inputs,
    target,
    seen: now,
    samples,
    version,
    release: { version: version.version, digest: image.digest, commit: run.commit },
    readAgain: plan.build,
  };
}

interface Situation {
  readonly inputs: DeployInputs;
  readonly target: DeployTarget;
  readonly samples: readonly Sample[];
  readonly seen: Observation;
}

/** The plan, said before anything is written. Undefined when it ends here: nothing to do, a newer run, or a dry run. */
async function decide(
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
 * again only when it was this very run's earlier attempt that moved it.
 */
async function converge(same: Candidate, session: Session): Promise<void> {
  const record = recordOf(same.seen.release);
  if (record !== undefined && runOf(record) === session.run.runId) await serve(same, session);
  else await connect(same, session);
}

/** A way back at risk is a warning with its fix, or a refusal where one is required. */
function requireWayBack(
  verdict: Awaited<ReturnType<typeof proveWayBack>>,
  inputs: DeployInputs,
  { story, tools }: Session,
): void {
  story.wayBack = verdict.why;
  if (verdict.kind !== 'at-risk') return;
  if (inputs.requireWayBack)
    throw new UserError('no-way-back', {
      what: `The way back is not safe: ${verdict.why}`,
      fix: verdict.fix,
    });
  tools.log.warning(`The way back is not safe: ${verdict.why} ${verdict.fix}`);
}

export const deployAction: Action<DeployInputs> = { name: 'deploy', read: readDeployInputs, run: deploy };
