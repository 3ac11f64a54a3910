import { afterEach, expect, test } from '@jest/globals';
import { seedHttpApi, seedRestApi } from '../../local/aws/api-seeds.ts';
import type { Misbehaviour } from '../../local/aws/state.ts';
import { startLocal } from '../../local/start.ts';
import type { RunningLocal } from '../../local/start.ts';
import { programs } from '../../local/aws/runtime.ts';
import { seedFunction, seedImage } from '../../local/aws/seeds.ts';
import { released } from './clients.ts';
import type { Released } from './clients.ts';

const live = { functionName: 'iris', alias: 'live' };

function misbehaving(misbehaviour: Misbehaviour): Released & { url: string } {
  const made = released();
  const { id, url } = seedRestApi(made.aws, live);
  const api = made.aws.state.restApis[id];
  if (api) api.misbehaviour = misbehaviour;
  return { ...made, url: `${url}/predict` };
}

/** An abort that comes at a time of the virtual clock. */
function abortAfter({ aws }: Released, ms: number): AbortSignal {
  const controller = new AbortController();
  void aws.clock.sleep(ms).then(() => controller.abort(new Error('given up')));
  return controller.signal;
}

test('an API can hang: only the client ends the call, and the function is not called', async () => {
  const made = misbehaving({ kind: 'hang' });
  const call = made.fetch(made.url, { signal: abortAfter(made, 30_000) });
  await expect(call).rejects.toThrow('given up');
  expect(made.aws.state.metrics).toEqual({});
});

test('an API can drip: the answer begins at once, and ends when its bytes are sent', async () => {
  const made = misbehaving({ kind: 'drip', everyMs: 1000, bytes: 90 });
  const start = made.aws.clock.now();
  const response = await made.fetch(made.url);
  expect([response.status, made.aws.clock.now()]).toEqual([200, start]);
  expect(await response.text()).toHaveLength(90);
  expect(made.aws.clock.now()).toBe(start + 90_000);
});

test('an API can drip for ever: an abort ends it while the next byte is awaited', async () => {
  const made = misbehaving({ kind: 'drip', everyMs: 20_000 });
  const response = await made.fetch(made.url, { signal: abortAfter(made, 90_000) });
  await expect(response.text()).rejects.toThrow('given up');
});

test('an API can redirect for ever: fetch follows it twenty times, or not at all', async () => {
  const made = misbehaving({ kind: 'redirect' });
  await expect(made.fetch(made.url)).rejects.toMatchObject({
    message: 'fetch failed',
    cause: expect.objectContaining({ message: 'redirect count exceeded' }),
  });
  expect(made.aws.calls).toHaveLength(21);
  expect((await made.fetch(made.url, { redirect: 'manual' })).status).toBe(302);
  await expect(made.fetch(made.url, { redirect: 'error' })).rejects.toThrow('fetch failed');
});

test('an API can redirect to another host', async () => {
  const made = misbehaving({ kind: 'redirect', to: 'https://elsewhere.example/steal', status: 307 });
  const response = await made.fetch(made.url, { method: 'POST', body: '{}', redirect: 'manual' });
  expect([response.status, response.headers.get('location')]).toEqual([
    307,
    'https://elsewhere.example/steal',
  ]);
});

test('an API can answer without an end: the client reads as much as it likes', async () => {
  const made = misbehaving({ kind: 'endless' });
  const { body } = await made.fetch(made.url);
  const reader = body?.getReader();
  let size = 0;
  while (size < 1024 * 1024) size += (await reader?.read())?.value?.length ?? Infinity;
  await reader?.cancel();
  expect(size).toBe(1024 * 1024);
});

test('an HTTP API misbehaves in the same way', async () => {
  const made = released();
  const { id, url } = seedHttpApi(made.aws, live);
  const api = made.aws.state.httpApis[id];
  if (api) api.misbehaviour = { kind: 'hang' };
  const call = made.fetch(url, { signal: abortAfter(made, 1000) });
  await expect(call).rejects.toThrow('given up');
});

let running: RunningLocal | undefined;
afterEach(async () => {
  await running?.stop();
  running = undefined;
});

test('over HTTP an API hangs, drips and has no end in the same way', async () => {
  running = await startLocal({ runtime: programs() });
  const { aws } = running;
  const image = seedImage(aws, { repository: 'iris', tag: 'one' });
  seedFunction(aws, { name: 'iris', versions: [{ image }], alias: { name: 'live', version: '1' } });
  const { id, stage } = seedRestApi(aws, live);
  const url = `${running.apiUrl(id, stage)}/predict`;
  const as = (misbehaviour: Misbehaviour): void => {
    const api = aws.state.restApis[id];
    if (api) api.misbehaviour = misbehaviour;
  };
  as({ kind: 'drip', everyMs: 1, bytes: 3 });
  expect(await (await fetch(url)).text()).toBe('   ');
  as({ kind: 'endless' });
  const { body } = await fetch(url);
  const reader = body?.getReader();
  expect((await reader?.read())?.value?.length).toBeGreaterThan(0);
  await reader?.cancel();
  as({ kind: 'hang' });
  const controller = new AbortController();
  const call = fetch(url, { signal: controller.signal });
  const arrived = aws.calls.length;
  while (aws.calls.length === arrived) await new Promise((resolve) => setImmediate(resolve));
  controller.abort(new Error('given up'));
  await expect(call).rejects.toThrow('given up');
});
