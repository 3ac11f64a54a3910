import type { Sample } from '../checks/samples.ts';
import type { DeployInputs } from '../inputs/deploy-inputs.ts';
import type { FunctionVersion, ReleaseName } from '../types.ts';
import type { Observation } from './observe.ts';
import { defaultApiUrl, planApi } from './plan/api.ts';
import { routesOf } from './plan/api-routes.ts';
import type { DeploySteps } from './plan/deploy-steps.ts';
import type { DeployTarget } from './plan/target.ts';
import type { ShiftSteps } from './plan/shift-steps.ts';
import type { ApiWork } from './serve-api.ts';
import type { ShiftRequest } from './shift.ts';
import { tryApi, type ApiTrial } from './steps/api/check-api.ts';
import { writerOf, type ReleaseSession } from './tools.ts';

/** What a deploy has found out about a version, whether it is new or serves already. */
interface Subject {
  readonly inputs: DeployInputs;
  readonly target: DeployTarget;
  readonly seen: Observation;
  readonly before: ReleaseName | undefined;
  readonly version: FunctionVersion;
  readonly release: ReleaseName;
  readonly samples: readonly Sample[];
}

/** A version that answered its samples and gets no traffic yet. */
export interface Candidate extends Subject {
  /** How the API answered before the shift; undefined where nothing was live. */
  readonly trial?: ApiTrial | undefined;
  readonly steps: DeploySteps;
  /** What was read of the API is old by now: a build came between. */
  readonly isOld: boolean;
}

/** What serves already, with what may be behind it. */
export interface Serving extends Subject {
  readonly steps: ShiftSteps;
  /** This very run's earlier attempt released it. */
  readonly isOwn: boolean;
}

/** All traffic for a candidate, with the version that served until now as its previous release. */
export function releaseRequest(session: ReleaseSession, candidate: Candidate): ShiftRequest {
  const { target, seen, before, version, release, samples, steps, isOld } = candidate;
  return {
    alias: target,
    first: seen.release,
    seen: seen.release,
    before,
    force: target.force,
    intent: { kind: 'release', version: version.version, commit: release.commit ?? session.run.commit },
    to: { ...release, proof: 'it answered its samples', hidden: hiddenOf(version) },
    api: apiWork(session, candidate, { isOld, trial: candidate.trial }),
    samples,
    otherwise: { kind: 'back' },
    steps,
    token: candidate.inputs.githubToken,
  };
}

/**
 * Nothing is to be released, and a run may have died behind the alias: the stage is brought to what the alias says. The doors are checked
 * again only when it was this very run's earlier attempt that moved it, and what answers wrongly then is shifted back.
 */
export function stayingRequest(session: ReleaseSession, serving: Serving): ShiftRequest {
  const { target, seen, before, version, release, samples, steps, isOwn } = serving;
  return {
    alias: target,
    first: seen.release,
    seen: seen.release,
    before,
    force: target.force,
    intent: undefined,
    to: isOwn ? { ...release, proof: 'it serves now', hidden: hiddenOf(version) } : undefined,
    api: apiWork(session, serving, { isOld: false, trial: SHIFTED_ALREADY }),
    samples,
    otherwise: { kind: isOwn ? 'back-if-wrong' : 'stays' },
    steps,
  };
}

/** By an earlier attempt of this run: nobody knows how the API answered before it. */
const SHIFTED_ALREADY: ApiTrial = {
  verdict: { kind: 'not-checked', why: 'the traffic was shifted before this attempt' },
  routes: undefined,
};

/** Sends a sample through the API while the previous release serves. */
export async function tryThroughApi(
  session: ReleaseSession,
  candidate: Candidate,
): Promise<ApiTrial | undefined> {
  const { steps, seen, samples } = candidate;
  const work = apiWork(session, candidate, { isOld: false, trial: undefined });
  if (steps.tryApi === undefined || work?.kind !== 'connect' || seen.live === undefined) return undefined;
  const { arn, alias } = { arn: work.connection.functionArn, alias: work.connection.release.alias };
  const { connected } = planApi(work.situation, { arn, alias }, work.connection.repairs);
  const routes = routesOf(work.situation.integrations, connected);
  const target = {
    ...work.target,
    connected,
    routes,
    hidden: [...work.target.hidden, ...hiddenOf(seen.live)],
  };
  return session.step(
    steps.tryApi,
    () => tryApi(session.tools, target, samples),
    ({ verdict }) =>
      verdict.kind === 'answers' ? `answers with ${verdict.status}` : { open: `not checked: ${verdict.why}` },
  );
}

/** The address people call; undefined without an API. */
export function apiUrlOf(
  { inputs, target }: Pick<Subject, 'inputs' | 'target'>,
  arn: string,
): string | undefined {
  return target.api && (inputs.apiUrl ?? defaultApiUrl(arn, target.api));
}

function apiWork(
  session: ReleaseSession,
  subject: Subject,
  { isOld, trial }: Pick<Candidate, 'isOld' | 'trial'>,
): ApiWork | undefined {
  const { inputs, target, seen, version, release } = subject;
  const { api: address, functionName } = target;
  if (address === undefined || seen.api === undefined) return undefined;
  const functionArn = version.arn.split(':').slice(0, 7).join(':');
  return {
    kind: 'connect',
    address,
    situation: seen.api,
    isOld,
    connection: {
      functionName,
      functionArn,
      address,
      release: { alias: target.aliasName, version: version.version, commit: release.commit },
      repairs: inputs.apiRepair || inputs.create,
      op: writerOf(session, false).op,
    },
    target: {
      baseUrl: defaultApiUrl(functionArn, address),
      exactUrl: inputs.apiUrl,
      hidden: hiddenOf(version),
      address,
      connected: [],
      routes: trial?.routes,
      functionName,
      version: version.version,
      before: trial?.verdict,
    },
  };
}

export function hiddenOf(version: FunctionVersion): readonly string[] {
  return Object.values(version.configuration.environment);
}
