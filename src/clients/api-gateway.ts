import { clientOptions, once, type ClientDependencies } from './aws-config.ts';
import { call, type CallKind } from './call.ts';

/**
 * An API in front of the function. REST APIs (v1) and HTTP APIs (v2) differ in every call and in nothing that matters to a
 * release, so there is one shape and two objects of it.
 */
export interface ApiGateway {
  readonly kind: 'REST' | 'HTTP';
  getStage(): Promise<Stage>;
  /** The Lambda proxy integrations of the API. */
  getIntegrations(): Promise<readonly Integration[]>;
  updateIntegrationUri(integration: Integration, uri: string): Promise<void>;
  createDeployment(description: string): Promise<string>;
  /** The id of the deployment with this description, newest first; undefined when there is none. */
  findDeployment(description: string): Promise<string | undefined>;
  updateStage(change: StageChange): Promise<void>;
}

export interface Stage {
  readonly deploymentId: string | undefined;
  readonly variables: Readonly<Record<string, string>>;
  /** HTTP APIs: every change of the API is deployed by itself, and an explicit deployment is refused. */
  readonly autoDeploy: boolean;
  /** REST APIs: the stage has a canary of its own, with its own deployment. */
  readonly hasCanary: boolean;
  readonly cacheEnabled: boolean;
}

export interface Integration {
  /** What a person calls it: `POST /predict`, or the integration's id. */
  readonly label: string;
  /** The integration's URI, stage variables unresolved. */
  readonly uri: string;
  readonly resourceId?: string;
  readonly method?: string;
  readonly integrationId?: string;
}

/** Stage variables to set (a value) or to remove (undefined), and a deployment to point to. */
export interface StageChange {
  readonly variables: Readonly<Record<string, string | undefined>>;
  readonly current: Stage;
  readonly deploymentId?: string;
}

export interface ApiAddress {
  readonly kind: 'REST' | 'HTTP';
  readonly apiId: string;
  readonly stage: string;
}

export function apiGatewayClient(dependencies: ClientDependencies, address: ApiAddress): ApiGateway {
  return address.kind === 'REST' ? restApi(dependencies, address) : httpApi(dependencies, address);
}

function restApi(
  dependencies: ClientDependencies,
  { apiId: restApiId, stage: stageName }: ApiAddress,
): ApiGateway {
  const sdk = once(() => import('@aws-sdk/client-api-gateway'));
  const client = once(async () => new (await sdk()).APIGatewayClient(await clientOptions(dependencies.aws)));
  type Sdk = Awaited<ReturnType<typeof sdk>>;
  type Client = Awaited<ReturnType<typeof client>>;
  const request = <T>(kind: Omit<CallKind, 'service'>, send: (client: Client, sdk: Sdk) => Promise<T>) =>
    call(dependencies, { service: 'APIGateway', ...kind }, async () => send(await client(), await sdk()));
  return {
    kind: 'REST',
    getStage: () =>
      request({ operation: 'GetStage' }, async (api, { GetStageCommand }) => {
        const stage = await api.send(new GetStageCommand({ restApiId, stageName }));
        return {
          deploymentId: stage.deploymentId,
          variables: stage.variables ?? {},
          autoDeploy: false,
          hasCanary: stage.canarySettings !== undefined,
          cacheEnabled: stage.cacheClusterEnabled ?? false,
        };
      }),
    getIntegrations: async () => {
      const found: Integration[] = [];
      let position: string | undefined;
      do {
        const page = await request({ operation: 'GetResources' }, (api, { GetResourcesCommand }) =>
          api.send(
            new GetResourcesCommand({
              restApiId,
              embed: ['methods'],
              limit: 500,
              ...(position ? { position } : {}),
            }),
          ),
        );
        for (const resource of page.items ?? []) {
          for (const [method, { methodIntegration }] of Object.entries(resource.resourceMethods ?? {})) {
            if (methodIntegration?.uri === undefined || resource.id === undefined) continue;
            const label = `${method} ${resource.path ?? resource.id}`;
            found.push({ label, uri: methodIntegration.uri, resourceId: resource.id, method });
          }
        }
        position = page.position;
      } while (position);
      return found;
    },
    updateIntegrationUri: ({ resourceId, method: httpMethod }, uri) =>
      request({ operation: 'UpdateIntegration', write: true }, async (api, { UpdateIntegrationCommand }) => {
        const patchOperations = [{ op: 'replace' as const, path: '/uri', value: uri }];
        await api.send(new UpdateIntegrationCommand({ restApiId, resourceId, httpMethod, patchOperations }));
      }),
    createDeployment: (description) =>
      request(
        { operation: 'CreateDeployment', write: true, retry: 'never' },
        async (api, { CreateDeploymentCommand }) => {
          const { id } = await api.send(new CreateDeploymentCommand({ restApiId, description }));
          return id ?? '';
        },
      ),
    findDeployment: (description) =>
      request({ operation: 'GetDeployments' }, async (api, { GetDeploymentsCommand }) => {
        const { items } = await api.send(new GetDeploymentsCommand({ restApiId, limit: 500 }));
        return items?.find((deployment) => deployment.description === description)?.id;
      }),
    updateStage: ({ variables, current, deploymentId }) =>
      request({ operation: 'UpdateStage', write: true }, async (api, { UpdateStageCommand }) => {
        const patchOperations: Patch[] = Object.entries(variables).flatMap(([name, value]) =>
          patchVariable(name, value, current),
        );
        if (deploymentId !== undefined) {
          patchOperations.push({ op: 'replace', path: '/deploymentId', value: deploymentId });
          // A canary of the stage itself keeps a deployment of its own; left alone it would serve the old API.
          if (current.hasCanary) {
            patchOperations.push({
              op: 'replace',
              path: '/canarySettings/deploymentId',
              value: deploymentId,
            });
          }
        }
        await api.send(new UpdateStageCommand({ restApiId, stageName, patchOperations }));
      }),
  };
}

