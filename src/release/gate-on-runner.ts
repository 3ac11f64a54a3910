/** What a plan finds out beyond a dry run: how the image, tried on this machine, differs from what is live. It reads and invokes only. */
import { askLive } from '../checks/gate/ask-live.ts';
import { bothGates } from '../checks/gate/both-gates.ts';
import { judgeGate } from '../checks/gate/judge-gate.ts';
import type { GateResult, LiveTrials, Trial } from '../checks/gate/trial.ts';
import { AwsError, explainAwsError } from '../errors.ts';
import { liveSubject } from './gate-version.ts';
import { lookAtLive } from './prepare-phases.ts';
import type { Prepared } from './prepare.ts';
import type { Begun } from './provide.ts';
import { also, type Facts } from './result.ts';
import type { Build } from './steps/image/choose-image.ts';
import { bytesInEcr } from './steps/version/prove-rollback-target.ts';
import type { ReleaseSession } from './tools.ts';

type Looked = Awaited<ReturnType<typeof lookAtLive>> & { readonly leftOut?: readonly string[] };

/**
 * What is live; for a plan that may not see it, what needs no AWS goes on as before a first release, and what is left out is said.
 * @throws AwsError where nobody refused the look.
 */
export async function lookOrGoWithout(
  session: ReleaseSession,
  build: Build,
  { known, goesOn }: { readonly known: Parameters<typeof lookAtLive>[2]; readonly goesOn: boolean },
): Promise<Looked> {
  try {
    return await lookAtLive(session, build, known);
  } catch (error) {
    if (!goesOn || !(error instanceof AwsError) || !isRefused(error)) throw error;
    const { target } = build;
    const why = explainAwsError(error);
    return {
      target: { ...target, wish: { ...target.wish, create: true } },
      seen: {
        ...{ image: undefined, live: undefined, latest: undefined },
        ...{ api: undefined, repositoryExists: false, release: { kind: 'none' } },
      },
      leftOut: [
        `AWS was not read, so neither the steps of a deploy nor a comparison with what is live are shown; tests, build and the image's own answers are. ${why.what}`,
      ],
    };
  }
}

/** Credentials that are missing, have expired or may not read: a pull request of a fork has none. */
function isRefused({ code }: AwsError): boolean {
  return /^(AccessDenied|CredentialsProviderError|Expired|Unrecognized|InvalidClientToken|UnauthorizedOperation|Forbidden)/.test(
    code,
  );
}

/** A plan's ending with what the gate says of the image; whatever else ended stays as it is. It does not throw. */
export async function withComparison(
  session: ReleaseSession,
  begun: Begun,
  prepared: Prepared,
): Promise<Prepared> {
  if (prepared.kind !== 'ended') return prepared;
  const { facts } = prepared.ending;
  const { imageTrial: trial } = facts;
  if (trial === undefined || 'notTried' in trial || trial.answers.length === 0) {
    const why = trial !== undefined && 'notTried' in trial ? trial.notTried : undefined;
    const leftOut = why === undefined ? [] : [`The image was not tried here, because ${why}.`];
    return withFacts(prepared, { leftOut: [...(facts.leftOut ?? []), ...leftOut] });
  }
  const work = () => measure(session, begun, { trial, facts });
  const said = ({ comparison, notCompared = '' }: GateResult) =>
    comparison === undefined
      ? { open: `not compared: ${notCompared}` }
      : `${comparison.changed.length} of ${comparison.agreement.of} predictions change`;
  try {
    const gate = await session.group('Compare with what is live', work, said);
    return withFacts(prepared, { gate: bothGates(facts.gate, gate) });
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    const { what } = explainAwsError(error);
    return withFacts(prepared, {
      leftOut: [...(facts.leftOut ?? []), `Nothing was compared with what is live. ${what}`],
    });
  }
}

function withFacts(prepared: Extract<Prepared, { kind: 'ended' }>, more: Facts): Prepared {
  const { ending } = prepared;
  return { kind: 'ended', ending: { ...ending, facts: also(ending.facts, more) } };
}

async function measure(
  session: ReleaseSession,
  { inputs, target, seen }: Begun,
  { trial, facts }: { readonly trial: Trial; readonly facts: Facts },
): Promise<GateResult> {
  const { tools } = session;
  const policy = inputs.gate;
  const judged = (live: LiveTrials | undefined, notCompared: string | undefined) =>
    judgeGate({ candidate: trial, live, notCompared, policy, hidden: Object.values(policy.variables) });
  const live = liveSubject(seen, facts);
  if (facts.leftOut !== undefined) return judged(undefined, 'AWS was not read');
  if (policy.live === 'none') return judged(undefined, 'gate.live is none');
  if (live === undefined) return judged(undefined, 'nothing is live yet');
  const imageBytes = await bytesInEcr(tools, live.version, target.repository);
  const subject = { ...live, functionName: target.functionName, imageBytes };
  const trials = await askLive(
    tools,
    subject,
    trial.answers.map(({ row }) => row),
  );
  return 'notCompared' in trials ? judged(undefined, trials.notCompared) : judged(trials, undefined);
}
