import {
  CloudFormationClient,
  CreateChangeSetCommand,
  DeleteChangeSetCommand,
  DeleteStackCommand,
  DescribeChangeSetCommand,
  DescribeStackEventsCommand,
  DescribeStacksCommand,
  ExecuteChangeSetCommand,
  GetTemplateCommand,
} from '@aws-sdk/client-cloudformation';
import type { CreateChangeSetCommandInput } from '@aws-sdk/client-cloudformation';
import { GetRoleCommand, IAMClient, ListOpenIDConnectProvidersCommand } from '@aws-sdk/client-iam';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { describe, expect, test } from '@jest/globals';
import { createLocalAws } from '../../local/aws/aws.ts';
import type { LocalAwsOptions } from '../../local/aws/aws.ts';
import { requestHandlerFor } from '../../local/transports/in-process.ts';
import { refusal } from './clients.ts';

const ROLE = {
  Type: 'AWS::IAM::Role',
  Properties: {
    RoleName: { Ref: 'Name' },
    AssumeRolePolicyDocument: { Version: '2012-10-17', Statement: [] },
  },
};

const template = (more: object = {}) =>
  JSON.stringify({
    Parameters: {
      Name: { Type: 'String', Default: 'iris' },
      Kept: { Type: 'String', Default: 'yes', AllowedValues: ['yes', 'no'] },
    },
    Conditions: { IsKept: { 'Fn::Equals': [{ Ref: 'Kept' }, 'yes'] } },
    Resources: { Role: ROLE, ...more },
    Outputs: { Arn: { Value: { 'Fn::GetAtt': ['Role', 'Arn'] } } },
  });

function account(options: LocalAwsOptions = {}) {
  const aws = createLocalAws(options);
  const settings = {
    region: aws.state.region,
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    maxAttempts: 1,
    requestHandler: requestHandlerFor(aws),
  };
  const cfn = new CloudFormationClient(settings);
  const propose = (input: Partial<CreateChangeSetCommandInput> = {}) =>
    cfn.send(
      new CreateChangeSetCommand({
        StackName: 's',
        ChangeSetName: 'c',
        ChangeSetType: 'CREATE',
        TemplateBody: template(),
        Capabilities: ['CAPABILITY_NAMED_IAM'],
        ...input,
      }),
    );
  const look = () => cfn.send(new DescribeChangeSetCommand({ StackName: 's', ChangeSetName: 'c' }));
  const execute = (ClientRequestToken?: string) =>
    cfn.send(new ExecuteChangeSetCommand({ StackName: 's', ChangeSetName: 'c', ClientRequestToken }));
  const stack = async () => (await cfn.send(new DescribeStacksCommand({ StackName: 's' }))).Stacks?.[0];
  /** A change set carried out, as its own step. */
  const apply = async (input: Partial<CreateChangeSetCommandInput>) => {
    await propose(input);
    await execute();
    await cfn.send(new DeleteChangeSetCommand({ StackName: 's', ChangeSetName: 'c' }));
    return (await stack())?.StackStatus;
  };
  return {
    aws,
    cfn,
    iam: new IAMClient(settings),
    sts: new STSClient(settings),
    propose,
    look,
    execute,
    stack,
    apply,
  };
}

test('GetCallerIdentity names account and identity', async () => {
  const { sts } = account({ accountId: '210987654321' });
  expect(await sts.send(new GetCallerIdentityCommand({}))).toMatchObject({
    Account: '210987654321',
    Arn: 'arn:aws:sts::210987654321:assumed-role/deploy/local',
  });
});

test('a stack that is not there is a ValidationError', async () => {
  const { stack } = account();
  expect(await refusal(stack())).toEqual({
    name: 'ValidationError',
    status: 400,
    message: 'Stack with id s does not exist',
  });
});

