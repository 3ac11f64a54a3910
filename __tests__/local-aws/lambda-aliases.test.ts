import {
  CreateAliasCommand,
  GetAliasCommand,
  InvokeCommand,
  UpdateAliasCommand,
} from '@aws-sdk/client-lambda';
import { expect, test } from '@jest/globals';
import { refusal, released } from './clients.ts';

const live = { FunctionName: 'iris', Name: 'live' };

test('UpdateAlias: omitted members keep their value', async () => {
  const { lambda } = released();
  await lambda.send(new UpdateAliasCommand({ ...live, Description: 'kept' }));
  const after = await lambda.send(
    new UpdateAliasCommand({ ...live, RoutingConfig: { AdditionalVersionWeights: { 1: 0.1 } } }),
  );
  expect(after).toMatchObject({
    FunctionVersion: '2',
    Description: 'kept',
    RoutingConfig: { AdditionalVersionWeights: { 1: 0.1 } },
  });
  const again = await lambda.send(new UpdateAliasCommand({ ...live, Description: 'new' }));
  expect(again.RoutingConfig?.AdditionalVersionWeights).toEqual({ 1: 0.1 });
});

test('UpdateAlias: empty AdditionalVersionWeights clear the weights', async () => {
  const { lambda } = released();
  await lambda.send(
    new UpdateAliasCommand({ ...live, RoutingConfig: { AdditionalVersionWeights: { 1: 0.1 } } }),
  );
  const after = await lambda.send(
    new UpdateAliasCommand({ ...live, RoutingConfig: { AdditionalVersionWeights: {} } }),
  );
  expect(after.RoutingConfig).toBeUndefined();
});

test('UpdateAlias: a call that changes nothing still changes the RevisionId', async () => {
  const { lambda } = released();
  const before = await lambda.send(new GetAliasCommand(live));
  const after = await lambda.send(new UpdateAliasCommand(live));
  expect(after.RevisionId).not.toBe(before.RevisionId);
});

test('UpdateAlias: a wrong RevisionId is 412 PreconditionFailedException and changes nothing', async () => {
  const { lambda } = released();
  const before = await lambda.send(new GetAliasCommand(live));
  const stale = new UpdateAliasCommand({ ...live, FunctionVersion: '1', RevisionId: 'stale' });
  expect(await refusal(lambda.send(stale))).toMatchObject({
    name: 'PreconditionFailedException',
    status: 412,
  });
  expect(await lambda.send(new GetAliasCommand(live))).toMatchObject({
    FunctionVersion: '2',
    RevisionId: before.RevisionId,
  });
});

test('CreateAlias on an existing alias is 409 ResourceConflictException', async () => {
  const { lambda } = released();
  const again = new CreateAliasCommand({ ...live, FunctionVersion: '1' });
  expect(await refusal(lambda.send(again))).toMatchObject({ name: 'ResourceConflictException', status: 409 });
});

test('UpdateAlias on a missing alias is 404 "Cannot find alias arn"', async () => {
  const { lambda } = released();
  const missing = new UpdateAliasCommand({ FunctionName: 'iris', Name: 'nobody', FunctionVersion: '1' });
  const refused = await refusal(lambda.send(missing));
  expect(refused).toMatchObject({ name: 'ResourceNotFoundException', status: 404 });
  expect(refused.message).toContain('Cannot find alias arn');
});

test('Invoke through the alias names the version that answered', async () => {
  const { lambda } = released();
  const answer = await lambda.send(
    new InvokeCommand({ FunctionName: 'iris', Qualifier: 'live', Payload: '{}' }),
  );
  expect(answer).toMatchObject({ StatusCode: 200, ExecutedVersion: '2' });
  expect(JSON.parse(answer.Payload?.transformToString() ?? '')).toEqual({ answeredBy: 'two' });
});
