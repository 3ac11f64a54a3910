/** A rollback of one service, or of several: all are looked at and found before one shifts; then they go back as far as they can. */
import { Cancelled, UserError } from '../errors.ts';
import type { RollbackInputs } from '../inputs/rollback-inputs.ts';
import { explain } from '../run/explain.ts';
import { listOf } from '../run/plan.ts';
import { named, planLines } from '../words.ts';
import type { VersionNumber } from '../types.ts';
import { historyLines, placeOf } from './facts.ts';
import { whyItStays } from './plan/services.ts';
import { homeOf } from './record/record.ts';
import type { Release } from './record/release.ts';
import { also, failed, type Ending, type Facts } from './result.ts';
import {
  bringStage,
  factsOfLook,
  findWay,
  look,
  makeReady,
  planOf,
  shiftBack,
  stageOnlySteps,
  showRollback,
  wentBack,
  yieldsInWords,
  type Ready,
  type Seen,
} from './rollback-phases.ts';
import type { Shifted } from './shift.ts';
import { readHistory } from './steps/alias/read-history.ts';
import type { ReleaseSession, ReleaseService } from './tools.ts';

/** A service under way: what was seen of it, what it returns to, or how it ended. */
type RollbackStanding =
  | { readonly kind: 'seen'; readonly seen: Seen; readonly facts: Facts }
  | { readonly kind: 'ready'; readonly ready: Ready; readonly facts: Facts }
  | { readonly kind: 'ended'; readonly ending: Ending };

type RollbackService = ReleaseService<RollbackInputs>;
/** In the file's order; a service that was not reached has no standing. */
export type RollbackStandings = ReadonlyMap<RollbackService, RollbackStanding>;

/** Looks at all of them. One that cannot be looked at ends the run before anything is written. */
export async function lookAtAll(services: readonly RollbackService[]): Promise<RollbackStandings> {
  const standings = new Map<RollbackService, RollbackStanding>();
  for (const service of services) {
    const standing = await lookAtOne(service);
    standings.set(service, standing);
    if (standing.kind === 'ended') break;
  }
  return standings;
}

async function lookAtOne({ inputs, session }: RollbackService): Promise<RollbackStanding> {
  try {
    const seen = await look(inputs, session);
    return { kind: 'seen', seen, facts: factsOfLook(seen, session) };
  } catch (error) {
    return { kind: 'ended', ending: failed(error, {}) };
  }
}

/** One step back of several services is about those only that the last release moved. */
export function choose(standings: RollbackStandings): RollbackStandings {
  const seen = [...standings].flatMap(([service, one]) => (one.kind === 'seen' ? [{ service, one }] : []));
  if (seen.length === 1 || seen.length < standings.size) return standings;
  if (seen.some(({ one }) => one.seen.question.wish.to !== 'previous')) return standings;
  const [first] = seen;
  const stays = whyItStays(
    seen.map(({ one }) => one.seen.release),
    first === undefined ? '' : homeOf(first.service.session.run),
  );
  return new Map(
    seen.map(({ service, one }, index): [RollbackService, RollbackStanding] => {
      const why = stays[index];
      if (why === undefined) return [service, one];
      return [service, { kind: 'ended', ending: { outcome: 'ok:noop', why, facts: one.facts } }];
    }),
  );
}

/** Finds what each returns to, and makes it ready. One that cannot be found ends the run before any traffic shifts. */
export async function findAll(standings: RollbackStandings): Promise<RollbackStandings> {
  const now = new Map(standings);
  if (failedOne(now) !== undefined) return now;
  for (const [service, standing] of standings) {
    if (standing.kind !== 'seen') continue;
    const next = await findOne(service, standing);
    now.set(service, next);
    if (next.kind === 'ended' && next.ending.error !== undefined) break;
  }
  return now;
}

async function findOne(
  { session, inputs }: RollbackService,
  { seen, facts }: Extract<RollbackStanding, { kind: 'seen' }>,
): Promise<RollbackStanding> {
  let known = facts;
  try {
    const plan = planOf(seen, session);
    if (plan.kind === 'superseded')
      return ended({ outcome: 'superseded', why: yieldsInWords(plan.why), facts });
    if (plan.kind === 'noop')
      return ended(await stay(seen, session, { outcome: 'ok:noop', why: plan.why, facts }));
    const way = await findWay(seen, plan, session);
    known = also(known, {
      plan: listOf(way.steps),
      ...placeOf(way.found.kind === 'version' ? way.found.version : undefined),
    });
    if (inputs.dryRun)
      return ended({ outcome: 'ok:noop', why: `dry run: it would return to ${named(way.to)}`, facts: known });
    return { kind: 'ready', ready: await makeReady(way, session), facts: known };
  } catch (error) {
    return ended(await orElsewhere(session, seen, failed(error, known)));
  }
}

function ended(ending: Ending): RollbackStanding {
  return { kind: 'ended', ending };
}

/** There is nothing to return; a person who asked gets the earlier releases, and the stage follows the alias. */
async function stay(seen: Seen, session: ReleaseSession, nothing: Ending): Promise<Ending> {
  const { question, release, inputs } = seen;
  const asks = question.releasedBy === 'anyone';
  const history = asks
    ? await readHistory(session.tools, { functionName: question.functionName, release })
    : undefined;
  const steps = stageOnlySteps(seen);
  const plan = listOf(steps);
  for (const line of planLines(plan)) session.tools.log.info(line);
  const facts = also(nothing.facts, asks ? { plan, history: historyLines(history) } : { plan });
  const brought = inputs.dryRun ? undefined : await bringStage(seen, steps, session);
  if (brought?.kind === 'stays') return failed(brought.error, facts);
  return { ...nothing, facts };
}

