import { GitHubFailure } from '../../clients/github-failure.ts';
import { CutOff, UserError } from '../../errors.ts';
import { plural } from '../../words.ts';
import type { FleetPlan, PlannedRepository, PlannedWrite, Wave } from '../plan/fleet-plan.ts';
import type { ObservedRepository } from '../plan/observed.ts';
import { isProposing, type ProposingPlan } from '../plan/plan.ts';
import type { ProposalText } from '../plan/pull-request-text.ts';
import { refusalOf, refuseJobToken } from '../plan/refusal.ts';
import { editsIn, rowOf, type RepositoryRow } from '../plan/rows.ts';
import type { FleetSession, FleetTools } from '../tools.ts';
import { openPullRequest, type Proposed } from './open-pull-request.ts';
import type { ObservedFleet } from './observe-fleet.ts';

export interface CarryOut {
  readonly fleet: ObservedFleet;
  readonly plan: FleetPlan;
  readonly textOf: (write: Pick<PlannedWrite, 'repository' | 'plan'>) => ProposalText;
  /** Looks at repositories again and plans anew: after a race or a lost answer. */
  readonly again: (ids: readonly string[]) => Promise<readonly PlannedRepository[]>;
}

export interface Carried {
  /** One for each repository of the plan, in its order: also for those that the run did not get to. */
  readonly rows: readonly RepositoryRow[];
  /** What went wrong beside the repositories, and is nobody's to mend but ours. */
  readonly defect?: unknown;
}

/** What became of one write. `stops`: why no further one is begun. */
type Attempt =
  | { readonly kind: 'row'; readonly row: RepositoryRow; readonly stops?: string | undefined }
  | { readonly kind: 'unclear'; readonly reason: string }
  | { readonly kind: 'not-sent'; readonly stops: string };

/** By a repository's id, what is true of it if the run ends now. */
type Rows = Map<string, RepositoryRow>;

const HOUR_MS = 3_600_000;

/**
 * Carries the plan out, one repository after the other. Whatever happens after its first write, what is known by then is returned.
 * @throws UserError before it, when the token can never write these files.
 */
export async function carryOut(session: FleetSession, work: CarryOut): Promise<Carried> {
  const { fleet, plan } = work;
  if (plan.waves.length > 0) refuseJobToken(fleet.viewer, fleet.query.files);
  recallCreations(plan, session.tools);
  const rows: Rows = new Map();
  const told = (stopped: string | undefined) => plan.repositories.map((one) => rowNow(one, rows, stopped));
  try {
    let stopped: string | undefined;
    for (const wave of plan.waves) {
      stopped = await session.group(
        wave.name,
        () => carryOutWave(session, { ...work, wave, rows }),
        () => waveInWords(wave, rows),
      );
      if (stopped !== undefined) break;
    }
    return { rows: told(stopped) };
  } catch (error) {
    if (error instanceof CutOff) return { rows: told(STOPPED) };
    return { rows: told('not tried: the run failed before it'), defect: error };
  }
}

/** Pull requests that an earlier run opened within the hour count against the same limits as ours. */
function recallCreations({ repositories }: FleetPlan, { github, clock }: FleetTools): void {
  const pulls = repositories.flatMap(({ repository }) => repository.branches.flatMap(({ pulls: of }) => of));
  github.pacer.recall(pulls.map(({ createdAt }) => createdAt).filter((at) => clock.now() - at < HOUR_MS));
}

const STOPPED = 'not tried: the run was told to stop';

/** The row of a repository, whose plan it may be that it needs no write. */
function rowNow(
  { repository, plan }: PlannedRepository,
  rows: Rows,
  stopped = 'beyond the limit for this run; run it again to continue',
): RepositoryRow {
  if (!isProposing(plan)) return rowOf(repository, plan);
  return rows.get(repository.id) ?? remaining(repository, stopped);
}

function remaining({ name, url }: ObservedRepository, reason: string): RepositoryRow {
  return { name, url, outcome: 'remaining', reason, changes: [] };
}

interface WaveWork extends CarryOut {
  readonly wave: Wave;
  readonly rows: Rows;
}

/** One wave, and a second look at those whose fate is unclear. @returns why no further write is begun. */
async function carryOutWave(session: FleetSession, work: WaveWork): Promise<string | undefined> {
  const { wave, rows } = work;
  const unclear: { readonly write: PlannedWrite; readonly reason: string }[] = [];
  let stopped: string | undefined;
  for (const write of wave.writes) {
    stopped ??= reasonToStop(session.tools);
    if (stopped !== undefined) break;
    const attempt = await propose(session, work, write);
    if (attempt.kind === 'unclear') unclear.push({ write, reason: attempt.reason });
    else stopped = attempt.stops;
  }
  const later = unclear.length > 0 ? await lookAgain(session, work, unclear) : undefined;
  stopped ??= later;
  const failed = wave.writes.filter(({ repository }) => rows.get(repository.id)?.outcome === 'failed').length;
  return (
    stopped ?? (failed * 2 > wave.writes.length ? 'not tried: most of the wave before it failed' : undefined)
  );
}

function reasonToStop({ signal, clock, deadline }: FleetTools): string | undefined {
  if (signal.aborted) return STOPPED;
  if (clock.now() < deadline) return undefined;
  return 'not tried: the time for this run was used up; run it again to continue';
}

const CUT_OFF = 'the run was cut off during its write; run it again: it looks first whether that happened';

