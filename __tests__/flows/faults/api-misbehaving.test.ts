/** The HTTP client over a local API that does not behave: every answer ends, within its bounds, in one sentence. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from '@jest/globals';
import type { Misbehaviour } from '../../../local/aws/state.ts';
import { fetchFor } from '../../../local/transports/in-process.ts';
import { realClock } from '../../../src/clients/clock.ts';
import { httpClient, HttpFailure } from '../../../src/clients/http.ts';
import { withRestApi, type ApiScene } from './api-scene.ts';

async function misbehaving(misbehaviour: Misbehaviour): Promise<ApiScene> {
  const scene = await withRestApi();
  const api = scene.world.aws.state.restApis[scene.api.id];
  if (api === undefined) throw new Error('no API');
  api.misbehaviour = misbehaviour;
  return { ...scene, inputs: { ...scene.inputs, 'api-url': `${scene.api.url}/predict` } };
}

const clientOf = ({ world }: ApiScene) => httpClient({ clock: world.aws.clock, fetch: fetchFor(world.aws) });

test.each<[Misbehaviour, string]>([
  [{ kind: 'hang' }, 'no complete answer came within 30 s'],
  [{ kind: 'drip', everyMs: 1000 }, 'no complete answer came within 30 s'],
  [{ kind: 'redirect' }, 'it redirected more than 5 times'],
])('%j ends with one sentence, on the clock that was given', async (how, says) => {
  const scene = await misbehaving(how);
  const start = scene.world.aws.clock.now();
  const call = clientOf(scene)({ url: `${scene.api.url}/predict`, timeoutMs: 30_000 });
  await expect(call).rejects.toEqual(new HttpFailure(says));
  expect(scene.world.aws.clock.now() - start).toBeLessThanOrEqual(30_000);
});

test('an answer without an end is read up to 8 MiB', async () => {
  const scene = await misbehaving({ kind: 'endless' });
  const http = httpClient({ clock: realClock, fetch: fetchFor(scene.world.aws) });
  await expect(http({ url: scene.api.url, timeoutMs: 60_000 })).rejects.toThrow('larger than 8 MiB');
});

test.each([
  'https://elsewhere.example/steal',
  '//elsewhere.example',
  'http://{host}/',
  'https://{host}:8443/',
])('a redirect to %s is not followed: it is the answer', async (to) => {
  const scene = await misbehaving({ kind: 'redirect', status: 307 });
  const { host } = new URL(scene.api.url);
  const location = to.replace('{host}', host);
  const api = scene.world.aws.state.restApis[scene.api.id];
  if (api) api.misbehaviour = { kind: 'redirect', status: 307, to: location };
  const request = { url: scene.api.url, method: 'POST', body: 'secret', timeoutMs: 1000 };
  const answer = await clientOf(scene)(request);
  expect([answer.status, answer.headers['location']]).toEqual([307, location]);
  expect(scene.world.aws.calls.filter(({ operation }) => operation === 'UpdateStage')).toEqual([]);
});

test('an answer that ends leaves no timer behind: time does not pass', async () => {
  const scene = await withRestApi();
  const { clock } = scene.world.aws;
  const start = clock.now();
  const request = { url: `${scene.api.url}/predict`, method: 'POST', body: '{}', timeoutMs: 35_000 };
  expect((await clientOf(scene)(request)).status).toBe(200);
  await clock.sleep(1);
  expect(clock.now() - start).toBeLessThan(35_000);
});

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
  server = undefined;
});

/** Each request and its body, as a server on 127.0.0.1 got them. */
async function redirecting(status: number): Promise<{ url: string; got: string[] }> {
  const got: string[] = [];
  server = createServer((request, response) => {
    let body = '';
    request.on('data', (piece: Buffer) => (body += piece.toString()));
    request.on('end', () => {
      got.push(`${request.method} ${request.url} ${body}`);
      if (request.url === '/there') response.end('arrived');
      else response.writeHead(status, { location: '/there' }).end();
    });
  });
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/here`, got };
}

test.each([
  [301, 'GET /there '],
  [302, 'GET /there '],
  [303, 'GET /there '],
  [307, 'POST /there x'],
  [308, 'POST /there x'],
])('%i on the host itself is followed as browsers do, with Node’s own fetch', async (status, second) => {
  const { url, got } = await redirecting(status);
  const answer = await httpClient({ clock: realClock })({ url, method: 'POST', body: 'x', timeoutMs: 5000 });
  expect([answer.status, answer.body]).toEqual([200, 'arrived']);
  expect(got).toEqual(['POST /here x', second]);
});

test('Node’s own fetch is ended by the deadline, in the middle of a body', async () => {
  server = createServer((_request, response) => void response.writeHead(200).write('{'));
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const call = httpClient({ clock: realClock })({ url, timeoutMs: 50 });
  await expect(call).rejects.toEqual(new HttpFailure('no complete answer came within 0.05 s'));
});
