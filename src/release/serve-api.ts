import type { ApiAddress, Stage } from '../clients/api-gateway.ts';
import type { ApiSituation, StagedRelease } from './plan/api.ts';
import { routesOf } from './plan/api-routes.ts';
import type { ShiftSteps } from './plan/shift-steps.ts';
import { allowApi, warnOfPermission, type PermissionSubject } from './steps/api/allow-api.ts';
import type { ApiTarget } from './steps/api/check-api.ts';
import { connectApi, planConnection, refuseUnplanned, type Connection } from './steps/api/connect-api.ts';
import { readApi, readStage } from './steps/api/read-api.ts';
import { restoreStage } from './steps/api/restore-stage.ts';
import type { ReleaseSession } from './tools.ts';

/** What a shift has to do at the API in front of the alias. */
export type ApiWork =
  /** The API is made to serve the alias, and its stage to carry the release. */
  | {
      readonly kind: 'connect';
      readonly address: ApiAddress;
      readonly connection: Connection;
      /** As it was when the plan was made; a build since then makes it old. */
      readonly situation: ApiSituation;
      readonly isOld: boolean;
      /** How a sample is sent through it; its routes, where the trial before the shift read them. */
      readonly target: ApiTarget;
    }
  /** The stage carries what the alias serves again, where it carried a release of it. */
  | {
      readonly kind: 'restore';
      readonly address: ApiAddress;
      /** Read anew where it is undefined. */
      readonly stage: Stage | undefined;
      readonly release: StagedRelease;
    };

/** Brings the API to what the alias serves. @returns how a sample is sent through it now; undefined where none is. */
export async function serveThroughApi(
  session: ReleaseSession,
  work: ApiWork,
  steps: ShiftSteps,
): Promise<ApiTarget | undefined> {
  if (work.kind === 'connect') return connect(session, work, steps);
  const { address, release } = work;
  if (steps.stage === undefined) return undefined;
  await session.step(
    steps.stage,
    async () => {
      const stage = work.stage ?? (await readStage(session.tools, address));
      return restoreStage(session.tools, address, { release, stage });
    },
    (changed) => (changed ? `it carries version ${release.version}` : 'unchanged'),
  );
  return undefined;
}

async function connect(
  session: ReleaseSession,
  { address, connection, situation, isOld, target }: Extract<ApiWork, { kind: 'connect' }>,
  steps: ShiftSteps,
): Promise<ApiTarget | undefined> {
  const { tools } = session;
  const now = isOld ? { ...(await readApi(tools, address)), proven: situation.proven } : situation;
  const plan = planConnection(now, connection);
  if (isOld) refuseUnplanned(plan, planConnection(situation, connection));
  // API Gateway answers 500 without the permission, which may be gone since it was seen.
  const fails = target.before?.kind === 'wrong' && (target.before.status ?? 0) >= 500;
  if (plan.readsPermission || fails) await permit(session, { connection, connected: plan.connected }, steps);
  const work = () => connectApi(tools, connection, { ...plan, stage: now.stage });
  const said = (changed: boolean) =>
    changed ? 'the stage carries the release' : 'the stage carries it already';
  // Without a step there is nothing to write: the stage carries the release.
  if (steps.stage === undefined) await session.group('Look at the API', work, said);
  else await session.step(steps.stage, work, said);
  const { connected } = plan;
  return { ...target, connected, routes: routesOf(now.integrations, connected) ?? target.routes };
}

async function permit(session: ReleaseSession, subject: PermissionSubject, steps: ShiftSteps): Promise<void> {
  if (steps.permission === undefined) return warnOfPermission(session.tools, subject);
  await session.step(steps.permission, () => allowApi(session.tools, subject));
}
