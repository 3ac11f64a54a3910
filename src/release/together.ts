/** Several services in one release: each phase of it for all of them, and whatever fails, all or none of them are shifted. */
import type { DeployInputs } from '../inputs/deploy-inputs.ts';
import { explain } from '../run/explain.ts';
import { releaseRequest, stayingRequest, type Candidate, type Serving } from './candidate.ts';
import { settle } from './ending.ts';
import { noteRelease } from './note-release.ts';
import { prepare } from './prepare.ts';
import { isReleaseOf } from './record/record.ts';
import type { Release } from './record/release.ts';
import { also, failed, type Ending, type Facts } from './result.ts';
import { comesFrom, previousOf } from './shift-words.ts';
import { returnTo, shift, type ReturnRequest, type Shifted } from './shift.ts';
import { readAlias } from './steps/alias/read-alias.ts';
import { readCheckout, type Checkout } from './steps/image/read-checkout.ts';
import type { ReleaseService } from './tools.ts';

/** A service under way: what it wants to shift, or how it ended. */
type DeployStanding =
  | { readonly kind: 'ready'; readonly candidate: Candidate; readonly facts: Facts }
  | { readonly kind: 'shifted'; readonly candidate: Candidate; readonly live: Release; readonly facts: Facts }
  /** `serving`: the alias serves it, perhaps since an earlier attempt of this run. */
  | { readonly kind: 'ended'; readonly ending: Ending; readonly serving?: Serving };

/** The services in the file's order; one that was not reached has no standing. */
export type DeployStandings = ReadonlyMap<ReleaseService<DeployInputs>, DeployStanding>;

/**
 * Prepares all services before any traffic shifts. What is checked out is read first: it may refuse any of them. One that fails keeps those after it from being looked at. One that yields to a
 * newer run makes all of them yield: the others belong to the same commit, and a release that was rolled back must not come back in parts.
 */
export async function prepareAll(
  services: readonly ReleaseService<DeployInputs>[],
): Promise<DeployStandings> {
  const standings = new Map<ReleaseService<DeployInputs>, DeployStanding>();
  const checkouts: [ReleaseService<DeployInputs>, Checkout][] = [];
  for (const service of services) {
    const { tools, run } = service.session;
    try {
      checkouts.push([service, await readCheckout(tools, service.inputs, run.commit)]);
    } catch (error) {
      return standings.set(service, { kind: 'ended', ending: failed(error, {}) });
    }
  }
  for (const [service, checkout] of checkouts) {
    const standing = await prepared(service, checkout);
    standings.set(service, standing);
    if (standing.kind === 'ended' && stops(standing.ending)) break;
  }
  return standings;
}

/** A service with nothing to release is brought to what its alias says at once. */
async function prepared(service: ReleaseService<DeployInputs>, checkout: Checkout): Promise<DeployStanding> {
  const made = await prepare(service, checkout);
  if (made.kind !== 'serves') return made;
  const { serving, facts, why } = made;
  const nothing: Ending = { outcome: 'ok:noop', why, facts };
  if (service.inputs.dryRun) return { kind: 'ended', ending: nothing };
  const { session, inputs } = service;
  const shifted = await shift(session, stayingRequest(session, serving));
  const ending = await settle(session, inputs.functionName, shifted);
  const whole = { ...ending, why: ending.outcome === 'ok:noop' ? why : ending.why };
  return { kind: 'ended', serving, ending: { ...whole, facts: also(facts, ending.facts) } };
}

/** Whether the other services go no further because of this one. */
function stops({ outcome, error }: Ending): boolean {
  return error !== undefined || outcome === 'superseded';
}

/**
 * Shifts the services in the file's order. When one cannot be shifted or does not answer, those before it are returned in reverse
 * order, those that an earlier attempt of this run had shifted included. After a stop signal nothing more is written.
 */
export async function shiftAll(standings: DeployStandings): Promise<DeployStandings> {
  const now = new Map(standings);
  if ([...now.values()].some((one) => one.kind === 'ended' && stops(one.ending))) return now;
  const ready = [...now].filter(([, { kind }]) => kind === 'ready').length;
  for (const [service, standing] of standings) {
    if (standing.kind !== 'ready') continue;
    const next = await shiftOne(service, standing);
    now.set(service, next);
    const isAlone = ready === 1 && next.kind === 'ended' && next.ending.outcome === 'superseded';
    if (next.kind !== 'ended' || !stops(next.ending) || isAlone) continue;
    if (!service.session.tools.signal.aborted) await returnOthers(now, service);
    break;
  }
  return now;
}

async function shiftOne(
  { session, inputs }: ReleaseService<DeployInputs>,
  { candidate, facts }: Extract<DeployStanding, { kind: 'ready' }>,
): Promise<DeployStanding> {
  const shifted = await shift(session, releaseRequest(session, candidate));
  if (shifted.kind === 'shifted')
    return { kind: 'shifted', candidate, live: shifted.live, facts: also(facts, shifted.facts) };
  const ending = await settle(session, inputs.functionName, shifted);
  return { kind: 'ended', ending: { ...ending, facts: also(facts, ending.facts) } };
}

