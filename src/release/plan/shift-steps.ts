/** The steps of a shift, as every plan that contains one announces them. */
import type { Write } from '../../clients/writes.ts';
import type { PlanStep } from '../../run/plan.ts';
import { named } from '../../words.ts';
import type { ReleaseName } from '../../types.ts';
import { aliasOf, recordOf, type Release } from '../record/release.ts';

/** In the order in which they are carried out. One that is undefined is not part of the plan. */
export interface ShiftSteps {
  /** Undefined where the alias stays as it is and only what is behind it is brought up to date. */
  readonly move: PlanStep | undefined;
  readonly permission: PlanStep | undefined;
  readonly stage: PlanStep | undefined;
  readonly checkAlias: PlanStep | undefined;
  readonly checkApi: PlanStep | undefined;
  /** Undefined where whatever was shifted stays. */
  readonly back: PlanStep | undefined;
  readonly backStage: PlanStep | undefined;
}

/** Nothing of a shift: a base for those that need a part of it. */
export const NO_SHIFT: ShiftSteps = {
  move: undefined,
  permission: undefined,
  stage: undefined,
  checkAlias: undefined,
  checkApi: undefined,
  back: undefined,
  backStage: undefined,
};

/** Which versions get traffic beside the alias's own that no record tells of, in words; empty where there is none. */
export function foreignShares(release: Release): string {
  const record = recordOf(release);
  const own = record?.state === 'canary' ? record.candidate : undefined;
  return Object.entries(aliasOf(release)?.weights ?? {})
    .filter(([version]) => version !== own)
    .map(([version, weight]) => `version ${version} gets ${Number((weight * 100).toFixed(2))} %`)
    .join(', ');
}

export function moveStep(
  { aliasName, from }: { readonly aliasName: string; readonly from: ReleaseName | undefined },
  to: string,
  why = 'with the release record in the same call',
): PlanStep {
  const name = 'Shift the traffic';
  return from === undefined
    ? { name, does: `create the alias ${aliasName} on ${to}`, why, writes: ['lambda:CreateAlias'] }
    : {
        name,
        does: `shift the alias ${aliasName} from ${named(from)} to ${to}`,
        why,
        writes: ['lambda:UpdateAlias'],
      };
}

/** The repository, function or alias is made in this very run: what its API needs is not known yet. */
export const API_UNKNOWN: readonly Write[] = [
  'apigateway:UpdateStage',
  'apigateway:UpdateIntegration',
  'apigateway:CreateDeployment',
];

export function permissionStep(apiId: string, aliasName: string): PlanStep {
  return {
    name: 'Let the API call the alias',
    does: `allow API ${apiId} to call the alias ${aliasName}`,
    why: 'API Gateway answers 500 without it',
    writes: ['lambda:AddPermission'],
    when: 'only if it may not yet',
  };
}

export function checkAliasStep(aliasName: string): PlanStep {
  return {
    name: 'Check through the alias',
    does: `check a sample through the alias ${aliasName}`,
    why: 'callers get the answers that come through it',
    writes: [],
  };
}

export function checkApiStep(api: string): PlanStep {
  return {
    name: 'Check through the API',
    does: `check a sample through the ${api}`,
    why: 'callers get the answers that come through it',
    writes: [],
  };
}

/** The shift back to the previous release, announced with every shift that can fail a check. */
export function backSteps(
  aliasName: string,
  { api, when }: { readonly api: string | undefined; readonly when: string },
): Pick<ShiftSteps, 'back' | 'backStage'> {
  const back: PlanStep = {
    name: 'Shift back',
    does: `shift the alias ${aliasName} back to the previous release`,
    why: 'its answers were right before',
    writes: ['lambda:UpdateAlias'],
    when,
  };
  const stage = api === undefined ? undefined : restoreStageStep(api, 'the previous release');
  return { back, backStage: stage && { ...stage, when: `${when}, after the alias` } };
}

export function restoreStageStep(api: string, release: string): PlanStep {
  return {
    name: 'Restore the stage',
    does: `let the stage carry ${release} again (${api})`,
    why: 'the API says what it serves',
    writes: ['apigateway:UpdateStage'],
  };
}
