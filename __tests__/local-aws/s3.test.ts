import { expect, test } from '@jest/globals';
import { GetObjectCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { createLocalAws } from '../../local/aws/aws.ts';
import { seedObject } from '../../local/aws/s3.ts';
import { requestHandlerFor } from '../../local/transports/in-process.ts';
import { refusal } from './clients.ts';

const REGION = 'eu-central-1';
const Bucket = 'acme-captures';

function world(options: object = {}) {
  const aws = createLocalAws({ region: REGION });
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  const settings = { region: REGION, credentials, maxAttempts: 1, requestHandler: requestHandlerFor(aws) };
  const put = (key: string, body = 'x', more: object = {}) =>
    seedObject(aws, { bucket: Bucket, key, ...more }, body);
  return { aws, put, s3: new S3Client({ ...settings, ...options }) };
}

test.each([
  ['in the host', {}],
  ['in the path', { forcePathStyle: true }],
])('a bucket is addressed %s', async (_, options) => {
  const { put, s3 } = world(options);
  put('a/b c.jsonl', 'text');
  const { Contents } = await s3.send(new ListObjectsV2Command({ Bucket }));
  expect(Contents?.map(({ Key }) => Key)).toEqual(['a/b c.jsonl']);
  const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key: 'a/b c.jsonl' }));
  expect(await Body?.transformToString()).toBe('text');
});

test('a list holds the keys of its prefix in the order of their bytes, with size, time and class', async () => {
  const { put, s3 } = world();
  for (const key of ['p/b', 'p/B', 'p/é', 'q/a']) put(key, '12', { modifiedAt: 1_700_000_000_000 });
  const { Contents, KeyCount, IsTruncated } = await s3.send(
    new ListObjectsV2Command({ Bucket, Prefix: 'p/' }),
  );
  expect(Contents?.map(({ Key }) => Key)).toEqual(['p/B', 'p/b', 'p/é']);
  expect({ KeyCount, IsTruncated }).toEqual({ KeyCount: 3, IsTruncated: false });
  expect(Contents?.[0]).toMatchObject({
    Size: 2,
    StorageClass: 'STANDARD',
    LastModified: new Date(1_700_000_000_000),
  });
});

test('a list comes in pages of 1,000 keys at most, which a token continues', async () => {
  const { put, s3 } = world();
  for (let at = 0; at < 1001; at += 1) put(`k${String(at).padStart(4, '0')}`);
  const first = await s3.send(new ListObjectsV2Command({ Bucket, MaxKeys: 5000 }));
  expect(first).toMatchObject({ KeyCount: 1000, IsTruncated: true });
  const { NextContinuationToken: ContinuationToken } = first;
  const second = await s3.send(new ListObjectsV2Command({ Bucket, ContinuationToken }));
  expect(second.Contents?.map(({ Key }) => Key)).toEqual(['k1000']);
  const other = s3.send(new ListObjectsV2Command({ Bucket, ContinuationToken: 'bm90aGluZw' }));
  expect(await refusal(other)).toMatchObject({ name: 'InvalidArgument', status: 400 });
});

test('keys that XML cannot hold are percent-encoded when asked', async () => {
  const { put, s3 } = world();
  put('a\u0001 &<b>');
  const { Contents, EncodingType } = await s3.send(new ListObjectsV2Command({ Bucket, EncodingType: 'url' }));
  expect([EncodingType, Contents?.[0]?.Key]).toEqual(['url', 'a%01%20%26%3Cb%3E']);
});

test('a range is answered with 206, and one behind the end with 416', async () => {
  const { put, s3 } = world();
  put('k', '0123456789');
  const { Body, ContentRange, $metadata } = await s3.send(
    new GetObjectCommand({ Bucket, Key: 'k', Range: 'bytes=0-3' }),
  );
  expect([await Body?.transformToString(), ContentRange, $metadata.httpStatusCode]).toEqual([
    '0123',
    'bytes 0-3/10',
    206,
  ]);
  const behind = s3.send(new GetObjectCommand({ Bucket, Key: 'k', Range: 'bytes=10-' }));
  expect(await refusal(behind)).toMatchObject({ name: 'InvalidRange', status: 416 });
});

test('a missing bucket, a missing key, and an archived object are told apart', async () => {
  const { put, s3 } = world();
  put('cold', 'x', { storageClass: 'GLACIER' });
  const get = (Key: string) => refusal(s3.send(new GetObjectCommand({ Bucket, Key })));
  expect(await get('none')).toMatchObject({ name: 'NoSuchKey', status: 404 });
  expect(await get('cold')).toMatchObject({ name: 'InvalidObjectState', status: 403 });
  const elsewhere = s3.send(new ListObjectsV2Command({ Bucket: 'nobodys' }));
  expect(await refusal(elsewhere)).toMatchObject({ name: 'NoSuchBucket', status: 404 });
});

test('a denied call is AccessDenied', async () => {
  const { aws, put, s3 } = world();
  put('k');
  aws.allows = () => false;
  expect(await refusal(s3.send(new ListObjectsV2Command({ Bucket })))).toMatchObject({
    name: 'AccessDenied',
    status: 403,
  });
});

test('a request of another region is led to the bucket’s, which the SDK follows when told', async () => {
  const { put, s3 } = world();
  put('k', 'far', { region: 'eu-west-1' });
  const wrong = s3.send(new ListObjectsV2Command({ Bucket }));
  expect(await refusal(wrong)).toMatchObject({ name: 'PermanentRedirect', status: 301 });
  const following = world({ followRegionRedirects: true });
  following.put('k', 'far', { region: 'eu-west-1' });
  const { Body } = await following.s3.send(new GetObjectCommand({ Bucket, Key: 'k' }));
  expect(await Body?.transformToString()).toBe('far');
});
