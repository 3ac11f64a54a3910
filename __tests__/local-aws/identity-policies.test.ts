import { GetAliasCommand, UpdateAliasCommand } from '@aws-sdk/client-lambda';
import { expect, test } from '@jest/globals';
import { refusal, released } from './clients.ts';

test("a call that the caller's policies do not allow is AccessDenied and has no effect", async () => {
  const { aws, lambda } = released();
  const asked: string[] = [];
  aws.allows = (_caller, { call }) => {
    asked.push(call.operation);
    return !call.isWrite;
  };
  const name = { FunctionName: 'iris', Name: 'live' };
  const before = await lambda.send(new GetAliasCommand(name));
  const error = await refusal(lambda.send(new UpdateAliasCommand({ ...name, Description: 'changed' })));
  expect(error).toMatchObject({ name: 'AccessDeniedException' });
  expect((await lambda.send(new GetAliasCommand(name))).RevisionId).toBe(before.RevisionId);
  expect(asked).toEqual(['GetAlias', 'UpdateAlias', 'GetAlias']);
});
