import { readDeployInputs, type DeployInputs } from '../inputs/deploy-inputs.ts';
import { deployTarget } from '../inputs/target.ts';
import { planDeploy } from '../plan/deploy.ts';
import * as say from '../report/words.ts';
import { judgeSamples } from '../steps/judge-samples.ts';
import { loadSamples } from '../steps/load-samples.ts';
import { observe } from '../steps/observe.ts';
import { provideImage } from '../steps/provide-image.ts';
import { publishCandidate } from '../steps/publish-candidate.ts';
import { recover } from '../steps/recover.ts';
import { testModel } from '../steps/test-model.ts';
import { afterwards } from './afterwards.ts';
import { goLive, serve, type Candidate } from './go-live.ts';
import { switchedInWords } from './move-alias.ts';
import type { Action } from './run-action.ts';
import type { Session } from './session.ts';

/**
 * From a commit to a release: its tests pass, its image is in ECR once, its version answers the model's own samples, the alias
 * moves with its record in one call, and what people get is asked once more. Whatever fails, the alias serves what it served.
 */
export async function deploy(inputs: DeployInputs, session: Session): Promise<void> {
  const candidate = await prepare(inputs, session);
  if (candidate === undefined) return;
  const live = await goLive(candidate, session);
  if (live !== undefined) await afterwards(live, session);
}

/** Everything before the traffic: tests, image, version, samples. Undefined when there is nothing to release. */
export async function prepare(inputs: DeployInputs, session: Session): Promise<Candidate | undefined> {
  const { step, story, tools, run } = session;
  const target = deployTarget(inputs, run);
  const samples = await loadSamples(tools, inputs);
  story.tests = await step('Test the model', () => testModel(tools, inputs), say.tests);

  const seen = await step('See what is live', () => observe(tools, target), say.seen);
  story.before = say.releaseName(seen.release, seen.live);
  const plan = await step(
    'Plan',
    () => Promise.resolve(planDeploy(target.wish, seen, run, session.writer(target.force), tools.guards)),
    say.planned,
  );
  if (plan.kind === 'superseded') return void Object.assign(story, { outcome: 'superseded', why: plan.why });
  if (plan.kind === 'noop') {
    Object.assign(story, { outcome: 'ok:noop', why: plan.why });
    if (!inputs.dryRun)
      await serve(
        { inputs, target, seen, samples, ...plan, release: story.before!, readAgain: false },
        session,
      );
    return undefined;
  }
  for (const line of say.planLines(plan.steps)) tools.log.info(line);
  for (const warning of plan.warnings) tools.log.warning(warning);
  story.plan = plan.steps;
  if (inputs.dryRun)
    return void Object.assign(story, { outcome: 'ok:noop', why: 'dry run: nothing was changed' });

  if (plan.recover)
    await step(
      'End what another run left',
      () => recover(tools, target, seen.release, session.writer(target.force)),
      switchedInWords,
    );
  const image = await step(
    plan.build ? 'Build and push the image' : 'Check the image',
    () => provideImage(tools, { inputs, target, plan, seen, run }),
    say.image,
  );
  story.imageUri = image.imageUri;
  if (image.tests !== undefined) story.tests = image.tests;
  const published = await step(
    'Publish a version',
    () => publishCandidate(tools, target, plan, image, run),
    say.published,
  );
  const { version } = published.version;
  const question = { functionName: target.functionName, qualifier: version, version };
  story.samples = await step('Ask it the samples', () => judgeSamples(tools, question, samples), say.samples);
  return {
    inputs,
    target,
    seen,
    samples,
    version: published.version,
    release: { version, digest: image.digest, commit: run.commit },
    readAgain: plan.build,
  };
}

export const deployAction: Action<DeployInputs> = { name: 'deploy', read: readDeployInputs, run: deploy };
