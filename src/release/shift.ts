/**
 * The one mover: whatever shifts traffic is a call of `shift`. A release, a rollback, the end of what another run left, and the return
 * to what served before when a check fails differ in their intent and in what follows the move, and in nothing else. A canary is a
 * series of calls with a growing weight.
 *
 *     check the target → move the alias with its record → the API's stage → check what people get → else shift back
 */
import type { Sample } from '../checks/samples.ts';
import { Cancelled, CutOff, UserError } from '../errors.ts';
import { explain } from '../run/explain.ts';
import type { ReleaseName, VersionNumber } from '../types.ts';
import { factsAfter } from './facts.ts';
import type { Writer } from './plan/order.ts';
import { decideShift, type Intent } from './plan/shift.ts';
import { NO_SHIFT, type ShiftSteps } from './plan/shift-steps.ts';
import { readRelease, type Release } from './record/release.ts';
import { also, type Facts } from './result.ts';
import { serveThroughApi, type ApiWork } from './serve-api.ts';
import { comesFrom, movedInWords, overtaken, undecided } from './shift-words.ts';
import { checkAlias } from './steps/alias/check-alias.ts';
import { compareCommits } from './steps/alias/compare-commits.ts';
import { moveAlias, type Moved } from './steps/alias/move-alias.ts';
import type { AliasName } from './steps/alias/read-alias.ts';
import { checkApi } from './steps/api/check-api.ts';
import { writerOf, type ReleaseSession } from './tools.ts';

/** A version that may get traffic, and why. Nothing else can be shifted to. */
export interface Proven extends ReleaseName {
  readonly proof: 'it answered its samples' | 'it served before' | 'it serves now';
  /** Values of its environment, which no message may show. */
  readonly hidden: readonly string[];
}

/** What happens when a check after the move fails. */
type Otherwise =
  /** What was shifted stays, and the failure is reported. */
  | { readonly kind: 'stays' }
  /** To what the record names, whatever failed but a stop signal. */
  | { readonly kind: 'back' }
  /** Only where the version answered wrongly: a lost call says nothing of a release that may have served for days. */
  | { readonly kind: 'back-if-wrong' };

export interface ShiftRequest {
  readonly alias: AliasName;
  /** What the run saw when it began, and what is known now. */
  readonly first: Release;
  readonly seen: Release;
  /** What was live when the run began. */
  readonly before: ReleaseName | undefined;
  /** Which version gets which traffic. Undefined: the alias stays, and only what is behind it is brought up to date. */
  readonly intent: Intent | undefined;
  /** Overrides what would make this run yield. */
  readonly force: boolean;
  /** Whom to expect behind the alias; undefined where the alias itself tells. */
  readonly to: Proven | undefined;
  readonly api: ApiWork | undefined;
  /** A sample for each door; without one the alias is asked whether it may be invoked. */
  readonly samples: readonly Sample[];
  /** The samples may be newer than the version: any answer of it will do, and another one than expected is a warning. */
  readonly anyAnswer?: boolean;
  readonly otherwise: Otherwise;
  readonly steps: ShiftSteps;
  /** For GitHub, which is asked where two commits are in another order than their runs. */
  readonly token?: string | undefined;
}

/** How a shift ended, and what serves now. */
export type Shifted =
  | { readonly kind: 'shifted'; readonly live: Release; readonly facts: Facts }
  | { readonly kind: 'unchanged'; readonly live: Release; readonly why: string; readonly facts: Facts }
  /** Another run's word counts: nothing was written, or what was written does not stand there any more. */
  | {
      readonly kind: 'superseded';
      readonly live: Release;
      readonly why: string;
      readonly facts: Facts;
      /** What a check said of the other run's release. */
      readonly error?: unknown;
      /** That this run's commit is the older one is not known. */
      readonly unknown?: UserError | undefined;
    }
  /** A check failed, and what served before serves again. */
  | { readonly kind: 'returned'; readonly live: Release; readonly error: unknown; readonly facts: Facts }
  /** A check failed, and the alias stays as it is; `moved`: this shift brought it there. */
  | {
      readonly kind: 'stays';
      readonly live: Release;
      readonly moved: boolean;
      readonly error: unknown;
      readonly facts: Facts;
    }
  /** Nothing was written. */
  | { readonly kind: 'refused'; readonly error: unknown; readonly facts: Facts }
  /** AWS did not say what is live; `superseded`: by now another writer stands there. */
  | {
      readonly kind: 'unknown';
      readonly superseded: boolean;
      readonly error: unknown;
      readonly facts: Facts;
    };

