import { GitHubFailure } from '../../../clients/github-failure.ts';
import { Cancelled, UserError } from '../../../errors.ts';
import type { Commit } from '../../../types.ts';
import { short } from '../../../words.ts';
import { inOrder, newerRun, plainCommit } from '../../plan/order.ts';
import { homeOf } from '../../record/record.ts';
import type { Release } from '../../record/release.ts';
import type { ReleaseSession } from '../../tools.ts';

/**
 * `isAfter`: this run's commit comes after this live one. `why`: what a run that yields adds to its reason. `unknown`: it yields for its
 * id alone, and the newest commit may be the one that does not get live.
 */
interface Compared {
  readonly isAfter?: Commit;
  readonly why: string;
  readonly unknown?: UserError;
}

/**
 * Run ids are not always in the order of the commits. Where a run would yield for its id alone, GitHub is asked which of the two
 * commits is the newer one: one read, with contents: read.
 */
export async function compareCommits(
  { tools, run }: ReleaseSession,
  live: Release,
  token: string | undefined,
): Promise<Compared> {
  const [record, seq] = [inOrder(live, homeOf(run)), BigInt(run.runId)];
  const base = plainCommit(live);
  if (base === undefined || base === run.commit || !tools.guards.yieldsToNewer(record, seq))
    return { why: '' };
  const unknown = (reason: string): Compared => ({
    why: `. Which commit is the newer one is not known, because ${reason}`,
    unknown: orderUnknown(
      `By its id ${newerRun(record, seq)}, but which commit is the newer one is not known: ${reason}`,
    ),
  });
  const [owner, repo] = run.repository.split('/');
  if (token === undefined || repo === undefined)
    return unknown(
      `there is no ${token === undefined ? 'github-token' : 'GITHUB_REPOSITORY'} to ask GitHub with`,
    );
  const both = `${short(run.commit)} with ${short(base)}, which is live`;
  try {
    const github = await tools.github(token);
    const { status } = await github.get<{ readonly status?: unknown }>(
      '/repos/{owner}/{repo}/compare/{basehead}',
      { owner, repo, basehead: `${base}...${run.commit}`, per_page: 1 },
    );
    if (status !== 'ahead') return { why: `. GitHub compares commit ${both}: ${String(status)}` };
    tools.log.warning(
      `By its id ${newerRun(record, seq)}. GitHub compares commit ${both}: ahead. So it is released all the same.`,
    );
    return { isAfter: base, why: '' };
  } catch (error) {
    const isAnswer = error instanceof GitHubFailure || error instanceof UserError;
    if (!isAnswer || error instanceof Cancelled) throw error;
    return unknown(`GitHub did not compare commit ${both} (contents: read): ${error.message}`);
  }
}

/** Told in red: a green run whose commit is not live would be believed. */
function orderUnknown(what: string): UserError {
  return new UserError('order-unknown', {
    what: /[.!?]$/.test(what) ? what : `${what}.`,
    fix: 'Give github-token with contents: read, or run this again with force: true where this commit is the one to be live. Nothing was changed.',
  });
}