/** Carries out one step: before it, as after it, the repository's row says what is known. */
async function propose(session: FleetSession, work: WaveWork, write: PlannedWrite): Promise<Attempt> {
  const { rows, textOf } = work;
  const { repository, plan, step } = write;
  rows.set(repository.id, remaining(repository, CUT_OFF));
  const send = () => openPullRequest(session.tools.github, plan.proposal, textOf(write));
  const attempt = await session
    .within(step, send)
    .then((proposed) => attemptOf(repository, plan, proposed), notSent);
  if (attempt.kind === 'row') put(session, work, { repository, row: attempt.row });
  else if (attempt.kind === 'unclear') rows.set(repository.id, unclearRow(repository, attempt.reason));
  else rows.delete(repository.id);
  return attempt;
}

/** A token that expired or a time that is used up ends the run, and everything not tried says so. */
function notSent(error: unknown): Attempt {
  if (!(error instanceof UserError) || error instanceof CutOff) throw error;
  return { kind: 'not-sent', stops: `not tried: ${error.message}` };
}

function attemptOf(repository: ObservedRepository, plan: ProposingPlan, proposed: Proposed): Attempt {
  const { name, url } = repository;
  const { changes } = plan;
  if (proposed.outcome === 'unknown')
    return { kind: 'unclear', reason: `GitHub's answer was lost (${proposed.reason})` };
  if (proposed.outcome === 'refused') {
    const { scope, reason } = refusalOf(proposed.faults);
    if (scope === 'raced') return { kind: 'unclear', reason };
    const stops = scope === 'everywhere' ? `not tried: ${reason}` : undefined;
    return { kind: 'row', row: { name, url, outcome: 'failed', reason, changes }, stops };
  }
  const pull = proposed.pull ?? (plan.kind === 'update' ? plan.pull : undefined);
  const outcome = plan.kind === 'update' ? 'updated' : 'created';
  const row = { name, url, outcome, reason: editsIn(changes), ...(pull ? { pull } : {}), changes } as const;
  return { kind: 'row', row };
}

function unclearRow({ name, url }: ObservedRepository, reason: string): RepositoryRow {
  return { name, url, outcome: 'failed', reason: `${reason}; run it again`, changes: [] };
}

interface Unclear {
  readonly write: PlannedWrite;
  readonly reason: string;
}

/** One request for all that are unclear, then at most one more write for each. @returns why no further write is begun. */
async function lookAgain(
  session: FleetSession,
  work: WaveWork,
  unclear: readonly Unclear[],
): Promise<string | undefined> {
  const ids = unclear.map(({ write }) => write.repository.id);
  const seen = await seenAgain(work, ids);
  let stopped = typeof seen === 'string' ? seen : undefined;
  for (const one of unclear) {
    const id = one.write.repository.id;
    const now = typeof seen === 'string' ? undefined : seen.find(({ repository }) => repository.id === id);
    stopped = await settle(session, work, { ...one, now, stopped });
  }
  return stopped;
}

interface SeenAgain extends Unclear {
  readonly now: PlannedRepository | undefined;
  readonly stopped: string | undefined;
}

async function settle(
  session: FleetSession,
  work: WaveWork,
  { write, reason, now, stopped }: SeenAgain,
): Promise<string | undefined> {
  const { repository } = write;
  if (now === undefined) {
    put(session, work, { repository, row: unclearRow(repository, reason) });
    return stopped;
  }
  const { plan } = now;
  if (!isProposing(plan)) {
    put(session, work, { repository, row: settledRow(now, write.plan) });
    return stopped;
  }
  const stop = stopped ?? reasonToStop(session.tools);
  if (stop !== undefined) {
    work.rows.delete(repository.id);
    return stop;
  }
  const attempt = await propose(session, work, { repository: now.repository, plan, step: work.wave.again });
  if (attempt.kind !== 'unclear') return attempt.stops;
  put(session, work, { repository, row: unclearRow(repository, attempt.reason) });
  return undefined;
}

/** @returns what GitHub shows, or why it shows nothing. */
async function seenAgain(
  { again }: CarryOut,
  ids: readonly string[],
): Promise<readonly PlannedRepository[] | string> {
  try {
    return await again(ids);
  } catch (error) {
    if (error instanceof CutOff || !(error instanceof UserError || error instanceof GitHubFailure))
      throw error;
    return `not tried: ${error.message}`;
  }
}

/** The second look shows that it is done, or that it needs no write any more. */
function settledRow({ repository, plan }: PlannedRepository, first: ProposingPlan): RepositoryRow {
  const row = rowOf(repository, plan);
  if (plan.kind !== 'open') return row;
  return { ...row, outcome: first.kind === 'update' ? 'updated' : 'created' };
}

interface NewRow {
  readonly repository: ObservedRepository;
  readonly row: RepositoryRow;
}

function put({ tools }: FleetSession, { rows, wave }: WaveWork, { repository, row }: NewRow): void {
  rows.set(repository.id, row);
  const place = wave.writes.findIndex((write) => write.repository.id === repository.id) + 1;
  const pull = row.pull === undefined ? '' : ` #${row.pull.number}`;
  const reason = row.reason === '' ? '' : ` (${row.reason})`;
  tools.log.info(`${place}/${wave.writes.length} ${row.name}: ${row.outcome}${pull}${reason}`);
}

function waveInWords({ writes }: Wave, rows: Rows): string {
  const written = writes.filter(({ repository }) =>
    /^(created|updated)$/.test(rows.get(repository.id)?.outcome ?? ''),
  ).length;
  return `${written} of ${plural(writes.length, 'repository', 'repositories')} written`;
}
