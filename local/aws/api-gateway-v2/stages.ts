import type {
  CreateDeploymentCommandInput,
  CreateStageCommandInput,
  DeleteDeploymentCommandInput,
  Deployment,
  GetDeploymentCommandInput,
  GetDeploymentsCommandInput,
  GetStageCommandInput,
  Stage,
  UpdateStageCommandInput,
} from '@aws-sdk/client-apigatewayv2';
import { refuseConcurrentModification, takeDeploymentSlot } from '../deployment-limit.ts';
import { plainError } from '../errors.ts';
import type { AwsContext } from '../routes.ts';
import type { HttpApiState, HttpDeployment, HttpStage } from '../state.ts';
import { isoTime, page } from '../wire.ts';
import type { Wire } from '../wire.ts';
import { badRequest, findHttpApi, missing, pageSize } from './apis.ts';
import { addDeployment, deployAutomatically } from './deployments.ts';

function describeStage(stage: HttpStage): Wire<Stage> {
  return {
    StageName: stage.stageName,
    AutoDeploy: stage.autoDeploy,
    ...(stage.deploymentId === undefined ? {} : { DeploymentId: stage.deploymentId }),
    ...(stage.description === undefined ? {} : { Description: stage.description }),
    StageVariables: stage.variables,
    DefaultRouteSettings: { DetailedMetricsEnabled: false },
    RouteSettings: {},
    CreatedDate: isoTime(stage.createdAt),
    LastUpdatedDate: isoTime(stage.updatedAt),
  };
}

function findStage(api: HttpApiState, name: string | undefined): HttpStage {
  const stage = api.stages[name ?? ''];
  if (stage === undefined) throw missing('stage');
  return stage;
}

function refuseDeploymentId(stage: string): never {
  throw badRequest(`Deployment ID cannot be set on this stage ${stage} because AutoDeploy is enabled.`);
}

function checkDeployment(api: HttpApiState, id: string): void {
  if (api.deployments[id] === undefined) throw missing('Deployment');
}

export function createStage(aws: AwsContext, input: CreateStageCommandInput): Wire<Stage> {
  const api = findHttpApi(aws.state, input.ApiId);
  const stageName = input.StageName ?? '';
  if (api.stages[stageName] !== undefined) {
    throw plainError(409, 'ConflictException', 'Stage already exists');
  }
  const autoDeploy = input.AutoDeploy ?? false;
  if (autoDeploy && input.DeploymentId !== undefined) refuseDeploymentId(stageName);
  if (input.DeploymentId !== undefined) checkDeployment(api, input.DeploymentId);
  const stage: HttpStage = {
    stageName,
    autoDeploy,
    ...(input.DeploymentId === undefined ? {} : { deploymentId: input.DeploymentId }),
    ...(input.Description === undefined ? {} : { description: input.Description }),
    variables: { ...input.StageVariables },
    createdAt: aws.now(),
    updatedAt: aws.now(),
  };
  api.stages[stageName] = stage;
  if (autoDeploy) deployAutomatically(aws, api);
  return describeStage(stage);
}

export function getStage(aws: AwsContext, input: GetStageCommandInput): Wire<Stage> {
  return describeStage(findStage(findHttpApi(aws.state, input.ApiId), input.StageName));
}

/** No compare-and-swap here either: the last writer wins. */
export function updateStage(aws: AwsContext, input: UpdateStageCommandInput): Wire<Stage> {
  const api = findHttpApi(aws.state, input.ApiId);
  const stage = findStage(api, input.StageName);
  const autoDeploy = input.AutoDeploy ?? stage.autoDeploy;
  if (input.DeploymentId !== undefined) {
    if (autoDeploy) refuseDeploymentId(stage.stageName);
    checkDeployment(api, input.DeploymentId);
  }
  refuseConcurrentModification(aws);
  if (input.DeploymentId !== undefined) stage.deploymentId = input.DeploymentId;
  if (input.Description !== undefined) stage.description = input.Description;
  mergeVariables(stage.variables, input.StageVariables ?? {});
  const turnedOn = autoDeploy && !stage.autoDeploy;
  stage.autoDeploy = autoDeploy;
  stage.updatedAt = aws.now();
  if (turnedOn) deployAutomatically(aws, api);
  return describeStage(stage);
}

/** Variables not named keep their value; an empty value takes a variable away (as Terraform's provider relies on). */
function mergeVariables(variables: Record<string, string>, given: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(given)) {
    if (value === '') delete variables[name];
    else variables[name] = value;
  }
}

function describeDeployment(deployment: HttpDeployment): Wire<Deployment> {
  return {
    DeploymentId: deployment.id,
    DeploymentStatus: 'DEPLOYED',
    AutoDeployed: deployment.autoDeployed,
    ...(deployment.description === undefined ? {} : { Description: deployment.description }),
    CreatedDate: isoTime(deployment.createdAt),
  };
}

export function createDeployment(aws: AwsContext, input: CreateDeploymentCommandInput): Wire<Deployment> {
  const api = findHttpApi(aws.state, input.ApiId);
  const stage = input.StageName === undefined ? undefined : findStage(api, input.StageName);
  if (stage?.autoDeploy === true) refuseDeploymentId(stage.stageName);
  refuseConcurrentModification(aws);
  takeDeploymentSlot(aws);
  const deployment = addDeployment(aws, api, {
    autoDeployed: false,
    ...(input.Description === undefined ? {} : { description: input.Description }),
  });
  if (stage !== undefined) stage.deploymentId = deployment.id;
  return describeDeployment(deployment);
}

function findDeployment(api: HttpApiState, id: string | undefined): HttpDeployment {
  const deployment = api.deployments[id ?? ''];
  if (deployment === undefined) throw missing('Deployment');
  return deployment;
}

export function getDeployment(aws: AwsContext, input: GetDeploymentCommandInput): Wire<Deployment> {
  return describeDeployment(findDeployment(findHttpApi(aws.state, input.ApiId), input.DeploymentId));
}

export function getDeployments(
  aws: AwsContext,
  input: GetDeploymentsCommandInput,
): { Items: Wire<Deployment>[]; NextToken?: string } {
  const api = findHttpApi(aws.state, input.ApiId);
  const { items, next } = page(Object.values(api.deployments), pageSize(input.MaxResults), input.NextToken);
  return { Items: items.map(describeDeployment), ...(next === undefined ? {} : { NextToken: next }) };
}

export function deleteDeployment(
  aws: AwsContext,
  input: DeleteDeploymentCommandInput,
): Record<string, never> {
  const api = findHttpApi(aws.state, input.ApiId);
  const { id } = findDeployment(api, input.DeploymentId);
  if (Object.values(api.stages).some((stage) => stage.deploymentId === id)) {
    throw badRequest('Active stages pointing to this deployment must be moved or deleted');
  }
  delete api.deployments[id];
  return {};
}
