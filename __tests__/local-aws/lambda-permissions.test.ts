import {
  AddPermissionCommand,
  GetAliasCommand,
  GetPolicyCommand,
  RemovePermissionCommand,
} from '@aws-sdk/client-lambda';
import { expect, test } from '@jest/globals';
import { refusal, released } from './clients.ts';

const live = { FunctionName: 'iris', Qualifier: 'live' };
const statement = (StatementId: string) => ({
  ...live,
  StatementId,
  Action: 'lambda:InvokeFunction',
  Principal: 'apigateway.amazonaws.com',
  SourceArn: 'arn:aws:execute-api:us-east-1:123456789012:api/*',
});

test('AddPermission: a duplicate statement id is 409', async () => {
  const { lambda } = released();
  await lambda.send(new AddPermissionCommand(statement('api')));
  expect(await refusal(lambda.send(new AddPermissionCommand(statement('api'))))).toMatchObject({
    name: 'ResourceConflictException',
    status: 409,
  });
});

test("a permission is the alias's own: its resource is the alias ARN, the function has none", async () => {
  const { lambda } = released();
  await lambda.send(new AddPermissionCommand(statement('api')));
  const { Policy = '' } = await lambda.send(new GetPolicyCommand(live));
  const { Statement } = JSON.parse(Policy) as { Statement: unknown[] };
  expect(Statement).toEqual([
    {
      Sid: 'api',
      Effect: 'Allow',
      Principal: { Service: 'apigateway.amazonaws.com' },
      Action: 'lambda:InvokeFunction',
      Resource: 'arn:aws:lambda:us-east-1:123456789012:function:iris:live',
      Condition: { ArnLike: { 'AWS:SourceArn': 'arn:aws:execute-api:us-east-1:123456789012:api/*' } },
    },
  ]);
  expect(await refusal(lambda.send(new GetPolicyCommand({ FunctionName: 'iris' })))).toMatchObject({
    name: 'ResourceNotFoundException',
    status: 404,
  });
});

test('a policy has a RevisionId of its own, checked by AddPermission and RemovePermission', async () => {
  const { lambda } = released();
  await lambda.send(new AddPermissionCommand(statement('first')));
  const { RevisionId } = await lambda.send(new GetPolicyCommand(live));
  await lambda.send(new AddPermissionCommand({ ...statement('second'), RevisionId }));
  const stale = { name: 'PreconditionFailedException', status: 412 };
  const add = new AddPermissionCommand({ ...statement('third'), RevisionId });
  expect(await refusal(lambda.send(add))).toMatchObject(stale);
  const remove = new RemovePermissionCommand({ ...live, StatementId: 'first', RevisionId });
  expect(await refusal(lambda.send(remove))).toMatchObject(stale);
  const fresh = await lambda.send(new GetPolicyCommand(live));
  await lambda.send(
    new RemovePermissionCommand({ ...live, StatementId: 'first', RevisionId: fresh.RevisionId }),
  );
  expect((await lambda.send(new GetPolicyCommand(live))).Policy).not.toContain('first');
});

test("a permission on an alias moves the alias's RevisionId too", async () => {
  const { lambda } = released();
  const alias = new GetAliasCommand({ FunctionName: 'iris', Name: 'live' });
  const before = await lambda.send(alias);
  await lambda.send(new AddPermissionCommand(statement('api')));
  expect((await lambda.send(alias)).RevisionId).not.toBe(before.RevisionId);
});

test('parallel AddPermission calls lose statements; one after the other they do not', async () => {
  const { aws, lambda } = released({ settings: { permissionRaceMs: 100 } });
  const sids = async (): Promise<number> => {
    const { Policy = '' } = await lambda.send(new GetPolicyCommand(live));
    return (JSON.parse(Policy) as { Statement: unknown[] }).Statement.length;
  };
  await Promise.all(['a', 'b', 'c'].map((id) => lambda.send(new AddPermissionCommand(statement(id)))));
  expect(await sids()).toBe(1);
  for (const id of ['d', 'e']) {
    await aws.clock.sleep(101);
    await lambda.send(new AddPermissionCommand(statement(id)));
  }
  expect(await sids()).toBe(3);
});
