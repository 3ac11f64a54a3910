import { plainError } from './errors.ts';
import type { AwsContext } from './routes.ts';

/** A fixed limit of API Gateway: one CreateDeployment per account in this time. */
const BETWEEN_DEPLOYMENTS_MS = 5000;

/** Refuses a deployment that comes too soon after the last accepted one, of any API in the account. */
export function takeDeploymentSlot(aws: AwsContext): void {
  const { state } = aws;
  const last = state.lastApiDeploymentAt;
  if (last !== undefined && aws.now() - last < BETWEEN_DEPLOYMENTS_MS) {
    throw plainError(429, 'TooManyRequestsException', 'Too Many Requests');
  }
  state.lastApiDeploymentAt = aws.now();
}

/** API Gateway refuses writes that meet another one: as many as the settings still hold. */
export function refuseConcurrentModification(aws: AwsContext): void {
  const { settings } = aws.state;
  if (settings.apiConflicts <= 0) return;
  settings.apiConflicts--;
  throw plainError(
    settings.apiConflictStatus,
    settings.apiConflictStatus === 409 ? 'ConflictException' : 'BadRequestException',
    'Unable to complete operation due to concurrent modification. Please try again later.',
  );
}
