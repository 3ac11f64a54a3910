import { AwsError } from '../errors.ts';
import type { AwsContext } from '../routes.ts';

const WINDOW_MS = 1000;
const GET_FUNCTION_PER_SECOND = 100;
const OTHERS_PER_SECOND = 15;

/** Refuses what exceeds Lambda's control-plane quotas in the last second. Invocations have quotas of their own. */
export function enforceRateLimit(aws: AwsContext, operation: string): void {
  const { recentCalls, settings } = aws.state;
  if (!settings.enforceRateLimits || operation === 'Invoke') return;
  const isGet = operation === 'GetFunction';
  const since = aws.now() - WINDOW_MS;
  const key = isGet ? 'getFunction' : 'other';
  const recent = recentCalls[key].filter((at) => at > since);
  recentCalls[key] = recent;
  if (recent.length >= (isGet ? GET_FUNCTION_PER_SECOND : OTHERS_PER_SECOND)) {
    throw new AwsError(429, 'TooManyRequestsException', {
      message: 'Rate exceeded',
      fields: { Reason: 'CallerRateLimitExceeded', Type: 'User' },
    });
  }
  recent.push(aws.now());
}
