/** The steps of a rollback, in the order in which they are carried out. */
import type { PlanStep } from '../../run/plan.ts';
import { NOT_YET, type ReleaseName } from '../../types.ts';
import { named, short } from '../../words.ts';
import { checkAliasStep, moveStep, restoreStageStep, type ShiftSteps } from './shift-steps.ts';
import { PROOF_STEP } from './supply-steps.ts';

export interface RollbackSteps extends ShiftSteps {
  /** The version is gone, and its image is not. */
  readonly publish: PlanStep | undefined;
  /** Where the image was built. */
  readonly proof: PlanStep | undefined;
  readonly ready: PlanStep | undefined;
  readonly deployment: PlanStep | undefined;
}

export interface RollbackAim {
  readonly functionName: string;
  readonly aliasName: string;
  readonly from: ReleaseName | undefined;
  /** Its version is NOT_YET where it is published again. */
  readonly to: ReleaseName;
  readonly isIdle: boolean;
  /** Its image must have its attestation. */
  readonly provesImage?: boolean;
  /** Whether an invocation can check it: a function of another kind refuses ordinary ones. */
  readonly isChecked: boolean;
  /** The alias serves it already: there is nothing to move. */
  readonly serves: boolean;
  /** The API in words; undefined without one. */
  readonly api: string | undefined;
  /** The weights that end with it, in words; empty where there are none that no release set. */
  readonly ends: string;
  readonly reason: string | undefined;
  /** The GitHub environment whose deployment is shown. */
  readonly shownIn: string | undefined;
}

export function rollbackSteps(aim: RollbackAim): RollbackSteps {
  const { aliasName, from, to, api, ends, reason, shownIn } = aim;
  const why = reason === undefined ? 'a rollback was requested' : `a rollback was requested: ${reason}`;
  const ending = ends === '' ? '' : ` and end weights that no release set (${ends})`;
  return {
    proof: aim.provesImage === true && !aim.serves ? PROOF_STEP : undefined,
    publish: to.version === NOT_YET ? publishStep(aim) : undefined,
    ready: to.version === NOT_YET ? undefined : readyStep(aim),
    move: aim.serves ? undefined : moveStep({ aliasName, from }, `${named(to)} again${ending}`, why),
    stage: api === undefined ? undefined : restoreStageStep(api, 'the release'),
    checkAlias: aim.isChecked ? checkAliasStep(aliasName) : undefined,
    permission: undefined,
    checkApi: undefined,
    back: undefined,
    backStage: undefined,
    deployment: shownIn === undefined ? undefined : deploymentStep(shownIn),
  };
}

function publishStep({ functionName, to }: RollbackAim): PlanStep {
  return {
    name: 'Publish the version again',
    does: `update ${functionName} to ${short(to.digest)} and publish a version, configured as $LATEST is`,
    why: 'the version is gone, and its image is in ECR',
    writes: ['lambda:UpdateFunctionCode', 'lambda:PublishVersion'],
    when: 'unless a rollback that was cut off has published it',
  };
}

function readyStep({ to, isIdle }: RollbackAim): PlanStep {
  return {
    name: 'Make the version ready',
    does: `${isIdle ? 'wake' : 'check'} ${named(to)}`,
    why: isIdle ? 'it was not called for weeks' : 'only a version that is Active gets traffic',
    writes: [],
  };
}

function deploymentStep(environment: string): PlanStep {
  return {
    name: 'Show the deployment',
    does: `show the rollback as a deployment of ${environment} on GitHub`,
    why: 'people look there',
    writes: ['github:deployment'],
  };
}