export async function shift(session: ReleaseSession, request: ShiftRequest): Promise<Shifted> {
  const moved = await move(session, request);
  if (moved.kind !== 'shifted' && moved.kind !== 'unchanged') return moved;
  const served = await serve(session, request);
  const facts = also(moved.facts, served.facts);
  if (served.error === undefined) return { ...moved, facts };
  return orBack(session, request, { moved: { ...moved, facts }, error: served.error });
}

/** Moves the alias, with its record in the same call. */
async function move(session: ReleaseSession, request: ShiftRequest): Promise<Shifted> {
  const { alias, first, seen, intent, force, steps } = request;
  if (intent === undefined || steps.move === undefined)
    return { kind: 'unchanged', live: seen, why: '', facts: {} };
  const { tools } = session;
  const writer = writerOf(session, force);
  const moveAs = (who: Writer, from: Release) => {
    const decide = decideShift(intent, who, tools.guards);
    return moveAlias(tools, { ...alias, first, seen: from, decide, op: writer.op });
  };
  const moveInOrder = async (): Promise<Moved> => {
    const moved = await moveAs(writer, seen);
    if (moved.kind !== 'superseded' || intent.kind !== 'release') return moved;
    const { isAfter, why, unknown } = await compareCommits(session, moved.release, request.token);
    if (isAfter === undefined) return { ...moved, why: `${moved.why}${why}`, unknown };
    return moveAs({ ...writer, isAfter }, moved.release);
  };
  try {
    const moved = await session.step(steps.move, moveInOrder, movedInWords);
    return afterMove(session, request, moved);
  } catch (error) {
    // Abandoned in the middle: whether it took effect, AWS alone knows.
    if (error instanceof CutOff) return notKnown(error);
    return { kind: 'refused', error, facts: {} };
  }
}

function notKnown(error: unknown): Shifted {
  return { kind: 'unknown', superseded: false, error, facts: { undecided: true, stepBack: undefined } };
}

function afterMove({ tools }: ReleaseSession, request: ShiftRequest, moved: Moved): Shifted {
  const { alias, before, to } = request;
  if (moved.kind === 'unknown') return notKnown(undecided(alias, moved.error));
  const live = moved.kind === 'moved' ? readRelease(moved.alias, tools.guards.trustRecord) : moved.release;
  const stands = factsAfter(live, before, tools.guards);
  const facts = to === undefined ? stands : also(stands, { after: nameOf(to) });
  switch (moved.kind) {
    case 'moved':
      return { kind: 'shifted', live, facts: also(facts, factsOfMove(live, request)) };
    case 'noop':
      return { kind: 'unchanged', live, why: moved.why, facts };
    case 'superseded':
      return { kind: 'superseded', live, why: moved.why, unknown: moved.unknown, facts: stands };
    case 'unknown:superseded':
      return { kind: 'unknown', superseded: true, error: overtaken(alias, live), facts: stands };
  }
}

/** An older run may have got in between: what was proven is then not what the record names. */
function factsOfMove(live: Release, { to, before }: ShiftRequest): Facts {
  const shifted = to !== undefined;
  return comesFrom(live, before).isProven ? { shifted } : { shifted, rollbackTarget: undefined };
}

function nameOf({ version, digest, commit }: Proven): ReleaseName {
  return { version, digest, commit };
}

interface Served {
  readonly facts: Facts;
  readonly error: unknown;
}

/** The stage says what the alias says, and what people get is checked at both doors: the alias, and the URL. */
async function serve(session: ReleaseSession, request: ShiftRequest): Promise<Served> {
  const { api, steps, to } = request;
  try {
    const target = api && (await serveThroughApi(session, api, steps));
    if (to !== undefined) await throughAlias(session, request, to);
    if (target === undefined || steps.checkApi === undefined) return { facts: {}, error: undefined };
    const verdict = await session.step(
      steps.checkApi,
      () => checkApi(session.tools, target, request.samples),
      (found) =>
        found.kind === 'answers'
          ? `status ${found.status}, the expected answer`
          : { open: `not checked: ${found.why}` },
    );
    if (verdict.kind === 'answers')
      return { facts: { apiVerdict: `answers with ${verdict.status}` }, error: undefined };
    const apiVerdict = `not checked: ${verdict.why}`;
    return { facts: { apiVerdict, apiNotChecked: verdict.why }, error: undefined };
  } catch (error) {
    return { facts: {}, error };
  }
}

