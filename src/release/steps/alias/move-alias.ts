import { backoff } from '../../../clients/retry.ts';
import type { Tools } from '../../../clients/tools.ts';
import { AwsError, orMissing } from '../../../errors.ts';
import type { Decide } from '../../plan/shift.ts';
import { readRelease, recordOf, type Release } from '../../record/release.ts';
import { renderRecord, type ReleaseRecord } from '../../record/record.ts';
import type { Alias } from '../../../types.ts';

/** The ways a switch ends. `unknown` is honest: AWS did not say, and nobody could be asked. */
export type Switched =
  | { readonly kind: 'switched'; readonly alias: Alias }
  | { readonly kind: 'noop'; readonly release: Release; readonly why: string }
  | { readonly kind: 'superseded'; readonly release: Release; readonly why: string }
  /** The reply was lost, and by now somebody else's write stands there. Never applied again. */
  | { readonly kind: 'unknown:superseded'; readonly release: Release }
  | { readonly kind: 'unknown'; readonly error: AwsError };

export interface SwitchRequest {
  readonly functionName: string;
  readonly aliasName: string;
  /** What the run saw when it started. */
  readonly first: Release;
  /** What is known now; read again after every refusal. */
  readonly seen: Release;
  readonly decide: Decide;
  readonly op: string;
}

type SwitchTools = Pick<Tools, 'lambda' | 'clock' | 'random' | 'signal' | 'log' | 'guards'>;

/** A refusal (412, or 409 at creation) sends us back to reading this often; then somebody is fighting over the alias. */
const DECISIONS = 4;
const ATTEMPTS = 6;

/**
 * Moves the alias and its record in one compare-and-swap call (G1, G2).
 * @throws UserError when the decision is to refuse; AwsError when AWS said no and nothing changed.
 */
export async function switchAlias(tools: SwitchTools, request: SwitchRequest): Promise<Switched> {
  let seen = request.seen;
  for (let round = 1; round <= DECISIONS; round += 1) {
    const decision = request.decide(seen, request.first);
    switch (decision.kind) {
      case 'noop':
      case 'superseded':
        return { kind: decision.kind, release: seen, why: decision.why };
      case 'refuse':
        throw decision.error;
      case 'write': {
        const written = await write(tools, { ...request, alias: decision.alias, record: decision.record });
        if (written.kind !== 'refused') return written;
        seen = written.release;
      }
    }
  }
  const why = `${DECISIONS} other writers got in first; the last one is ${recordOf(seen)?.op ?? 'not a release'}`;
  return { kind: 'superseded', release: seen, why };
}

type Written =
  | Exclude<Switched, { kind: 'noop' | 'superseded' }>
  | { readonly kind: 'refused'; readonly release: Release };

/** What is written: over the alias as it was read, or a new alias. */
interface Write extends SwitchRequest {
  readonly alias: Alias | undefined;
  readonly record: ReleaseRecord;
}

/** One intended write, attempted until AWS answers. The same RevisionId every time, so it takes effect at most once. */
async function write(tools: SwitchTools, intended: Write): Promise<Written> {
  let replyLost = false;
  for (let attempt = 1; ; attempt += 1) {
    try {
      return { kind: 'switched', alias: await send(tools, intended) };
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      replyLost ||= error.effect === 'unknown';
      if (isRefusal(error)) return await afterRefusal(tools, intended, { replyLost, error });
      const goesOn = error.isTransient && attempt < ATTEMPTS && !tools.signal.aborted;
      if (!goesOn) return await afterLastAttempt(tools, intended, { replyLost, error });
      const wait = backoff(tools, attempt, error);
      tools.log.info(
        `Lambda ${error.operation}: ${error.code}; trying again in ${(wait / 1000).toFixed(1)} s`,
      );
      await tools.clock.sleep(wait, tools.signal);
      if (tools.signal.aborted) return await afterLastAttempt(tools, intended, { replyLost, error });
    }
  }
}

function send(tools: SwitchTools, { functionName, aliasName, alias, record }: Write): Promise<Alias> {
  const input = { name: aliasName, version: record.live, description: renderRecord(record), weights: {} };
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
async function afterRefusal(tools: SwitchTools, intended: Write, doubt: Doubt): Promise<Written> {
  const release = await readAlias(tools, intended).catch((error: unknown) => unreadable(error, doubt));
  if (release instanceof AwsError) return { kind: 'unknown', error: release };
  if (!doubt.replyLost) return { kind: 'refused', release };
  return settle(tools, intended, release);
}

/** No answer in all attempts, or a plain no after a lost reply: the alias itself tells, if it can be read. */
async function afterLastAttempt(tools: SwitchTools, intended: Write, doubt: Doubt): Promise<Written> {
  if (!doubt.replyLost) throw doubt.error;
  const release = await readAlias(tools, intended).catch((error: unknown) => unreadable(error, doubt));
  if (release instanceof AwsError) return { kind: 'unknown', error: release };
  const settled = settle(tools, intended, release);
  if (settled.kind === 'switched') return settled;
  // Not there now. A request still on its way could land later, so this is not a plain "failed".
  return { kind: 'unknown', error: doubt.error };
}

function settle(tools: SwitchTools, { op }: Write, release: Release): Written {
  if (tools.guards.isMyWrite(recordOf(release), op) && release.kind !== 'none') {
    return { kind: 'switched', alias: release.alias };
  }
  return { kind: 'unknown:superseded', release };
}

function unreadable(error: unknown, doubt: Doubt): AwsError {
  if (!(error instanceof AwsError)) throw error;
  if (!doubt.replyLost) throw error;
  return error;
}

/** The alias as it is now. */
export async function readAlias(
  tools: Pick<Tools, 'lambda' | 'guards'>,
  { functionName, aliasName }: Pick<SwitchRequest, 'functionName' | 'aliasName'>,
): Promise<Release> {
  return readRelease(
    await orMissing(tools.lambda.getAlias(functionName, aliasName)),
    tools.guards.trustRecord,
  );
}
