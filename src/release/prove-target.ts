/** Where the target of a rollback was built, before it gets traffic again. */
import { UserError } from '../errors.ts';
import { findingSaid, warnOf } from './check-supply.ts';
import type { Way } from './rollback-phases.ts';
import { verifyAttestation } from './steps/image/verify-attestation.ts';
import type { ReleaseSession } from './tools.ts';

/**
 * Carries out the plan's step that verifies the attestation, where there is one. With `verify: warn` a proof that cannot be had, such as
 * from a GitHub that is down, is a warning.
 * @throws UserError `attestation-refused`.
 */
export async function proveTarget(session: ReleaseSession, { steps, seen, to }: Way): Promise<void> {
  if (steps.proof === undefined) return;
  const { tools, run } = session;
  const { attestation, githubToken: token } = seen.inputs;
  const digests = to.digest === undefined ? [] : [to.digest];
  const verify = () => verifyAttestation(tools, { digests, run, token, isRollback: true }, attestation);
  const finding = await session.step(steps.proof, verify, findingSaid);
  if (finding === undefined) return;
  warnOf(session, finding);
  if (finding.kind !== 'refused') return;
  const fix = `${finding.fix ?? ''} Nothing was shifted.`;
  throw new UserError('attestation-refused', { what: `${finding.sentence}.`, fix });
}
