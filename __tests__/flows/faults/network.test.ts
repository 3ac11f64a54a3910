/** Connections that never come about, go through a proxy, or stay silent. */
import { createHook } from 'node:async_hooks';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { GetFunctionCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { afterEach, describe, expect, test } from '@jest/globals';
import { TransportFault } from '../../../local/faults.ts';
import { clientOptions, INVOKE_TIMEOUT_MS, REQUEST_TIMEOUT_MS } from '../../../src/clients/aws-config.ts';
import { lambdaClient } from '../../../src/clients/lambda.ts';
import { ACCOUNT } from '../../harness/world.ts';
import { expectFailure, expectReleased, expectVersion1Serves, released, type Scene } from './scene.ts';
import { everyWrite } from '../../harness/results.ts';

/** The next `times` calls of an operation do not reach AWS at all. */
function unconnected(
  { world: { aws } }: Scene,
  code: string,
  fault: { operation: string; times: number },
): void {
  let left = fault.times;
  aws.beforeCall = async ({ operation }) => {
    if (operation !== fault.operation || left <= 0) return;
    left -= 1;
    throw new TransportFault('unconnected', code);
  };
}

describe('row 23: no connection to AWS', () => {
  const CODES = ['ENOTFOUND', 'EAI_AGAIN', 'ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH'];

  test.each(
    CODES.flatMap((code) => ['GetAlias', 'UpdateAlias'].map((operation) => [code, operation] as const)),
  )('row 23: %s twice at %s: tried again, and released', async (code, operation) => {
    const scene = await released();
    unconnected(scene, code, { operation, times: 2 });
    const run = await scene.deploy();
    expectReleased(scene, run);
    expect(run.runner.lines.join('\n')).toContain(`Lambda ${operation}: ${code}; trying again`);
  });

  test.each(CODES)('row 23: %s at UpdateAlias for ever: failed, for nothing was sent', async (code) => {
    const scene = await released();
    unconnected(scene, code, { operation: 'UpdateAlias', times: Infinity });
    const run = await scene.deploy();
    expectFailure(run, 'aws-unreachable', [new RegExp(`Lambda UpdateAlias \\(${code}\\)`), /proxy/]);
    expect(run.result.outcome).toBe('failed');
    expectVersion1Serves(scene);
  });
});

const servers: Server[] = [];
const environment = { ...process.env };

afterEach(() => {
  for (const server of servers.splice(0)) server.close().closeAllConnections();
  process.env = { ...environment };
});

async function listening(server: Server): Promise<string> {
  servers.push(server);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test('row 23: on a runner behind a proxy, AWS is reached through it', async () => {
  const asked: (string | undefined)[] = [];
  const proxy = createServer().on('connect', ({ url }, socket: Socket) => {
    asked.push(url);
    socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
  });
  process.env['HTTPS_PROXY'] = process.env['https_proxy'] = await listening(proxy);
  process.env['NO_PROXY'] = process.env['no_proxy'] = '';
  // A name that leads nowhere, should the proxy be passed over.
  const options = { ...(await clientOptions(ACCOUNT)), endpoint: 'https://lambda.invalid' };
  const client = new LambdaClient(options);
  await expect(client.send(new GetFunctionCommand({ FunctionName: 'iris' }))).rejects.toThrow();
  expect(asked).toEqual(['lambda.invalid:443']);
});

/** The time limits of a call, milliseconds: the timers that run while AWS has it and says nothing. */
async function limitsOf(call: () => Promise<unknown>, silent: Server): Promise<readonly number[]> {
  const timers: number[] = [];
  const hook = createHook({
    init: (...[, type, , resource]: [number, string, number, object]) => {
      if (type === 'Timeout') timers.push((resource as { _idleTimeout: number })._idleTimeout);
    },
  }).enable();
  const asked = call().catch(() => undefined);
  await once(silent, 'request');
  hook.disable();
  silent.closeAllConnections();
  await asked;
  return timers;
}

test('row 24: a control call is given up after half a minute, an invocation not before Lambda itself gives it up', async () => {
  const silent = createServer(() => undefined);
  process.env['AWS_ENDPOINT_URL'] = await listening(silent);
  const lambda = lambdaClient({ aws: ACCOUNT, ...onlyOnce() });
  const control = await limitsOf(() => lambda.getFunction('iris'), silent);
  const invocation = await limitsOf(
    () => lambda.invoke('iris', '1', { payload: '{}', mark: 'sample' }),
    silent,
  );
  expect(control).toContain(REQUEST_TIMEOUT_MS);
  expect(invocation).toContain(INVOKE_TIMEOUT_MS);
  expect(invocation).not.toContain(REQUEST_TIMEOUT_MS);
  expect(INVOKE_TIMEOUT_MS).toBeGreaterThan(15 * 60_000);
});

/** One attempt per call: told to stop already, and reads are asked all the same. */
function onlyOnce() {
  const clock = { now: () => 0, sleep: () => Promise.resolve() };
  return {
    clock,
    random: () => 0,
    signal: AbortSignal.abort('SIGTERM'),
    log: { info: () => undefined },
    permits: everyWrite,
  };
}