/** Returns them in reverse order, as far as they can: a failure of one does not keep the others from it. */
export async function shiftAllBack(standings: RollbackStandings): Promise<RollbackStandings> {
  const now = new Map(standings);
  if (failedOne(now) !== undefined) return now;
  for (const [service, standing] of [...standings].toReversed()) {
    if (standing.kind !== 'ready') continue;
    const { session } = service;
    if (session.tools.signal.aborted) break;
    now.set(service, ended(await shiftOneBack(service, standing)));
  }
  return now;
}

async function shiftOneBack(
  { session, inputs }: RollbackService,
  { ready, facts }: Extract<RollbackStanding, { kind: 'ready' }>,
): Promise<Ending> {
  const shifted = await shiftBack(ready, facts.before, session);
  const known = also(facts, shifted.facts);
  const { seen } = ready.way;
  switch (shifted.kind) {
    case 'shifted':
      await showRollback(ready, session);
      return { outcome: 'rolled-back', why: wentBack(facts.before, ready.to, inputs.reason), facts: known };
    case 'unchanged':
      await showRollback(ready, session);
      return {
        outcome: 'ok:noop',
        why: shifted.why || `version ${ready.to.version} serves already`,
        facts: known,
      };
    case 'superseded':
      return { outcome: 'superseded', why: yieldsInWords(shifted.why), facts: known };
    case 'stays':
    case 'returned':
      return unproven(shifted, { ready, seen, session, facts: known });
    case 'refused':
      return orElsewhere(session, seen, failed(shifted.error, known));
    case 'unknown': {
      const error = explain(shifted.error);
      return { outcome: shifted.superseded ? 'unknown:superseded' : 'unknown', why: '', error, facts: known };
    }
  }
}

interface Unproven {
  readonly ready: Ready;
  readonly seen: Seen;
  readonly session: ReleaseSession;
  readonly facts: Facts;
}

/** The alias has moved by then, and a sample of the checked-out commit may ask for more than an older version ever answered. */
async function unproven(
  shifted: Extract<Shifted, { kind: 'stays' | 'returned' }>,
  { ready, seen, session, facts }: Unproven,
): Promise<Ending> {
  const moved = shifted.kind === 'stays' && shifted.moved;
  const why = moved ? wentBack(facts.before, ready.to, seen.inputs.reason) : '';
  const stopped = shifted.error instanceof Cancelled;
  const outcome = moved ? 'rolled-back' : 'failed';
  const error = explain(whenLive(shifted.error, ready.to.version));
  const ending: Ending = { outcome, why, error, facts };
  return stopped ? ending : orElsewhere(session, { ...seen, release: shifted.live }, ending);
}

function whenLive(error: unknown, version: VersionNumber): unknown {
  if (!(error instanceof UserError) || error.code !== 'not-verified') return error;
  const { code, what } = error;
  const fix = `Version ${version} is live now: if that sample is newer than it, its answer may be right for its time; otherwise return to another version, which the summary lists.`;
  return new UserError(code, { what, fix }, { cause: error });
}

/** The version that was to be restored cannot serve. */
const CANNOT_SERVE = new Set(['target-gone', 'target-image-gone', 'zip-function', 'version-failed']);

/** Failures after which a person looks for another release. */
const LOOK_ELSEWHERE = new Set([
  ...CANNOT_SERVE,
  'ambiguous-target',
  'nothing-to-roll-back',
  'alias-on-latest',
  'rolled-back-as-bad',
  'never-served',
  'samples-failed',
  'not-verified',
]);

/** Where the way leads nowhere, or to a wrong answer, the ending lists the releases that one can return to. */
async function orElsewhere(
  { tools }: ReleaseSession,
  { question, release }: { readonly question: Seen['question']; readonly release: Release },
  ending: Ending,
): Promise<Ending> {
  const code = ending.error?.code ?? '';
  if (!LOOK_ELSEWHERE.has(code) || tools.signal.aborted) return ending;
  const refused = CANNOT_SERVE.has(code) ? versionAsked(ending.facts) : undefined;
  const history = await readHistory(tools, { functionName: question.functionName, release });
  const known = also(ending.facts, { history: historyLines(history, refused) });
  return { ...ending, facts: leadsNowhere(known, refused) ? also(known, { stepBack: undefined }) : known };
}

/** The version that cannot be returned to, so that neither a line nor a row leads there. */
function versionAsked({ asked, stepBack }: Facts): VersionNumber | undefined {
  if (asked?.to !== 'previous') return asked?.to;
  return stepBack?.kind === 'to' ? stepBack.release.version : undefined;
}

function leadsNowhere({ stepBack }: Facts, refused: VersionNumber | undefined): boolean {
  // Nobody knows it now.
  if (stepBack?.kind === 'unrecorded') return true;
  return stepBack?.kind === 'to' && stepBack.release.version === refused;
}

function failedOne(standings: RollbackStandings): RollbackService | undefined {
  for (const [service, standing] of standings)
    if (standing.kind === 'ended' && standing.ending.error !== undefined) return service;
  return undefined;
}

/** The ending of each service, in the file's order. */
export function endRollbacks(
  services: readonly RollbackService[],
  standings: RollbackStandings,
): readonly Ending[] {
  const culprit = failedOne(standings);
  return services.map((service) => {
    const standing = standings.get(service);
    if (standing?.kind === 'ended') return standing.ending;
    const facts = standing?.facts ?? {};
    const { signal } = service.session.tools;
    if (culprit === undefined && signal.aborted) return failed(new Cancelled(String(signal.reason)), facts);
    return { outcome: 'failed', why: `not reached: ${culprit?.name} failed first`, facts };
  });
}
