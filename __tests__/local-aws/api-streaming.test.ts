import {
  GetResourcesCommand,
  UpdateIntegrationCommand,
  CreateDeploymentCommand,
  GetMethodCommand,
  UpdateStageCommand,
} from '@aws-sdk/client-api-gateway';
import { InvokeCommand } from '@aws-sdk/client-lambda';
import { expect, test } from '@jest/globals';
import { seedRestApi } from '../../local/aws/api-seeds.ts';
import { StreamedAnswer } from '../../local/aws/runtime.ts';
import type { Program, ProgramRuntime } from '../../local/aws/runtime.ts';
import { released } from './clients.ts';
import type { Released } from './clients.ts';

const live = { functionName: 'iris', alias: 'live' };
const HEAD = { statusCode: 201, headers: { 'Content-Type': 'text/event-stream' }, cookies: ['a=1'] };
const streaming: Program = () => new StreamedAnswer(HEAD, 'data: 1\n\n', 'data: 2\n\n');
const buffered: Program = () => ({ statusCode: 200, body: 'whole' });

function answering(program: Program): Released {
  const made = released();
  (made.aws.runtime as ProgramRuntime).set(made.images[1].digest, program);
  return made;
}

test('Invoke of a streamed answer gives its head as JSON, eight NUL bytes, and the body', async () => {
  const { lambda } = answering(streaming);
  const { Payload } = await lambda.send(new InvokeCommand({ FunctionName: 'iris' }));
  expect(Payload?.transformToString()).toBe(`${JSON.stringify(HEAD)}${'\0'.repeat(8)}data: 1\n\ndata: 2\n\n`);
});

test('a STREAM integration answers with the head and the body of a streamed answer', async () => {
  const { aws, fetch } = answering(streaming);
  const api = seedRestApi(aws, { ...live, stream: true });
  const response = await fetch(`${api.url}/predict`);
  expect(response.status).toBe(201);
  expect(response.headers.get('content-type')).toBe('text/event-stream');
  expect(response.headers.get('set-cookie')).toBe('a=1');
  expect(await response.text()).toBe('data: 1\n\ndata: 2\n\n');
});

test('a buffered answer behind STREAM is 500, a streamed one behind a buffered integration 502', async () => {
  const behind = answering(buffered);
  const stream = seedRestApi(behind.aws, { ...live, stream: true });
  expect((await behind.fetch(`${stream.url}/predict`)).status).toBe(500);
  const before = answering(streaming);
  const plain = seedRestApi(before.aws, live);
  expect((await before.fetch(`${plain.url}/predict`)).status).toBe(502);
});

test('a head longer than 16 KB is no head', async () => {
  const { aws, fetch } = answering(() => new StreamedAnswer({ long: 'x'.repeat(16 * 1024) }, 'body'));
  const api = seedRestApi(aws, { ...live, stream: true });
  expect((await fetch(`${api.url}/predict`)).status).toBe(500);
});

test.each([
  ['/2015-03-31/', 'invocations'],
  ['/2015-03-31/', 'response-streaming-invocations'],
  ['/2021-11-15/', 'invocations'],
])('STREAM with a URI of %s and %s is 500', async (date, end) => {
  const { aws, rest, fetch } = answering(streaming);
  const api = seedRestApi(aws, { ...live, stream: true });
  const { items = [] } = await rest.send(new GetResourcesCommand({ restApiId: api.id, embed: ['methods'] }));
  const proxy = items.find((resource) => resource.path === '/{proxy+}');
  const method = { restApiId: api.id, resourceId: proxy?.id, httpMethod: 'ANY' };
  const shown = (await rest.send(new GetMethodCommand(method))).methodIntegration;
  expect(shown).toMatchObject({ type: 'AWS_PROXY', responseTransferMode: 'STREAM' });
  expect(shown?.uri).toMatch(/\/2021-11-15\/functions\/.+:live\/response-streaming-invocations$/);
  const value = shown?.uri?.replace('/2021-11-15/', date).replace('response-streaming-invocations', end);
  const patchOperations = [{ op: 'replace', path: '/uri', value } as const];
  await rest.send(new UpdateIntegrationCommand({ ...method, patchOperations }));
  const { id } = await rest.send(new CreateDeploymentCommand({ restApiId: api.id }));
  const pointed = [{ op: 'replace', path: '/deploymentId', value: id } as const];
  const stage = { restApiId: api.id, stageName: 'prod', patchOperations: pointed };
  await rest.send(new UpdateStageCommand(stage));
  expect((await fetch(`${api.url}/predict`)).status).toBe(500);
});
