/** The phases of a deploy before its traffic, one function each. */
import type { EcrImage } from '../clients/ecr.ts';
import type { Build } from './steps/image/choose-image.ts';
import { Cancelled, UserError } from '../errors.ts';
import type { DeployInputs } from '../inputs/deploy-inputs.ts';
import { listOf } from '../run/plan.ts';
import { planInWords, planLines } from '../words.ts';
import { liveInWords } from './facts.ts';
import { observe, type Observation } from './observe.ts';
import {
  changedElsewhere,
  planDeploy,
  refuseUnconnected,
  type DeployPlan,
  type ReleasePlan,
} from './plan/deploy.ts';
import type { ProvenTarget } from './steps/version/prove-rollback-target.ts';
import { NO_SHIFT } from './plan/shift-steps.ts';
import { tagged, type DeployTarget } from './plan/target.ts';
import type { Release } from './record/release.ts';
import { also, failed, type Ending, type Facts } from './result.ts';
import { explain } from '../run/explain.ts';
import type { FunctionVersion } from '../types.ts';
import { shift } from './shift.ts';
import { compareCommits } from './steps/alias/compare-commits.ts';
import { settleWeights } from './steps/alias/provisioning.ts';
import { writerOf, type ReleaseSession } from './tools.ts';

/** What is live, and the target with the tag of this build's image. */
export async function lookAtLive(
  { tools, group }: ReleaseSession,
  build: Build,
  known: readonly EcrImage[] | undefined,
): Promise<{ readonly seen: Observation; readonly target: DeployTarget }> {
  const seen = await group(
    'Look at what is live',
    () => observe(tools, build, known),
    ({ release, live }) => liveInWords(release, live),
  );
  return { seen, target: seen.build === undefined ? build.target : tagged(build.target, seen.build.tag) };
}

interface Situation {
  readonly target: DeployTarget;
  readonly inputs: Pick<DeployInputs, 'githubToken'>;
  readonly seen: Observation;
  readonly samples: readonly unknown[];
}

/** What this deploy comes to, decided before anything is written. */
export function makePlan(session: ReleaseSession, situation: Situation): Promise<DeployPlan> {
  const { tools, run, group } = session;
  const { target, seen, samples, inputs } = situation;
  const wish = { ...target.wish, samples: samples.length };
  const writer = writerOf(session, target.force);
  const decide = async () => {
    const plan = planDeploy({ wish, now: seen, run, writer }, tools.guards);
    if (plan.kind !== 'superseded') return plan;
    const { isAfter, why, unknown } = await compareCommits(session, seen.release, inputs.githubToken);
    if (isAfter === undefined) return { ...plan, why: `${plan.why}${why}`, unknown };
    return planDeploy({ wish, now: seen, run, writer: { ...writer, isAfter } }, tools.guards);
  };
  const make = async () => {
    const plan = await decide();
    if (plan.kind !== 'superseded') refuseUnconnected(wish, seen);
    return plan;
  };
  return group('Plan', make, (plan) =>
    plan.kind === 'release' ? planInWords(listOf(plan.steps)) : plan.why,
  );
}

/** Says the plan before anything is written. */
export function announce({ tools }: ReleaseSession, plan: Exclude<DeployPlan, { kind: 'superseded' }>): void {
  for (const line of planLines(listOf(plan.steps))) tools.log.info(line);
  if (plan.kind === 'release') for (const warning of plan.warnings) tools.log.warning(warning);
}

/** Nothing is to be released, and somebody (Terraform, the console) may have configured `$LATEST` otherwise since: it is said. */
export async function tellOfLatest(
  { tools }: ReleaseSession,
  { functionName, wish }: DeployTarget,
  live: FunctionVersion,
): Promise<void> {
  try {
    const changes = changedElsewhere(live, await tools.lambda.getFunction(functionName), wish);
    if (changes.length === 0) return;
    tools.log.warning(
      `$LATEST of ${functionName} is configured otherwise than version ${live.version}, which is live: ${changes.join(', ')}. This run releases nothing of it; the next release takes it over. Run it with force: true to release it now.`,
    );
  } catch (error) {
    if (error instanceof Cancelled) throw error;
    tools.log.info(`Whether $LATEST was changed since is not known: ${explain(error).message}`);
  }
}

interface Recovery {
  readonly plan: ReleasePlan;
  readonly seen: Observation;
  readonly facts: Facts;
}

/**
 * Ends what another run left on the alias, before new work begins (G8). Weights that AWS itself put there for provisioned concurrency
 * are waited for, not fought.
 * @returns the release as it is then; with an ending where the run goes no further.
 */
export async function recover(
  session: ReleaseSession,
  target: DeployTarget,
  { plan, seen, facts }: Recovery,
): Promise<{ readonly release: Release; readonly facts: Facts; readonly ending?: Ending }> {
  const { recover: move } = plan.steps;
  if (move === undefined) return { release: seen.release, facts };
  const settled = await session.group('Look for provisioned concurrency', () =>
    settleWeights(session.tools, target, seen.release),
  );
  const shifted = await shift(session, {
    alias: target,
    first: settled,
    seen: settled,
    before: facts.before,
    force: target.force,
    intent: { kind: 'recovery' },
    to: undefined,
    api: undefined,
    samples: [],
    otherwise: { kind: 'stays' },
    steps: { ...NO_SHIFT, move },
  });
  switch (shifted.kind) {
    case 'shifted':
    case 'unchanged':
      return { release: shifted.live, facts: also(facts, shifted.facts) };
    case 'superseded': {
      const known = also(facts, shifted.facts);
      return {
        release: shifted.live,
        facts: known,
        ending: { outcome: 'superseded', why: shifted.why, facts: known },
      };
    }
    case 'refused':
      return { release: settled, facts, ending: failed(shifted.error, facts) };
    default: {
      // The stable version is live, whether this was written or not: what is live is known, and where it leads is not.
      const known = also(also(facts, shifted.facts), { undecided: false });
      return {
        release: settled,
        facts: known,
        ending: { outcome: 'failed', why: '', error: explain(shifted.error), facts: known },
      };
    }
  }
}

/** A rollback target at risk is a warning with its fix, or a refusal where one is required. @returns the verdict in a sentence. */
export function requireTarget(
  { tools }: ReleaseSession,
  inputs: DeployInputs,
  verdict: ProvenTarget,
): ProvenTarget {
  if (verdict.kind !== 'at-risk') return verdict;
  const what = `The rollback target is not safe: ${verdict.why}`;
  if (inputs.requireRollbackTarget) throw new UserError('no-rollback-target', { what, fix: verdict.fix });
  tools.log.warning(`${what} ${verdict.fix}`);
  return verdict;
}