describe('a change set', () => {
  test('of a new stack adds everything, and leaves the stack in review', async () => {
    const { propose, look, stack, aws } = account();
    await propose();
    expect(
      (await look()).Changes?.map(({ ResourceChange }) => [
        ResourceChange?.Action,
        ResourceChange?.LogicalResourceId,
      ]),
    ).toEqual([['Add', 'Role']]);
    expect((await stack())?.StackStatus).toBe('REVIEW_IN_PROGRESS');
    expect(aws.state.roles).toEqual({});
  });

  test('is in progress until its time is up', async () => {
    const { propose, look, aws } = account({ settings: { changeSetMs: 1000 } } as LocalAwsOptions);
    await propose();
    expect((await look()).Status).toBe('CREATE_IN_PROGRESS');
    await aws.clock.sleep(1000);
    expect(await look()).toMatchObject({ Status: 'CREATE_COMPLETE', ExecutionStatus: 'AVAILABLE' });
  });

  test('without a change has failed, and says so', async () => {
    const { apply, propose, look, execute } = account();
    await apply({});
    await propose({ ChangeSetType: 'UPDATE' });
    expect(await look()).toMatchObject({
      Status: 'FAILED',
      StatusReason: expect.stringMatching(/didn't contain changes/),
    });
    expect((await refusal(execute())).name).toBe('InvalidChangeSetStatusException');
  });

  test('tells what is modified, replaced and removed', async () => {
    const { apply, propose, look } = account();
    const extra = {
      Extra: { ...ROLE, Condition: 'IsKept', Properties: { ...ROLE.Properties, RoleName: 'extra' } },
    };
    await apply({ TemplateBody: template(extra) });
    await propose({
      ChangeSetType: 'UPDATE',
      TemplateBody: template(extra),
      Parameters: [
        { ParameterKey: 'Name', ParameterValue: 'other' },
        { ParameterKey: 'Kept', ParameterValue: 'no' },
      ],
    });
    expect(
      (await look()).Changes?.map(({ ResourceChange }) => [
        ResourceChange?.Action,
        ResourceChange?.LogicalResourceId,
        ResourceChange?.Replacement,
      ]),
    ).toEqual([
      ['Modify', 'Role', 'True'],
      ['Remove', 'Extra', undefined],
    ]);
  });

  test.each<[string, Partial<CreateChangeSetCommandInput>, string]>([
    [
      'a named role without its capability',
      { Capabilities: ['CAPABILITY_IAM'] },
      'InsufficientCapabilitiesException',
    ],
    [
      'a parameter that the template does not have',
      { Parameters: [{ ParameterKey: 'Nam', ParameterValue: 'x' }] },
      'ValidationError',
    ],
    [
      'a value that is not allowed',
      { Parameters: [{ ParameterKey: 'Kept', ParameterValue: 'x' }] },
      'ValidationError',
    ],
    ['an update of a stack that is not there', { ChangeSetType: 'UPDATE' }, 'ValidationError'],
    ['a name with an underscore', { ChangeSetName: 'a_b' }, 'ValidationError'],
    ['a template above its limit', { TemplateBody: ' '.repeat(51_201) }, 'ValidationError'],
  ])('is refused: %s', async (_, input, name) => {
    expect((await refusal(account().propose(input))).name).toBe(name);
  });

  test('is made once by one token, and a second one of its name is refused', async () => {
    const { propose } = account();
    const first = await propose({ ClientToken: 't' });
    expect((await propose({ ClientToken: 't' })).Id).toBe(first.Id);
    expect((await refusal(propose({ ClientToken: 'u' }))).name).toBe('AlreadyExistsException');
  });
});

describe('a stack', () => {
  test('makes what it describes, with outputs, after its time', async () => {
    const { propose, execute, stack, aws, iam, cfn } = account({
      settings: { stackMs: 5000 },
    } as LocalAwsOptions);
    await propose();
    await execute('t');
    await execute('t');
    expect((await stack())?.StackStatus).toBe('CREATE_IN_PROGRESS');
    await aws.clock.sleep(5000);
    expect(await stack()).toMatchObject({
      StackStatus: 'CREATE_COMPLETE',
      Outputs: [{ OutputKey: 'Arn', OutputValue: 'arn:aws:iam::123456789012:role/iris' }],
    });
    expect((await iam.send(new GetRoleCommand({ RoleName: 'iris' }))).Role?.Arn).toBe(
      'arn:aws:iam::123456789012:role/iris',
    );
    expect((await cfn.send(new GetTemplateCommand({ StackName: 's' }))).TemplateBody).toBe(template());
  });

  test('that fails while it is made is rolled back, tells why, and cannot be updated', async () => {
    const { apply, propose, cfn, aws } = account();
    const provider = {
      Provider: { Type: 'AWS::IAM::OIDCProvider', Properties: { Url: 'https://x.example' } },
    };
    aws.state.oidcProviders['arn:aws:iam::123456789012:oidc-provider/x.example'] = {
      arn: '',
      url: '',
      clientIds: [],
    };
    expect(await apply({ TemplateBody: template(provider) })).toBe('ROLLBACK_COMPLETE');
    const { StackEvents = [] } = await cfn.send(new DescribeStackEventsCommand({ StackName: 's' }));
    expect(StackEvents.find(({ ResourceStatus }) => ResourceStatus === 'CREATE_FAILED')).toMatchObject({
      LogicalResourceId: 'Provider',
      ResourceStatusReason:
        'Resource handler returned message: "Provider with url https://x.example already exists."',
    });
    expect(aws.state.roles).toEqual({});
    expect((await refusal(propose({ ChangeSetType: 'UPDATE' }))).message).toMatch(
      /is in ROLLBACK_COMPLETE state and can not be updated/,
    );
    await cfn.send(new DeleteStackCommand({ StackName: 's' }));
    expect(await apply({})).toBe('CREATE_COMPLETE');
  });

  test('needs the permissions of its caller for what it makes', async () => {
    const { apply, aws, cfn } = account();
    aws.allowsAction = (_, { action }) => action !== 'iam:PutRolePolicy';
    expect(await apply({})).toBe('ROLLBACK_COMPLETE');
    const { StackEvents = [] } = await cfn.send(new DescribeStackEventsCommand({ StackName: 's' }));
    expect(
      StackEvents.find(({ ResourceStatus }) => ResourceStatus === 'CREATE_FAILED')?.ResourceStatusReason,
    ).toMatch(
      /not authorized to perform: iam:PutRolePolicy on resource: arn:aws:iam::123456789012:role\/iris/,
    );
  });

  test('leaves what it retains when it goes', async () => {
    const { apply, aws, cfn, iam } = account();
    await apply({
      TemplateBody: template({
        Provider: {
          Type: 'AWS::IAM::OIDCProvider',
          DeletionPolicy: 'RetainExceptOnCreate',
          Properties: { Url: 'https://x.example' },
        },
      }),
    });
    await cfn.send(new DeleteStackCommand({ StackName: 's' }));
    expect(aws.state.roles).toEqual({});
    expect((await iam.send(new ListOpenIDConnectProvidersCommand({}))).OpenIDConnectProviderList).toEqual([
      { Arn: 'arn:aws:iam::123456789012:oidc-provider/x.example' },
    ]);
  });
});
