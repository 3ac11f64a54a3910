/** Everything of a deploy before its traffic: observe, plan, and make a version that answered its samples. */
import { SamplesFailed } from '../checks/check-samples.ts';
import { bothGates } from '../checks/gate/both-gates.ts';
import { GateRefused } from '../checks/gate/gate-refused.ts';
import { loadSamples, pathOfSamples } from '../checks/load-samples.ts';
import type { DeployInputs } from '../inputs/deploy-inputs.ts';
import { explain } from '../run/explain.ts';
import { listOf } from '../run/plan.ts';
import type { FunctionVersion } from '../types.ts';
import { apiUrlOf, hiddenOf, tryThroughApi, type Candidate, type Serving } from './candidate.ts';
import { publishedInWords, samplesSaid } from './deploy-words.ts';
import { factsBefore, factsOfCandidate } from './facts.ts';
import { announce, makePlan, recover, requireTarget, tellOfLatest } from './prepare-phases.ts';
import { dryRunEnded, ended, provide, type Begun } from './provide.ts';
import type { NothingToRelease, ReleasePlan, Superseded } from './plan/deploy.ts';
import { deployTarget } from './plan/target.ts';
import { isReleaseOf } from './record/record.ts';
import { also, failed, type Ending, type Facts } from './result.ts';
import type { Checkout } from './steps/image/read-checkout.ts';
import type { ProvidedImage } from './steps/image/provide-image.ts';
import { findBuilderEarly } from './steps/tests/test-model.ts';
import { bytesOf, checkCandidate, gateVersion, liveSubject } from './gate-version.ts';
import { lookOrGoWithout, withComparison } from './gate-on-runner.ts';
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

/** A dry run of a deploy ends with its plan; with `build` it goes on as far as that needs no write to AWS. */
export type PrepareInputs = DeployInputs & { readonly build?: boolean };

/** Prepares one service, as far as it goes without traffic. It does not throw: what it learned until a failure is in its ending. */
export async function prepare(
  { inputs, session: given }: ReleaseService<PrepareInputs>,
  { commit, source }: Checkout,
): Promise<Prepared> {
  const session = { ...given, run: { ...given.run, commit } };
  const { tools, run } = session;
  const build = { target: deployTarget(inputs, run), source };
  const endsWithPlan = inputs.dryRun && inputs.build !== true;
  let facts: Facts = {};
  try {
    const samples = await loadSamples(tools, inputs);
    // A missing builder is found out before minutes of tests and not after.
    const builds = endsWithPlan ? NOTHING_BUILDS : await findBuilderEarly(tools, build);
    const goesOn = inputs.dryRun && !endsWithPlan;
    const looked = await lookOrGoWithout(session, build, { known: builds.images, goesOn });
    const { seen, target, leftOut } = looked;
    facts = also({ leftOut }, factsBefore(seen.release, seen.live, tools.guards));
    const begun = { inputs, target, samples, builds, seen };
    const plan = await makePlan(session, begun);
    if (plan.kind === 'superseded') return ended(yielded(plan, facts));
    if (leftOut === undefined) {
      announce(session, plan);
      facts = also(facts, { plan: listOf(plan.steps) });
    }
    if (plan.kind === 'noop') {
      await tellOfLatest(session, target, plan.version);
      return serves(plan, begun, { facts, session });
    }
    if (endsWithPlan) return ended(dryRunEnded(facts));
    if (inputs.dryRun)
      return await withComparison(session, begun, await candidateOf(session, plan, { ...begun, facts }));

    const recovered = await recover(session, target, { plan, seen, facts });
    facts = recovered.facts;
    if (recovered.ending !== undefined) return ended(recovered.ending);
    const now = { ...begun, seen: { ...seen, release: recovered.release } };
    return await candidateOf(session, plan, { ...now, facts });
  } catch (error) {
    return ended(failed(error, facts));
  }
}

/** From the plan to a version that answered its samples; it does not throw either. */
async function candidateOf(
  session: ReleaseSession,
  plan: ReleasePlan,
  now: Begun & { readonly facts: Facts },
): Promise<Prepared> {
  const { inputs, target, seen, samples } = now;
  const { tools } = session;
  const { steps } = plan;
  const provided = await provide(session, plan, now);
  if (provided.kind === 'ended') return provided;
  const { image, captured } = provided;
  let { facts } = provided;
  try {
    // Two reads of ECR that nothing waits for until the traffic is to shift.
    const proof = proveRollbackTarget(tools, { repository: target.repository, previous: seen.live });
    proof.catch(() => undefined);
    const version = await publish(session, plan, { ...now, image });
    facts = also(facts, factsOfCandidate(version, image, seen.live));
    const named = { functionName: target.functionName, qualifier: version.version, version: version.version };
    const checked = { ...named, hidden: hiddenOf(version), file: pathOfSamples(inputs) };
    const policy = inputs.gate;
    const check = () => checkCandidate(tools, checked, { samples, policy });
    const sampled = await session.step(steps.samples, check, ({ results }) => samplesSaid(results));
    facts = also(facts, { samples: sampled.results });
    const scene = { policy, checked, version, sampled, imageBytes: image.bytes, captured };
    const live = { live: liveSubject(seen, facts), liveBytes: bytesOf(proof) };
    const compared = await gateVersion(session, steps.compare, { ...scene, ...live });
    facts = also(facts, { gate: bothGates(facts.gate, compared) });
    const proven = await session.step(
      steps.target,
      async () => requireTarget(session, inputs, await proof),
      ({ kind, why }) => (kind === 'proven' ? why : { open: why }),
    );
    const imageBytes = { before: proven.bytes, now: image.bytes };
    const apiUrl = apiUrlOf({ inputs, target }, version.arn);
    facts = also(facts, { rollbackTarget: proven.why, imageBytes, apiUrl });
    const release = { version: version.version, digest: image.digest, commit: image.commit };
    const isOld = steps.build !== undefined;
    const { before } = facts;
    const candidate = { inputs, target, samples, seen, before, version, release, steps, isOld };
    const trial = await tryThroughApi(session, candidate);
    return { kind: 'ready', facts, candidate: { ...candidate, trial } };
  } catch (error) {
    return ended(failed(error, also(facts, factsIn(error, facts))));
  }
}

/** What a failure itself tells: the samples that were checked, what the gate measured. */
function factsIn(error: unknown, { gate }: Facts): Facts {
  if (error instanceof GateRefused) return { gate: bothGates(gate, error.gate) };
  return error instanceof SamplesFailed ? { samples: error.results, functionLog: error.functionLog } : {};
}

const NOTHING_BUILDS = { builder: undefined, images: undefined };

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
