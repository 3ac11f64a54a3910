import { inRounds } from '../../../clients/retry.ts';
import { AwsError, UserError } from '../../../errors.ts';
import { wishedConfiguration } from '../../plan/configuration.ts';
import { sameConfiguration, sameSurroundings } from '../../record/content.ts';
import { renderVersionNote, type VersionNote } from '../../record/version-note.ts';
import type { FunctionVersion } from '../../../types.ts';
import { untilAccepted, updateFunction, type FunctionUpdate } from './update-function.ts';
import type { ReleaseTools } from '../../tools.ts';

export interface Publication extends FunctionUpdate {
  readonly note: VersionNote;
  /** An earlier attempt may have published this very image and configuration: look before making another version (G4). */
  readonly mayExist: boolean;
}

export interface Published {
  readonly version: FunctionVersion;
  readonly reused: boolean;
}

/** Other writers change `$LATEST` too: so often this run updates it again before it gives up. */
const CONTENTIONS = 3;

/**
 * A version that is exactly this image with this configuration: an existing one, or a new one.
 * @throws UserError `contended` when other writers keep changing `$LATEST`; nothing of what is live was touched.
 */
export async function publishVersion(tools: ReleaseTools, publication: Publication): Promise<Published> {
  const { functionName } = publication;
  const published = await inRounds(CONTENTIONS, async (round) => {
    // Contended, a publication of ours may have taken effect all the same, and only its answer was lost.
    const existing = publication.mayExist || round > 1 ? await findVersion(tools, publication) : undefined;
    if (existing !== undefined) return { version: existing, reused: !isMine(existing, publication) };
    const version = await updateAndPublish(tools, publication);
    if (version !== undefined) return { version, reused: false };
    tools.log.info(`Somebody else changed ${functionName} between update and publish; once more`);
    return undefined;
  });
  if (published !== undefined) return published;
  throw new UserError('contended', {
    what: `Other writers changed ${functionName} ${CONTENTIONS} times between its update and its publication.`,
    fix: 'Let one workflow at a time deploy this function, then run this again; what is live was not touched.',
  });
}

/** Undefined when another writer changed `$LATEST` in between. */
async function updateAndPublish(
  tools: ReleaseTools,
  publication: Publication,
): Promise<FunctionVersion | undefined> {
  const { latest, wished } = await updateFunction(tools, publication);
  if (latest.digest !== publication.digest) return undefined;
  const version = await publishLatest(tools, publication);
  const isWanted = version?.digest === publication.digest && sameConfiguration(version.configuration, wished);
  return isWanted ? version : undefined;
}

/** PublishVersion compares the code itself (G3). Undefined when `$LATEST` holds another image by now. */
async function publishLatest(
  tools: ReleaseTools,
  publication: Publication,
): Promise<FunctionVersion | undefined> {
  const { functionName, digest, note } = publication;
  try {
    return await untilAccepted(tools, publication, () =>
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
  tools: ReleaseTools,
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
