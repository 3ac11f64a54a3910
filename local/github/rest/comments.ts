/** Comments on issues and pull requests, which share their numbers and these routes. */
import { jsonResponse } from '../../http.ts';
import type { Comment, Issue, PullRequest, Repository } from '../state.ts';
import { newId } from '../state.ts';
import { page } from './pages.ts';
import { bodyOf, requiredText, RestError, type RestContext, type Route } from './route.ts';
import { commentView } from './views.ts';

/** Longer ones are refused. Characters. */
const LONGEST = 65_536;

const OF_ONE = '/repos/{owner}/{repo}/issues/{issue_number}/comments';

export const commentRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: OF_ONE,
    operation: 'issues/list-comments',
    permission: 'issues',
    or: 'pull_requests',
    access: 'read',
    handle: (context, repository) => {
      const subject = addressed(context, repository);
      return page(context, subject.comments ?? [], (one) => commentView(repository, subject, one));
    },
  },
  {
    method: 'POST',
    path: OF_ONE,
    operation: 'issues/create-comment',
    permission: 'issues',
    or: 'pull_requests',
    access: 'write',
    creates: 1,
    handle: (context, repository) => {
      const subject = addressed(context, repository);
      refuseLocked(subject, 'create');
      const comment: Comment = {
        id: newId(context.state, 'IC').databaseId,
        body: textIn(context),
        author: context.caller.grant.login,
        createdAt: context.now,
      };
      (subject.comments ??= []).push(comment);
      return jsonResponse(201, commentView(repository, subject, comment));
    },
  },
  {
    method: 'PATCH',
    path: '/repos/{owner}/{repo}/issues/comments/{comment_id}',
    operation: 'issues/update-comment',
    permission: 'issues',
    or: 'pull_requests',
    access: 'write',
    handle: (context, repository) => {
      for (const subject of [...repository.issues, ...repository.pullRequests]) {
        const comment = subject.comments?.find(({ id }) => String(id) === context.params['comment_id']);
        if (comment === undefined) continue;
        refuseLocked(subject, 'update');
        comment.body = textIn(context);
        comment.updatedAt = context.now;
        return jsonResponse(200, commentView(repository, subject, comment));
      }
      throw new RestError(404, 'Not Found');
    },
  },
];

function addressed({ params }: RestContext, repository: Repository): Issue | PullRequest {
  const found = [...repository.issues, ...repository.pullRequests].find(
    ({ number }) => String(number) === params['issue_number'],
  );
  if (!found) throw new RestError(404, 'Not Found');
  return found;
}

function refuseLocked(subject: Issue | PullRequest, what: 'create' | 'update'): void {
  if ('isLocked' in subject && subject.isLocked === true)
    throw new RestError(403, `Unable to ${what} comment because issue is locked.`);
}

function textIn(context: RestContext): string {
  const body = requiredText(bodyOf(context), 'body', 'IssueComment');
  if (body.length <= LONGEST) return body;
  const message = `body is too long (maximum is ${LONGEST} characters)`;
  throw new RestError(422, 'Validation Failed', [
    { resource: 'IssueComment', code: 'unprocessable', field: 'data', message },
  ]);
}
