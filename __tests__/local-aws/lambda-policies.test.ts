import {
  AddPermissionCommand,
  DeleteResourcePolicyCommand,
  GetPolicyCommand,
  GetResourcePolicyCommand,
  PutResourcePolicyCommand,
  RemovePermissionCommand,
} from '@aws-sdk/client-lambda';
import type { AddPermissionCommandInput } from '@aws-sdk/client-lambda';
import { expect, test } from '@jest/globals';
import { seedRestApi } from '../../local/aws/api-seeds.ts';
import type { SeededApi } from '../../local/aws/api-seeds.ts';
import type { ProgramRuntime } from '../../local/aws/runtime.ts';
import { seedPolicy } from '../../local/aws/seeds.ts';
import { refusal, released } from './clients.ts';
import type { Released } from './clients.ts';

const ALIAS = 'arn:aws:lambda:us-east-1:123456789012:function:iris:live';
const live = { FunctionName: 'iris', Qualifier: 'live' };
const permission: AddPermissionCommandInput = {
  ...live,
  StatementId: 'api',
  Action: 'lambda:InvokeFunction',
  Principal: 'apigateway.amazonaws.com',
};

test.each<[string, Partial<AddPermissionCommandInput>, string]>([
  ['region *', { SourceArn: 'arn:aws:execute-api:*:123456789012:api/*' }, 'sourceArn'],
  ['account *', { SourceArn: 'arn:aws:execute-api:us-east-1:*:api/*' }, 'sourceArn'],
  ['a source that is no ARN', { SourceArn: 'api/*' }, 'sourceArn'],
  ['an account of 11 digits', { SourceAccount: '12345678901' }, 'sourceAccount'],
  ['a statement id with a dot', { StatementId: 'a.b' }, 'statementId'],
  ['a statement id of 101 letters', { StatementId: 'a'.repeat(101) }, 'statementId'],
  ['an action of another service', { Action: 's3:GetObject' }, 'action'],
])('AddPermission refuses %s', async (_case, given, member) => {
  const { aws, lambda } = released();
  const refused = await refusal(lambda.send(new AddPermissionCommand({ ...permission, ...given })));
  expect(refused).toMatchObject({ name: 'ValidationException', status: 400 });
  expect(refused.message).toContain(`at '${member}' failed to satisfy constraint`);
  expect(aws.state.functions['iris']?.policies).toEqual({});
});

test.each([
  'arn:aws:execute-api:us-east-1:123456789012:*',
  'arn:aws:execute-api:us-east-1:123456789012:api/*/*/*',
  'arn:aws:s3:::bucket',
  'arn:aws-eusc:execute-api:eusc-de-east-1:123456789012:api/*',
])('AddPermission accepts the source %s', async (SourceArn) => {
  const { lambda } = released();
  const { Statement = '' } = await lambda.send(new AddPermissionCommand({ ...permission, SourceArn }));
  expect(JSON.parse(Statement)).toMatchObject({ Condition: { ArnLike: { 'AWS:SourceArn': SourceArn } } });
});

test('AddPermission refuses a principal that is nobody, and a policy for $LATEST', async () => {
  const { lambda } = released();
  for (const given of [{ Principal: 'nobody.example.com' }, { Qualifier: '$LATEST' }]) {
    const refused = await refusal(lambda.send(new AddPermissionCommand({ ...permission, ...given })));
    expect(refused).toMatchObject({ name: 'InvalidParameterValueException', status: 400 });
  }
});

test('a policy is at most 20 KB', async () => {
  const { aws, lambda } = released();
  const fn = aws.state.functions['iris'];
  const Sid = 'a'.repeat(20_300);
  if (fn) seedPolicy(aws, fn, { qualifier: 'live', document: { Statement: { Sid } } });
  expect(await refusal(lambda.send(new AddPermissionCommand(permission)))).toMatchObject({
    name: 'PolicyLengthExceededException',
    status: 400,
  });
});

