import { expect, test } from '@jest/globals';
import { world } from './clients.ts';

test('GetCallerIdentity names the account and the partition', async () => {
  const { fetch } = world({ region: 'cn-north-1', accountId: '210987654321' });
  const response = await fetch('https://sts.cn-north-1.amazonaws.com.cn/', {
    method: 'POST',
    body: 'Action=GetCallerIdentity&Version=2011-06-15',
  });
  const body = await response.text();
  expect(response.status).toBe(200);
  expect(body).toContain('<Account>210987654321</Account>');
  expect(body).toContain('<Arn>arn:aws-cn:sts::210987654321:');
});

test('what is not shown is said, in one sentence', async () => {
  const { fetch } = world();
  const response = await fetch('https://s3.us-east-1.amazonaws.com/bucket');
  expect(response.status).toBe(404);
  expect(((await response.json()) as { message: string }).message).toContain('local/README.md');
});
