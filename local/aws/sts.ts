import { utf8 } from '../http.ts';
import type { LocalResponse } from '../http.ts';
import type { AwsContext } from './routes.ts';

/** GetCallerIdentity: the account everything here lives in. STS still speaks XML. */
export function getCallerIdentity(aws: AwsContext): LocalResponse {
  const { accountId, partition } = aws.state;
  const body =
    '<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>' +
    `<Arn>arn:${partition}:sts::${accountId}:assumed-role/deploy/local</Arn>` +
    `<UserId>AROALOCAL:local</UserId><Account>${accountId}</Account>` +
    '</GetCallerIdentityResult></GetCallerIdentityResponse>';
  return { status: 200, headers: { 'content-type': 'text/xml' }, body: utf8(body) };
}