interface Patch {
  readonly op: 'replace' | 'remove';
  readonly path: string;
  readonly value?: string;
}

function patchVariable(name: string, value: string | undefined, current: Stage): Patch[] {
  const path = `/variables/${name}`;
  if (value !== undefined) return [{ op: 'replace', path, value }];
  return Object.hasOwn(current.variables, name) ? [{ op: 'remove', path }] : [];
}

function httpApi(
  dependencies: ClientDependencies,
  { apiId: ApiId, stage: StageName }: ApiAddress,
): ApiGateway {
  const sdk = once(() => import('@aws-sdk/client-apigatewayv2'));
  const client = once(
    async () => new (await sdk()).ApiGatewayV2Client(await clientOptions(dependencies.aws)),
  );
  type Sdk = Awaited<ReturnType<typeof sdk>>;
  type Client = Awaited<ReturnType<typeof client>>;
  const request = <T>(kind: Omit<CallKind, 'service'>, send: (client: Client, sdk: Sdk) => Promise<T>) =>
    call(dependencies, { service: 'ApiGatewayV2', ...kind }, async () => send(await client(), await sdk()));
  return {
    kind: 'HTTP',
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
    getIntegrations: () =>
      request({ operation: 'GetIntegrations' }, async (api, { GetIntegrationsCommand }) => {
        const { Items } = await api.send(new GetIntegrationsCommand({ ApiId, MaxResults: '300' }));
        return (Items ?? []).flatMap((item) =>
          item.IntegrationUri === undefined || item.IntegrationId === undefined
            ? []
            : [
                {
                  label: `integration ${item.IntegrationId}`,
                  uri: item.IntegrationUri,
                  integrationId: item.IntegrationId,
                },
              ],
        );
      }),
    updateIntegrationUri: ({ integrationId: IntegrationId }, IntegrationUri) =>
      request({ operation: 'UpdateIntegration', write: true }, async (api, { UpdateIntegrationCommand }) => {
        await api.send(new UpdateIntegrationCommand({ ApiId, IntegrationId, IntegrationUri }));
      }),
    createDeployment: (Description) =>
      request(
        { operation: 'CreateDeployment', write: true, retry: 'never' },
        async (api, { CreateDeploymentCommand }) => {
          const { DeploymentId } = await api.send(new CreateDeploymentCommand({ ApiId, Description }));
          return DeploymentId ?? '';
        },
      ),
    findDeployment: (description) =>
      request({ operation: 'GetDeployments' }, async (api, { GetDeploymentsCommand }) => {
        const { Items } = await api.send(new GetDeploymentsCommand({ ApiId, MaxResults: '300' }));
        return Items?.find((deployment) => deployment.Description === description)?.DeploymentId;
      }),
    updateStage: ({ variables, current, deploymentId }) =>
      request({ operation: 'UpdateStage', write: true }, async (api, { UpdateStageCommand }) => {
        const StageVariables = merged(current.variables, variables);
        await api.send(
          new UpdateStageCommand({
            ApiId,
            StageName,
            StageVariables,
            ...(deploymentId ? { DeploymentId: deploymentId } : {}),
          }),
        );
      }),
  };
}

/** HTTP APIs keep what is not named, and an empty value takes a variable away. */
function merged(
  current: Readonly<Record<string, string>>,
  change: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  const known = Object.entries({ ...current, ...change }).filter(([name]) => change[name] ?? name in current);
  return Object.fromEntries(known.map(([name, value]) => [name, value ?? '']));
}
