import { jsonResponse, queryValue } from '../../http.ts';
import type { Issue, Repository } from '../state.ts';
import { newId, nextNumber } from '../state.ts';
import { page } from './pages.ts';
import type { RestContext, Route } from './route.ts';
import { bodyOf, requiredText, RestError, textOf } from './route.ts';
import { issueView } from './views.ts';

export const issueRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/repos/{owner}/{repo}/issues',
    operation: 'issues/list-for-repo',
    permission: 'issues',
    access: 'read',
    handle: (context, repository) => {
      const state = queryValue(context.request, 'state') ?? 'open';
      const labels = (queryValue(context.request, 'labels') ?? '').split(',').filter((label) => label !== '');
      const found = repository.issues.filter(
        (issue) =>
          (state === 'all' || issue.state === state) && labels.every((label) => issue.labels.includes(label)),
      );
      return page(context, [...found].reverse(), (issue) => issueView(repository, issue));
    },
  },
  {
    method: 'POST',
    path: '/repos/{owner}/{repo}/issues',
    operation: 'issues/create',
    permission: 'issues',
    access: 'write',
    creates: 1,
    handle: (context, repository) => {
      const body = bodyOf(context);
      const issue: Issue = {
        ...newId(context.state, 'I'),
        number: nextNumber(repository),
        title: requiredText(body, 'title', 'Issue'),
        body: textOf(body, 'body') ?? '',
        state: 'open',
        labels: labelsOf(body),
        author: context.caller.grant.login,
        comments: [],
        createdAt: context.now,
      };
      repository.issues.push(issue);
      return jsonResponse(201, issueView(repository, issue));
    },
  },
  {
    method: 'PATCH',
    path: '/repos/{owner}/{repo}/issues/{issue_number}',
    operation: 'issues/update',
    permission: 'issues',
    access: 'write',
    handle: (context, repository) => {
      const issue = addressed(context, repository);
      const body = bodyOf(context);
      issue.title = textOf(body, 'title') ?? issue.title;
      issue.body = textOf(body, 'body') ?? issue.body;
      if (body['labels'] !== undefined) issue.labels = labelsOf(body);
      const state = textOf(body, 'state');
      if (state === 'open' || state === 'closed') issue.state = state;
      return jsonResponse(200, issueView(repository, issue));
    },
  },
];

function labelsOf(body: Record<string, unknown>): string[] {
  const labels = body['labels'];
  return Array.isArray(labels) ? labels.filter((label) => typeof label === 'string') : [];
}

function addressed({ params }: RestContext, repository: Repository): Issue {
  const found = repository.issues.find(({ number }) => String(number) === params['issue_number']);
  if (!found) throw new RestError(404, 'Not Found');
  return found;
}
