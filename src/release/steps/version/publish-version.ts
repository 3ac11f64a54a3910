import type { Tools } from '../../../clients/tools.ts';
import { AwsError, UserError } from '../../../errors.ts';
import { wishedConfiguration } from '../../plan/configuration.ts';
import { isIdle } from '../../plan/rollback-target.ts';
import { sameConfiguration, sameSurroundings } from '../../record/content.ts';
import { renderVersionNote, type VersionNote } from '../../record/version-note.ts';
import type { FunctionVersion } from '../../../types.ts';
import { patiently, updateFunction, type FunctionUpdate } from './update-function.ts';
import { waitFor } from '../../../clients/wait.ts';

type PublishTools = Pick<Tools, 'lambda' | 'clock' | 'signal' | 'log' | 'guards'>;

export interface Publication extends FunctionUpdate {
  readonly note: VersionNote;
  /** An earlier attempt may have published this very image and configuration: look before making another version (G4). */
  readonly mayExist: boolean;
}

export interface Published {
  readonly version: FunctionVersion;
  readonly reused: boolean;
}

/** `$LATEST` belongs to everybody: so often is it taken back from another writer before this run gives up. */
const CONTENTIONS = 3;

/**
 * A version that is exactly this image with this configuration: an existing one, or a new one.
 * @throws UserError `contended` when other writers keep changing `$LATEST`; nothing of what is live was touched.
 */
export async function publishVersion(tools: PublishTools, publication: Publication): Promise<Published> {
  for (let round = 1; round <= CONTENTIONS; round += 1) {
    // Contended, a publication of ours may have taken effect all the same, and only its answer was lost.
    if (publication.mayExist || round > 1) {
      const existing = await findVersion(tools, publication);
      if (existing !== undefined) return { version: existing, reused: !isMine(existing, publication) };
    }
    const { latest, wished } = await updateFunction(tools, publication);
    if (latest.digest === publication.digest) {
      const version = await publishLatest(tools, publication);
      if (
        version !== undefined &&
        version.digest === publication.digest &&
        sameConfiguration(version.configuration, wished)
      ) {
        return { version, reused: false };
      }
    }
    tools.log.info(`Somebody else changed ${publication.functionName} between update and publish; once more`);
  }
  throw new UserError('contended', {
    what: `Other writers changed ${publication.functionName} ${CONTENTIONS} times between its update and its publication.`,
    fix: 'Let one workflow at a time deploy this function, then run this again; what is live was not touched.',
  });
}

/** PublishVersion compares the code itself (G3). Undefined when `$LATEST` holds another image by now. */
async function publishLatest(
  tools: PublishTools,
  publication: Publication,
): Promise<FunctionVersion | undefined> {
  const { functionName, digest, note } = publication;
  try {
    return await patiently(tools, publication, () =>
      tools.lambda.publishVersion(functionName, {
        ...tools.guards.publishExactly(digest),
        description: renderVersionNote(note),
      }),
    );
  } catch (error) {
    if (error instanceof AwsError && isOtherCode(error)) return undefined;
    throw error;
  }
}

function isOtherCode(error: AwsError): boolean {
  return (
    (error.code === 'InvalidParameterValueException' && /sha-?256/i.test(error.detail)) ||
    error.status === 412
  );
}

function isMine({ description }: FunctionVersion, { note }: Publication): boolean {
  return description === renderVersionNote(note);
}

/**
 * A published version that is what publishing `$LATEST` with this image would give: the one that serves, or else the newest. One that
 * was published under another role would bring that role back.
 */
async function findVersion(
  tools: PublishTools,
  { functionName, digest, architecture, wish, note }: Publication,
): Promise<FunctionVersion | undefined> {
  const versions = await tools.lambda.listVersions(functionName);
  const latest = versions.find((version) => version.version === '$LATEST');
  const published = versions.filter((version) => version.version !== '$LATEST');
  // What is wished for is relative to `$LATEST` (merge keeps what is there), exactly as the update would compute it.
  const wished = latest && wishedConfiguration(latest.configuration, wish);
  if (latest === undefined || wished === undefined) return undefined;
  const same = published.filter(
    (version) =>
      tools.guards.isSameRelease(version, digest, wished) &&
      version.architecture === architecture &&
      sameSurroundings(version, latest),
  );
  const live = same.find((version) => version.version === note.base);
  return live ?? same.sort((a, b) => Number(b.version) - Number(a.version))[0];
}

/** How long Lambda may take to make a version ready. */
const ACTIVE_BUDGET_MS = 10 * 60_000;

/**
 * Waits until a version is Active; an Inactive one (idle for weeks) is woken by one invocation, which Lambda refuses.
 * @throws UserError `version-failed` with Lambda's reason.
 */
export async function waitUntilActive(
  tools: PublishTools,
  functionName: string,
  version: string,
): Promise<FunctionVersion> {
  let told = false;
  return waitFor(
    tools,
    { what: `version ${version} to become Active`, budgetMs: ACTIVE_BUDGET_MS },
    async () => {
      const now = await tools.lambda.getFunction(functionName, version);
      if (now.state === 'Active') return now;
      if (isBroken(now)) throw versionFailed(functionName, now);
      if (now.state === 'Inactive') {
        if (!told) tools.log.info(`Version ${version} was idle and is Inactive; waking it`);
        told = true;
        await tools.lambda.invoke(functionName, version, '{}').catch(unlessForbidden);
      }
      return undefined;
    },
  );
}

/** The call that wakes a version is refused, and may be lost: then the next one wakes it. Only a missing permission stays. */
function unlessForbidden(error: unknown): void {
  if (!(error instanceof AwsError) || error.isForbidden) throw error;
}

/** Waiting and waking do not help it. */
export function isBroken({ state, stateReason }: FunctionVersion): boolean {
  return state === 'Failed' || (state === 'Inactive' && !isIdle(state, stateReason));
}

export function versionFailed(functionName: string, version: FunctionVersion): UserError {
  return new UserError('version-failed', {
    what: `Version ${version.version} of ${functionName} could not be made ready: ${version.stateReason || 'no reason given'}.`,
    fix: 'Mend the reason and deploy again; no traffic was moved to it.',
  });
}
