import { planInWords, planLines } from '../../words.ts';
import { fleetSteps, type FleetPlan } from '../plan/fleet-plan.ts';
import type { FleetSession } from '../tools.ts';

/** Prints the plan before anything of it is carried out: the same list in a check, in a dry run and in a run that writes. */
export async function printPlan(session: FleetSession, plan: FleetPlan): Promise<void> {
  const steps = fleetSteps(plan);
  const print = async () => {
    for (const line of planLines(steps)) session.tools.log.info(line);
  };
  await session.group('Plan', print, () => (steps.length === 0 ? 'nothing to write' : planInWords(steps)));
}
