import { readDeployInputs, type DeployInputs } from '../inputs/deploy-inputs.ts';
import { brokenResults, resultOf, type ReleaseResult } from '../release/result.ts';
import { tellAnnounced } from '../release/tell-announced.ts';
import { endDeploys, prepareAll, shiftAll } from '../release/together.ts';
import type { ReleaseTools, ReleaseService } from '../release/tools.ts';
import { releaseReport } from '../report/release-report.ts';
import type { Action } from '../run/run-action.ts';

export { guards } from '../release/record/guards.ts';

/**
 * From a commit to a release: its tests pass, its image is in ECR once, the model's samples are checked on its version, the
 * alias shifts with its record in one call, and what callers get is checked. Whatever fails, the alias serves the previous release.
 *
 * - `prepare`: observe, plan, and carry out what comes before the traffic. A dry run ends with the plan.
 * - `shift`: the one mover, once for each service. Several services are prepared all before one of them shifts, and all or none of
 *   them shift. A canary shifts the same candidate several times, with a growing weight and a verdict in between.
 * - `end`: what follows a release and never decides it, and one result for each service.
 */
async function deploy(services: readonly ReleaseService<DeployInputs>[]): Promise<readonly ReleaseResult[]> {
  const prepared = await prepareAll(services);
  const shifted = await shiftAll(prepared);
  const endings = await endDeploys(services, shifted);
  await tellAnnounced(services, endings);
  return services.flatMap((service, index) => {
    const ending = endings[index];
    return ending === undefined ? [] : [resultOf('deploy', service, ending)];
  });
}

export const deployAction: Action<DeployInputs, ReleaseResult, ReleaseTools> = {
  name: 'deploy',
  read: readDeployInputs,
  run: deploy,
  broken: (failure, services) => brokenResults('deploy', failure, services),
  report: releaseReport,
};
