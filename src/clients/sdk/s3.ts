/** What is called of S3's SDK, by name: the bundle leaves the rest out. */
export { GetObjectCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
