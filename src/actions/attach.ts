import { mayWrite, runnerTools, type FleetSession, type FleetTools } from '../fleet/tools.ts';
import { printPlan } from '../fleet/steps/print-plan.ts';
import { carryOut } from '../fleet/steps/carry-out.ts';
import { fleetInWords, observeFleet, planAgain } from '../fleet/steps/observe-fleet.ts';
import { planFleet } from '../fleet/plan/fleet-plan.ts';
import { proposalText } from '../fleet/plan/pull-request-text.ts';
import { attachResult, brokenAttach, type AttachResult } from '../fleet/result.ts';
import { readAttachInputs, unknownAttachInputs, type AttachInputs } from '../inputs/attach-inputs.ts';
import { attachReport } from '../report/attach-report.ts';
import type { LoneAction } from '../run/run-alone.ts';

export { runnerTools };

/**
 * Brings the stubs to the repositories of an organization, or checks whether they have them: look at all, plan each, print the plan,
 * carry it out where writing is allowed. A repository that cannot be written to keeps no other from it, and has a row like all.
 */
async function attach(inputs: AttachInputs, session: FleetSession): Promise<AttachResult> {
  const { tools } = session;
  const fleet = await session.group(
    'Look at the repositories',
    () => observeFleet(tools, inputs),
    fleetInWords,
  );
  const plan = planFleet(fleet, inputs);
  await printPlan(session, plan);
  const origin = { ...inputs.source, runUrl: tools.runUrl };
  const carried = mayWrite(inputs)
    ? await carryOut(session, {
        fleet,
        plan,
        textOf: (write) => proposalText(write, fleet.wanted, origin),
        again: (ids) => planAgain(tools, { fleet, inputs }, ids),
      })
    : { rows: plan.rows };
  return attachResult(inputs, session, { fleet, plan, carried });
}

export const attachAction: LoneAction<AttachInputs, AttachResult, FleetTools> = {
  name: 'attach',
  unknown: unknownAttachInputs,
  read: readAttachInputs,
  run: attach,
  broken: brokenAttach,
  report: attachReport,
};
