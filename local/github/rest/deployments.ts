import { jsonResponse, queryValue } from '../../http.ts';
import { resolveExpression } from '../graphql/git-views.ts';
import type { Deployment, DeploymentStatus, Repository } from '../state.ts';
import { newId } from '../state.ts';
import { page } from './pages.ts';
import type { RestContext, Route } from './route.ts';
import { bodyOf, requiredText, RestError, textOf } from './route.ts';
import { deploymentStatusView, deploymentView } from './views.ts';

const STATES = ['error', 'failure', 'inactive', 'in_progress', 'queued', 'pending', 'success'];

export const deploymentRoutes: readonly Route[] = [
  {
    method: 'POST',
    path: '/repos/{owner}/{repo}/deployments',
    operation: 'repos/create-deployment',
    permission: 'deployments',
    access: 'write',
    creates: 1,
    handle: create,
  },
  {
    method: 'GET',
    path: '/repos/{owner}/{repo}/deployments',
    operation: 'repos/list-deployments',
    permission: 'deployments',
    access: 'read',
    handle: (context, repository) => {
      const environment = queryValue(context.request, 'environment');
      const sha = queryValue(context.request, 'sha');
      const found = repository.deployments.filter(
        (one) => one.environment === (environment ?? one.environment) && one.sha === (sha ?? one.sha),
      );
      return page(context, [...found].reverse(), (one) => deploymentView(repository, one));
    },
  },
  {
    method: 'POST',
    path: '/repos/{owner}/{repo}/deployments/{deployment_id}/statuses',
    operation: 'repos/create-deployment-status',
    permission: 'deployments',
    access: 'write',
    creates: 1,
    handle: createStatus,
  },
  {
    method: 'GET',
    path: '/repos/{owner}/{repo}/deployments/{deployment_id}/statuses',
    operation: 'repos/list-deployment-statuses',
    permission: 'deployments',
    access: 'read',
    handle: (context, repository) => {
      const deployment = addressed(context, repository);
      return page(context, [...deployment.statuses].reverse(), (one) =>
        deploymentStatusView(repository, deployment, one),
      );
    },
  },
  {
    method: 'GET',
    path: '/repos/{owner}/{repo}/environments',
    operation: 'repos/get-all-environments',
    permission: 'metadata',
    access: 'read',
    handle: (_, repository) =>
      jsonResponse(200, {
        total_count: repository.environments.length,
        environments: repository.environments.map(({ databaseId, name, createdAt }) => ({
          id: databaseId,
          node_id: `EN_${databaseId}`,
          name,
          url: `https://api.github.com/repos/${repository.owner}/${repository.name}/environments/${name}`,
          html_url: `https://github.com/${repository.owner}/${repository.name}/deployments/activity_log`,
          created_at: new Date(createdAt).toISOString(),
          updated_at: new Date(createdAt).toISOString(),
        })),
      }),
  },
];

function create(context: RestContext, repository: Repository) {
  const body = bodyOf(context);
  const ref = requiredText(body, 'ref', 'Deployment');
  const sha = resolveExpression(repository, ref);
  if (sha === undefined) throw new RestError(422, `No ref found for: ${ref}`);
  // With required contexts left to GitHub, every status of the commit must be green; this commit has none to be red.
  const environment = textOf(body, 'environment') ?? 'production';
  const deployment: Deployment = {
    ...newId(context.state, 'DE'),
    sha,
    ref,
    task: textOf(body, 'task') ?? 'deploy',
    environment,
    description: textOf(body, 'description') ?? '',
    payload: body['payload'] ?? {},
    creator: context.caller.grant.login,
    createdAt: context.now,
    statuses: [],
  };
  repository.deployments.push(deployment);
  if (!repository.environments.some(({ name }) => name === environment)) {
    repository.environments.push({
      databaseId: newId(context.state, 'EN').databaseId,
      name: environment,
      createdAt: context.now,
    });
  }
  return jsonResponse(201, deploymentView(repository, deployment));
}

function createStatus(context: RestContext, repository: Repository) {
  const deployment = addressed(context, repository);
  const body = bodyOf(context);
  const state = requiredText(body, 'state', 'DeploymentStatus');
  if (!STATES.includes(state)) {
    throw new RestError(422, 'Validation Failed', [
      { resource: 'DeploymentStatus', field: 'state', code: 'custom' },
    ]);
  }
  const description = textOf(body, 'description') ?? '';
  if (description.length > 140)
    throw new RestError(422, 'description is too long (maximum is 140 characters)');
  const status: DeploymentStatus = {
    ...newId(context.state, 'DES'),
    state,
    description,
    environmentUrl: textOf(body, 'environment_url') ?? '',
    logUrl: textOf(body, 'log_url') ?? textOf(body, 'target_url') ?? '',
    creator: context.caller.grant.login,
    createdAt: context.now,
  };
  // auto_inactive: a success retires the environment's earlier deployments.
  if (state === 'success' && body['auto_inactive'] !== false) retireOthers(context, repository, deployment);
  deployment.statuses.push(status);
  return jsonResponse(201, deploymentStatusView(repository, deployment, status));
}

function retireOthers(context: RestContext, repository: Repository, current: Deployment): void {
  for (const other of repository.deployments) {
    if (other === current || other.environment !== current.environment) continue;
    if (other.statuses.at(-1)?.state !== 'success') continue;
    other.statuses.push({
      ...newId(context.state, 'DES'),
      state: 'inactive',
      description: '',
      environmentUrl: '',
      logUrl: '',
      creator: context.caller.grant.login,
      createdAt: context.now,
    });
  }
}

function addressed({ params }: RestContext, repository: Repository): Deployment {
  const id = Number(params['deployment_id']);
  const found = repository.deployments.find(({ databaseId }) => databaseId === id);
  if (!found) throw new RestError(404, 'Not Found');
  return found;
}
