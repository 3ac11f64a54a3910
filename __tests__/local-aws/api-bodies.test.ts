import { CreateRestApiCommand, GetRestApiCommand } from '@aws-sdk/client-api-gateway';
import { expect, test } from '@jest/globals';
import { seedHttpApi, seedRestApi } from '../../local/aws/api-seeds.ts';
import type { ProgramRuntime } from '../../local/aws/runtime.ts';
import { released } from './clients.ts';
import type { Released } from './clients.ts';

const live = { functionName: 'iris', alias: 'live' };
const PNG = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0xff]);

/** A function that answers a PNG in base64, and keeps the last event it got. */
function drawing(): Released & { event: () => Record<string, unknown> } {
  const made = released();
  let last: Record<string, unknown> = {};
  (made.aws.runtime as ProgramRuntime).set(made.images[1].digest, (event) => {
    last = event as Record<string, unknown>;
    return {
      statusCode: 200,
      headers: { 'content-type': 'image/png' },
      isBase64Encoded: true,
      body: PNG.toString('base64'),
    };
  });
  return { ...made, event: () => last };
}

interface Asked {
  readonly types?: string[];
  readonly accept?: string;
  readonly decoded: boolean;
}

test.each<[string, Asked]>([
  ['no binary types', { accept: 'image/png', decoded: false }],
  ['a type that Accept names', { types: ['image/png'], accept: 'image/png', decoded: true }],
  ['a type that Accept names first', { types: ['image/png'], accept: 'image/png;q=0.9, */*', decoded: true }],
  [
    'a type that Accept names second',
    { types: ['image/png'], accept: 'text/html, image/png', decoded: false },
  ],
  ['a type, and Accept */*', { types: ['image/png'], accept: '*/*', decoded: false }],
  ['a type, and no Accept', { types: ['image/png'], decoded: false }],
  ['*/*, and no Accept', { types: ['*/*'], decoded: true }],
])('a REST API decodes base64 answers by binaryMediaTypes and Accept: %s', async (_case, asked) => {
  const { types, accept, decoded } = asked;
  const { aws, fetch } = drawing();
  const api = seedRestApi(aws, { ...live, ...(types === undefined ? {} : { binaryMediaTypes: types }) });
  const headers: Record<string, string> = accept === undefined ? {} : { Accept: accept };
  const response = await fetch(`${api.url}/draw`, { headers });
  expect(response.headers.get('content-type')).toBe('image/png');
  const body = Buffer.from(await response.arrayBuffer());
  expect(body).toEqual(decoded ? PNG : Buffer.from(PNG.toString('base64')));
});

test('an HTTP API decodes base64 answers always, in both formats', async () => {
  const { aws, fetch } = drawing();
  const api = seedHttpApi(aws, live);
  for (const format of ['2.0', '1.0']) {
    const [deployment] = Object.values(aws.state.httpApis[api.id]?.deployments ?? {});
    for (const integration of Object.values(deployment?.integrations ?? {})) {
      integration.payloadFormatVersion = format;
    }
    const response = await fetch(`${api.url}/draw`);
    expect(Buffer.from(await response.arrayBuffer())).toEqual(PNG);
  }
});

test.each<[string | undefined, boolean]>([
  ['application/x-www-form-urlencoded', true],
  [undefined, true],
  ['application/octet-stream', true],
  ['application/json', false],
  ['application/json; charset=utf-8', false],
  ['text/csv', false],
])('an HTTP API passes a body of type %s in base64: %s', async (type, encoded) => {
  const { aws, fetch, event } = drawing();
  const api = seedHttpApi(aws, live);
  const headers: Record<string, string> = type === undefined ? {} : { 'content-type': type };
  await fetch(`${api.url}/predict`, { method: 'POST', headers, body: 'a=1&b=2' });
  const body = encoded ? Buffer.from('a=1&b=2').toString('base64') : 'a=1&b=2';
  expect(event()).toMatchObject({ body, isBase64Encoded: encoded });
});

test('a REST API passes a body in base64 only where its type is a binary one', async () => {
  const { aws, fetch, event } = drawing();
  const api = seedRestApi(aws, { ...live, binaryMediaTypes: ['image/png'] });
  const post = (type: string) =>
    fetch(`${api.url}/read`, { method: 'POST', headers: { 'content-type': type }, body: PNG });
  await post('image/png');
  expect(event()).toMatchObject({ body: PNG.toString('base64'), isBase64Encoded: true });
  await post('application/x-www-form-urlencoded');
  expect(event()).toMatchObject({ isBase64Encoded: false });
});

test('a REST API names its binary media types', async () => {
  const { rest } = released();
  const binaryMediaTypes = ['image/png'];
  const { id } = await rest.send(new CreateRestApiCommand({ name: 'draw', binaryMediaTypes }));
  expect(await rest.send(new GetRestApiCommand({ restApiId: id }))).toMatchObject({ binaryMediaTypes });
});
