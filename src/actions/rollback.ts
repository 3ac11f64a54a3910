import { readRollbackInputs, type RollbackInputs } from '../inputs/rollback-inputs.ts';
import { brokenResults, resultOf, type ReleaseResult } from '../release/result.ts';
import { choose, endRollbacks, findAll, lookAtAll, shiftAllBack } from '../release/rollback-together.ts';
import type { ReleaseTools, ReleaseService } from '../release/tools.ts';
import { releaseReport } from '../report/release-report.ts';
import type { Action } from '../run/run-action.ts';

export { guards } from '../release/record/guards.ts';

/**
 * Rolls back to an earlier release: no build, no Docker, no checkout and no guess. One write of the alias, and one of the API's stage.
 * Of several services all targets are found before one shifts; then they shift back in reverse order, each that can.
 */
async function rollback(
  services: readonly ReleaseService<RollbackInputs>[],
): Promise<readonly ReleaseResult[]> {
  const seen = choose(await lookAtAll(services));
  const found = await findAll(seen);
  const shifted = await shiftAllBack(found);
  const endings = endRollbacks(services, shifted);
  return services.flatMap((service, index) => {
    const ending = endings[index];
    return ending === undefined ? [] : [resultOf('rollback', service, ending)];
  });
}

export const rollbackAction: Action<RollbackInputs, ReleaseResult, ReleaseTools> = {
  name: 'rollback',
  read: readRollbackInputs,
  run: rollback,
  broken: (failure, services) => brokenResults('rollback', failure, services),
  report: releaseReport,
};
