/** What a plan is told: a deploy's inputs, but for those of what it never comes to, and what it does beside the plan. */
import { deployFields, releaseRules, type DeployInputs } from './deploy-inputs.ts';
import { flag } from './kinds.ts';
import { readInputs, type Source } from './fields.ts';
import { regionOf } from './region.ts';

/** They decide what is written, and a plan writes nothing. */
const {
  'dry-run': _dryRun,
  'pin-previous': _pinPrevious,
  'require-rollback-target': _requireRollbackTarget,
  'cache-to': _cacheTo,
  ...shared
} = deployFields;

const ownFields = {
  build: flag({ fallback: 'true' }),
  comment: flag({ fallback: 'true' }),
} as const;

export const planFields = { ...shared, ...ownFields } as const;

export type PlanInputs = DeployInputs & { readonly build: boolean; readonly comment: boolean };

/** @throws UserError `invalid-inputs` with every mistake at once. */
export function readPlanInputs(source: Source): PlanInputs {
  // What a deploy would export is a deploy's.
  const read = readInputs({ ...deployFields, ...ownFields }, source, releaseRules(source.env));
  return { ...read, awsRegion: regionOf(read, source.env), dryRun: true, cacheTo: [] };
}
