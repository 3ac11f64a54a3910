import { AwsError, Cancelled, FOREIGN_REPLY, type Effect } from '../errors.ts';
import type { Clock } from './clock.ts';
import { LateReply } from './late-reply.ts';
import { ForeignReply } from './reply.ts';
import { needsPermit, type Permits } from './writes.ts';
import { backoff, retry, type Pause, type RetryPolicy } from './retry.ts';

/** What every call to AWS goes through: time, jitter, the stop signal and a place to say that it is waiting. */
export interface CallContext {
  readonly clock: Clock;
  /** A number in [0, 1). */
  readonly random: () => number;
  /** Aborted with the signal's name as reason when the run is told to stop. */
  readonly signal: AbortSignal;
  readonly log: { info(line: string): void };
  /** Checked before every call that is no read. */
  readonly permits: Permits;
}

export interface CallKind {
  readonly service:
    'Lambda' | 'ECR' | 'APIGateway' | 'ApiGatewayV2' | 'CloudFormation' | 'IAM' | 'STS' | 'S3';
  readonly operation: string;
  /** `never`: the caller has its own loop (UpdateAlias, Invoke, CreateDeployment). */
  readonly retry?: 'transient' | 'never';
}

/** Transient failures are tried again for at most this long, and at most this often. */
export const RETRY_BUDGET_MS = 60_000;
export const RETRY_ATTEMPTS = 8;

/**
 * One AWS call. The SDK's own retries are off in every client (`maxAttempts: 1`): here they run on our clock, say that they wait,
 * and stop at a write when the run is told to stop.
 * @throws AwsError after the last attempt; Cancelled instead of starting a write after the stop signal.
 */
export async function call<T>(context: CallContext, kind: CallKind, send: () => Promise<T>): Promise<T> {
  const policy: RetryPolicy = {
    attempts: kind.retry === 'never' ? 1 : RETRY_ATTEMPTS,
    budgetMs: RETRY_BUDGET_MS,
    passes: (error, attempt) => pauseAfter(context, error, attempt),
  };
  const operation = `${PREFIX[kind.service]}:${kind.operation}`;
  return retry(context, policy, async () => {
    const sent = async () => {
      try {
        return await send();
      } catch (thrown) {
        throw toAwsError(kind, thrown);
      }
    };
    if (!needsPermit(operation)) return sent();
    // A write is not started after the stop signal.
    if (context.signal.aborted) throw new Cancelled(String(context.signal.reason));
    return context.permits.send(operation, sent);
  });
}

/** What IAM calls the services. */
const PREFIX = {
  Lambda: 'lambda',
  ECR: 'ecr',
  APIGateway: 'apigateway',
  ApiGatewayV2: 'apigateway',
  CloudFormation: 'cloudformation',
  IAM: 'iam',
  STS: 'sts',
  S3: 's3',
} as const;

/** The pause after a failure that passes by itself, for every caller of AWS alike. */
export function pauseAfter(
  context: { readonly random: () => number },
  error: unknown,
  attempt: number,
): Pause | undefined {
  if (!(error instanceof AwsError) || !error.isTransient) return undefined;
  return { ms: backoff(context, attempt, error), why: `${error.service} ${error.operation}: ${error.code}` };
}

interface SdkError {
  readonly name?: string;
  readonly code?: string;
  readonly message?: string;
  readonly Reason?: string;
  readonly retryAfterSeconds?: string;
  readonly $metadata?: { readonly httpStatusCode?: number; readonly clockSkewCorrected?: boolean };
  readonly $response?: { readonly statusCode?: number; readonly headers?: Record<string, string> };
}

/** Before these, no byte of the request was accepted: nothing can have happened. */
const NEVER_CONNECTED = new Set([
  'ENOTFOUND',
  'EAI_AGAIN',
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'CredentialsProviderError',
]);

/** How AWS refuses a signature for its time. */
const REFUSED_FOR_ITS_TIME = new Set([
  'AuthFailure',
  'InvalidSignatureException',
  'RequestExpired',
  'RequestInTheFuture',
  'RequestTimeTooSkewed',
  'SignatureDoesNotMatch',
]);

/** @throws what was thrown, when it is neither an answer of AWS nor the network's: a defect is not tried again. */
function toAwsError(kind: CallKind, thrown: unknown): AwsError {
  if (thrown instanceof AwsError) return thrown;
  if (thrown instanceof ForeignReply) return foreignReply(kind, thrown);
  if (!comesFromTheCall(thrown)) throw thrown;
  const error = (typeof thrown === 'object' && thrown !== null ? thrown : {}) as SdkError;
  const answered = error.$metadata?.httpStatusCode ?? error.$response?.statusCode ?? 0;
  // A status without the whole of its reply is no answer.
  const status = thrown instanceof LateReply ? 0 : answered;
  // An answer of success that the SDK cannot read: a page of HTML, say.
  if (status >= 200 && status < 300) return foreignReply(kind, thrown);
  // The SDK knows the right time by now and signs the next attempt with it. It says so of every error that brings a date,
  // whatever the error is about.
  const corrected =
    error.$metadata?.clockSkewCorrected === true && REFUSED_FOR_ITS_TIME.has(error.name ?? '');
  const skewed = corrected ? 'RequestTimeTooSkewed' : undefined;
  const code = skewed ?? (status === 0 ? error.code : undefined) ?? error.name ?? 'Error';
  const seconds = Number(error.retryAfterSeconds ?? error.$response?.headers?.['retry-after']);
  const refused = (status >= 400 && status < 500) || NEVER_CONNECTED.has(code);
  const effect: Effect = refused ? 'none' : 'unknown';
  return new AwsError(
    {
      service: kind.service,
      operation: kind.operation,
      code,
      detail: status === 0 && code !== 'CredentialsProviderError' ? '' : (error.message ?? ''),
      status,
      effect,
      ...(error.Reason === undefined ? {} : { reason: error.Reason }),
      ...(Number.isFinite(seconds) && seconds > 0 ? { retryAfterMs: seconds * 1000 } : {}),
    },
    { cause: thrown },
  );
}

/** An answer of success that is not the operation's: whether the call took effect is as unknown as with none. */
function foreignReply({ service, operation }: CallKind, cause: unknown): AwsError {
  const detail = cause instanceof ForeignReply ? cause.message : 'it cannot be read';
  return new AwsError(
    { service, operation, code: FOREIGN_REPLY, detail, status: 200, effect: 'unknown' },
    { cause },
  );
}

function comesFromTheCall(thrown: unknown): boolean {
  const error = thrown as SdkError;
  const isAnswer = error.$metadata !== undefined || error.$response !== undefined;
  return (
    isAnswer ||
    typeof error.code === 'string' ||
    /^(TimeoutError|AbortError|CredentialsProviderError)$/.test(error.name ?? '')
  );
}
