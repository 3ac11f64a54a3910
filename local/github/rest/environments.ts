import type { LocalResponse } from '../../http.ts';
import { jsonResponse } from '../../http.ts';
import type { Environment, Permission, Repository } from '../state.ts';
import { newId } from '../state.ts';
import type { RestContext, Route } from './route.ts';
import { bodyOf, requiredText, RestError, textOf } from './route.ts';

const ENVIRONMENT = '/repos/{owner}/{repo}/environments/{environment_name}';

type Handle = (context: RestContext, environment: Environment, repository: Repository) => LocalResponse;

/** A route below an environment that is there. */
function within(line: string, operation: string, [permission, handle]: readonly [Permission, Handle]): Route {
  const [method = '', path = ''] = line.split(' ');
  return {
    method,
    path: `${ENVIRONMENT}${path}`,
    operation,
    permission,
    access: method === 'GET' ? 'read' : 'write',
    handle: (context, repository) => {
      const found = repository.environments.find(({ name }) => name === context.params['environment_name']);
      if (found === undefined) throw new RestError(404, 'Not Found');
      return handle(context, found, repository);
    },
  };
}

export const environmentRoutes: readonly Route[] = [
  within('GET ', 'repos/get-environment', [
    'actions',
    (_, one, repository) => jsonResponse(200, view(repository, one)),
  ]),
  {
    method: 'PUT',
    path: ENVIRONMENT,
    operation: 'repos/create-or-update-environment',
    permission: 'administration',
    access: 'write',
    handle: put,
  },
  within('GET /deployment-branch-policies', 'repos/list-deployment-branch-policies', [
    'actions',
    (_, { branchPolicies = [] }) =>
      jsonResponse(200, { total_count: branchPolicies.length, branch_policies: branchPolicies }),
  ]),
  within('POST /deployment-branch-policies', 'repos/create-deployment-branch-policy', [
    'administration',
    addPolicy,
  ]),
  within('GET /variables/{name}', 'actions/get-environment-variable', [
    'environments',
    ({ params }, { variables = [] }) => {
      const found = variables.find(({ name }) => name === params['name']);
      if (found === undefined) throw new RestError(404, 'Not Found');
      return jsonResponse(200, found);
    },
  ]),
  within('POST /variables', 'actions/create-environment-variable', ['environments', addVariable]),
  within('PATCH /variables/{name}', 'actions/update-environment-variable', ['environments', changeVariable]),
  {
    method: 'GET',
    path: '/repos/{owner}/{repo}/actions/oidc/customization/sub',
    operation: 'actions/get-custom-oidc-sub-claim-for-repo',
    permission: 'actions',
    access: 'read',
    handle: (_, { oidcSub = { use_default: true } }) => jsonResponse(200, oidcSub),
  },
];

/** The settings that a PUT leaves out are reset. */
function put(context: RestContext, repository: Repository): LocalResponse {
  const { state, params, now } = context;
  const body = bodyOf(context);
  const name = params['environment_name'] ?? '';
  const policy = (body['deployment_branch_policy'] ?? null) as Environment['branchPolicy'];
  if (policy !== null && policy?.protected_branches === policy?.custom_branch_policies)
    throw new RestError(422, 'Validation Failed');
  const waitTimer = Number(body['wait_timer'] ?? 0);
  if (waitTimer < 0 || waitTimer > 43_200) throw new RestError(422, 'Validation Failed');
  const reviewers = (body['reviewers'] ?? []) as NonNullable<Environment['reviewers']>;
  if (reviewers.length > 6) throw new RestError(422, 'Validation Failed');
  let found = repository.environments.find((one) => one.name === name);
  if (found === undefined) {
    found = { databaseId: newId(state, 'EN').databaseId, name, createdAt: now };
    repository.environments.push(found);
  }
  found.waitTimer = waitTimer;
  found.preventSelfReview = body['prevent_self_review'] === true;
  found.reviewers = reviewers;
  found.branchPolicy = policy ?? null;
  if (policy?.custom_branch_policies !== true) found.branchPolicies = [];
  return jsonResponse(200, view(repository, found));
}

function addPolicy(context: RestContext, environment: Environment): LocalResponse {
  if (environment.branchPolicy?.custom_branch_policies !== true) throw new RestError(404, 'Not Found');
  const body = bodyOf(context);
  const name = requiredText(body, 'name', 'DeploymentBranchPolicy');
  const type = textOf(body, 'type') ?? 'branch';
  const policies = (environment.branchPolicies ??= []);
  if (policies.some((one) => one.name === name && one.type === type)) return jsonResponse(303, {});
  const { id: node_id, databaseId: id } = newId(context.state, 'GBP');
  const policy = { id, node_id, name, type };
  policies.push(policy);
  return jsonResponse(200, policy);
}

function addVariable(context: RestContext, environment: Environment): LocalResponse {
  const body = bodyOf(context);
  const [name, value] = [requiredText(body, 'name', 'Variable'), requiredText(body, 'value', 'Variable')];
  if (!/^(?!GITHUB_)[A-Z_][A-Z0-9_]*$/i.test(name)) throw new RestError(422, 'Validation Failed');
  const variables = (environment.variables ??= []);
  if (variables.some((one) => one.name === name))
    throw new RestError(409, 'Already exists - Variable already exists');
  const at = new Date(context.now).toISOString();
  variables.push({ name, value, created_at: at, updated_at: at });
  return jsonResponse(201, {});
}

function changeVariable(context: RestContext, { variables = [] }: Environment): LocalResponse {
  const found = variables.find(({ name }) => name === context.params['name']);
  if (found === undefined) throw new RestError(404, 'Not Found');
  found.value = requiredText(bodyOf(context), 'value', 'Variable');
  found.updated_at = new Date(context.now).toISOString();
  return jsonResponse(204, undefined);
}

function view({ owner, name: repo }: Repository, environment: Environment) {
  const { databaseId: id, name, createdAt, waitTimer = 0, reviewers = [], branchPolicy = null } = environment;
  const { preventSelfReview: prevent_self_review = false } = environment;
  const rule = (offset: number, type: string, more: object = {}) => ({
    id: id * 10 + offset,
    node_id: `GA_${id}${offset}`,
    type,
    ...more,
  });
  const at = new Date(createdAt).toISOString();
  return {
    id,
    node_id: `EN_${id}`,
    name,
    url: `https://api.github.com/repos/${owner}/${repo}/environments/${name}`,
    html_url: `https://github.com/${owner}/${repo}/deployments/activity_log?environments_filter=${name}`,
    created_at: at,
    updated_at: at,
    protection_rules: [
      ...(waitTimer > 0 ? [rule(1, 'wait_timer', { wait_timer: waitTimer })] : []),
      ...(reviewers.length > 0
        ? [
            rule(2, 'required_reviewers', {
              prevent_self_review,
              reviewers: reviewers.map(({ type, id: reviewer }) => ({ type, reviewer: { id: reviewer } })),
            }),
          ]
        : []),
      ...(branchPolicy === null ? [] : [rule(3, 'branch_policy')]),
    ],
    deployment_branch_policy: branchPolicy,
  };
}