test('GetPolicy gives the policy as Lambda writes it', async () => {
  const { lambda } = released();
  const SourceArn = 'arn:aws:execute-api:us-east-1:123456789012:api/*';
  const SourceAccount = '123456789012';
  await lambda.send(new AddPermissionCommand({ ...permission, SourceArn, SourceAccount }));
  await lambda.send(
    new AddPermissionCommand({ ...permission, StatementId: 'account', Principal: '210987654321' }),
  );
  const { Policy } = await lambda.send(new GetPolicyCommand(live));
  expect(Policy).toBe(
    '{"Version":"2012-10-17","Id":"default","Statement":[' +
      '{"Sid":"api","Effect":"Allow","Principal":{"Service":"apigateway.amazonaws.com"},' +
      `"Action":"lambda:InvokeFunction","Resource":"${ALIAS}",` +
      `"Condition":{"StringEquals":{"AWS:SourceAccount":"${SourceAccount}"},"ArnLike":{"AWS:SourceArn":"${SourceArn}"}}},` +
      '{"Sid":"account","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::210987654321:root"},' +
      `"Action":"lambda:InvokeFunction","Resource":"${ALIAS}"}]}`,
  );
});

test('a policy written by hand is given as it is; AddPermission appends to it, RemovePermission takes away', async () => {
  const { aws, lambda } = released();
  const fn = aws.state.functions['iris'];
  const document = '{ "Version": "2012-10-17", "Statement": { "Sid": "hand", "Effect": "Deny" } }';
  if (fn) seedPolicy(aws, fn, { qualifier: 'live', document });
  const policy = async (): Promise<string> => (await lambda.send(new GetPolicyCommand(live))).Policy ?? '';
  expect(await policy()).toBe(document);
  const again = new AddPermissionCommand({ ...permission, StatementId: 'hand' });
  expect(await refusal(lambda.send(again))).toMatchObject({ name: 'ResourceConflictException', status: 409 });
  await lambda.send(new AddPermissionCommand(permission));
  expect(JSON.parse(await policy())).toMatchObject({ Statement: [{ Sid: 'hand' }, { Sid: 'api' }] });
  await lambda.send(new RemovePermissionCommand({ ...live, StatementId: 'hand' }));
  expect(JSON.parse(await policy())).toMatchObject({ Statement: [{ Sid: 'api' }] });
});

test('PutResourcePolicy replaces what AddPermission put there; AddPermission afterwards appends', async () => {
  const { lambda } = released();
  await lambda.send(new AddPermissionCommand(permission));
  const before = await lambda.send(new GetResourcePolicyCommand({ ResourceArn: ALIAS }));
  const Policy = '{"Version":"2012-10-17","Statement":{"Sid":"hand","Effect":"Deny","Principal":"*"}}';
  const put = { ResourceArn: ALIAS, Policy };
  const stale = new PutResourcePolicyCommand({ ...put, RevisionId: 'stale' });
  expect(await refusal(lambda.send(stale))).toMatchObject({ status: 412 });
  const { RevisionId } = before;
  expect((await lambda.send(new PutResourcePolicyCommand({ ...put, RevisionId }))).Policy).toBe(Policy);
  expect((await lambda.send(new GetPolicyCommand(live))).Policy).toBe(Policy);
  await lambda.send(new AddPermissionCommand(permission));
  const after = await lambda.send(new GetResourcePolicyCommand({ ResourceArn: ALIAS }));
  expect(JSON.parse(after.Policy ?? '')).toMatchObject({ Statement: [{ Sid: 'hand' }, { Sid: 'api' }] });
  await lambda.send(new DeleteResourcePolicyCommand({ ResourceArn: ALIAS }));
  expect((await refusal(lambda.send(new GetPolicyCommand(live)))).status).toBe(404);
  const text = new PutResourcePolicyCommand({ ResourceArn: ALIAS, Policy: 'no policy' });
  expect(await refusal(lambda.send(text))).toMatchObject({ name: 'InvalidParameterValueException' });
});

/** A REST API in front of the alias, whose answers are fine once it is let in. */
function behindApi(): { made: Released; api: SeededApi } {
  const made = released();
  (made.aws.runtime as ProgramRuntime).set(made.images[1].digest, () => ({ statusCode: 200, body: 'in' }));
  return { made, api: seedRestApi(made.aws, { functionName: 'iris', alias: 'live', permission: false }) };
}

