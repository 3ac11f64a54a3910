import type {
  CreateStageCommandInput,
  GetStageCommandInput,
  PatchOperation,
  Stage,
  UpdateStageCommandInput,
} from '@aws-sdk/client-api-gateway';
import { refuseConcurrentModification } from '../deployment-limit.ts';
import { plainError } from '../errors.ts';
import type { AwsContext } from '../routes.ts';
import type { RestApiState, RestStage, StageCanary } from '../state.ts';
import { epochSeconds } from '../wire.ts';
import type { Wire } from '../wire.ts';
import { badRequest, findRestApi, missing } from './apis.ts';

const VARIABLE_NAME = /^[A-Za-z0-9_]+$/;
const VARIABLE_VALUE = /^[A-Za-z0-9\-._~:/?#&=,]+$/;

export function checkVariables(variables: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(variables)) {
    if (!VARIABLE_NAME.test(name)) throw badRequest(`Invalid stage variable name: ${name}`);
    if (!VARIABLE_VALUE.test(value)) throw badRequest(`Invalid stage variable value: ${value}`);
  }
}

export function newStage(aws: AwsContext, stageName: string, deploymentId: string): RestStage {
  return {
    stageName,
    deploymentId,
    variables: {},
    cacheClusterEnabled: false,
    createdAt: aws.now(),
    updatedAt: aws.now(),
  };
}

function describe(stage: RestStage): Wire<Stage> {
  return {
    stageName: stage.stageName,
    deploymentId: stage.deploymentId,
    ...(stage.description === undefined ? {} : { description: stage.description }),
    ...(Object.keys(stage.variables).length > 0 ? { variables: stage.variables } : {}),
    ...(stage.canary === undefined ? {} : { canarySettings: stage.canary }),
    cacheClusterEnabled: stage.cacheClusterEnabled,
    ...(stage.cacheClusterSize === undefined
      ? {}
      : { cacheClusterSize: stage.cacheClusterSize as Stage['cacheClusterSize'] }),
    cacheClusterStatus: stage.cacheClusterEnabled ? 'AVAILABLE' : 'NOT_AVAILABLE',
    methodSettings: {},
    tracingEnabled: false,
    createdDate: epochSeconds(stage.createdAt),
    lastUpdatedDate: epochSeconds(stage.updatedAt),
  };
}

function findStage(api: RestApiState, name: string | undefined): RestStage {
  const stage = api.stages[name ?? ''];
  if (stage === undefined) throw missing('stage');
  return stage;
}

export function getStage(aws: AwsContext, input: GetStageCommandInput): Wire<Stage> {
  return describe(findStage(findRestApi(aws.state, input.restApiId), input.stageName));
}

export function createStage(aws: AwsContext, input: CreateStageCommandInput): Wire<Stage> {
  const api = findRestApi(aws.state, input.restApiId);
  const name = input.stageName ?? '';
  if (api.stages[name] !== undefined) throw plainError(409, 'ConflictException', 'Stage already exists');
  checkDeployment(api, input.deploymentId ?? '');
  checkVariables(input.variables ?? {});
  refuseConcurrentModification(aws);
  const stage = newStage(aws, name, input.deploymentId ?? '');
  stage.variables = { ...input.variables };
  if (input.description !== undefined) stage.description = input.description;
  if (input.cacheClusterEnabled === true) {
    stage.cacheClusterEnabled = true;
    stage.cacheClusterSize = input.cacheClusterSize ?? '0.5';
  }
  api.stages[name] = stage;
  return describe(stage);
}

function checkDeployment(api: RestApiState, id: string): void {
  if (api.deployments[id] === undefined) throw badRequest('Invalid deployment identifier specified');
}

/** All operations of one call take effect, or none. There is no RevisionId: the last writer wins. */
export function updateStage(aws: AwsContext, input: UpdateStageCommandInput): Wire<Stage> {
  const api = findRestApi(aws.state, input.restApiId);
  const stage = findStage(api, input.stageName);
  refuseConcurrentModification(aws);
  const draft = structuredClone(stage);
  for (const operation of input.patchOperations ?? []) patchStage(api, draft, operation);
  draft.updatedAt = aws.now();
  api.stages[stage.stageName] = draft;
  return describe(draft);
}

function patchStage(api: RestApiState, stage: RestStage, operation: PatchOperation): void {
  const parts = (operation.path ?? '').split('/').slice(1).map(unescapePointer);
  const [member = '', key] = parts;
  switch (member) {
    case 'deploymentId':
      stage.deploymentId = patchedDeployment(api, stage, operation);
      return;
    case 'description':
      stage.description = operation.value ?? '';
      return;
    case 'variables':
      patchVariable(stage.variables, key ?? '', operation);
      return;
    case 'canarySettings':
      patchCanary(api, stage, { operation, parts });
      return;
    case 'cacheClusterEnabled':
      stage.cacheClusterEnabled = operation.value === 'true';
      return;
    default:
      throw badRequest(`Invalid patch path '${operation.path}' specified for op '${operation.op}'`);
  }
}

function unescapePointer(part: string): string {
  return part.replaceAll('~1', '/').replaceAll('~0', '~');
}

/** `copy` from the canary's deployment is how a canary is promoted. */
function patchedDeployment(api: RestApiState, stage: RestStage, operation: PatchOperation): string {
  const copied = operation.op === 'copy' && operation.from === '/canarySettings/deploymentId';
  const id = (copied ? stage.canary?.deploymentId : operation.value) ?? '';
  checkDeployment(api, id);
  return id;
}

function patchVariable(variables: Record<string, string>, name: string, operation: PatchOperation): void {
  if (operation.op === 'remove') {
    delete variables[name];
    return;
  }
  if (operation.op !== 'replace' && operation.op !== 'add') {
    throw badRequest(`Invalid patch operation specified: ${operation.op}`);
  }
  checkVariables({ [name]: operation.value ?? '' });
  variables[name] = operation.value ?? '';
}

function patchCanary(
  api: RestApiState,
  stage: RestStage,
  patch: { operation: PatchOperation; parts: readonly string[] },
): void {
  const { operation, parts } = patch;
  const [, member, key] = parts;
  if (member === undefined) {
    if (operation.op !== 'remove') throw badRequest('Only remove takes the canary settings as a whole');
    delete stage.canary;
    return;
  }
  const canary: StageCanary = (stage.canary ??= { deploymentId: stage.deploymentId, percentTraffic: 0 });
  const value = operation.value ?? '';
  if (member === 'deploymentId') {
    checkDeployment(api, value);
    canary.deploymentId = value;
  } else if (member === 'percentTraffic') canary.percentTraffic = Number(value);
  else if (member === 'useStageCache') canary.useStageCache = value === 'true';
  else if (member === 'stageVariableOverrides') {
    patchVariable((canary.stageVariableOverrides ??= {}), key ?? '', operation);
  } else throw badRequest(`Invalid patch path ${operation.path}`);
}
