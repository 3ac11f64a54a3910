/** What one run of attach came to: a value that is made once, and that outputs, summary and the JSON report are functions of. */
import type { AttachInputs } from '../inputs/attach-inputs.ts';
import { explain, type Failure } from '../run/explain.ts';
import type { PlanStep } from '../run/plan.ts';
import { fleetSteps, type FleetPlan } from './plan/fleet-plan.ts';
import { fleetOutcome, type FleetOutcome } from './plan/outcome.ts';
import type { RepositoryRow } from './plan/rows.ts';
import type { Carried } from './steps/carry-out.ts';
import type { ObservedFleet } from './steps/observe-fleet.ts';
import type { FleetSession } from './tools.ts';

export interface AttachResult {
  readonly organization: string;
  readonly mode: AttachInputs['mode'];
  readonly dryRun: boolean;
  /** `failed`: nothing was looked at to the end, so that there is nothing to tell of any repository. */
  readonly outcome: FleetOutcome | 'failed';
  /** Whose token it was. */
  readonly viewer: string;
  /** Paths every repository receives, and the digest of their content. */
  readonly files: readonly string[];
  readonly digest: string;
  readonly plan: readonly PlanStep[];
  readonly rows: readonly RepositoryRow[];
  /** Repositories of the organization that the selection does not mean. */
  readonly notSelected: number;
  readonly unreadable: number;
  readonly requests: { readonly reads: number; readonly writes: number; readonly limited: number };
  readonly durationMs: number;
  readonly warnings: readonly string[];
  /** Why the run is red. */
  readonly failure: Failure | undefined;
}

export function attachResult(
  inputs: AttachInputs,
  { tools, warnings }: FleetSession,
  seen: { readonly fleet: ObservedFleet; readonly plan: FleetPlan; readonly carried: Carried },
): AttachResult {
  const { fleet, plan, carried } = seen;
  const rows = [...fleet.absent, ...carried.rows];
  const { outcome, error } = fleetOutcome(rows, inputs);
  const failure = carried.defect ?? error;
  return {
    organization: inputs.organization,
    mode: inputs.mode,
    dryRun: inputs.dryRun,
    outcome,
    viewer: fleet.viewer,
    files: fleet.wanted.files.map(({ path }) => path),
    digest: fleet.wanted.digest,
    plan: fleetSteps(plan),
    rows,
    notSelected: fleet.notSelected,
    unreadable: fleet.unreadable,
    requests: { ...tools.github.count },
    durationMs: tools.clock.now() - tools.startedAt,
    warnings: warnings(),
    failure: failure === undefined ? undefined : explain(failure),
  };
}

/** The result of a run that has nothing to tell of any repository. */
export function brokenAttach(failure: Failure, inputs: AttachInputs | undefined): AttachResult {
  return {
    organization: inputs?.organization ?? '',
    mode: inputs?.mode ?? 'check',
    dryRun: inputs?.dryRun ?? false,
    outcome: 'failed',
    viewer: '',
    files: [],
    digest: '',
    plan: [],
    rows: [],
    notSelected: 0,
    unreadable: 0,
    requests: { reads: 0, writes: 0, limited: 0 },
    durationMs: 0,
    warnings: [],
    failure,
  };
}
