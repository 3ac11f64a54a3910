/** A reply has a time limit as a whole: one that begins at once and goes on byte by byte is lost at the limit, like one that never came. */
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from '@jest/globals';
import { GetAliasCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { VirtualClock } from '../../../local/clock.ts';
import { clientOptions } from '../../../src/clients/aws-config.ts';
import { call } from '../../../src/clients/call.ts';
import { everyWrite } from '../../harness/results.ts';

const LIMIT_MS = 400;
const opened: (() => void)[] = [];
afterEach(() => {
  for (const close of opened.splice(0)) close();
});

/** A bound Lambda client, and the server it asks. */
async function asking(answer: (response: ServerResponse, attempt: number) => void) {
  let attempts = 0;
  const cut: Promise<void>[] = [];
  const server = createServer((_, response) => {
    cut.push(new Promise((resolve) => response.once('close', resolve)));
    answer(response, (attempts += 1));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const client = new LambdaClient({
    ...(await clientOptions(
      { region: 'eu-central-1', credentials: { accessKeyId: 'a', secretAccessKey: 'b' } },
      LIMIT_MS,
    )),
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
  });
  opened.push(() => {
    client.destroy();
    server.closeAllConnections();
    server.close();
  });
  const context = {
    clock: new VirtualClock(),
    random: () => 0,
    signal: new AbortController().signal,
    log: { info: () => undefined },
    permits: everyWrite,
  };
  const ask = (retry: 'transient' | 'never') =>
    call(context, { service: 'Lambda', operation: 'GetAlias', retry }, () =>
      client.send(new GetAliasCommand({ FunctionName: 'iris', Name: 'live' })),
    );
  return { ask, cut, attempts: () => attempts };
}

function drip(response: ServerResponse, status: number): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.write('{"Name":"');
  const drops = setInterval(() => response.write('x'), LIMIT_MS / 10);
  response.once('close', () => {
    clearInterval(drops);
  });
}

test.each([200, 404, 500])('a reply %d that never ends is lost at the time limit', async (status) => {
  const { ask, cut } = await asking((response) => {
    drip(response, status);
  });
  await expect(ask('never')).rejects.toMatchObject({
    // On a busy machine the socket's own limit may be first.
    code: expect.stringMatching(/^(TimeoutError|ETIMEDOUT)$/) as unknown,
    status: 0,
    effect: 'unknown',
    isTransient: true,
  });
  // The connection is ended, and no longer read.
  await Promise.all(cut);
});

test('it is asked again, as after any lost reply', async () => {
  const { ask, attempts } = await asking((response, attempt) => {
    if (attempt < 3) drip(response, 200);
    else response.end('{"Name":"live"}');
  });
  await expect(ask('transient')).resolves.toMatchObject({ Name: 'live' });
  expect(attempts()).toBe(3);
});

test('a reply in pieces that is complete in time is read whole', async () => {
  const { ask } = await asking((response) => {
    response.write('{"Name":');
    setImmediate(() => response.end('"live"}'));
  });
  await expect(ask('never')).resolves.toMatchObject({ Name: 'live' });
});
