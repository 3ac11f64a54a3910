/**
 * What a model needs in one account, as a CloudFormation template: `infrastructure/cloudformation/setup.yaml` is written from it, and
 * `setup` sends it.
 */
import { PULL_POLICY } from '../../aws/pull-policy.ts';
import { POLICIES, policyOf, type PolicyStatement } from './policies.ts';

export const ISSUER = 'token.actions.githubusercontent.com';

/** A parameter's texts are all that a template knows of its stack. */
export type Parameters = Readonly<Record<string, string>>;

export interface TemplateResource {
  readonly Type: string;
  readonly Condition?: string;
  readonly [attribute: string]: unknown;
}

export interface Template {
  readonly Parameters: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly Conditions: Readonly<Record<string, unknown>>;
  readonly Resources: Readonly<Record<string, TemplateResource>>;
  readonly [section: string]: unknown;
}

const ref = (name: string) => ({ Ref: name });
const choose = (condition: string, yes: unknown, no: unknown) => ({ 'Fn::If': [condition, yes, no] });
const isEqual = (parameter: string, text: string) => ({ 'Fn::Equals': [ref(parameter), text] });

/** What `iam/` leaves open → what the stack knows. */
const KNOWN: Readonly<Record<string, string>> = {
  Region: 'AWS::Region',
  Account: 'AWS::AccountId',
  Function: 'FunctionName',
  Repository: 'EcrRepositoryName',
  Role: 'ExecutionRoleName',
  ApiId: 'ApiId',
  Org: 'RepositoryOwner',
  OrgId: 'RepositoryOwnerId',
  Repo: 'RepositoryName',
  RepoId: 'RepositoryId',
  Environment: 'EnvironmentName',
};

const AUDIENCE = choose('IsChina', 'sts.amazonaws.com.cn', 'sts.amazonaws.com');
const API_ID = choose('MakesApi', ref('Api'), ref('ApiId'));

/** A policy's text with what the stack knows filled in. */
function filled(text: string): unknown {
  if (text === 'sts.amazonaws.com') return AUDIENCE;
  const known = text
    .replaceAll(/\$\{(\w+)\}/g, (_, name: string) => `\${${KNOWN[name] ?? name}}`)
    .replace(/^arn:aws:/, 'arn:${AWS::Partition}:');
  if (!known.includes('${')) return text;
  const whole = /^\$\{([\w:]+)\}$/.exec(known)?.[1];
  if (whole !== undefined) return ref(whole);
  return { 'Fn::Sub': known.includes('${ApiId}') ? [known, { ApiId: API_ID }] : known };
}

function filledIn(value: unknown): unknown {
  if (typeof value === 'string') return filled(value);
  if (Array.isArray(value)) return value.map(filledIn);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, filledIn(item)]));
}

const policyDocument = (statements: readonly PolicyStatement[]) => filledIn(policyOf(statements));

const isOfApi = ({ Action }: PolicyStatement) =>
  [Action].flat().every((one) => one.startsWith('apigateway:'));

/** Statements about an API are for models that have one. */
function inlinePolicies(name: string, statements: readonly PolicyStatement[]): readonly unknown[] {
  const [withApi, without] = [statements.filter(isOfApi), statements.filter((one) => !isOfApi(one))];
  const policy = (PolicyName: string, some: readonly PolicyStatement[]) => ({
    PolicyName,
    PolicyDocument: policyDocument(some),
  });
  return [
    ...(without.length > 0 ? [policy(name, without)] : []),
    ...(withApi.length > 0 ? [choose('HasApi', policy(`${name}-api`, withApi), ref('AWS::NoValue'))] : []),
  ];
}

/**
 * Only untagged images are removed: a release is pushed under its commit, tags of the repository cannot be moved, and so the image of
 * every version that a rollback may go to keeps its tag.
 */
export const LIFECYCLE_POLICY = {
  rules: [
    {
      rulePriority: 1,
      description: 'Images without a tag: what was left of pushes. Releases are tagged and stay.',
      selection: { tagStatus: 'untagged', countType: 'sinceImagePushed', countUnit: 'days', countNumber: 14 },
      action: { type: 'expire' },
    },
  ],
} as const;

const text = (Description: string, more: object = {}) => ({ Type: 'String', Description, ...more });
const existing = (what: string) =>
  text(`Whether the stack makes ${what} (create), or it is in the account already (exists).`, {
    Default: 'create',
    AllowedValues: ['create', 'exists'],
  });

const PARAMETERS = {
  RepositoryOwner: text('Owner of the model repository on GitHub, such as acme.'),
  RepositoryOwnerId: text('Number of that owner: gh api repos/acme/iris --jq .owner.id', {
    AllowedPattern: '[0-9]+',
  }),
  RepositoryName: text('Name of the model repository on GitHub, without its owner.'),
  RepositoryId: text('Number of that repository: gh api repos/acme/iris --jq .id', {
    AllowedPattern: '[0-9]+',
  }),
  EnvironmentName: text('GitHub environment whose jobs may assume the release role.', { Default: 'prod' }),
  FunctionName: text('Name of the Lambda function.', { AllowedPattern: '[a-zA-Z0-9_-]{1,64}' }),
  AliasName: text('Alias that serves; the API calls it.', { Default: 'live' }),
  EcrRepositoryName: text('Name of the ECR repository of the images.'),
  ExecutionRoleName: text('Name of the role that the function runs with.', {
    AllowedPattern: '[A-Za-z0-9+=,.@_-]{1,64}',
  }),
  OidcProvider: existing("GitHub's OIDC provider, of which an account has one"),
  EcrRepository: existing('the ECR repository'),
  ExecutionRole: existing('the execution role'),
  HttpApi: text('Whether the stack makes an HTTP API in front of the alias.', {
    Default: 'none',
    AllowedValues: ['none', 'create'],
  }),
  ApiId: text('Id of an API that is there already and that releases may change; empty for none.', {
    Default: '',
  }),
} as const;

