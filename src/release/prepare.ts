/** Everything of a deploy before its traffic: observe, plan, and make a version that answered its samples. */
import { checkSamples, SamplesFailed } from '../checks/check-samples.ts';
import { loadSamples, pathOfSamples } from '../checks/load-samples.ts';
import type { Sample } from '../checks/samples.ts';
import type { DeployInputs } from '../inputs/deploy-inputs.ts';
import { explain } from '../run/explain.ts';
import { listOf } from '../run/plan.ts';
import type { FunctionVersion } from '../types.ts';
import { apiUrlOf, hiddenOf, tryThroughApi, type Candidate, type Serving } from './candidate.ts';
import { imageInWords, publishedInWords, samplesSaid } from './deploy-words.ts';
import { factsBefore, factsOfCandidate } from './facts.ts';
import {
  announce,
  lookAtLive,
  makePlan,
  recover,
  requireTarget,
  tellOfLatest,
  testModel,
} from './prepare-phases.ts';
import type { Observation } from './observe.ts';
import type { NothingToRelease, ReleasePlan, Superseded } from './plan/deploy.ts';
import { deployTarget, type DeployTarget } from './plan/target.ts';
import { isReleaseOf } from './record/record.ts';
import { also, failed, type Ending, type Facts } from './result.ts';
import { createRepository } from './steps/image/create-repository.ts';
import type { Checkout } from './steps/image/read-checkout.ts';
import { provideImage, type ProvidedImage } from './steps/image/provide-image.ts';
import { ModelTestsFailed } from './steps/tests/run-model-tests.ts';
import { findBuilderEarly, type Builds } from './steps/tests/test-model.ts';
import { createFunction } from './steps/version/create-function.ts';
import { roleArn } from './steps/version/role-arn.ts';
import { proveRollbackTarget } from './steps/version/prove-rollback-target.ts';
import { publishCandidate } from './steps/version/publish-candidate.ts';
import type { ReleaseSession, ReleaseService } from './tools.ts';

export type Prepared =
  | { readonly kind: 'ready'; readonly candidate: Candidate; readonly facts: Facts }
  /** The alias serves it already; what is behind it may not. */
  | { readonly kind: 'serves'; readonly serving: Serving; readonly why: string; readonly facts: Facts }
  /** Nothing of it is to be shifted. */
  | { readonly kind: 'ended'; readonly ending: Ending };

/** What a deploy knows of its service before it writes anything. */
interface Begun {
  readonly inputs: DeployInputs;
  readonly target: DeployTarget;
  readonly samples: readonly Sample[];
  readonly builds: Builds;
  readonly seen: Observation;
}

/** Prepares one service, as far as it goes without traffic. It does not throw: what it learned until a failure is in its ending. */
export async function prepare(
  { inputs, session: given }: ReleaseService<DeployInputs>,
  { commit, source }: Checkout,
): Promise<Prepared> {
  const session = { ...given, run: { ...given.run, commit } };
  const { tools, run } = session;
  const build = { target: deployTarget(inputs, run), source };
  let facts: Facts = {};
  try {
    const samples = await loadSamples(tools, inputs);
    // A missing builder is found out before minutes of tests and not after.
    const builds = inputs.dryRun ? NOTHING_BUILDS : await findBuilderEarly(tools, build);
    facts = also(facts, { tests: await testModel(session, inputs) });
    const { seen, target } = await lookAtLive(session, build, builds.images);
    facts = also(facts, factsBefore(seen.release, seen.live, tools.guards));
    const begun = { inputs, target, samples, builds, seen };
    const plan = await makePlan(session, begun);
    if (plan.kind === 'superseded') return ended(yielded(plan, facts));
    announce(session, plan);
    facts = also(facts, { plan: listOf(plan.steps) });
    if (plan.kind === 'noop') {
      await tellOfLatest(session, target, plan.version);
      return serves(plan, begun, { facts, session });
    }
    if (inputs.dryRun) return ended({ outcome: 'ok:noop', why: 'dry run: nothing was changed', facts });

    const recovered = await recover(session, target, { plan, seen, facts });
    facts = recovered.facts;
    if (recovered.ending !== undefined) return ended(recovered.ending);
    const now = { ...begun, seen: { ...seen, release: recovered.release } };
    const image = await provide(session, plan, now);
    facts = also(facts, { imageUri: image.imageUri, tests: image.tests ?? facts.tests ?? [] });
    // Two reads of ECR that nothing waits for until the traffic is to shift.
    const proof = proveRollbackTarget(tools, { repository: target.repository, previous: seen.live });
    proof.catch(() => undefined);
    const version = await publish(session, plan, { ...now, image });
    facts = also(facts, factsOfCandidate(version, image, seen.live));
    const named = { functionName: target.functionName, qualifier: version.version, version: version.version };
    const checked = { ...named, hidden: hiddenOf(version), file: pathOfSamples(inputs) };
    const answers = await session.step(
      plan.steps.samples,
      () => checkSamples(tools, checked, samples),
      samplesSaid,
    );
    facts = also(facts, { samples: answers });
    const proven = await session.step(
      plan.steps.target,
      async () => requireTarget(session, inputs, await proof),
      ({ kind, why }) => (kind === 'proven' ? why : { open: why }),
    );
    const imageBytes = { before: proven.bytes, now: image.bytes };
    const apiUrl = apiUrlOf({ inputs, target }, version.arn);
    facts = also(facts, { rollbackTarget: proven.why, imageBytes, apiUrl });
    const release = { version: version.version, digest: image.digest, commit: image.commit };
    const { steps } = plan;
    const isOld = steps.build !== undefined;
    const candidate = { ...now, before: facts.before, version, release, steps, isOld };
    const trial = await tryThroughApi(session, candidate);
    return { kind: 'ready', facts, candidate: { ...candidate, trial } };
  } catch (error) {
    return ended(failed(error, also(facts, factsIn(error))));
  }
}

