import type { ApiGatewayV2Client } from '@aws-sdk/client-apigatewayv2';
import type { ApiAddress, ApiGateway, StageChange } from './api-gateway.ts';
import { clientOptions, once, type ClientDependencies } from './aws-config.ts';
import { call, type CallKind } from './call.ts';
import { withCredentials } from './credentials.ts';

type Sdk = typeof import('./sdk/http-api.ts');
type Request = <T>(
  kind: Omit<CallKind, 'service'>,
  send: (client: ApiGatewayV2Client, sdk: Sdk) => Promise<T>,
) => Promise<T>;

/** API Gateway's HTTP APIs (v2). */
export function httpApi(
  dependencies: ClientDependencies,
  { apiId, stage: stageName }: ApiAddress,
): ApiGateway {
  const sdk = once(() => import('./sdk/http-api.ts'));
  const client = withCredentials(
    once(async () => new (await sdk()).ApiGatewayV2Client(await clientOptions(dependencies.aws))),
  );
  const request: Request = (kind, send) =>
    call(dependencies, { service: 'ApiGatewayV2', ...kind }, async () => send(await client(), await sdk()));
  return {
    kind: 'HTTP',
    ...integrationCalls(request, apiId),
    ...stageCalls(request, apiId, stageName),
    ...deploymentCalls(request, apiId),
  };
}

function integrationCalls(
  request: Request,
  ApiId: string,
): Pick<ApiGateway, 'getIntegrations' | 'updateIntegrationUri'> {
  return {
    getIntegrations: () =>
      request({ operation: 'GetIntegrations' }, async (api, { GetIntegrationsCommand }) => {
        const { Items } = await api.send(new GetIntegrationsCommand({ ApiId, MaxResults: '300' }));
        return (Items ?? []).flatMap(({ IntegrationUri: uri, IntegrationId: integrationId }) =>
          uri === undefined || integrationId === undefined
            ? []
            : [{ label: `integration ${integrationId}`, uri, integrationId }],
        );
      }),
    updateIntegrationUri: ({ integrationId: IntegrationId }, IntegrationUri) =>
      request({ operation: 'UpdateIntegration' }, async (api, { UpdateIntegrationCommand }) => {
        await api.send(new UpdateIntegrationCommand({ ApiId, IntegrationId, IntegrationUri }));
      }),
  };
}

function stageCalls(
  request: Request,
  ApiId: string,
  StageName: string,
): Pick<ApiGateway, 'getStage' | 'updateStage'> {
  return {
    getStage: () =>
      request({ operation: 'GetStage' }, async (api, { GetStageCommand }) => {
        const stage = await api.send(new GetStageCommand({ ApiId, StageName }));
        return {
          deploymentId: stage.DeploymentId,
          variables: stage.StageVariables ?? {},
          autoDeploy: stage.AutoDeploy ?? false,
          hasCanary: false,
          cacheEnabled: false,
        };
      }),
    updateStage: (change) =>
      request({ operation: 'UpdateStage' }, async (api, { UpdateStageCommand }) => {
        const StageVariables = namedOnly(change);
        const deployment = change.deploymentId === undefined ? {} : { DeploymentId: change.deploymentId };
        await api.send(new UpdateStageCommand({ ApiId, StageName, StageVariables, ...deployment }));
      }),
  };
}

function deploymentCalls(
  request: Request,
  ApiId: string,
): Pick<ApiGateway, 'createDeployment' | 'findDeployment'> {
  return {
    createDeployment: (Description) =>
      request({ operation: 'CreateDeployment', retry: 'never' }, async (api, { CreateDeploymentCommand }) => {
        const { DeploymentId } = await api.send(new CreateDeploymentCommand({ ApiId, Description }));
        return DeploymentId ?? '';
      }),
    findDeployment: (description) =>
      request({ operation: 'GetDeployments' }, async (api, { GetDeploymentsCommand }) => {
        const { Items } = await api.send(new GetDeploymentsCommand({ ApiId, MaxResults: '300' }));
        return Items?.find((deployment) => deployment.Description === description)?.DeploymentId;
      }),
  };
}

/** HTTP APIs keep what is not named, whoever changed it meanwhile; an empty value takes a variable away. */
function namedOnly({ variables, current }: StageChange): Record<string, string> {
  const named = Object.entries(variables).filter(
    ([name, value]) => value !== undefined || Object.hasOwn(current.variables, name),
  );
  return Object.fromEntries(named.map(([name, value]) => [name, value ?? '']));
}
