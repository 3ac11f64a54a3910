/** What `setup` itself may do, whose policy is the longest: it makes roles, a repository and an API. */
export const SETUP_STATEMENTS = [
  {
    Sid: 'Stack',
    Effect: 'Allow',
    Action: [
      'cloudformation:CreateChangeSet',
      'cloudformation:DeleteChangeSet',
      'cloudformation:DescribeChangeSet',
      'cloudformation:DescribeStackEvents',
      'cloudformation:DescribeStacks',
      'cloudformation:ExecuteChangeSet',
      'cloudformation:GetTemplate',
    ],
    Resource: 'arn:aws:cloudformation:${Region}:${Account}:stack/model-release-*/*',
  },
  { Sid: 'Providers', Effect: 'Allow', Action: 'iam:ListOpenIDConnectProviders', Resource: '*' },
  {
    Sid: 'Provider',
    Effect: 'Allow',
    Action: [
      'iam:CreateOpenIDConnectProvider',
      'iam:DeleteOpenIDConnectProvider',
      'iam:GetOpenIDConnectProvider',
    ],
    Resource: 'arn:aws:iam::${Account}:oidc-provider/token.actions.githubusercontent.com',
  },
  {
    Sid: 'Roles',
    Effect: 'Allow',
    Action: [
      'iam:CreateRole',
      'iam:DeleteRole',
      'iam:DeleteRolePolicy',
      'iam:GetRole',
      'iam:GetRolePolicy',
      'iam:ListAttachedRolePolicies',
      'iam:ListRolePolicies',
      'iam:PutRolePolicy',
      'iam:UpdateAssumeRolePolicy',
    ],
    Resource: ['arn:aws:iam::${Account}:role/model-release-*', 'arn:aws:iam::${Account}:role/${Role}'],
  },
  {
    Sid: 'Logs',
    Effect: 'Allow',
    Action: ['iam:AttachRolePolicy', 'iam:DetachRolePolicy'],
    Resource: ['arn:aws:iam::${Account}:role/model-release-*', 'arn:aws:iam::${Account}:role/${Role}'],
    Condition: {
      ArnEquals: { 'iam:PolicyARN': 'arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole' },
    },
  },
  {
    Sid: 'Images',
    Effect: 'Allow',
    Action: [
      'ecr:CreateRepository',
      'ecr:DeleteRepository',
      'ecr:DescribeRepositories',
      'ecr:PutImageTagMutability',
      'ecr:PutLifecyclePolicy',
      'ecr:SetRepositoryPolicy',
    ],
    Resource: 'arn:aws:ecr:${Region}:${Account}:repository/${Repository}',
  },
  {
    Sid: 'Api',
    Effect: 'Allow',
    Action: ['apigateway:DELETE', 'apigateway:GET', 'apigateway:PATCH', 'apigateway:POST'],
    Resource: ['arn:aws:apigateway:${Region}::/apis', 'arn:aws:apigateway:${Region}::/apis/*'],
  },
] as const;
