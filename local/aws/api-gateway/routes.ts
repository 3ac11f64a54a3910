import { route } from '../routes.ts';
import type { RestRoute } from '../routes.ts';
import {
  createResource,
  createRestApi,
  getIntegration,
  getMethod,
  getResources,
  getRestApi,
  putIntegration,
  putMethod,
  updateIntegration,
} from './apis.ts';
import { createDeployment, deleteDeployment, getDeployment, getDeployments } from './deployments.ts';
import { createStage, getStage, updateStage } from './stages.ts';

const api = '/restapis/{restApiId}';
const method = `${api}/resources/{resourceId}/methods/{httpMethod}`;

export const restApiRoutes: readonly RestRoute[] = [
  route('POST /restapis', createRestApi, { operation: 'CreateRestApi', status: 201 }),
  route(`GET ${api}`, getRestApi, { operation: 'GetRestApi' }),
  route(`GET ${api}/resources`, getResources, { operation: 'GetResources' }),
  route(`POST ${api}/resources/{parentId}`, createResource, { operation: 'CreateResource', status: 201 }),
  route(`GET ${method}`, getMethod, { operation: 'GetMethod' }),
  route(`PUT ${method}`, putMethod, { operation: 'PutMethod', status: 201 }),
  route(`PUT ${method}/integration`, putIntegration, {
    operation: 'PutIntegration',
    status: 201,
    // The path has an httpMethod of its own: the method of the API, not the one towards Lambda.
    rename: { httpMethod: 'integrationHttpMethod' },
  }),
  route(`GET ${method}/integration`, getIntegration, { operation: 'GetIntegration' }),
  route(`PATCH ${method}/integration`, updateIntegration, { operation: 'UpdateIntegration' }),
  route(`POST ${api}/deployments`, createDeployment, { operation: 'CreateDeployment', status: 201 }),
  route(`GET ${api}/deployments`, getDeployments, { operation: 'GetDeployments' }),
  route(`GET ${api}/deployments/{deploymentId}`, getDeployment, { operation: 'GetDeployment' }),
  route(`DELETE ${api}/deployments/{deploymentId}`, deleteDeployment, {
    operation: 'DeleteDeployment',
    status: 202,
  }),
  route(`POST ${api}/stages`, createStage, { operation: 'CreateStage', status: 201 }),
  route(`GET ${api}/stages/{stageName}`, getStage, { operation: 'GetStage' }),
  route(`PATCH ${api}/stages/{stageName}`, updateStage, { operation: 'UpdateStage' }),
];