/** Returns what is shifted already because `culprit` is not. A service that cannot be returned does not keep the others from it. */
async function returnOthers(
  now: Map<ReleaseService<DeployInputs>, DeployStanding>,
  culprit: ReleaseService<DeployInputs>,
): Promise<void> {
  for (const [service, standing] of [...now].toReversed()) {
    if (service === culprit) continue;
    const why = `${culprit.name} did not go live, and services are released together`;
    const ending = await returned(service, standing).catch((error: unknown) => {
      const { facts } = standing.kind === 'ended' ? standing.ending : standing;
      return { outcome: 'unknown', why: '', error: explain(error), facts } as const;
    });
    if (ending === undefined) continue;
    const { session, name } = service;
    if (ending.error !== undefined)
      session.tools.log.warning(`${name} could not be returned to what was live: ${ending.error.message}`);
    now.set(service, { kind: 'ended', ending: { ...ending, why } });
  }
}

/** Undefined where this run shifted nothing. */
async function returned(
  service: ReleaseService<DeployInputs>,
  standing: DeployStanding,
): Promise<Ending | undefined> {
  const { session, inputs } = service;
  const way = standing.kind === 'shifted' ? wayOf(standing) : await wayBefore(service, standing);
  if (way === undefined) return undefined;
  const { request, to, facts } = way;
  if (to === undefined) return { outcome: 'unknown', why: '', facts };
  const back = await returnTo(session, request, to);
  const known = also(facts, back.facts);
  switch (back.kind) {
    case 'shifted':
    case 'stays': {
      const whole = also(known, { after: to, shifted: to.version !== request.before?.version });
      const gone: Shifted = { kind: 'returned', live: back.live, error: undefined, facts: whole };
      const ending = await settle(session, inputs.functionName, gone);
      return { ...ending, error: back.kind === 'stays' ? explain(back.error) : undefined };
    }
    case 'unchanged':
    case 'superseded':
      return { outcome: 'superseded', why: back.why, facts: known };
    case 'unknown':
      return { outcome: 'unknown', why: '', facts: known };
    case 'refused':
    case 'returned':
      return { outcome: 'unknown', why: '', error: explain(back.error), facts: known };
  }
}

interface Way {
  readonly request: ReturnRequest;
  readonly to: ReturnType<typeof previousOf>;
  readonly facts: Facts;
}

function wayOf({ candidate, live, facts }: Extract<DeployStanding, { kind: 'shifted' }>): Way {
  const { release: to } = comesFrom(live, candidate.before);
  return { request: requestOf(candidate, live), to, facts };
}

/** Where a service came from that had nothing to do because an earlier attempt of this very run shifted it. */
async function wayBefore(
  { session }: ReleaseService<DeployInputs>,
  standing: DeployStanding,
): Promise<Way | undefined> {
  if (standing.kind !== 'ended' || standing.ending.outcome !== 'ok:noop') return undefined;
  const { serving, ending } = standing;
  if (serving === undefined) return undefined;
  const live = await readAlias(session.tools, serving.target);
  if (live.kind !== 'recorded' || live.record.state !== 'ok') return undefined;
  if (!isReleaseOf(live.record, session.run) || live.record.previous === undefined) return undefined;
  return { request: requestOf(serving, live), to: previousOf(live.record), facts: ending.facts };
}

function requestOf({ target, before, steps }: Candidate | Serving, seen: Release): ReturnRequest {
  const { api, force } = target;
  return { alias: target, seen, before, force, api: api && { address: api }, steps };
}

/** The ending of each service, in the file's order. What follows a release and never decides it comes last. */
export async function endDeploys(
  services: readonly ReleaseService<DeployInputs>[],
  standings: DeployStandings,
): Promise<readonly Ending[]> {
  const endings: Ending[] = [];
  const stopped = stopperOf(services, standings);
  for (const service of services) {
    const standing = standings.get(service);
    if (standing?.kind === 'ended') endings.push(standing.ending);
    else if (standing?.kind === 'shifted') endings.push(await noted(service, standing, stopped));
    else endings.push(notReached(standing, stopped));
  }
  return endings;
}

async function noted(
  { session }: ReleaseService<DeployInputs>,
  { candidate, live, facts }: Extract<DeployStanding, { kind: 'shifted' }>,
  stopped: Stopper | undefined,
): Promise<Ending> {
  const known = stopped === undefined ? await noteRelease(session, candidate, { live, facts }) : facts;
  return { outcome: 'ok', why: '', facts: known };
}

interface Stopper {
  readonly service: ReleaseService<DeployInputs>;
  readonly ending: Ending;
}

/** The service because of which others were not reached. */
function stopperOf(
  services: readonly ReleaseService<DeployInputs>[],
  standings: DeployStandings,
): Stopper | undefined {
  for (const service of services) {
    const standing = standings.get(service);
    if (standing?.kind === 'ended' && stops(standing.ending)) return { service, ending: standing.ending };
  }
  return undefined;
}

function notReached(
  standing: Exclude<DeployStanding, { kind: 'ended' | 'shifted' }> | undefined,
  stopped: Stopper | undefined,
): Ending {
  const { facts = {} } = standing ?? {};
  if (stopped?.ending.outcome === 'superseded')
    return {
      outcome: 'superseded',
      why: `${stopped.service.name} was, and services are released together`,
      facts,
    };
  return { outcome: 'failed', why: `not reached: ${stopped?.service.name} failed first`, facts };
}
