/** The end of a plan: its results as one comment on the pull request. It writes to GitHub alone, and fails nothing. */
import type { PullRequestEvent } from '../clients/pull-request-event.ts';
import type { PlanInputs } from '../inputs/plan-inputs.ts';
import type { PlanStep } from '../run/plan.ts';
import { announcedOf, renderMarker } from './plan/announced.ts';
import type { Results } from './result.ts';
import { writeComment, type Commented } from './steps/pull-request/write-comment.ts';
import type { ReleaseService } from './tools.ts';

interface Around {
  readonly event: PullRequestEvent | undefined;
  readonly results: Results;
}

/** What a comment is made of beside the results. */
export interface CommentAround {
  readonly marker: string;
  readonly head: string | undefined;
  readonly leftOut: readonly string[];
  readonly ageMs: (since: string) => number;
}

/** @returns warnings: where there should be a comment and is none. */
export async function commentOnPullRequest(
  { inputs, session }: ReleaseService<PlanInputs>,
  { event, results }: Around,
  render: (results: Results, around: CommentAround) => string,
): Promise<readonly string[]> {
  const { tools, run } = session;
  const { githubToken: token } = inputs;
  if (!inputs.comment || tools.signal.aborted) return [];
  const { number } = event ?? {};
  if (number === undefined || token === undefined || run.repository === '') {
    const why = number === undefined ? 'this run has no pull request' : 'there is no github-token';
    tools.log.info(`No comment is written, because ${why}: the job summary has everything.`);
    return [];
  }
  const announced = announcedOf(results);
  const body = render(results, {
    marker: renderMarker(announced, run),
    head: event?.head,
    leftOut: results.flatMap(({ leftOut = [] }) => leftOut),
    ageMs: (since) => tools.clock.now() - Date.parse(since),
  });
  const comment = {
    ...{ token, repository: run.repository, number, body },
    services: announced.services.map(({ name }) => name),
    by: { runId: BigInt(run.runId), attempt: BigInt(run.attempt) },
  };
  const said = ({ isWritten, said: how }: Commented) => (isWritten ? how : { open: how });
  const { isWritten, said: why } = await session.step(
    stepOf(number),
    () => writeComment(tools, comment),
    said,
  );
  return isWritten || event?.isFork === true
    ? []
    : [`No comment was written on pull request ${number}: ${why}.`];
}

function stepOf(number: number): PlanStep {
  return {
    name: 'Comment on the pull request',
    does: `write what the plan found as one comment on pull request ${number}`,
    why: 'people look there before they merge',
    writes: ['github:comment'],
  };
}
