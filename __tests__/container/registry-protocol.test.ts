/** The registry's protocol, request by request: what a docker client only does under conditions nobody can arrange. */
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { CreateRepositoryCommand, ECRClient } from '@aws-sdk/client-ecr';
import { startLocal, type RunningLocal } from '../../local/start.ts';

const CONTENT = 'the bytes of a layer';
const CONTENT_DIGEST = digestOf(CONTENT);
let local: RunningLocal;

beforeAll(async () => {
  local = await startLocal();
  local.aws.state.registryTokens['token'] = Date.now() + 3_600_000;
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  const ecr = new ECRClient({ endpoint: local.url, region: 'us-east-1', credentials });
  for (const repositoryName of ['iris', 'team/wine'])
    await ecr.send(new CreateRepositoryCommand({ repositoryName }));
});

afterAll(() => local.stop());

function digestOf(text: string): string {
  return `sha256:${createHash('sha256').update(text).digest('hex')}`;
}

function ask(
  method: string,
  path: string,
  more: { body?: string; headers?: Record<string, string> } = {},
): Promise<Response> {
  const authorization = `Basic ${Buffer.from('AWS:token').toString('base64')}`;
  const headers = { authorization, ...more.headers };
  return fetch(new URL(path, local.url), {
    method,
    headers,
    ...(more.body === undefined ? {} : { body: more.body }),
  });
}

async function errorOf(response: Response): Promise<{ status: number; code: string | undefined }> {
  const { errors } = (await response.json()) as { errors: { code: string }[] };
  return { status: response.status, code: errors[0]?.code };
}

async function startUpload(): Promise<string> {
  const started = await ask('POST', '/v2/iris/blobs/uploads/');
  expect(started.status).toBe(202);
  return started.headers.get('location') ?? '';
}

async function putBlob(content: string): Promise<string> {
  const digest = digestOf(content);
  const answer = await ask('POST', `/v2/iris/blobs/uploads/?digest=${digest}`, { body: content });
  expect(answer.status).toBe(201);
  return digest;
}

/** An image whose configuration is `content`, under `tag`. */
async function putImage(content: string, tag: string, repository = 'iris'): Promise<Response> {
  const mediaType = 'application/vnd.oci.image.manifest.v1+json';
  const config = {
    mediaType: 'application/vnd.oci.image.config.v1+json',
    digest: await putBlob(content),
    size: content.length,
  };
  const body = JSON.stringify({ schemaVersion: 2, mediaType, config, layers: [] });
  return ask('PUT', `/v2/${repository}/manifests/${tag}`, { body, headers: { 'content-type': mediaType } });
}

test('without credentials it asks for them, and with unknown ones it refuses', async () => {
  const asked = await fetch(`${local.url}/v2/`);
  expect(asked.status).toBe(401);
  expect(asked.headers.get('www-authenticate')).toBe(
    `Basic realm="http://${local.registryHost}/",service="ecr.amazonaws.com"`,
  );
  const authorization = `Basic ${Buffer.from('someone:token').toString('base64')}`;
  expect(await errorOf(await ask('GET', '/v2/', { headers: { authorization } }))).toEqual({
    status: 403,
    code: 'DENIED',
  });
});

test('a blob arrives in chunks, each where the last one ended', async () => {
  const location = await startUpload();
  const first = await ask('PATCH', location, {
    body: CONTENT.slice(0, 5),
    headers: { 'content-range': '0-4' },
  });
  expect([first.status, first.headers.get('range')]).toEqual([202, '0-4']);
  const gap = await ask('PATCH', location, { body: CONTENT.slice(9), headers: { 'content-range': '9-19' } });
  expect([gap.status, gap.headers.get('range')]).toEqual([416, '0-4']);
  expect((await ask('GET', location)).headers.get('range')).toBe('0-4');
  const last = await ask('PUT', `${location}?digest=${CONTENT_DIGEST}`, { body: CONTENT.slice(5) });
  expect([last.status, last.headers.get('docker-content-digest')]).toEqual([201, CONTENT_DIGEST]);
  expect(await (await ask('GET', `/v2/iris/blobs/${CONTENT_DIGEST}`)).text()).toBe(CONTENT);
  expect(await errorOf(await ask('PATCH', location))).toEqual({ status: 404, code: 'BLOB_UPLOAD_UNKNOWN' });
});

test('a blob that is not what its digest says is not stored', async () => {
  const digest = digestOf('something else');
  const answer = await ask('PUT', `${await startUpload()}?digest=${digest}`, { body: CONTENT });
  expect(await errorOf(answer)).toEqual({ status: 400, code: 'DIGEST_INVALID' });
  expect((await ask('HEAD', `/v2/iris/blobs/${digest}`)).status).toBe(404);
});

test('an upload can be given up', async () => {
  const location = await startUpload();
  expect((await ask('DELETE', location)).status).toBe(204);
  expect((await ask('GET', location)).status).toBe(404);
});

