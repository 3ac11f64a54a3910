import type { S3Client } from '@aws-sdk/client-s3';
import { clientOptions, once, type ClientDependencies } from './aws-config.ts';
import { call } from './call.ts';
import { withCredentials } from './credentials.ts';
import { allPages, awsBounds } from './pages.ts';
import { required } from './reply.ts';

type Sdk = typeof import('./sdk/s3.ts');

/** Reads of S3: one method, one API request, and one more where the bucket is in another region. */
export interface S3 {
  /** All objects whose keys begin with the prefix, 1,000 a request. */
  listObjects(bucket: string, prefix: string): Promise<readonly S3Object[]>;
  /** The first bytes of an object, at most `bytes` of them. */
  getObject(bucket: string, key: string, bytes: number): Promise<Uint8Array>;
}

export interface S3Object {
  readonly key: string;
  /** Bytes. */
  readonly size: number;
  /** Milliseconds since the epoch. */
  readonly modifiedAt: number;
}

export function s3Client(dependencies: ClientDependencies): S3 {
  const sdk = once(() => import('./sdk/s3.ts'));
  const client = withCredentials(
    once(async () => {
      const options = await clientOptions(dependencies.aws);
      // A bucket may be in another region than the function.
      return new (await sdk()).S3Client({ ...options, followRegionRedirects: true });
    }),
  );
  const request = <T>(operation: string, send: (client: S3Client, sdk: Sdk) => Promise<T>) =>
    call(dependencies, { service: 'S3', operation }, async () => send(await client(), await sdk()));
  return {
    listObjects: (Bucket, Prefix) => {
      const operation = 'ListObjectsV2';
      return allPages(awsBounds(dependencies.clock, { service: 'S3', operation }), (ContinuationToken) =>
        request(operation, async (s3, { ListObjectsV2Command }) => {
          const page = await s3.send(new ListObjectsV2Command({ Bucket, Prefix, ContinuationToken }));
          required(page.KeyCount, 'KeyCount');
          const objects = (page.Contents ?? []).map(({ Key, Size, LastModified }) => ({
            key: required(Key, 'Key'),
            size: Size ?? 0,
            modifiedAt: LastModified?.getTime() ?? 0,
          }));
          return [objects, page.NextContinuationToken] as const;
        }),
      );
    },
    getObject: (Bucket, Key, bytes) =>
      request('GetObject', async (s3, { GetObjectCommand }) => {
        const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key, Range: `bytes=0-${bytes - 1}` }));
        return required(Body, 'Body').transformToByteArray();
      }),
  };
}
