import { listComments, loginOf, type IssueComment } from '../../../clients/github-comments.ts';
import type { GitHubClient } from '../../../clients/github.ts';
import { parseMarker, type Marked } from '../../plan/announced.ts';

interface Sought {
  /** `OWNER/NAME`. */
  readonly repository: string;
  readonly number: number;
  /** `function/alias` of each service: every set of services has a comment of its own. */
  readonly services: readonly string[];
}

interface Found {
  readonly own: (Marked & { readonly comment: IssueComment }) | undefined;
  /** There are no more comments than were looked at. */
  readonly isWhole: boolean;
}

/**
 * The plan's comment, by its marker and its author: a line that somebody copied into a comment of their own makes it none of ours.
 * @throws GitHubFailure, UserError
 */
export async function findComment(
  github: GitHubClient,
  { repository, number, services }: Sought,
): Promise<Found> {
  const { comments, isWhole } = await listComments(github, { repository, number });
  for (const comment of comments) {
    const marked = parseMarker(comment.body ?? '', services);
    if (marked !== undefined && (await isOurs(github, comment.user)))
      return { own: { ...marked, comment }, isWhole };
  }
  return { own: undefined, isWhole };
}

/** An app, such as GitHub Actions; or the person whose token this is. */
async function isOurs(github: GitHubClient, author: IssueComment['user']): Promise<boolean> {
  if (author === null) return false;
  if (author.type === 'Bot') return true;
  // An app's token has no user, and then a person's comment is not its own.
  return (await loginOf(github).catch(() => undefined)) === author.login;
}
