import { expect, test } from '@jest/globals';
import type { Invocation } from '../../local/aws/runtime.ts';
import { RuntimeApi } from '../../local/runtime/runtime-api.ts';

const INVOCATION: Invocation = {
  functionName: 'iris',
  functionArn: 'arn:aws:lambda:eu-central-1:123456789012:function:iris:1',
  version: '1',
  imageUri: 'iris',
  digest: 'sha256:one',
  architecture: 'x86_64',
  environment: {},
  memorySizeMb: 512,
  timeoutS: 3,
  payload: Buffer.from('{}'),
  deadline: 0,
  requestId: 'one',
};

/** The header of the one event that a runtime gets. */
async function headerOf(invocation: Invocation): Promise<string | null> {
  const api = new RuntimeApi();
  try {
    const url = `http://127.0.0.1:${await api.listen()}/2018-06-01/runtime/invocation`;
    void api.invoke(invocation);
    const next = await fetch(`${url}/next`);
    await next.arrayBuffer();
    return next.headers.get('lambda-runtime-client-context');
  } finally {
    api.close();
  }
}

test('a container gets the client context as JSON in a header, and none where there is none', async () => {
  const clientContext = '{"custom":{"model-release":"sample"}}';
  expect(await headerOf({ ...INVOCATION, clientContext })).toBe(clientContext);
  expect(await headerOf(INVOCATION)).toBeNull();
});
