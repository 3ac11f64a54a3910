/** Through the transport of a plan go reads and Lambda's Invoke; every other request of ours and of others is refused before it is sent. */
import { expect, test } from '@jest/globals';
import * as ecr from '@aws-sdk/client-ecr';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { readOnlyHandler } from '../../../src/clients/writes.ts';
import { requestHandlerFor } from '../../../local/transports/in-process.ts';
import { ACCOUNT, createWorld } from '../../harness/world.ts';

const { aws } = createWorld();
const requestHandler = readOnlyHandler(requestHandlerFor(aws), true);

interface Handler {
  handle(request: { method: string; path: string; headers: Record<string, string> }): Promise<unknown>;
}

const IRIS = '/2015-03-31/functions/iris';

/** The methods and paths of Lambda's and API Gateway's writes, and of what looks like an invocation. */
const requests: readonly (readonly [method: string, path: string, target?: string])[] = [
  ['POST', '/2015-03-31/functions'],
  ['PUT', `${IRIS}/code`],
  ['PUT', `${IRIS}/configuration`],
  ['POST', `${IRIS}/versions`],
  ['POST', `${IRIS}/aliases`],
  ['PUT', `${IRIS}/aliases/live`],
  ['DELETE', `${IRIS}/aliases/live`],
  ['POST', `${IRIS}/policy`],
  ['DELETE', IRIS],
  ['PUT', '/2017-10-31/functions/iris/concurrency'],
  ['POST', '/2014-11-13/functions/iris/invoke-async'],
  ['POST', '/2021-11-15/functions/iris/response-streaming-invocations'],
  ['POST', `${IRIS}/invocations/more`],
  ['PUT', `${IRIS}/invocations`],
  ['PATCH', '/restapis/a1/stages/prod'],
  ['POST', '/restapis/a1/deployments'],
  ['PATCH', '/v2/apis/a1/stages/prod'],
  ['PATCH', '/v2/apis/a1/integrations/i1'],
  ['POST', '/'],
  // Each operation of ECR has its name in a header; by their names these are no reads.
  ...Object.keys(ecr)
    .filter((name) => /^(?!Get|Describe|List|BatchGet|BatchCheck|Preview|Validate).*Command$/.test(name))
    .map((name) => {
      const target = `AmazonEC2ContainerRegistry_V20150921.${name.replace('Command', '')}`;
      return ['POST', '/', target] as const;
    }),
];

test.each(requests)('%s %s %s', async (...[method, path, target]) => {
  const headers = target === undefined ? {} : { 'x-amz-target': target };
  const sent = aws.calls.length;
  const handler = requestHandler as unknown as Handler;
  await expect(handler.handle({ method, path, headers })).rejects.toMatchObject({ code: 'dry-run-write' });
  expect(aws.calls).toHaveLength(sent);
});

test('an invocation that nobody waits for is refused, and one that is answered passes', async () => {
  const lambda = new LambdaClient({ ...ACCOUNT, requestHandler, maxAttempts: 1 });
  const call = (InvocationType: 'DryRun' | 'Event' | 'RequestResponse' | undefined) =>
    lambda.send(new InvokeCommand({ FunctionName: 'iris', ...(InvocationType && { InvocationType }) }));
  await expect(call('Event')).rejects.toMatchObject({ code: 'dry-run-write' });
  for (const kind of ['RequestResponse', undefined] as const)
    await expect(call(kind)).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
});