/** What a failure itself tells: the tests that ran, the samples that were checked. */
function factsIn(error: unknown): Facts {
  if (error instanceof ModelTestsFailed) return { tests: error.result.stages };
  return error instanceof SamplesFailed ? { samples: error.results, functionLog: error.functionLog } : {};
}

const NOTHING_BUILDS: Builds = { builder: undefined, images: undefined };

function ended(ending: Ending): Prepared {
  return { kind: 'ended', ending };
}

function yielded({ why, unknown }: Superseded, facts: Facts): Ending {
  return { outcome: 'superseded', why, error: unknown && explain(unknown), facts };
}

/** The alias serves this already. */
function serves(
  { version, why, steps }: NothingToRelease,
  { inputs, target, samples, seen }: Begun,
  { facts, session }: { readonly facts: Facts; readonly session: ReleaseSession },
): Prepared {
  const { release: alias } = seen;
  const { before } = facts;
  const release = before ?? { version: version.version, digest: version.digest, commit: session.run.commit };
  const isOwn = alias.kind === 'recorded' && isReleaseOf(alias.record, session.run);
  const apiUrl = inputs.dryRun ? undefined : apiUrlOf({ inputs, target }, version.arn);
  return {
    kind: 'serves',
    why,
    facts: also(facts, { imageUri: version.resolvedImageUri, apiUrl }),
    serving: { inputs, target, seen, samples, before, version, release, steps, isOwn },
  };
}

/** The commit's image in ECR: the one that is there, or one that is built now. */
async function provide(
  session: ReleaseSession,
  plan: ReleasePlan,
  { inputs, target, seen, builds }: Begun,
): Promise<ProvidedImage> {
  const { tools, run } = session;
  const { repository, build, image } = plan.steps;
  const made =
    repository && (await session.step(repository, () => createRepository(tools, target.repository)));
  const step = build ?? image;
  const wish = { inputs, target, plan, seen, run, builder: builds.builder, created: made?.uri };
  const provided = () => provideImage(tools, wish);
  return step === undefined ? provided() : session.step(step, provided, imageInWords);
}

/** A version with exactly this image, made and not yet asked anything; its function first, where there is none. */
async function publish(
  session: ReleaseSession,
  plan: ReleasePlan,
  { target, seen, image }: Begun & { readonly image: ProvidedImage },
): Promise<FunctionVersion> {
  const { tools, run } = session;
  const { functionName, wish } = target;
  const { imageUri } = image;
  const { architecture, steps } = plan;
  if (steps.function !== undefined) {
    await session.step(steps.function, async () => {
      const role = await roleArn(tools, wish.role ?? '', { imageUri, repository: target.repository });
      await createFunction(tools, { functionName, imageUri, role, architecture, wish });
    });
  }
  const { version } = await session.step(
    steps.version,
    () => publishCandidate(tools, { target, plan, image, run, live: seen.live }),
    publishedInWords,
  );
  return version;
}
