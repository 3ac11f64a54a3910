import type {
  CreateDeploymentCommandInput,
  DeleteDeploymentCommandInput,
  Deployment,
  GetDeploymentCommandInput,
  GetDeploymentsCommandInput,
} from '@aws-sdk/client-api-gateway';
import { refuseConcurrentModification, takeDeploymentSlot } from '../deployment-limit.ts';
import type { AwsContext } from '../routes.ts';
import { nextId } from '../state.ts';
import type { RestApiState, RestDeployment } from '../state.ts';
import { epochSeconds, page } from '../wire.ts';
import type { Wire } from '../wire.ts';
import { badRequest, findRestApi, missing } from './apis.ts';
import { checkVariables, newStage } from './stages.ts';

function describe(deployment: RestDeployment): Wire<Deployment> {
  return {
    id: deployment.id,
    ...(deployment.description === undefined ? {} : { description: deployment.description }),
    createdDate: epochSeconds(deployment.createdAt),
  };
}

function findDeployment(api: RestApiState, id: string | undefined): RestDeployment {
  const deployment = api.deployments[id ?? ''];
  if (deployment === undefined) throw missing('Deployment');
  return deployment;
}

/** Freezes the API's definition as it is. There is no client token: two requests make two. */
export function createDeployment(aws: AwsContext, input: CreateDeploymentCommandInput): Wire<Deployment> {
  const api = findRestApi(aws.state, input.restApiId);
  checkDefinition(api);
  checkVariables(input.variables ?? {});
  refuseConcurrentModification(aws);
  takeDeploymentSlot(aws);
  const deployment: RestDeployment = {
    id: nextId(aws.state, 'd'),
    ...(input.description === undefined ? {} : { description: input.description }),
    createdAt: aws.now(),
    resources: structuredClone(api.resources),
  };
  api.deployments[deployment.id] = deployment;
  if (input.stageName !== undefined) pointStage(aws, api, { input, deployment });
  return describe(deployment);
}

function pointStage(
  aws: AwsContext,
  api: RestApiState,
  made: { input: CreateDeploymentCommandInput; deployment: RestDeployment },
): void {
  const { stageName = '', variables, stageDescription } = made.input;
  const stage = (api.stages[stageName] ??= newStage(aws, stageName, made.deployment.id));
  stage.deploymentId = made.deployment.id;
  stage.updatedAt = aws.now();
  if (variables !== undefined) stage.variables = { ...variables };
  if (stageDescription !== undefined) stage.description = stageDescription;
}

function checkDefinition(api: RestApiState): void {
  const methods = Object.values(api.resources).flatMap((resource) => Object.values(resource.methods));
  if (methods.length === 0) throw badRequest("The REST API doesn't contain any methods");
  if (methods.some((method) => method.integration === undefined)) {
    throw badRequest('No integration defined for method');
  }
}

export function getDeployment(aws: AwsContext, input: GetDeploymentCommandInput): Wire<Deployment> {
  return describe(findDeployment(findRestApi(aws.state, input.restApiId), input.deploymentId));
}

/** On the wire the list is called `item`. */
export function getDeployments(
  aws: AwsContext,
  input: GetDeploymentsCommandInput,
): { item: Wire<Deployment>[]; position?: string } {
  const api = findRestApi(aws.state, input.restApiId);
  const { items, next } = page(Object.values(api.deployments), input.limit ?? 25, input.position);
  return { item: items.map(describe), ...(next === undefined ? {} : { position: next }) };
}

export function deleteDeployment(
  aws: AwsContext,
  input: DeleteDeploymentCommandInput,
): Record<string, never> {
  const api = findRestApi(aws.state, input.restApiId);
  const { id } = findDeployment(api, input.deploymentId);
  const used = Object.values(api.stages).some(
    (stage) => stage.deploymentId === id || stage.canary?.deploymentId === id,
  );
  if (used) throw badRequest('Active stages pointing to this deployment must be moved or deleted');
  delete api.deployments[id];
  return {};
}
