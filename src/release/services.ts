/** Several services in one release: each step of it for all of them, and whatever fails, all or none of them are moved. */
import { Cancelled } from '../errors.ts';
import type { DeployInputs } from '../inputs/deploy-inputs.ts';
import { deployTarget } from './plan/target.ts';
import { releasedBy } from './record/record.ts';
import type { Story } from '../report/story.ts';
import { readAlias } from './steps/alias/move-alias.ts';
import { explain } from '../run/explain.ts';
import { before, type Candidate, type Live, type WayHome } from './candidate.ts';
import { goLive, takeBack } from './go-live.ts';
import type { Service, Session } from '../run/session.ts';

/** Something of a service that is under way, with the session that tells of it. */
export interface Of<T> {
  readonly session: Session;
  readonly it: T;
}

/** Does `work` for one service; what goes wrong is told in that service's story. */
export async function told<T>({ story }: Session, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    story.error = explain(error);
    throw error;
  }
}

/** Goes as far as it can: a failure of one does not keep the others from it. Then the first failure is thrown. */
export async function inTurn<T>(
  all: readonly Of<T>[],
  work: (it: T, session: Session) => Promise<void>,
): Promise<void> {
  const failures: unknown[] = [];
  for (const { session, it } of all) {
    try {
      await told(session, () => work(it, session));
    } catch (error) {
      if (error instanceof Cancelled) throw error;
      failures.push(error);
    }
  }
  if (failures.length > 0) throw failures[0];
}

/**
 * Prepares all services before any traffic moves. One that yields to a newer run makes all of them yield: the others belong to the
 * same commit, and a release that was rolled back must not come back in parts.
 * @returns the candidates in the file's order; those with nothing to release are not among them.
 */
export async function prepareAll(
  services: readonly Service<DeployInputs>[],
  prepare: (inputs: DeployInputs, session: Session) => Promise<Candidate | undefined>,
): Promise<readonly Of<Candidate>[]> {
  const ready: Of<Candidate>[] = [];
  for (const { inputs, session } of services) {
    const candidate = await told(session, () => prepare(inputs, session));
    if (session.story.outcome === 'superseded') {
      yieldAll(services, session.story);
      return [];
    }
    if (candidate !== undefined) ready.push({ session, it: candidate });
  }
  return ready;
}

/**
 * Moves the aliases in the file's order. When one cannot be moved or does not answer, the ones before it are returned in reverse
 * order, those that an earlier attempt of this run had moved included. After a stop signal nothing more is written.
 */
export async function goLiveAll(
  ready: readonly Of<Candidate>[],
  services: readonly Service<DeployInputs>[],
): Promise<readonly Of<Live>[]> {
  const live: Of<Live>[] = [];
  for (const { session, it: candidate } of ready) {
    try {
      const moved = await told(session, () => goLive(candidate, session));
      if (moved !== undefined) live.push({ session, it: moved });
    } catch (error) {
      if (!(error instanceof Cancelled)) await returnAll(live, services, session.story);
      throw error;
    }
    if (session.story.outcome === 'superseded' && ready.length > 1) {
      await returnAll(live, services, session.story);
      yieldAll(services, session.story);
      return [];
    }
  }
  return live;
}

/** Returns what is live already because `culprit` is not. A service that cannot be returned does not keep the others from it. */
async function returnAll(
  live: readonly Of<Live>[],
  services: readonly Service<DeployInputs>[],
  culprit: Story,
): Promise<void> {
  const moved = new Map(live.map(({ session, it }) => [session, it.home]));
  for (const service of services.toReversed()) {
    const { story, tools } = service.session;
    if (story === culprit) continue;
    try {
      const home = moved.get(service.session) ?? (await movedBefore(service));
      if (home === undefined) continue;
      await takeBack(home, service.session);
      story.why = `${culprit.service} did not go live, and services are released together`;
    } catch (error) {
      story.error = explain(error);
      tools.log.warning(`${story.service} could not be returned to what was live: ${story.error.message}`);
    }
  }
}

/** The way back of a service that had nothing to do because an earlier attempt of this very run moved it. */
async function movedBefore({ inputs, session }: Service<DeployInputs>): Promise<WayHome | undefined> {
  const { story, tools, run } = session;
  if (story.outcome !== 'ok:noop') return undefined;
  const target = deployTarget(inputs, run);
  const release = await readAlias(tools, target);
  if (release.kind !== 'recorded' || release.record.state !== 'ok') return undefined;
  const { alias, record } = release;
  if (releasedBy(record) !== run.runId || record.previous === undefined) return undefined;
  return { target, alias, to: before(record) };
}

/** What was not moved, or not even looked at, yields with the one that a newer run or a rollback keeps from it. */
function yieldAll(services: readonly Service<unknown>[], newer: Story): void {
  for (const { session } of services) {
    const { story } = session;
    if (story.outcome === 'failed')
      Object.assign(story, {
        outcome: 'superseded',
        why: `${newer.service} was, and services are released together`,
      });
  }
}
