/** The image of a deploy, from the plan until it is in ECR: what may refuse it comes before the push. */
import type { ImageTrialFailed } from '../checks/container/trial-failure.ts';
import { bothGates } from '../checks/gate/both-gates.ts';
import { GateRefused } from '../checks/gate/gate-refused.ts';
import type { TrialRow } from '../checks/gate/trial.ts';
import type { Sample } from '../checks/samples.ts';
import { Cancelled, UserError } from '../errors.ts';
import type { DeployInputs } from '../inputs/deploy-inputs.ts';
import { explain } from '../run/explain.ts';
import { endOf, type PartEnd } from '../run/together.ts';
import { checkSupply } from './check-supply.ts';
import { builtInWords, imageInWords, testsSaid } from './deploy-words.ts';
import { gateFiles } from './gate-files.ts';
import { loadCaptured } from './load-captured.ts';
import type { Observation } from './observe.ts';
import type { ReleasePlan } from './plan/deploy.ts';
import type { DeployTarget } from './plan/target.ts';
import { also, failed, type Ending, type Facts, type TestLine } from './result.ts';
import { requireSigner } from './steps/image/attest-image.ts';
import { buildHere, type BuiltHere } from './steps/image/build-here.ts';
import { loginOnce } from './steps/image/cache-login.ts';
import { createRepository } from './steps/image/create-repository.ts';
import type { ImageWish } from './steps/image/image-wish.ts';
import { pushBuilt, useImage, type ProvidedImage } from './steps/image/provide-image.ts';
import { ModelTestsFailed } from './steps/tests/run-model-tests.ts';
import { testOnRunner, type Builds } from './steps/tests/test-model.ts';
import type { ReleaseSession, ReleaseTools } from './tools.ts';
import { tryImage } from './try-image.ts';

/** What a deploy knows of its service before it writes anything. */
export interface Begun {
  readonly inputs: DeployInputs;
  readonly target: DeployTarget;
  readonly samples: readonly Sample[];
  readonly builds: Builds;
  readonly seen: Observation;
}

type Provided =
  | {
      readonly kind: 'image';
      readonly image: ProvidedImage;
      readonly captured: readonly TrialRow[];
      readonly facts: Facts;
    }
  | { readonly kind: 'ended'; readonly ending: Ending };

/**
 * The commit's image, tested, in ECR and checked: the one that is there, or one that is built and pushed now. A dry run ends before the
 * push. It does not throw: what it learned until a failure is in its ending.
 */
export async function provide(
  session: ReleaseSession,
  plan: ReleasePlan,
  now: Begun & { readonly facts: Facts },
): Promise<Provided> {
  let { facts } = now;
  try {
    facts = also(facts, await gateFiles(session, now));
    if (plan.steps.attest !== undefined && !now.inputs.dryRun)
      requireSigner(session.tools, { run: session.run, token: now.inputs.githubToken });
    const captured = await loadCaptured(session, now);
    const login = loginOnce(session.tools);
    const { tests, built: made } = await testAndBuild(session, plan, { ...now, login });
    if (tests.kind === 'done') facts = also(facts, { tests: tests.value });
    const built = valueOf(tests, made);
    if (built?.tests !== undefined) facts = also(facts, { tests: built.tests });
    facts = also(facts, { imageTrial: await tryImage(session, plan, { ...now, captured, built }) });
    if (now.inputs.dryRun) return ended(dryRunEnded(facts));
    const image = await push(session, plan, { ...now, login, built });
    facts = also(facts, { imageUri: image.imageUri });
    const supply = await checkSupply(session, plan, { ...now, image });
    facts = also(facts, { gate: bothGates(facts.gate, supply) });
    return { kind: 'image', image, captured, facts };
  } catch (error) {
    return ended(failed(error, also(facts, factsIn(error, facts))));
  }
}

/** What a failure itself tells: the tests that ran, the samples that the image answered, what the gate measured. */
function factsIn(error: unknown, { gate }: Facts): Facts {
  if (error instanceof GateRefused) return { gate: bothGates(gate, error.gate) };
  if (error instanceof ModelTestsFailed) return { tests: error.result.stages };
  const isTrial = error instanceof UserError && error.code === 'image-trial-failed';
  return isTrial ? { imageTrial: (error as ImageTrialFailed).trial } : {};
}

export function ended(ending: Ending): { readonly kind: 'ended'; readonly ending: Ending } {
  return { kind: 'ended', ending };
}

export function dryRunEnded(facts: Facts): Ending {
  return { outcome: 'ok:noop', why: 'dry run: nothing was changed', facts };
}

type UnderWay = Begun & Pick<ImageWish, 'login'>;

interface Made {
  readonly tests: PartEnd<readonly TestLine[]>;
  /** Without a value where ECR has the image. */
  readonly built: PartEnd<BuiltHere | undefined>;
}

/** The model's tests on the runner beside the build; what runs alone runs in its turn. */
async function testAndBuild(
  session: ReleaseSession,
  plan: ReleasePlan,
  { builds, ...begun }: UnderWay,
): Promise<Made> {
  const wish = { ...begun, plan, run: session.run, builder: builds.builder };
  const test = (tools: ReleaseTools) => testOnRunner(tools, begun.inputs);
  const build = (tools: ReleaseTools) => buildHere(tools, wish);
  const { tests: testing, build: building } = plan.steps;
  if (testing !== undefined && building !== undefined) {
    const { first, second } = await session.together(
      { step: testing, act: test, result: testsSaid },
      { step: building, act: build, result: builtInWords },
    );
    return { tests: first, built: second };
  }
  const { tools } = session;
  const tests = await endOf(
    testing === undefined
      ? session.group('Test the model', () => test(tools), testsSaid)
      : session.step(testing, () => test(tools), testsSaid),
  );
  if (tests.kind !== 'done') return { tests, built: { kind: 'stopped' } };
  if (building === undefined) return { tests, built: { kind: 'done', value: undefined } };
  return { tests, built: await endOf(session.step(building, () => build(tools), builtInWords)) };
}

/** @throws what failed; where both did, an error that tells both. */
function valueOf(tests: Made['tests'], built: Made['built']): BuiltHere | undefined {
  const errors = [tests, built].flatMap((end) => (end.kind === 'failed' ? [end.error] : []));
  if (errors.length > 1) throw bothFailed(errors[0], errors[1]);
  if (errors.length > 0 || built.kind !== 'done') throw errors[0];
  return built.value;
}

/** The tests' failure comes first, and the build's follows it. */
function bothFailed(tests: unknown, built: unknown): unknown {
  if (!(tests instanceof UserError) || tests instanceof Cancelled) return tests;
  if (built instanceof Cancelled) return built;
  const { message, places = [] } = explain(built);
  const { code, what, fix } = tests;
  const told = { what, fix: `${fix} The build failed too: ${message}`, places: [...tests.places, ...places] };
  return tests instanceof ModelTestsFailed
    ? new ModelTestsFailed(code, told, tests.result)
    : new UserError(code, told, { cause: tests });
}

async function push(
  session: ReleaseSession,
  plan: ReleasePlan,
  { built, ...begun }: UnderWay & { readonly built: BuiltHere | undefined },
): Promise<ProvidedImage> {
  const { tools, run } = session;
  const { repository, image } = plan.steps;
  const make = () => createRepository(tools, begun.target.repository);
  const created = repository && (await session.step(repository, make));
  const wish = { ...begun, plan, run, created: created?.uri };
  const provided = () => (built === undefined ? useImage(tools, wish) : pushBuilt(tools, { ...wish, built }));
  return session.step(image, provided, imageInWords);
}
