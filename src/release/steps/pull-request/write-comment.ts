import { createComment, updateComment } from '../../../clients/github-comments.ts';
import { GitHubFailure } from '../../../clients/github-failure.ts';
import { OutOfTime } from '../../../clients/github.ts';
import { Cancelled, UserError } from '../../../errors.ts';
import type { AnnouncedBy } from '../../plan/announced.ts';
import type { ReleaseTools } from '../../tools.ts';
import { findComment } from './find-comment.ts';

interface PlanComment {
  readonly token: string;
  /** `OWNER/NAME`. */
  readonly repository: string;
  readonly number: number;
  /** `function/alias` of each service: every set of services has a comment of its own. */
  readonly services: readonly string[];
  readonly by: AnnouncedBy;
  /** It begins with the marker. */
  readonly body: string;
}

/** What became of the comment: a clause, and whether it is there now. */
export interface Commented {
  readonly isWritten: boolean;
  readonly said: string;
}

/**
 * Writes the one comment of these services on the pull request, in place where it is there already. A newer run's stays. Nothing that
 * goes wrong on GitHub fails the plan: it is said.
 * @throws Cancelled when the run was told to stop.
 */
export async function writeComment(tools: ReleaseTools, comment: PlanComment): Promise<Commented> {
  const { repository, number, by, body } = comment;
  try {
    const github = await tools.github(comment.token, { write: 'github:comment' });
    const { own, isWhole } = await findComment(github, comment);
    if (own === undefined && !isWhole)
      return notWritten(
        `pull request ${number} has more than a thousand comments, and ours is not among the first`,
      );
    if (own === undefined) {
      const { html_url: url } = await createComment(github, { repository, number }, body);
      return { isWritten: true, said: `written: ${url}` };
    }
    if (isNewer(own.by, by)) return notWritten(`run ${own.by.runId}, which is newer, has commented already`);
    const { html_url: url } = await updateComment(github, { repository, id: own.comment.id }, body);
    return { isWritten: true, said: `updated: ${url}` };
  } catch (error) {
    const isAnswer = error instanceof GitHubFailure || error instanceof UserError;
    if (!isAnswer || error instanceof Cancelled) throw error;
    return notWritten(reasonOf(error));
  }
}

function notWritten(why: string): Commented {
  return { isWritten: false, said: why };
}

function isNewer(there: AnnouncedBy, here: AnnouncedBy): boolean {
  return there.runId > here.runId || (there.runId === here.runId && there.attempt > here.attempt);
}

function reasonOf(error: Error): string {
  if (error instanceof OutOfTime) return "GitHub's rate limit asks for a longer wait than a plan allows";
  if (!(error instanceof GitHubFailure)) return error.message.replace(/\.$/, '');
  const { status, message } = error;
  if (status === 404)
    return 'GitHub shows no such pull request to this token, or the comment was deleted meanwhile';
  if (status === 403 && /locked/.test(message)) return 'the conversation is locked';
  if (status === 403) return `the token may not comment (it needs pull-requests: write): ${message}`;
  return status === 0 ? `GitHub did not answer: ${message}` : `GitHub refused it (${status}): ${message}`;
}