const CONDITIONS = {
  IsChina: isEqual('AWS::Partition', 'aws-cn'),
  MakesProvider: isEqual('OidcProvider', 'create'),
  MakesRepository: isEqual('EcrRepository', 'create'),
  MakesExecutionRole: isEqual('ExecutionRole', 'create'),
  MakesApi: isEqual('HttpApi', 'create'),
  HasApi: { 'Fn::Or': [isEqual('HttpApi', 'create'), { 'Fn::Not': [isEqual('ApiId', '')] }] },
} as const;

/** What other environments use too: a stack that goes leaves it, and one that fails while it is made takes it along. */
const KEPT = { DeletionPolicy: 'RetainExceptOnCreate', UpdateReplacePolicy: 'Retain' } as const;

const iam: Readonly<Record<string, TemplateResource>> = {
  Provider: {
    Type: 'AWS::IAM::OIDCProvider',
    Condition: 'MakesProvider',
    ...KEPT,
    Properties: { Url: `https://${ISSUER}`, ClientIdList: [AUDIENCE] },
  },
  Execution: {
    Type: 'AWS::IAM::Role',
    Condition: 'MakesExecutionRole',
    ...KEPT,
    Properties: {
      RoleName: ref('ExecutionRoleName'),
      Description: 'What the model runs with: it may write its logs.',
      AssumeRolePolicyDocument: policyOf([
        { Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' },
      ]),
      ManagedPolicyArns: [
        { 'Fn::Sub': 'arn:${AWS::Partition}:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole' },
      ],
    },
  },
  Release: {
    Type: 'AWS::IAM::Role',
    Properties: {
      Description: 'What jobs of the GitHub environment may do: deploy and roll back one function.',
      AssumeRolePolicyDocument: policyDocument(POLICIES.trust),
      // A rollback needs no more than they allow.
      Policies: [...inlinePolicies('deploy', POLICIES.deploy), ...inlinePolicies('create', POLICIES.create)],
    },
  },
};

const ALIAS_ARN = {
  'Fn::Sub':
    'arn:${AWS::Partition}:lambda:${AWS::Region}:${AWS::AccountId}:function:${FunctionName}:${AliasName}',
};

const inFront: Readonly<Record<string, TemplateResource>> = {
  Images: {
    Type: 'AWS::ECR::Repository',
    Condition: 'MakesRepository',
    ...KEPT,
    Properties: {
      RepositoryName: ref('EcrRepositoryName'),
      ImageTagMutability: 'IMMUTABLE',
      LifecyclePolicy: { LifecyclePolicyText: JSON.stringify(LIFECYCLE_POLICY) },
      RepositoryPolicyText: PULL_POLICY,
    },
  },
  Api: {
    Type: 'AWS::ApiGatewayV2::Api',
    Condition: 'MakesApi',
    Properties: { Name: ref('FunctionName'), ProtocolType: 'HTTP' },
  },
  ApiIntegration: {
    Type: 'AWS::ApiGatewayV2::Integration',
    Condition: 'MakesApi',
    Properties: {
      ApiId: ref('Api'),
      IntegrationType: 'AWS_PROXY',
      IntegrationUri: ALIAS_ARN,
      PayloadFormatVersion: '2.0',
    },
  },
  ApiRoute: {
    Type: 'AWS::ApiGatewayV2::Route',
    Condition: 'MakesApi',
    Properties: {
      ApiId: ref('Api'),
      RouteKey: '$default',
      AuthorizationType: 'NONE',
      Target: { 'Fn::Sub': 'integrations/${ApiIntegration}' },
    },
  },
  ApiStage: {
    Type: 'AWS::ApiGatewayV2::Stage',
    Condition: 'MakesApi',
    Properties: { ApiId: ref('Api'), StageName: '$default', AutoDeploy: true },
  },
};

const output = (Description: string, Value: unknown, Condition?: string) => ({
  Description,
  ...(Condition === undefined ? {} : { Condition }),
  Value,
});

const OUTPUTS = {
  ReleaseRoleArn: output('AWS_ROLE_ARN of the GitHub environment.', { 'Fn::GetAtt': ['Release', 'Arn'] }),
  ExecutionRoleArn: output('What the function runs with: role of .model-release.yml.', {
    'Fn::Sub': 'arn:${AWS::Partition}:iam::${AWS::AccountId}:role/${ExecutionRoleName}',
  }),
  RepositoryUri: output('Where images are pushed.', {
    'Fn::Sub': '${AWS::AccountId}.dkr.ecr.${AWS::Region}.${AWS::URLSuffix}/${EcrRepositoryName}',
  }),
  ApiId: output('http-api-id of .model-release.yml.', ref('Api'), 'MakesApi'),
  ApiUrl: output('Where the model answers.', { 'Fn::GetAtt': ['Api', 'ApiEndpoint'] }, 'MakesApi'),
};

export const TEMPLATE: Template = {
  AWSTemplateFormatVersion: '2010-09-09',
  Description: 'What model-release needs in AWS for one model in one GitHub environment.',
  Parameters: PARAMETERS,
  Conditions: CONDITIONS,
  Resources: { ...iam, ...inFront },
  Outputs: OUTPUTS,
};