test('a blob that is there already is mounted; one that is not starts an upload', async () => {
  const digest = await putBlob('shared');
  const mounted = await ask('POST', `/v2/team/wine/blobs/uploads/?mount=${digest}&from=iris`);
  expect([mounted.status, mounted.headers.get('location')]).toEqual([201, `/v2/team/wine/blobs/${digest}`]);
  const missing = await ask('POST', `/v2/team/wine/blobs/uploads/?mount=${digestOf('none')}&from=iris`);
  expect(missing.status).toBe(202);
});

test('a part of a blob can be read', async () => {
  const path = `/v2/iris/blobs/${await putBlob(CONTENT)}`;
  const cases: [string, string, string][] = [
    ['bytes=4-8', 'bytes', 'bytes 4-8/20'],
    ['bytes=15-', 'layer', 'bytes 15-19/20'],
    ['bytes=-5', 'layer', 'bytes 15-19/20'],
    ['bytes=15-99', 'layer', 'bytes 15-19/20'],
  ];
  for (const [range, text, contentRange] of cases) {
    const answer = await ask('GET', path, { headers: { range } });
    expect([answer.status, answer.headers.get('content-range'), await answer.text()]).toEqual([
      206,
      contentRange,
      text,
    ]);
  }
  expect((await ask('GET', path, { headers: { range: 'bytes=20-' } })).status).toBe(416);
});

test('a manifest is found by tag and digest, and its digest is that of its bytes', async () => {
  const put = await putImage('{"a": 1}', 'one');
  const digest = put.headers.get('docker-content-digest') ?? '';
  expect(put.status).toBe(201);
  for (const reference of ['one', digest]) {
    const got = await ask('GET', `/v2/iris/manifests/${reference}`);
    expect(got.headers.get('docker-content-digest')).toBe(digest);
    expect(got.headers.get('content-type')).toBe('application/vnd.oci.image.manifest.v1+json');
    expect(digestOf(await got.text())).toBe(digest);
  }
  expect((await ask('HEAD', '/v2/iris/manifests/one')).headers.get('docker-content-digest')).toBe(digest);
});

test('a manifest that names what was never pushed, or is none, is refused', async () => {
  const missing = JSON.stringify({
    schemaVersion: 2,
    config: { digest: digestOf('never'), size: 5 },
    layers: [],
  });
  const refused = await ask('PUT', '/v2/iris/manifests/bad', { body: missing });
  expect(await errorOf(refused)).toEqual({ status: 400, code: 'MANIFEST_BLOB_UNKNOWN' });
  const index = JSON.stringify({ schemaVersion: 2, manifests: [{ digest: digestOf('never'), size: 5 }] });
  const child = await ask('PUT', '/v2/iris/manifests/bad', { body: index });
  expect(await errorOf(child)).toEqual({ status: 400, code: 'MANIFEST_BLOB_UNKNOWN' });
  for (const body of ['', 'null', '[]', '{', '{"layers": [{}]}']) {
    const answer = await errorOf(await ask('PUT', '/v2/iris/manifests/bad', { body }));
    expect([body, answer.status]).toEqual([body, 400]);
  }
  expect((await ask('GET', '/v2/iris/manifests/bad')).status).toBe(404);
});

test('tags and repositories are listed in pages', async () => {
  for (const tag of ['b', 'a', 'c']) await putImage(`{"tag": "${tag}"}`, tag, 'team/wine');
  const first = await ask('GET', '/v2/team/wine/tags/list?n=2');
  expect(await first.json()).toEqual({ name: 'team/wine', tags: ['a', 'b'] });
  const next = /<(.*)>/.exec(first.headers.get('link') ?? '')?.[1] ?? '';
  expect(await (await ask('GET', next)).json()).toEqual({ name: 'team/wine', tags: ['c'] });
  expect(await (await ask('GET', '/v2/_catalog')).json()).toEqual({ repositories: ['iris', 'team/wine'] });
});

test('deleting a tag keeps the image; deleting the image takes its tags along', async () => {
  const digest = (await putImage('{"gone": 1}', 'x')).headers.get('docker-content-digest') ?? '';
  await putImage('{"gone": 1}', 'y');
  expect((await ask('DELETE', '/v2/iris/manifests/x')).status).toBe(202);
  expect((await ask('GET', '/v2/iris/manifests/x')).status).toBe(404);
  expect((await ask('GET', '/v2/iris/manifests/y')).status).toBe(200);
  expect((await ask('DELETE', `/v2/iris/manifests/${digest}`)).status).toBe(202);
  expect((await ask('GET', '/v2/iris/manifests/y')).status).toBe(404);
});

test('API Gateway’s own /v2/apis is not taken for a repository', async () => {
  const signed = { authorization: 'AWS4-HMAC-SHA256 Credential=local' };
  const answer = await fetch(`${local.url}/v2/apis/none`, { headers: signed });
  expect(answer.headers.get('docker-distribution-api-version')).toBeNull();
  expect(answer.status).toBe(404);
});
