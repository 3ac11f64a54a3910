import { expect, test } from '@jest/globals';
import { readIntegrationUri, writeIntegrationUri } from '../../../../src/release/plan/integration-uri.ts';

const ARN = 'arn:aws:lambda:eu-central-1:123456789012:function:iris';
const path = (api: string, name: string, ending: string) =>
  `arn:aws:apigateway:eu-central-1:lambda:path/${api}/functions/${name}/${ending}`;

test.each([
  [path('2015-03-31', `${ARN}:live`, 'invocations'), 'buffered', 'live'],
  [path('2015-03-31', ARN, 'invocations'), 'buffered', undefined],
  [path('2015-03-31', `${ARN}:$LATEST`, 'invocations'), 'buffered', '$LATEST'],
  [path('2021-11-15', `${ARN}:7`, 'response-streaming-invocations'), 'streaming', '7'],
  [`${ARN}:live`, 'arn', 'live'],
  [ARN, 'arn', undefined],
] as const)('%s is read, and written the same', (uri, form, qualifier) => {
  const read = readIntegrationUri(uri);
  expect(read).toEqual({ form, functionArn: ARN, qualifier });
  expect(read && writeIntegrationUri(read)).toBe(uri);
});

test.each([
  path('2021-11-15', ARN, 'invocations'),
  path('2015-03-31', ARN, 'response-streaming-invocations'),
  path('2015-03-31', `${ARN}:a:b`, 'invocations'),
  path('2015-03-31', `${ARN}:\${stageVariables.alias}`, 'invocations'),
  'https://example.com/function:iris',
  `${ARN}/other`,
  'arn:aws:apigateway:eu-central-1:sqs:path/123456789012/queue',
  '',
])('%s calls no Lambda function that is known', (uri) => {
  expect(readIntegrationUri(uri)).toBeUndefined();
});

test('an integration of another partition gets a URI of its own partition', () => {
  const functionArn = 'arn:aws-cn:lambda:cn-north-1:123456789012:function:iris';
  expect(writeIntegrationUri({ form: 'streaming', functionArn, qualifier: 'live' })).toBe(
    `arn:aws-cn:apigateway:cn-north-1:lambda:path/2021-11-15/functions/${functionArn}:live/response-streaming-invocations`,
  );
});
