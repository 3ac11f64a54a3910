import type { Tools } from '../clients/tools.ts';
import { newOp } from '../inputs/identity.ts';
import type { Service as AnyService } from '../run/run-action.ts';
import type { Session } from '../run/session.ts';
import type { Writer } from './plan/order.ts';
import type { Guards } from './record/guards.ts';
import { homeOf } from './record/record.ts';

/** What a release acts with: the clients, and the guards of its record. */
export interface ReleaseTools extends Tools {
  readonly guards: Guards;
}

export type ReleaseSession = Session<ReleaseTools>;
export type ReleaseService<Inputs> = AnyService<Inputs, ReleaseTools>;

/** This run as a writer of the alias, with a name of its own for each write. */
export function writerOf({ run, nonce }: ReleaseSession, force: boolean): Writer {
  return { op: newOp(run, nonce()), seq: BigInt(run.runId), home: homeOf(run), force };
}
