import type { AwsContext } from '../routes.ts';
import { AwsError } from '../errors.ts';
import type { AwsState, LambdaFunction } from '../state.ts';

/** Invocations under way. Not part of the state: a copy of it has none. */
const underWay = new WeakMap<LambdaFunction, number>();

/** What functions without a reservation share. */
export function unreservedConcurrency(state: AwsState): number {
  const reserved = Object.values(state.functions).reduce((sum, fn) => sum + (fn.reservedConcurrency ?? 0), 0);
  return state.settings.accountConcurrency - reserved;
}

/** Runs one invocation if the function's reservation, or what the account has left, allows one more at once. */
export async function withCapacity<T>(
  aws: AwsContext,
  fn: LambdaFunction,
  run: () => Promise<T>,
): Promise<T> {
  const running = underWay.get(fn) ?? 0;
  if (fn.reservedConcurrency !== undefined) {
    if (running >= fn.reservedConcurrency) throttle('ReservedFunctionConcurrentInvocationLimitExceeded');
  } else if (unreservedUnderWay(aws.state) >= unreservedConcurrency(aws.state)) {
    throttle('ConcurrentInvocationLimitExceeded');
  }
  underWay.set(fn, running + 1);
  try {
    return await run();
  } finally {
    underWay.set(fn, (underWay.get(fn) ?? 1) - 1);
  }
}

function unreservedUnderWay(state: AwsState): number {
  const sharing = Object.values(state.functions).filter((fn) => fn.reservedConcurrency === undefined);
  return sharing.reduce((sum, fn) => sum + (underWay.get(fn) ?? 0), 0);
}

function throttle(reason: string): never {
  throw new AwsError(429, 'TooManyRequestsException', {
    message: 'Rate Exceeded.',
    fields: { Reason: reason, Type: 'User' },
  });
}