async function throughAlias(
  session: ReleaseSession,
  { alias, steps, samples: [sample], anyAnswer }: ShiftRequest,
  { version, hidden }: Proven,
): Promise<void> {
  if (steps.checkAlias === undefined) return;
  const question = {
    functionName: alias.functionName,
    qualifier: alias.aliasName,
    version,
    hidden,
    anyAnswer,
  };
  await session.step(
    steps.checkAlias,
    () => checkAlias(session.tools, question, sample),
    () => `version ${version} answers`,
  );
}

interface Failing {
  readonly moved: Extract<Shifted, { kind: 'shifted' | 'unchanged' }>;
  readonly error: unknown;
}

/** A check failed: what served before serves again, where the request says so and something did. */
async function orBack(
  session: ReleaseSession,
  request: ShiftRequest,
  { moved, error }: Failing,
): Promise<Shifted> {
  const { live } = moved;
  const isMoved = moved.kind === 'shifted';
  const { facts } = moved;
  const stays = { kind: 'stays', live, moved: isMoved, error, facts } as const;
  const { signal } = session.tools;
  if (signal.aborted) return { ...stays, error: stopOf(error, signal) };
  if (!goesBack(request, { isMoved, error })) return stays;
  const from = comesFrom(live, isMoved ? request.before : undefined);
  if (from.release === undefined) return stays;
  const back = await returnTo(session, { ...request, seen: live }, from.release);
  if (back.kind === 'refused' || back.kind === 'stays')
    session.tools.log.warning(
      `What served before could not be brought back whole: ${explain(back.error).message}`,
    );
  return ended(back, { stays, to: from.release, before: request.before });
}

/** After a stop signal nothing is written any more, and that is what has to be said. */
function stopOf(error: unknown, signal: AbortSignal): unknown {
  return error instanceof Cancelled ? error : new Cancelled(String(signal.reason));
}

function goesBack(
  { otherwise }: ShiftRequest,
  { isMoved, error }: { readonly isMoved: boolean; readonly error: unknown },
): boolean {
  if (error instanceof Cancelled) return false;
  if (otherwise.kind === 'back') return isMoved;
  return otherwise.kind === 'back-if-wrong' && error instanceof UserError && error.code === 'not-verified';
}

/** What is needed to return an alias to what served before it was shifted. */
export interface ReturnRequest extends Pick<ShiftRequest, 'alias' | 'seen' | 'before' | 'force' | 'steps'> {
  readonly api: Pick<ApiWork, 'address'> | undefined;
}

/** Shifts the alias, and the stage with it, back to a release that served before. What is given up is remembered in the record. */
export async function returnTo(
  session: ReleaseSession,
  { alias, seen, before, force, api, steps }: ReturnRequest,
  to: ReleaseName,
): Promise<Shifted> {
  const { version, commit } = to;
  const from: VersionNumber = seen.kind === 'none' ? '' : seen.alias.version;
  const release = { alias: alias.aliasName, version, commit };
  return shift(session, {
    alias,
    first: seen,
    seen,
    before,
    force,
    intent: { kind: 'rollback', version, commit, from },
    to: { ...to, proof: 'it served before', hidden: [] },
    api: api && { kind: 'restore', address: api.address, stage: undefined, release },
    samples: [],
    otherwise: { kind: 'stays' },
    steps: { ...NO_SHIFT, move: steps.back, stage: steps.backStage },
  });
}

interface Returning {
  readonly stays: Extract<Shifted, { kind: 'stays' }>;
  readonly to: ReleaseName;
  readonly before: ReleaseName | undefined;
}

/** What a failed check came to, by how the return ended. */
function ended(back: Shifted, { stays, to, before }: Returning): Shifted {
  const { error } = stays;
  const facts = also(stays.facts, back.facts);
  switch (back.kind) {
    case 'shifted':
      return { kind: 'returned', live: back.live, error, facts: returnedFacts(facts, to, before) };
    case 'stays':
      // It went back, and its stage did not follow.
      return { kind: 'returned', live: back.live, error, facts: returnedFacts(facts, to, before) };
    case 'unchanged':
    case 'superseded':
      return { kind: 'superseded', live: back.live, why: back.why, facts, error };
    case 'unknown':
      return { kind: 'unknown', superseded: false, error, facts };
    case 'returned':
    case 'refused':
      return stays;
  }
}

function returnedFacts(facts: Facts, to: ReleaseName, before: ReleaseName | undefined): Facts {
  return also(facts, { after: to, shifted: to.version !== before?.version });
}
