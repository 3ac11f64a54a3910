import { readPullRequestEvent } from '../clients/pull-request-event.ts';
import { readPlanInputs, type PlanInputs } from '../inputs/plan-inputs.ts';
import { commentOnPullRequest } from '../release/plan-comment.ts';
import { brokenResults, resultOf, type ReleaseResult, type Results } from '../release/result.ts';
import { endDeploys, prepareAll } from '../release/together.ts';
import type { ReleaseService, ReleaseTools } from '../release/tools.ts';
import { commentOf } from '../report/comment.ts';
import { releaseReport } from '../report/release-report.ts';
import type { Action } from '../run/run-action.ts';

export { guards } from '../release/record/guards.ts';

/**
 * What a deploy of this commit would do, and what would change for those who call the model: the same preparation as a deploy's, which
 * builds, tests and asks the image here, compares its answers with those of what is live, and ends before anything is pushed. The
 * transports let nothing be written to AWS. The result stands in one comment on the pull request.
 */
async function plan(services: readonly ReleaseService<PlanInputs>[]): Promise<readonly ReleaseResult[]> {
  const [first] = services;
  const prepared = await prepareAll(services);
  const endings = await endDeploys(services, prepared);
  const results = services.flatMap((service, index) => {
    const ending = endings[index];
    return ending === undefined ? [] : [resultOf('deploy', service, ending)];
  });
  if (first === undefined || results.length === 0) return results;
  const event = await readPullRequestEvent(first.session.tools.env);
  const warned = await commentOnPullRequest(
    first,
    { event, results: results as unknown as Results },
    commentOf,
  );
  return results.map((result, index) =>
    index === 0
      ? { ...result, timings: first.session.timings(), warnings: [...result.warnings, ...warned] }
      : result,
  );
}

export const planAction: Action<PlanInputs, ReleaseResult, ReleaseTools> = {
  name: 'plan',
  read: readPlanInputs,
  run: plan,
  broken: (failure, services) => brokenResults('deploy', failure, services),
  report: releaseReport,
};
