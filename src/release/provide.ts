/** The image of a deploy, from the plan until it is in ECR: what may refuse it comes before the push. */
import { GateRefused } from '../checks/gate/gate-refused.ts';
import type { Sample } from '../checks/samples.ts';
import type { DeployInputs } from '../inputs/deploy-inputs.ts';
import { builtInWords, imageInWords, testsSaid } from './deploy-words.ts';
import { gateFiles } from './gate-files.ts';
import type { Observation } from './observe.ts';
import type { ReleasePlan } from './plan/deploy.ts';
import type { DeployTarget } from './plan/target.ts';
import { also, failed, type Ending, type Facts, type TestLine } from './result.ts';
import { buildHere, type BuiltHere } from './steps/image/build-here.ts';
import { createRepository } from './steps/image/create-repository.ts';
import { pushBuilt, useImage, type ProvidedImage } from './steps/image/provide-image.ts';
import { ModelTestsFailed } from './steps/tests/run-model-tests.ts';
import { testOnRunner, type Builds } from './steps/tests/test-model.ts';
import type { ReleaseSession } from './tools.ts';

/** What a deploy knows of its service before it writes anything. */
export interface Begun {
  readonly inputs: DeployInputs;
  readonly target: DeployTarget;
  readonly samples: readonly Sample[];
  readonly builds: Builds;
  readonly seen: Observation;
}

type Provided =
  | { readonly kind: 'image'; readonly image: ProvidedImage; readonly facts: Facts }
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
    facts = also(facts, { tests: await testModel(session, plan, now) });
    const built = await build(session, plan, now);
    if (built?.tests !== undefined) facts = also(facts, { tests: built.tests });
    if (now.inputs.dryRun) return ended(dryRunEnded(facts));
    const image = await push(session, plan, { ...now, built });
    return { kind: 'image', image, facts: also(facts, { imageUri: image.imageUri }) };
  } catch (error) {
    return ended(failed(error, also(facts, factsIn(error))));
  }
}

/** What a failure itself tells: the tests that ran, what the gate measured. */
function factsIn(error: unknown): Facts {
  if (error instanceof GateRefused) return { gate: error.gate };
  return error instanceof ModelTestsFailed ? { tests: error.result.stages } : {};
}

export function ended(ending: Ending): { readonly kind: 'ended'; readonly ending: Ending } {
  return { kind: 'ended', ending };
}

export function dryRunEnded(facts: Facts): Ending {
  return { outcome: 'ok:noop', why: 'dry run: nothing was changed', facts };
}

/** The model's tests on the runner. */
async function testModel(
  session: ReleaseSession,
  { steps }: ReleasePlan,
  { inputs }: Begun,
): Promise<readonly TestLine[]> {
  const work = () => testOnRunner(session.tools, inputs);
  return steps.tests === undefined
    ? session.group('Test the model', work, testsSaid)
    : session.step(steps.tests, work, testsSaid);
}

/** Undefined where ECR has the image. */
async function build(
  session: ReleaseSession,
  plan: ReleasePlan,
  { builds, ...begun }: Begun,
): Promise<BuiltHere | undefined> {
  const { tools, run } = session;
  const { build: step } = plan.steps;
  const wish = { ...begun, plan, run, builder: builds.builder };
  return step && session.step(step, () => buildHere(tools, wish), builtInWords);
}

async function push(
  session: ReleaseSession,
  plan: ReleasePlan,
  { built, ...begun }: Begun & { readonly built: BuiltHere | undefined },
): Promise<ProvidedImage> {
  const { tools, run } = session;
  const { repository, image } = plan.steps;
  const make = () => createRepository(tools, begun.target.repository);
  const created = repository && (await session.step(repository, make));
  const wish = { ...begun, plan, run, created: created?.uri };
  const provided = () => (built === undefined ? useImage(tools, wish) : pushBuilt(tools, { ...wish, built }));
  return session.step(image, provided, imageInWords);
}
