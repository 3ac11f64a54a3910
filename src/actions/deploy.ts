import { readDeployInputs, type DeployInputs } from '../inputs/deploy-inputs.ts';
import { deployTarget } from '../release/plan/target.ts';
import { afterwards } from '../release/afterwards.ts';
import type { Candidate } from '../release/candidate.ts';
import { decide, requireWayBack } from '../release/decide.ts';
import { recoverFirst } from '../release/move-alias.ts';
import { goLiveAll, prepareAll } from '../release/services.ts';
import type { Service, Session } from '../run/session.ts';
import * as say from '../report/words.ts';
import { judgeSamples } from '../checks/check-samples.ts';
import { loadSamples } from '../checks/load-samples.ts';
import { observe } from '../release/observe.ts';
import { proveWayBack } from '../release/steps/version/prove-rollback-target.ts';
import { provideImage } from '../release/steps/image/provide-image.ts';
import { publishCandidate } from '../release/steps/version/publish-candidate.ts';
import { findBuilderEarly, testOnRunner } from '../release/steps/tests/test-model.ts';
import type { Action } from '../run/run-action.ts';

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
  story.stepBack = say.stepBack(seen.release, tools.guards);
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
  const wayBack = proveWayBack(tools, { repository: target.repository, previous: seen.live });
  wayBack.catch(() => undefined);
  const { version } = await step(
    'Publish a version',
    () => publishCandidate(tools, { target, plan, image, run, live: seen.live }),
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

export const deployAction: Action<DeployInputs> = { name: 'deploy', read: readDeployInputs, run: deploy };
