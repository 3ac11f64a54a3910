import type { GetCallerIdentityCommandOutput } from '@aws-sdk/client-sts';
import type { AwsContext } from './routes.ts';
import type { Wire } from './wire.ts';

/** The account everything here lives in. */
export function getCallerIdentity({ state }: AwsContext): Wire<GetCallerIdentityCommandOutput> {
  const { accountId, partition } = state;
  return {
    Arn: `arn:${partition}:sts::${accountId}:assumed-role/deploy/local`,
    UserId: 'AROALOCAL:local',
    Account: accountId,
  };
}
