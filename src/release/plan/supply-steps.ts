/** Steps that look at where an image comes from and what is known to be wrong with it. */
import type { PlanStep } from '../../run/plan.ts';
import { plural } from '../../words.ts';

/** Of a deploy and of a rollback alike. */
export const PROOF_STEP: PlanStep = {
  name: 'Verify the attestation',
  does: "verify GitHub's attestation of the image",
  why: 'what was built elsewhere gets traffic only from where it is expected to come',
  writes: [],
};

export function scanStep(minutes: number): PlanStep {
  const wait = minutes === 0 ? '' : `, for which it waits ${plural(minutes, 'minute')} at most`;
  return {
    name: "Check ECR's scan",
    does: `look at ECR's scan of the image${wait}`,
    why: 'gate.scan says what may be wrong with it',
    writes: [],
  };
}
