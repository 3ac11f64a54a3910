/** What CloudFormation makes, by type: each resource becomes state of the service that it belongs to. */
import { createApi, createIntegration, createRoute } from '../api-gateway-v2/apis.ts';
import { createStage } from '../api-gateway-v2/stages.ts';
import { createRepository } from '../ecr/repositories.ts';
import { putLifecyclePolicy, setRepositoryPolicy } from '../ecr/policies.ts';
import { createOidcProvider, createRole, deleteRole, putRole } from '../iam/roles.ts';
import type { AwsContext } from '../routes.ts';
import type { Made } from './template.ts';

export type Properties = Readonly<Record<string, unknown>>;

export interface ResourceType {
  /** A change of one of these replaces the resource. */
  readonly createOnly: readonly string[];
  /** Actions of the handlers, as the type's schema lists those that these properties need. */
  readonly needs: Readonly<Record<'create' | 'update' | 'delete', readonly string[]>>;
  /** What those actions are asked about: the ARN. `name` is the physical id. */
  readonly arn: (aws: AwsContext, name: string, properties: Properties) => string;
  readonly create: (aws: AwsContext, properties: Properties, name: string) => Made;
  readonly update?: (aws: AwsContext, properties: Properties, physicalId: string) => void;
  readonly delete: (aws: AwsContext, physicalId: string) => void;
}

const iamArn = ({ state }: AwsContext, path: string) =>
  `arn:${state.partition}:iam::${state.accountId}:${path}`;
const apiArn = ({ state }: AwsContext, path: string) =>
  `arn:${state.partition}:apigateway:${state.region}::/apis${path}`;

const role: ResourceType = {
  createOnly: ['RoleName', 'Path'],
  needs: {
    create: ['iam:CreateRole', 'iam:PutRolePolicy', 'iam:AttachRolePolicy', 'iam:GetRole'],
    update: ['iam:GetRole', 'iam:GetRolePolicy', 'iam:PutRolePolicy', 'iam:UpdateAssumeRolePolicy'],
    delete: [
      'iam:DeleteRole',
      'iam:DeleteRolePolicy',
      'iam:DetachRolePolicy',
      'iam:GetRole',
      'iam:ListAttachedRolePolicies',
      'iam:ListRolePolicies',
    ],
  },
  arn: (aws, name) => iamArn(aws, `role/${name}`),
  create: (aws, properties, name) => {
    const { arn } = createRole(aws, properties, name);
    return { physicalId: name, attributes: { Arn: arn } };
  },
  update: putRole,
  delete: deleteRole,
};

const provider: ResourceType = {
  createOnly: ['Url'],
  needs: {
    create: ['iam:CreateOpenIDConnectProvider', 'iam:GetOpenIDConnectProvider'],
    update: ['iam:GetOpenIDConnectProvider'],
    delete: ['iam:DeleteOpenIDConnectProvider'],
  },
  arn: (aws, _, { Url }) => iamArn(aws, `oidc-provider/${String(Url).replace('https://', '')}`),
  create: (aws, properties) => {
    const { arn } = createOidcProvider(aws, properties);
    return { physicalId: arn, attributes: { Arn: arn } };
  },
  delete: ({ state }, arn) => {
    delete state.oidcProviders[arn];
  },
};

const repository: ResourceType = {
  createOnly: ['RepositoryName'],
  needs: {
    create: [
      'ecr:CreateRepository',
      'ecr:PutLifecyclePolicy',
      'ecr:SetRepositoryPolicy',
      'ecr:DescribeRepositories',
    ],
    update: ['ecr:PutLifecyclePolicy', 'ecr:SetRepositoryPolicy', 'ecr:PutImageTagMutability'],
    delete: ['ecr:DeleteRepository'],
  },
  arn: ({ state }, name) =>
    `arn:${state.partition}:ecr:${state.region}:${state.accountId}:repository/${name}`,
  create: (aws, properties, name) => {
    const { repository: made } = createRepository(aws, {
      repositoryName: name,
      imageTagMutability: properties['ImageTagMutability'] as 'IMMUTABLE' | undefined,
    });
    repositoryPolicies(aws, properties, name);
    return {
      physicalId: name,
      attributes: { Arn: made?.repositoryArn ?? '', RepositoryUri: made?.repositoryUri ?? '' },
    };
  },
  update: repositoryPolicies,
  delete: ({ state }, name) => {
    delete state.repositories[name];
  },
};

function repositoryPolicies(aws: AwsContext, properties: Properties, repositoryName: string): void {
  const { LifecyclePolicy, RepositoryPolicyText } = properties;
  const { LifecyclePolicyText } = (LifecyclePolicy ?? {}) as { LifecyclePolicyText?: string };
  if (LifecyclePolicyText !== undefined)
    putLifecyclePolicy(aws, { repositoryName, lifecyclePolicyText: LifecyclePolicyText });
  if (RepositoryPolicyText !== undefined)
    setRepositoryPolicy(aws, { repositoryName, policyText: JSON.stringify(RepositoryPolicyText) });
}

const API_NEEDS = {
  create: ['apigateway:POST', 'apigateway:GET'],
  update: ['apigateway:PATCH', 'apigateway:GET'],
  delete: ['apigateway:DELETE'],
} as const;

function partOfApi(path: string, create: (aws: AwsContext, properties: never) => string): ResourceType {
  return {
    createOnly: ['ApiId', 'StageName'],
    needs: API_NEEDS,
    arn: (aws, _, { ApiId }) => apiArn(aws, `/${String(ApiId)}/${path}`),
    create: (aws, properties) => ({ physicalId: create(aws, properties as never), attributes: {} }),
    update: () => undefined,
    // What is part of an API goes with it.
    delete: () => undefined,
  };
}

const api: ResourceType = {
  createOnly: ['ProtocolType'],
  needs: API_NEEDS,
  arn: (aws) => apiArn(aws, ''),
  create: (aws, properties) => {
    const { ApiId = '', ApiEndpoint = '' } = createApi(aws, properties as never);
    return { physicalId: ApiId, attributes: { ApiId, ApiEndpoint } };
  },
  update: () => undefined,
  delete: ({ state }, id) => {
    delete state.httpApis[id];
  },
};

export const RESOURCE_TYPES: Readonly<Record<string, ResourceType>> = {
  'AWS::IAM::Role': role,
  'AWS::IAM::OIDCProvider': provider,
  'AWS::ECR::Repository': repository,
  'AWS::ApiGatewayV2::Api': api,
  'AWS::ApiGatewayV2::Integration': partOfApi(
    'integrations',
    (aws, properties) => createIntegration(aws, properties).IntegrationId ?? '',
  ),
  'AWS::ApiGatewayV2::Route': partOfApi(
    'routes',
    (aws, properties) => createRoute(aws, properties).RouteId ?? '',
  ),
  'AWS::ApiGatewayV2::Stage': partOfApi(
    'stages',
    (aws, properties) => createStage(aws, properties).StageName ?? '',
  ),
};

/** Which property names a resource; without one CloudFormation makes a name up. */
export const NAMED_BY: Readonly<Record<string, string>> = {
  'AWS::IAM::Role': 'RoleName',
  'AWS::ECR::Repository': 'RepositoryName',
};
