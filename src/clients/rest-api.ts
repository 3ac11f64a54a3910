import type { APIGatewayClient, Resource } from '@aws-sdk/client-api-gateway';
import type { ApiAddress, ApiGateway, Integration, Stage, StageChange } from './api-gateway.ts';
import { clientOptions, once, type ClientDependencies } from './aws-config.ts';
import { call, type CallKind } from './call.ts';
import { withCredentials } from './credentials.ts';
import { allPages, awsBounds } from './pages.ts';
import { required, requireSent } from './reply.ts';

type Sdk = typeof import('./sdk/rest-api.ts');
type Request = <T>(
  kind: Omit<CallKind, 'service'>,
  send: (client: APIGatewayClient, sdk: Sdk) => Promise<T>,
) => Promise<T>;

/** API Gateway's REST APIs (v1). */
export function restApi(
  dependencies: ClientDependencies,
  { apiId: restApiId, stage: stageName }: ApiAddress,
): ApiGateway {
  const sdk = once(() => import('./sdk/rest-api.ts'));
  const client = withCredentials(
    once(async () => new (await sdk()).APIGatewayClient(await clientOptions(dependencies.aws))),
  );
  const request: Request = (kind, send) =>
    call(dependencies, { service: 'APIGateway', ...kind }, async () => send(await client(), await sdk()));
  return {
    kind: 'REST',
    ...integrationCalls(request, { restApiId, tools: dependencies }),
    ...stageCalls(request, restApiId, stageName),
    ...deploymentCalls(request, restApiId),
  };
}

function integrationCalls(
  request: Request,
  { restApiId, tools }: { readonly restApiId: string; readonly tools: ClientDependencies },
): Pick<ApiGateway, 'getIntegrations' | 'updateIntegrationUri'> {
  return {
    getIntegrations: () =>
      allPages(awsBounds(tools.clock, { service: 'APIGateway', operation: 'GetResources' }), (position) =>
        request({ operation: 'GetResources' }, async (api, { GetResourcesCommand }) => {
          const next = position === undefined ? {} : { position };
          const page = await api.send(
            new GetResourcesCommand({ restApiId, embed: ['methods'], limit: 500, ...next }),
          );
          // Every API has its root at least.
          return [required(page.items, 'items').flatMap(methodsOf), page.position] as const;
        }),
      ),
    updateIntegrationUri: ({ resourceId, method: httpMethod }, uri) =>
      request({ operation: 'UpdateIntegration' }, async (api, { UpdateIntegrationCommand }) => {
        const patchOperations = [{ op: 'replace' as const, path: '/uri', value: uri }];
        const input = { restApiId, resourceId, httpMethod, patchOperations };
        requireSent(await api.send(new UpdateIntegrationCommand(input)), { uri });
      }),
  };
}

/** Every method is a route, whatever it leads to. */
function methodsOf({ id: resourceId, path, resourceMethods = {} }: Resource): readonly Integration[] {
  if (resourceId === undefined) return [];
  return Object.entries(resourceMethods).map(([method, described]) => {
    const { authorizationType, apiKeyRequired, methodIntegration } = described;
    return {
      label: `${method} ${path ?? resourceId}`,
      uri: methodIntegration?.uri ?? '',
      resourceId,
      method,
      ...(path === undefined ? {} : { path }),
      ...(authorizationType === undefined ? {} : { authorizationType }),
      ...(apiKeyRequired === undefined ? {} : { apiKeyRequired }),
    };
  });
}

function stageCalls(
  request: Request,
  restApiId: string,
  stageName: string,
): Pick<ApiGateway, 'getStage' | 'updateStage'> {
  return {
    getStage: () =>
      request({ operation: 'GetStage' }, async (api, { GetStageCommand }) => {
        const stage = await api.send(new GetStageCommand({ restApiId, stageName }));
        required(stage.stageName, 'stageName');
        return {
          deploymentId: stage.deploymentId,
          variables: stage.variables ?? {},
          autoDeploy: false,
          hasCanary: stage.canarySettings !== undefined,
          cacheEnabled: stage.cacheClusterEnabled ?? false,
        };
      }),
    updateStage: (change) =>
      request({ operation: 'UpdateStage' }, async (api, { UpdateStageCommand }) => {
        const patchOperations = stagePatch(change);
        const reply = await api.send(new UpdateStageCommand({ restApiId, stageName, patchOperations }));
        const { variables, deploymentId } = change;
        requireSent(reply, { stageName, variables, deploymentId });
      }),
  };
}

function deploymentCalls(
  request: Request,
  restApiId: string,
): Pick<ApiGateway, 'createDeployment' | 'findDeployment'> {
  return {
    createDeployment: (description) =>
      request({ operation: 'CreateDeployment', retry: 'never' }, async (api, { CreateDeploymentCommand }) => {
        const { id } = await api.send(new CreateDeploymentCommand({ restApiId, description }));
        return required(id, 'id');
      }),
    findDeployment: (description) =>
      request({ operation: 'GetDeployments' }, async (api, { GetDeploymentsCommand }) => {
        const { items } = await api.send(new GetDeploymentsCommand({ restApiId, limit: 500 }));
        return items?.find((deployment) => deployment.description === description)?.id;
      }),
  };
}

interface Patch {
  readonly op: 'replace' | 'remove';
  readonly path: string;
  readonly value?: string;
}

function stagePatch({ variables, current, deploymentId }: StageChange): Patch[] {
  const patch = Object.entries(variables).flatMap(([name, value]) => patchVariable(name, value, current));
  if (deploymentId === undefined) return patch;
  patch.push({ op: 'replace', path: '/deploymentId', value: deploymentId });
  // A canary of the stage itself keeps a deployment of its own; left alone it would serve the old API.
  if (current.hasCanary)
    patch.push({ op: 'replace', path: '/canarySettings/deploymentId', value: deploymentId });
  return patch;
}

function patchVariable(name: string, value: string | undefined, current: Stage): Patch[] {
  const path = `/variables/${name}`;
  if (value !== undefined) return [{ op: 'replace', path, value }];
  return Object.hasOwn(current.variables, name) ? [{ op: 'remove', path }] : [];
}
