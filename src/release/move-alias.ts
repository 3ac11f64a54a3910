import { explainAwsError, UserError, type AwsError } from '../errors.ts';
import type { Guards } from './record/guards.ts';
import { renderRecord } from './record/record.ts';
import { readRelease, type Release } from './record/release.ts';
import type { ReleaseName } from '../report/story.ts';
import { releaseName, stepBack } from '../report/words.ts';
import { recover } from './steps/alias/recover.ts';
import { switchAlias, type Switched, type SwitchRequest } from './steps/alias/move-alias.ts';
import type { Outcome } from '../types.ts';
import type { Session } from '../run/session.ts';

/**
 * Moves the alias and keeps the story true at every moment.
 * @returns what happened when the run may go on; @throws UserError when AWS did not say what is live.
 */
export async function moveAlias(
  session: Session,
  request: SwitchRequest,
  after: { readonly release: ReleaseName; readonly outcome: Outcome },
): Promise<Extract<Switched, { kind: 'switched' | 'noop' | 'superseded' }>> {
  const { story, tools } = session;
  const switched = await writing(session, () => switchAlias(tools, request));
  switch (switched.kind) {
    case 'switched':
      Object.assign(story, { outcome: after.outcome, changed: true, after: after.release });
      return switched;
    case 'noop':
      Object.assign(story, { outcome: 'ok:noop', why: switched.why, after: after.release });
      return switched;
    case 'superseded':
      Object.assign(story, { outcome: 'superseded', why: switched.why });
      return switched;
    case 'unknown:superseded':
      story.outcome = 'unknown:superseded';
      throw overtaken(request, switched);
    case 'unknown':
      throw unknown(request, switched.error);
  }
}

/** While the alias is written nobody knows what is live, and a run that dies there says so. Then it tells what stands there. */
export async function writing<T extends Switched | undefined>(
  session: Session,
  write: () => Promise<T>,
): Promise<T> {
  const { story, tools } = session;
  const before = { outcome: story.outcome, stepBack: story.stepBack, undecided: false };
  Object.assign(story, { outcome: 'unknown', stepBack: undefined, undecided: true });
  const switched = await write().catch((error: unknown) => {
    // Thrown means refused: nothing was written.
    Object.assign(story, before);
    throw error;
  });
  if (switched?.kind === 'unknown') return switched;
  Object.assign(story, before);
  if (switched !== undefined) tellLive(session, releaseAfter(switched, tools.guards));
  return switched;
}

/** What stands on the alias after a switch, whoever wrote it. */
export function releaseAfter(switched: Exclude<Switched, { kind: 'unknown' }>, guards: Guards): Release {
  return switched.kind === 'switched' ? readRelease(switched.alias, guards.trustRecord) : switched.release;
}

/** What is live by now, its record, and where one step back leads from it. */
function tellLive({ story, tools }: Session, release: Release): void {
  const name = releaseName(release, undefined);
  const { before } = story;
  // The alias does not tell a digest, and a version never changes its own.
  story.after = name?.version === before?.version ? name && { ...name, digest: before?.digest } : name;
  story.stepBack = stepBack(release, tools.guards);
  story.record = release.kind === 'recorded' ? renderRecord(release.record) : undefined;
}

/** How a switch ended, in one clause. */
export function switchedInWords(switched: Switched): string {
  if (switched.kind === 'switched') return `${switched.alias.name} serves version ${switched.alias.version}`;
  return 'why' in switched ? switched.why : switched.kind;
}

function overtaken(
  { aliasName }: Pick<SwitchRequest, 'aliasName'>,
  switched: Extract<Switched, { kind: 'unknown:superseded' }>,
): UserError {
  const holder =
    switched.release.kind === 'none' ? 'no version' : `version ${switched.release.alias.version}`;
  return new UserError('unknown-superseded', {
    what: `The reply to moving the alias ${aliasName} was lost, and by now another writer stands there: ${holder} is live.`,
    fix: 'Run it again if this commit should be live; nothing was written a second time.',
  });
}

function unknown(
  { functionName, aliasName }: Pick<SwitchRequest, 'functionName' | 'aliasName'>,
  error: AwsError,
): UserError {
  const why = explainAwsError(error);
  return new UserError(
    'unknown',
    {
      what: `Whether the alias ${aliasName} was moved is not known: ${why.what}`,
      fix: `Look at it (aws lambda get-alias --function-name ${functionName} --name ${aliasName}) or run this again: it continues from what is live.`,
    },
    { cause: error },
  );
}

/**
 * Ends what another run left on the alias, before new work begins (G8).
 * @returns the release as it is then; undefined when a newer run came first, which the story says.
 */
export async function recoverFirst(
  target: { readonly functionName: string; readonly aliasName: string; readonly force: boolean },
  seen: Release,
  session: Session,
): Promise<Release | undefined> {
  const { step, story, tools } = session;
  const recovered = await step(
    'End what another run left',
    () => recover(tools, target, { seen, writer: session.writer(target.force) }),
    switchedInWords,
  );
  // The stable version is live, whether this was written or not.
  if (recovered.kind === 'unknown') story.stepBack = undefined;
  else tellLive(session, releaseAfter(recovered, tools.guards));
  switch (recovered.kind) {
    case 'switched':
    case 'noop':
      return releaseAfter(recovered, tools.guards);
    case 'superseded':
      return void Object.assign(story, { outcome: 'superseded', why: recovered.why });
    case 'unknown':
      throw unknown(target, recovered.error);
    case 'unknown:superseded':
      throw overtaken(target, recovered);
  }
}
