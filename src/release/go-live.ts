import { Cancelled } from '../errors.ts';
import { decideDeploy } from './plan/shift.ts';
import { readRelease } from './record/release.ts';
import * as say from '../report/words.ts';
import { goBack } from './steps/alias/go-back.ts';
import { readHistory } from './steps/alias/read-history.ts';
import { verifyAlias } from './steps/alias/verify.ts';
import type { ReleaseName } from '../report/story.ts';
import type { Alias } from '../types.ts';
import { before, type Candidate, type Live, type WayHome } from './candidate.ts';
import { moveAlias, switchedInWords, writing } from './move-alias.ts';
import { askApi, connect, returnStage } from './serve-api.ts';
import type { Session } from '../run/session.ts';

/**
 * Moves the traffic and asks again what people get. From the moment the alias has moved, every failure but a stop signal takes
 * it back before it is reported.
 * @returns undefined when there was nothing to move, or a newer run came first.
 */
export async function goLive(candidate: Candidate, session: Session): Promise<Live | undefined> {
  const { step, tools, story, run } = session;
  const { target, seen, version, release } = candidate;
  const writer = session.writer(target.force);
  const decide = decideDeploy({ version: version.version, commit: run.commit }, writer, tools.guards);
  const request = { ...target, first: seen.release, seen: seen.release, decide, op: writer.op };
  const switched = await step(
    'Move the alias',
    () => moveAlias(session, request, { release, outcome: 'ok' }),
    switchedInWords,
  );
  if (switched.kind === 'superseded') return undefined;
  if (switched.kind === 'noop') {
    await serve(candidate, session);
    return undefined;
  }
  const home = { target, alias: switched.alias, to: cameFrom(switched.alias, session) };
  try {
    await serve(candidate, session);
  } catch (error) {
    if (error instanceof Cancelled) story.outcome = 'unknown';
    else await takeBack(home, session);
    if (story.outcome !== 'superseded') throw error;
    // Another run moved the alias meanwhile: what was asked through it answered for that run, and says nothing about this one.
    tools.log.warning(error instanceof Error ? error.message : String(error));
    return undefined;
  }
  return { candidate, alias: switched.alias, home };
}

/**
 * What served until this run moved the alias. Mostly that is what was live when it began; an older run that got in between counts, and
 * the way back that was proven is not the one that the record names then.
 */
function cameFrom(alias: Alias, { story, tools }: Session): ReleaseName | undefined {
  const release = readRelease(alias, tools.guards.trustRecord);
  const from = release.kind === 'recorded' ? before(release.record) : undefined;
  const unchanged = from?.version === story.before?.version || alias.version === story.before?.version;
  if (from === undefined || unchanged) return story.before;
  story.wayBack = undefined;
  return from;
}

/** The API's stage carries the release, and both doors are tried: the alias, and the URL. */
export async function serve(candidate: Candidate, session: Session): Promise<void> {
  const { target, version, samples } = candidate;
  const connected = await connect(candidate, session);
  const question = {
    functionName: target.functionName,
    qualifier: target.aliasName,
    version: version.version,
    hidden: Object.values(version.configuration.environment),
  };
  await session.step(
    'Ask through the alias',
    () => verifyAlias(session.tools, question, samples[0]),
    () => `version ${version.version} answers`,
  );
  if (connected !== undefined) await askApi(candidate, connected, session);
}

/**
 * Returns the alias, and then the API's stage, to what served before. The story ends as rolled back; as superseded where another run
 * moved the alias since; or as unknown.
 */
export async function takeBack({ target, alias, to }: WayHome, session: Session): Promise<void> {
  const { step, tools, story } = session;
  story.outcome = 'unknown';
  const back = await step(
    'Go back to what was live',
    () =>
      writing(session, () => goBack(tools, { ...target, alias, previous: to }, session.writer(target.force))),
    (switched) =>
      switched === undefined ? 'there was nothing before this release' : switchedInWords(switched),
  );
  if (back?.kind === 'superseded' || back?.kind === 'noop')
    Object.assign(story, { outcome: 'superseded', why: back.why });
  if (back?.kind !== 'switched' || to === undefined) return;
  const changed = to.version !== story.before?.version;
  Object.assign(story, { outcome: 'rolled-back', changed, after: to });
  if (target.api !== undefined) {
    const release = { alias: target.aliasName, version: to.version, commit: to.commit };
    await returnStage(target.api, release, session);
  }
  const { functionName } = target;
  const at = { functionName, release: readRelease(back.alias, tools.guards.trustRecord) };
  story.history = say.history(await readHistory(tools, at));
}
