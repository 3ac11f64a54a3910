import { pauseAfter } from '../../../clients/call.ts';
import { inRounds, retry, type RetryPolicy } from '../../../clients/retry.ts';
import { AwsError, type UserError } from '../../../errors.ts';
import type { Alias } from '../../../types.ts';
import type { Decide, Weights } from '../../plan/shift.ts';
import { foreignShares } from '../../plan/shift-steps.ts';
import { renderRecord, type ReleaseRecord } from '../../record/record.ts';
import { recordOf, type Release } from '../../record/release.ts';
import type { ReleaseTools } from '../../tools.ts';
import { readAlias, type AliasName } from './read-alias.ts';

/** How a move can end. `unknown`: AWS did not answer, and the alias could not be read either. */
export type Moved =
  | { readonly kind: 'moved'; readonly alias: Alias }
  | { readonly kind: 'noop'; readonly release: Release; readonly why: string }
  | {
      readonly kind: 'superseded';
      readonly release: Release;
      readonly why: string;
      /** That this run's commit is the older one is not known. */
      readonly unknown?: UserError | undefined;
    }
  /** The reply was lost, and by now the alias carries another writer's record. Never applied again. */
  | { readonly kind: 'unknown:superseded'; readonly release: Release }
  | { readonly kind: 'unknown'; readonly error: AwsError };

export interface MoveRequest extends AliasName {
  /** What the run saw when it started. */
  readonly first: Release;
  /** What is known now; read again after every refusal. */
  readonly seen: Release;
  readonly decide: Decide;
  /** Names this write in the record. */
  readonly op: string;
}

/** A refusal (412, or 409 at creation) is followed by another read this often; then other writers keep changing the alias. */
const DECISIONS = 4;

/**
 * Moves the alias and its record in one compare-and-swap call (G1, G2).
 * @throws UserError when the decision is to refuse; AwsError when AWS said no and nothing changed.
 */
export async function moveAlias(tools: ReleaseTools, request: MoveRequest): Promise<Moved> {
  let seen = request.seen;
  const moved = await inRounds(DECISIONS, async (): Promise<Moved | undefined> => {
    const decision = request.decide(seen, request.first);
    switch (decision.kind) {
      case 'noop':
      case 'superseded':
        return { kind: decision.kind, release: seen, why: decision.why };
      case 'refuse':
        throw decision.error;
      case 'write': {
        const written = await write(tools, { ...request, ...decision, seen });
        if (written.kind !== 'refused') return written;
        seen = written.release;
        return undefined;
      }
    }
  });
  const why = `${DECISIONS} other writers got in first; the last one is ${recordOf(seen)?.op ?? 'not a release'}`;
  return moved ?? { kind: 'superseded', release: seen, why };
}

type Written =
  Exclude<Moved, { kind: 'noop' | 'superseded' }> | { readonly kind: 'refused'; readonly release: Release };

/** What is written: over the alias as it was read, or a new alias. */
interface Write extends MoveRequest {
  readonly alias: Alias | undefined;
  readonly record: ReleaseRecord;
  readonly weights: Weights;
}

const ATTEMPTS = 6;
/** A move that would have to wait longer than this is given up. Milliseconds. */
const BUDGET_MS = 60_000;

/** One intended write, attempted until AWS answers. The same RevisionId every time, so it takes effect at most once. */
async function write(tools: ReleaseTools, intended: Write): Promise<Written> {
  let replyLost = false;
  const policy: RetryPolicy = {
    attempts: ATTEMPTS,
    budgetMs: BUDGET_MS,
    passes: (error, attempt) => {
      if (error instanceof AwsError && isRefusal(error)) return undefined;
      return pauseAfter(tools, error, attempt);
    },
  };
  try {
    const alias = await retry(tools, policy, async () => {
      try {
        return await send(tools, intended);
      } catch (error) {
        replyLost ||= error instanceof AwsError && error.effect === 'unknown';
        throw error;
      }
    });
    sayEnded(tools, intended);
    return { kind: 'moved', alias };
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    const doubt = { replyLost, error };
    return isRefusal(error) ? afterRefusal(tools, intended, doubt) : afterLastAttempt(tools, intended, doubt);
  }
}

/** Traffic that no record tells of may be somebody's canary: it is not ended in silence. */
function sayEnded({ log }: ReleaseTools, { seen, aliasName, weights }: Write): void {
  const shares = foreignShares(seen);
  if (shares === '' || Object.keys(weights).length > 0) return;
  log.warning(
    `The alias ${aliasName} had weights that no release had set (${shares}): they were ended, and that traffic goes to the live version. If something else shifts this alias, such as CodeDeploy, let only one of both do it.`,
  );
}

function send(
  tools: ReleaseTools,
  { functionName, aliasName, alias, record, weights }: Write,
): Promise<Alias> {
  const input = { name: aliasName, version: record.live, description: renderRecord(record), weights };
  if (alias === undefined) return tools.lambda.createAlias(functionName, input);
  return tools.lambda.updateAlias(functionName, { ...input, ...tools.guards.compareAndSwap(alias) });
}

/** AWS compared and did not swap (412), or the alias to be created exists (409). */
function isRefusal(error: AwsError): boolean {
  return error.status === 412 || (error.operation === 'CreateAlias' && error.status === 409);
}

interface Doubt {
  /** A reply of this very write was lost before: it may have taken effect. */
  readonly replyLost: boolean;
  readonly error: AwsError;
}

/** Without a lost reply a refusal proves that nothing happened. With one, the record says whose write stands there: G2. */
async function afterRefusal(tools: ReleaseTools, intended: Write, doubt: Doubt): Promise<Written> {
  const release = await readAlias(tools, intended).catch((error: unknown) => unreadable(error, doubt));
  if (release instanceof AwsError) return { kind: 'unknown', error: release };
  if (!doubt.replyLost) return { kind: 'refused', release };
  return settled(tools, intended, release);
}

/** No answer in all attempts, or a plain no after a lost reply: the alias itself shows it, if it can be read. */
async function afterLastAttempt(tools: ReleaseTools, intended: Write, doubt: Doubt): Promise<Written> {
  if (!doubt.replyLost) throw doubt.error;
  const release = await readAlias(tools, intended).catch((error: unknown) => unreadable(error, doubt));
  if (release instanceof AwsError) return { kind: 'unknown', error: release };
  const now = settled(tools, intended, release);
  if (now.kind === 'moved') return now;
  // Not there now. A request still on its way could land later, so this is not a plain "failed".
  return { kind: 'unknown', error: doubt.error };
}

function settled(tools: ReleaseTools, intended: Write, release: Release): Written {
  const { op, alias } = intended;
  if (tools.guards.isMyWrite(recordOf(release), op) && release.kind !== 'none') {
    tools.permits.confirm(alias === undefined ? 'lambda:CreateAlias' : 'lambda:UpdateAlias');
    sayEnded(tools, intended);
    return { kind: 'moved', alias: release.alias };
  }
  return { kind: 'unknown:superseded', release };
}

function unreadable(error: unknown, doubt: Doubt): AwsError {
  if (!(error instanceof AwsError)) throw error;
  if (!doubt.replyLost) throw error;
  return error;
}
