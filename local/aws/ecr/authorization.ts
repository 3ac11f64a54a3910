import type { GetAuthorizationTokenCommandOutput } from '@aws-sdk/client-ecr';
import type { AwsContext } from '../routes.ts';
import { epochSeconds } from '../wire.ts';
import type { Wire } from '../wire.ts';

export function getAuthorizationToken(aws: AwsContext): Wire<GetAuthorizationTokenCommandOutput> {
  const { state } = aws;
  state.counters.token++;
  const password = `local-registry-token-${state.counters.token}`;
  const expiresAt = aws.now() + state.settings.registryTokenMs;
  state.registryTokens[password] = expiresAt;
  const scheme = state.registryHost.startsWith('127.') ? 'http' : 'https';
  return {
    authorizationData: [
      {
        authorizationToken: Buffer.from(`AWS:${password}`).toString('base64'),
        expiresAt: epochSeconds(expiresAt),
        proxyEndpoint: `${scheme}://${state.registryHost}`,
      },
    ],
  };
}

/** What a registry makes of a password: tokens live twelve hours, and can end in the middle of a push. */
export function checkRegistryToken(aws: AwsContext, password: string): 'valid' | 'expired' | 'unknown' {
  const expiresAt = aws.state.registryTokens[password];
  if (expiresAt === undefined) return 'unknown';
  return aws.now() < expiresAt ? 'valid' : 'expired';
}
