/** Steps that look at where an image comes from and what is known to be wrong with it. */
import type { PlanStep } from '../../run/plan.ts';
import { plural } from '../../words.ts';
import type { DeploySituation, DeployWish } from './deploy-wish.ts';

export interface SupplySteps {
  /** For an image that is built here. */
  readonly attest: PlanStep | undefined;
  /** For an image that ECR has already. */
  readonly proof: PlanStep | undefined;
  readonly scan: PlanStep | undefined;
}

export function supplySteps(wish: DeployWish, { image }: Pick<DeploySituation, 'image'>): SupplySteps {
  return {
    attest: image === undefined && wish.attestsImage === true ? ATTEST_STEP : undefined,
    proof: image !== undefined && wish.provesImage === true ? PROOF_STEP : undefined,
    scan: wish.scanWait === undefined ? undefined : scanStep(wish.scanWait),
  };
}

/** Of a deploy and of a rollback alike. */
export const PROOF_STEP: PlanStep = {
  name: 'Verify the attestation',
  does: "verify GitHub's attestation of the image",
  why: 'what was built elsewhere gets traffic only from where it is expected to come',
  writes: [],
};

const ATTEST_STEP: PlanStep = {
  name: 'Attest the image',
  does: 'sign where the image was built, and let GitHub keep it',
  why: 'attestation.provenance is true',
  writes: ['github:attestation'],
  when: 'unless another run pushed it meanwhile',
};

function scanStep(minutes: number): PlanStep {
  const wait = minutes === 0 ? '' : `, for which it waits ${plural(minutes, 'minute')} at most`;
  return {
    name: "Check ECR's scan",
    does: `look at ECR's scan of the image${wait}`,
    why: 'gate.scan says what may be wrong with it',
    writes: [],
  };
}
