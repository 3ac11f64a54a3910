import { route } from '../routes.ts';
import type { RestRoute } from '../routes.ts';
import {
  createApi,
  createIntegration,
  createRoute,
  getApi,
  getIntegration,
  getIntegrations,
  getRoutes,
  updateIntegration,
} from './apis.ts';
import {
  createDeployment,
  createStage,
  deleteDeployment,
  getDeployment,
  getDeployments,
  getStage,
  updateStage,
} from './stages.ts';

const api = '/v2/apis/{ApiId}';

export const httpApiRoutes: readonly RestRoute[] = [
  route('POST /v2/apis', createApi, { operation: 'CreateApi', status: 201 }),
  route(`GET ${api}`, getApi, { operation: 'GetApi' }),
  route(`POST ${api}/integrations`, createIntegration, { operation: 'CreateIntegration', status: 201 }),
  route(`GET ${api}/integrations`, getIntegrations, { operation: 'GetIntegrations' }),
  route(`GET ${api}/integrations/{IntegrationId}`, getIntegration, { operation: 'GetIntegration' }),
  route(`PATCH ${api}/integrations/{IntegrationId}`, updateIntegration, { operation: 'UpdateIntegration' }),
  route(`POST ${api}/routes`, createRoute, { operation: 'CreateRoute', status: 201 }),
  route(`GET ${api}/routes`, getRoutes, { operation: 'GetRoutes' }),
  route(`POST ${api}/stages`, createStage, { operation: 'CreateStage', status: 201 }),
  route(`GET ${api}/stages/{StageName}`, getStage, { operation: 'GetStage' }),
  route(`PATCH ${api}/stages/{StageName}`, updateStage, { operation: 'UpdateStage' }),
  route(`POST ${api}/deployments`, createDeployment, { operation: 'CreateDeployment', status: 201 }),
  route(`GET ${api}/deployments`, getDeployments, { operation: 'GetDeployments' }),
  route(`GET ${api}/deployments/{DeploymentId}`, getDeployment, { operation: 'GetDeployment' }),
  route(`DELETE ${api}/deployments/{DeploymentId}`, deleteDeployment, {
    operation: 'DeleteDeployment',
    status: 204,
  }),
];