const account = 'arn:aws:execute-api:us-east-1:123456789012';
const allow = {
  Effect: 'Allow',
  Principal: { Service: 'apigateway.amazonaws.com' },
  Action: 'lambda:InvokeFunction',
  Resource: ALIAS,
};
const source = (operator: string, value: string | readonly string[]): object => ({
  Condition: { [operator]: { 'aws:SourceArn': value } },
});

test.each<[string, (id: string) => object | readonly object[]]>([
  ['a single object as Statement', () => allow],
  [
    'lists of principals, actions and resources',
    () => ({
      ...allow,
      Principal: { Service: ['events.amazonaws.com', 'apigateway.amazonaws.com'] },
      Action: ['lambda:GetFunction', 'lambda:invokefunction'],
      Resource: ['arn:aws:lambda:us-east-1:123456789012:function:other', ALIAS],
    }),
  ],
  ['wildcards', () => ({ ...allow, Principal: '*', Action: 'lambda:*', Resource: '*' })],
  ['every API of the account', () => ({ ...allow, ...source('ArnLike', `${account}:*`) })],
  [
    'one of several sources',
    (id) => ({ ...allow, ...source('ArnLike', ['arn:aws:s3:::b', `${account}:${id}/*`]) }),
  ],
  ['this route only', (id) => ({ ...allow, ...source('ArnEquals', `${account}:${id}/prod/GET/{proxy+}`) })],
  ['StringLike', (id) => ({ ...allow, ...source('StringLike', `*:${id}/*`) })],
  ['the account', () => ({ ...allow, Condition: { StringEquals: { 'AWS:SourceAccount': '123456789012' } } })],
  [
    'a Deny for another API',
    () => [allow, { ...allow, Effect: 'Deny', ...source('ArnLike', `${account}:other/*`) }],
  ],
  [
    'a key that is absent, with IfExists',
    () => ({
      ...allow,
      Condition: { StringEqualsIfExists: { 'aws:PrincipalOrgID': 'o-1' } },
    }),
  ],
])('API Gateway is let in by %s', async (_case, statement) => {
  const { made, api } = behindApi();
  const fn = made.aws.state.functions['iris'];
  const document = { Version: '2012-10-17', Statement: statement(api.id) };
  if (fn) seedPolicy(made.aws, fn, { qualifier: 'live', document });
  expect((await made.fetch(`${api.url}/predict`)).status).toBe(200);
});

test.each<[string, (id: string) => object | readonly object[]]>([
  ['a Deny beside an Allow', () => [allow, { ...allow, Sid: 'no', Effect: 'Deny' }]],
  ['an Allow for another API', () => ({ ...allow, ...source('ArnLike', `${account}:other/*`) })],
  [
    'an Allow for another route',
    (id) => ({ ...allow, ...source('ArnLike', `${account}:${id}/*/GET/health`) }),
  ],
  ['an Allow for another action', () => ({ ...allow, Action: 'lambda:GetFunction' })],
  ['an Allow for the function without the alias', () => ({ ...allow, Resource: ALIAS.replace(':live', '') })],
  ['an Allow for another service', () => ({ ...allow, Principal: { Service: 'events.amazonaws.com' } })],
  [
    'an Allow for another account',
    () => ({
      ...allow,
      Condition: { StringEquals: { 'AWS:SourceAccount': '210987654321' } },
    }),
  ],
  [
    'a key that is absent',
    () => ({ ...allow, Condition: { StringEquals: { 'aws:PrincipalOrgID': 'o-1' } } }),
  ],
  [
    'a wildcard that would have to reach over colons',
    () => ({ ...allow, ...source('ArnLike', 'arn:aws:*') }),
  ],
  ['StringEquals with a wildcard', (id) => ({ ...allow, ...source('StringEquals', `${account}:${id}/*`) })],
])('API Gateway answers 500 with %s', async (_case, statement) => {
  const { made, api } = behindApi();
  const fn = made.aws.state.functions['iris'];
  const document = { Version: '2012-10-17', Statement: statement(api.id) };
  if (fn) seedPolicy(made.aws, fn, { qualifier: 'live', document });
  const response = await made.fetch(`${api.url}/predict`);
  expect(response.status).toBe(500);
  expect(await response.json()).toEqual({ message: 'Internal server error' });
});
