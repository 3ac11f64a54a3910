import { BatchGetImageCommand } from '@aws-sdk/client-ecr';
import { GetAliasCommand, UpdateAliasCommand } from '@aws-sdk/client-lambda';
import { expect, test } from '@jest/globals';
import type { FaultKind, StrayReply } from '../../local/faults.ts';
import { released } from './clients.ts';

const move = new UpdateAliasCommand({ FunctionName: 'iris', Name: 'live', FunctionVersion: '1' });

test.each<[FaultKind, string]>([
  ['empty-before', '2'],
  ['empty-after', '1'],
])('%s: the SDK takes an empty 200 for success, and the alias is on version %s', async (kind, version) => {
  const { aws, lambda } = released();
  aws.faults.add({ kind, at: 1 });
  const { $metadata, ...members } = await lambda.send(move);
  expect($metadata.httpStatusCode).toBe(200);
  expect(members).toEqual({});
  expect(aws.state.functions['iris']?.aliases['live']?.functionVersion).toBe(version);
  expect(aws.faults.applied).toMatchObject([{ kind, operation: 'UpdateAlias' }]);
});

const HTML: StrayReply = { contentType: 'text/html', body: '<html>Sign in</html>' };

test.each<[FaultKind, string]>([
  ['empty-before', '2'],
  ['empty-after', '1'],
])('%s: a page of HTML is an error of the client, and the alias is on version %s', async (kind, version) => {
  const { aws, lambda } = released();
  aws.faults.add({ kind, at: 1, reply: HTML });
  await expect(lambda.send(move)).rejects.toMatchObject({ $metadata: { httpStatusCode: 200 } });
  expect(aws.state.functions['iris']?.aliases['live']?.functionVersion).toBe(version);
});

test("another service's answer has no member of the one that was called", async () => {
  const { aws, lambda } = released();
  const reply = { body: '{"repositories":[],"nextToken":"x"}' };
  aws.faults.add({ kind: 'empty-before', operation: 'GetAlias', reply });
  const { $metadata, ...members } = await lambda.send(
    new GetAliasCommand({ FunctionName: 'iris', Name: 'live' }),
  );
  expect([$metadata.httpStatusCode, members]).toEqual([200, {}]);
});

test('every service can answer nothing, and the next call is answered', async () => {
  const { aws, ecr } = released();
  aws.faults.add({ kind: 'empty-before', service: 'ecr' });
  const get = new BatchGetImageCommand({ repositoryName: 'iris', imageIds: [{ imageTag: 'one' }] });
  expect((await ecr.send(get)).images).toBeUndefined();
  expect((await ecr.send(get)).images).toHaveLength(1);
});
