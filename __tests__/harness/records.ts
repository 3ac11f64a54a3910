/** What an alias and a version say in tests of plans and records. */
import type { ReleaseRecord } from '../../src/release/record/record.ts';
import type { Configuration } from '../../src/types.ts';

/** Run 100 released version 2 over version 1. */
export const RECORD: ReleaseRecord = {
  live: '2',
  previous: '1',
  state: 'ok',
  candidate: undefined,
  op: '100.1.beef',
  seq: 100n,
  commit: 'a'.repeat(40),
  previousCommit: undefined,
};

export const CONFIGURATION: Configuration = {
  memorySize: 512,
  timeout: 30,
  ephemeralStorage: 512,
  tracing: 'PassThrough',
  environment: {},
  subnetIds: [],
  securityGroupIds: [],
};
