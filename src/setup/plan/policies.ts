/**
 * What each role may do, as data: `iam/` and the roles of the CloudFormation template are written from it. The names in `${}` are filled
 * in by whoever attaches a policy.
 */

import { SETUP_STATEMENTS } from './setup-statements.ts';

/** One or several, as IAM takes either. */
type Texts = string | readonly string[];

export interface PolicyStatement {
  readonly Sid?: string;
  readonly Effect: 'Allow';
  readonly Principal?: Readonly<Record<string, Texts>>;
  readonly Action: Texts;
  readonly Resource?: Texts;
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, Texts>>>>;
}

/** What both trust policies begin with: a job of GitHub, by its identity token. */
const ASSUMED_BY_GITHUB = {
  Effect: 'Allow',
  Principal: { Federated: 'arn:aws:iam::${Account}:oidc-provider/token.actions.githubusercontent.com' },
  Action: 'sts:AssumeRoleWithWebIdentity',
} as const;

export const POLICIES = {
  deploy: [
    {
      Sid: 'Function',
      Effect: 'Allow',
      Action: [
        'lambda:CreateAlias',
        'lambda:GetAlias',
        'lambda:GetFunction',
        'lambda:GetFunctionConcurrency',
        'lambda:GetPolicy',
        'lambda:GetProvisionedConcurrencyConfig',
        'lambda:InvokeFunction',
        'lambda:ListVersionsByFunction',
        'lambda:PublishVersion',
        'lambda:UpdateAlias',
        'lambda:UpdateFunctionCode',
        'lambda:UpdateFunctionConfiguration',
      ],
      Resource: [
        'arn:aws:lambda:${Region}:${Account}:function:${Function}',
        'arn:aws:lambda:${Region}:${Account}:function:${Function}:*',
      ],
    },
    { Sid: 'SpareConcurrency', Effect: 'Allow', Action: 'lambda:GetAccountSettings', Resource: '*' },
    {
      Sid: 'Images',
      Effect: 'Allow',
      Action: [
        'ecr:BatchGetImage',
        'ecr:DescribeImages',
        'ecr:DescribeImageScanFindings',
        'ecr:DescribeRepositories',
        'ecr:GetDownloadUrlForLayer',
        'ecr:GetLifecyclePolicy',
      ],
      Resource: 'arn:aws:ecr:${Region}:${Account}:repository/${Repository}',
    },
    { Sid: 'ScanRules', Effect: 'Allow', Action: 'ecr:GetRegistryScanningConfiguration', Resource: '*' },
    { Sid: 'DockerLogin', Effect: 'Allow', Action: 'ecr:GetAuthorizationToken', Resource: '*' },
    {
      Sid: 'DockerPush',
      Effect: 'Allow',
      Action: [
        'ecr:BatchCheckLayerAvailability',
        'ecr:CompleteLayerUpload',
        'ecr:InitiateLayerUpload',
        'ecr:PutImage',
        'ecr:UploadLayerPart',
      ],
      Resource: 'arn:aws:ecr:${Region}:${Account}:repository/${Repository}',
    },
    {
      Sid: 'RestApi',
      Effect: 'Allow',
      Action: 'apigateway:GET',
      Resource: 'arn:aws:apigateway:${Region}::/restapis/${ApiId}/resources',
    },
    {
      Sid: 'HttpApi',
      Effect: 'Allow',
      Action: 'apigateway:GET',
      Resource: [
        'arn:aws:apigateway:${Region}::/apis/${ApiId}/integrations',
        'arn:aws:apigateway:${Region}::/apis/${ApiId}/routes',
      ],
    },
    {
      Sid: 'Stage',
      Effect: 'Allow',
      Action: ['apigateway:GET', 'apigateway:PATCH'],
      Resource: [
        'arn:aws:apigateway:${Region}::/restapis/${ApiId}/stages/*',
        'arn:aws:apigateway:${Region}::/apis/${ApiId}/stages/*',
      ],
    },
  ],
  create: [
    {
      Sid: 'CreateFunction',
      Effect: 'Allow',
      Action: ['lambda:AddPermission', 'lambda:CreateFunction'],
      Resource: [
        'arn:aws:lambda:${Region}:${Account}:function:${Function}',
        'arn:aws:lambda:${Region}:${Account}:function:${Function}:*',
      ],
    },
    {
      Sid: 'PassExecutionRole',
      Effect: 'Allow',
      Action: 'iam:PassRole',
      Resource: 'arn:aws:iam::${Account}:role/${Role}',
      Condition: { StringEquals: { 'iam:PassedToService': 'lambda.amazonaws.com' } },
    },
    {
      Sid: 'CreateRepository',
      Effect: 'Allow',
      Action: ['ecr:CreateRepository', 'ecr:GetRepositoryPolicy', 'ecr:SetRepositoryPolicy'],
      Resource: 'arn:aws:ecr:${Region}:${Account}:repository/${Repository}',
    },
    {
      Sid: 'RepairIntegrations',
      Effect: 'Allow',
      Action: 'apigateway:PATCH',
      Resource: [
        'arn:aws:apigateway:${Region}::/restapis/${ApiId}/resources/*/methods/*/integration',
        'arn:aws:apigateway:${Region}::/apis/${ApiId}/integrations/*',
      ],
    },
    {
      Sid: 'DeployRepairedApi',
      Effect: 'Allow',
      Action: ['apigateway:GET', 'apigateway:POST'],
      Resource: [
        'arn:aws:apigateway:${Region}::/restapis/${ApiId}/deployments',
        'arn:aws:apigateway:${Region}::/apis/${ApiId}/deployments',
      ],
    },
  ],
  /** For pull requests: it reads and invokes, and nothing else. */
  plan: [
    {
      Sid: 'Function',
      Effect: 'Allow',
      Action: ['lambda:GetAlias', 'lambda:GetFunction', 'lambda:InvokeFunction'],
      Resource: [
        'arn:aws:lambda:${Region}:${Account}:function:${Function}',
        'arn:aws:lambda:${Region}:${Account}:function:${Function}:*',
      ],
    },
    {
      Sid: 'Images',
      Effect: 'Allow',
      Action: [
        'ecr:BatchGetImage',
        'ecr:DescribeImages',
        'ecr:DescribeRepositories',
        'ecr:GetDownloadUrlForLayer',
      ],
      Resource: 'arn:aws:ecr:${Region}:${Account}:repository/${Repository}',
    },
    { Sid: 'DockerLogin', Effect: 'Allow', Action: 'ecr:GetAuthorizationToken', Resource: '*' },
    {
      Sid: 'Api',
      Effect: 'Allow',
      Action: 'apigateway:GET',
      Resource: [
        'arn:aws:apigateway:${Region}::/restapis/${ApiId}/resources',
        'arn:aws:apigateway:${Region}::/restapis/${ApiId}/stages/*',
        'arn:aws:apigateway:${Region}::/apis/${ApiId}/integrations',
        'arn:aws:apigateway:${Region}::/apis/${ApiId}/routes',
        'arn:aws:apigateway:${Region}::/apis/${ApiId}/stages/*',
      ],
    },
  ],
  rollback: [
    {
      Sid: 'Function',
      Effect: 'Allow',
      Action: [
        'lambda:GetAlias',
        'lambda:GetFunction',
        'lambda:GetProvisionedConcurrencyConfig',
        'lambda:InvokeFunction',
        'lambda:ListVersionsByFunction',
        'lambda:UpdateAlias',
      ],
      Resource: [
        'arn:aws:lambda:${Region}:${Account}:function:${Function}',
        'arn:aws:lambda:${Region}:${Account}:function:${Function}:*',
      ],
    },
    {
      Sid: 'PublishDeletedVersionAgain',
      Effect: 'Allow',
      Action: ['lambda:PublishVersion', 'lambda:UpdateFunctionCode'],
      Resource: 'arn:aws:lambda:${Region}:${Account}:function:${Function}',
    },
    {
      Sid: 'Images',
      Effect: 'Allow',
      Action: ['ecr:BatchGetImage', 'ecr:DescribeImages', 'ecr:GetDownloadUrlForLayer'],
      Resource: 'arn:aws:ecr:${Region}:${Account}:repository/${Repository}',
    },
    {
      Sid: 'Stage',
      Effect: 'Allow',
      Action: ['apigateway:GET', 'apigateway:PATCH'],
      Resource: [
        'arn:aws:apigateway:${Region}::/restapis/${ApiId}/stages/*',
        'arn:aws:apigateway:${Region}::/apis/${ApiId}/stages/*',
      ],
    },
  ],
  trust: [
    {
      ...ASSUMED_BY_GITHUB,
      Condition: {
        StringEquals: {
          'token.actions.githubusercontent.com:aud': 'sts.amazonaws.com',
          'token.actions.githubusercontent.com:environment': '${Environment}',
          'token.actions.githubusercontent.com:repository_id': '${RepoId}',
          'token.actions.githubusercontent.com:sub': [
            'repo:${Org}/${Repo}:environment:${Environment}',
            'repo:${Org}@${OrgId}/${Repo}@${RepoId}:environment:${Environment}',
          ],
        },
      },
    },
  ],
  'trust-organization': [
    {
      ...ASSUMED_BY_GITHUB,
      Condition: {
        StringEquals: {
          'token.actions.githubusercontent.com:aud': 'sts.amazonaws.com',
          'token.actions.githubusercontent.com:environment': '${Environment}',
          'token.actions.githubusercontent.com:repository_owner_id': '${OrgId}',
          'token.actions.githubusercontent.com:job_workflow_ref': [
            '${Org}/model-release/.github/workflows/release-to.yml@refs/tags/v1',
            '${Org}/model-release/.github/workflows/rollback.yml@refs/tags/v1',
          ],
        },
        StringLike: {
          'token.actions.githubusercontent.com:sub': [
            'repo:${Org}/*:environment:${Environment}',
            'repo:${Org}@${OrgId}/*:environment:${Environment}',
          ],
        },
      },
    },
  ],
  setup: SETUP_STATEMENTS,
} as const satisfies Readonly<Record<string, readonly PolicyStatement[]>>;

/** A policy as IAM takes it. */
export function policyOf(Statement: readonly PolicyStatement[]): object {
  return { Version: '2012-10-17', Statement };
}
