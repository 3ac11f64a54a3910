/**
 * Whose fault it is, with a stable code and the way out.
 *
 * A `UserError` is something a person can mend: its message is one or two sentences and never a stack trace.
 * An `AwsError` is one refused or lost AWS call, with what is known about its effect. Anything else is a defect of ours.
 */

/** The parts of a message to a person: what happened, and what to do about it. */
export interface Explanation {
  /** What happened and where; a full sentence. */
  readonly what: string;
  /** What to do; a full sentence, or empty when the first one already says it. */
  readonly fix?: string;
  /** The lines that are wrong, where they are known. */
  readonly places?: readonly Place[];
}

/** A line of a file that a person wrote, for an annotation there. */
export interface Place {
  /** Relative to the workspace. */
  readonly file: string;
  /** From 1. */
  readonly line?: number;
  /** What is wrong there, where that is less than the whole message. */
  readonly message?: string;
}

/** What no message may hold: control characters, line separators, and what turns the direction of the text that follows. */
// eslint-disable-next-line no-control-regex -- they are exactly what must not reach a log
export const UNPRINTABLE = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g;

/** A mistake or a condition that a person can mend. `code` is stable and may be matched by scripts. */
export class UserError extends Error {
  override readonly name = 'UserError';
  readonly code: string;
  readonly what: string;
  readonly fix: string;
  readonly places: readonly Place[];

  constructor(code: string, { what, fix = '', places = [] }: Explanation, options?: ErrorOptions) {
    super(fix === '' ? what : `${what}${what.endsWith('\n') ? '' : ' '}${fix}`, options);
    this.code = code;
    this.what = what;
    this.fix = fix;
    this.places = places;
  }
}

/** The run was told to stop (SIGINT, SIGTERM): no further write is started. */
export class Cancelled extends UserError {
  constructor(signal: string) {
    super('cancelled', {
      what: `The run was stopped by ${signal} before its next write.`,
      fix: 'Run it again: it continues from what is live.',
    });
  }
}

/** The run was told to stop, and its time is up: whatever was under way is abandoned, and what became of it is not known. */
export class CutOff extends Cancelled {}

/**
 * What a failed call may have done: `none` means AWS said that nothing changed; `unknown` means the reply was lost
 * (connection reset, time-out, 5xx), so the effect may or may not have happened.
 */
export type Effect = 'none' | 'unknown';

export interface AwsFailure {
  readonly service: string;
  readonly operation: string;
  /** The error code AWS gave (`ResourceConflictException`), or the transport's (`ECONNRESET`, `TimeoutError`). */
  readonly code: string;
  /** AWS's own words; empty when there was no reply. */
  readonly detail: string;
  /** HTTP status, or 0 when there was no reply. */
  readonly status: number;
  readonly effect: Effect;
  /** AWS's `Reason` member, where the error has one (Lambda's throttles). */
  readonly reason?: string;
  /** Milliseconds AWS asked to wait. */
  readonly retryAfterMs?: number;
}

/** The connection never came about; a name that does not resolve yet often does a second later. */
const NEVER_SENT = /^(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|EHOSTUNREACH|ENETUNREACH)$/;

/** One AWS call that failed, after the retries its kind allows. */
export class AwsError extends Error implements AwsFailure {
  override readonly name = 'AwsError';
  readonly service: string;
  readonly operation: string;
  readonly code: string;
  readonly detail: string;
  readonly status: number;
  readonly effect: Effect;
  readonly reason?: string;
  readonly retryAfterMs?: number;

  constructor(failure: AwsFailure, options?: ErrorOptions) {
    super(
      `${failure.service} ${failure.operation}: ${failure.code}${failure.detail ? `: ${failure.detail}` : ''}`,
      options,
    );
    this.service = failure.service;
    this.operation = failure.operation;
    this.code = failure.code;
    this.detail = failure.detail;
    this.status = failure.status;
    this.effect = failure.effect;
    if (failure.reason !== undefined) this.reason = failure.reason;
    if (failure.retryAfterMs !== undefined) this.retryAfterMs = failure.retryAfterMs;
  }

  get isThrottle(): boolean {
    // A quota that is used up says 429 too, and waiting does not help.
    if (/^LimitExceeded/.test(this.code)) return false;
    return this.status === 429 || /thrott|toomanyrequests|requestlimit|slowdown/i.test(this.code);
  }

  /** Lambda says 502 for a function it cannot start, too: a key, a subnet or a file system that stays as it is. */
  get isLasting(): boolean {
    return this.status === 502 && /^(KMS|Invalid|EFS)/.test(this.code);
  }

  /** Worth another attempt of the very same request: throttled, or the reply (or the connection) was lost. */
  get isTransient(): boolean {
    if (this.isLasting) return false;
    return (
      this.isThrottle ||
      this.effect === 'unknown' ||
      NEVER_SENT.test(this.code) ||
      this.code === 'RequestTimeTooSkewed'
    );
  }

  get isForbidden(): boolean {
    return PERMISSION.test(this.code);
  }

  get isMissing(): boolean {
    return this.status === 404 || /NotFoundException$/.test(this.code);
  }
}

/** Runs `call`; an AWS "not found" becomes `undefined`, everything else passes. */
export async function orMissing<T>(call: Promise<T>): Promise<T | undefined> {
  try {
    return await call;
  } catch (error) {
    if (error instanceof AwsError && error.isMissing) return undefined;
    throw error;
  }
}

const PERMISSION =
  /^(AccessDenied|AccessDeniedException|UnauthorizedOperation|Forbidden|ForbiddenException)$/;
const CREDENTIALS =
  /^(ExpiredToken|ExpiredTokenException|UnrecognizedClientException|InvalidClientTokenId|InvalidSignatureException|CredentialsProviderError)$/;
const UNREACHABLE =
  /^(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|TimeoutError|NetworkingError|EHOSTUNREACH|ENETUNREACH)$/;

/** Refusals with a way out of their own: by code, or by AWS's words where one code means many things. */
const WAYS_OUT: readonly (readonly [RegExp, string])[] = [
  [
    /^CodeStorageExceeded/,
    'Delete old versions of zip functions in this region; container images do not count.',
  ],
  [/media type .*not supported/i, 'Push a single image: build it with --provenance=false --sbom=false.'],
  [
    /^FunctionVersionsPer|^LimitExceeded/,
    'Delete what nothing points to any more, or have the quota raised.',
  ],
  [/^PolicyLengthExceeded/, 'Remove statements that are not needed from that policy.'],
  [
    /^ImageInaccessible/,
    'If the image is in the archive, restore it (aws ecr update-image-storage-class), then run this again.',
  ],
  [/^KMS/i, 'Check that the key is enabled and that the role may use it.'],
];
const ANY_WAY_OUT = 'Mend what it names, then run this again: it continues from what is live.';

/** The code of an answer of success that is not the operation's. */
export const FOREIGN_REPLY = 'ForeignReply';

/** One AWS error → the sentence a person reads. Known codes get the way out; the rest keep AWS's own words. */
export function explainAwsError(error: AwsError): UserError {
  const action = iamAction(error);
  const asks = `${error.service} ${error.operation}`;
  if (PERMISSION.test(error.code)) {
    return new UserError(
      'aws-permission',
      {
        what: `AWS refused ${action}: ${sentence(error.detail || 'the role lacks the permission')}`,
        fix: permissionFix(action, error.detail),
      },
      { cause: error },
    );
  }
  if (CREDENTIALS.test(error.code)) {
    const isMissing = error.code === 'CredentialsProviderError';
    return new UserError(
      'aws-credentials',
      {
        what: isMissing
          ? `There are no credentials for ${asks}: ${sentence(error.detail)}`
          : `AWS did not accept the credentials during ${asks} (${error.code}).`,
        fix: 'On GitHub run aws-actions/configure-aws-credentials before this step, with a session long enough for the whole job; elsewhere sign in with aws sso login, or name a profile in AWS_PROFILE.',
      },
      { cause: error },
    );
  }
  if (error.code === 'RequestTimeTooSkewed' || error.code === 'RequestExpired') {
    return new UserError(
      'clock-skew',
      {
        what: `AWS refused ${asks} because this machine's clock is off: ${sentence(error.detail)}`,
        fix: "Correct the runner's clock (NTP) and run again.",
      },
      { cause: error },
    );
  }
  return unanswered(error) ?? refusedByAws(error);
}

/** Calls that AWS did not get to, or did not answer; undefined for a plain refusal. */
function unanswered(error: AwsError): UserError | undefined {
  const asks = `${error.service} ${error.operation}`;
  if (error.isThrottle) {
    return new UserError(
      'aws-throttled',
      {
        what: `AWS kept throttling ${asks} until the time for it was used up.`,
        fix: 'Run it again in a few minutes; what is live has not been touched by this call.',
      },
      { cause: error },
    );
  }
  if (error.code === FOREIGN_REPLY) {
    const read = /^(Get|List|Describe|BatchGet|Invoke)/.test(error.operation);
    const doubt = read ? '' : ', and whether it took effect is not known';
    return new UserError(
      'foreign-reply',
      {
        what: `The reply to ${asks} is not what AWS answers: ${error.detail}${doubt}.`,
        fix: 'Find out what answers in its place (a proxy or a sign-in page), then run this again: it continues from what is live.',
      },
      { cause: error },
    );
  }
  if (UNREACHABLE.test(error.code) || error.status === 0) {
    return new UserError(
      'aws-unreachable',
      {
        what: `No answer from AWS to ${asks} (${error.code}).`,
        fix: 'Check the region, the network and the proxy of the runner, then run it again.',
      },
      { cause: error },
    );
  }
  if (error.code === 'ListWithoutEnd') {
    return new UserError(
      'aws-unavailable',
      {
        what: `The list that AWS gives for ${asks} does not end: ${error.detail}.`,
        fix: 'Run it again later.',
      },
      { cause: error },
    );
  }
  if (error.status >= 500 && !error.isLasting) {
    return new UserError(
      'aws-unavailable',
      {
        what: `AWS answered ${asks} with ${error.status} ${error.code} until the time for it was used up.`,
        fix: 'Run it again; it continues from what is live.',
      },
      { cause: error },
    );
  }
  return undefined;
}

/** What AWS would not do, in its own words, with the way out that is known. */
function refusedByAws(error: AwsError): UserError {
  const refusal = sentence(error.detail === '' ? error.code : `${error.code}: ${error.detail}`);
  return new UserError(
    'aws-refused',
    {
      what: `AWS refused ${error.service} ${error.operation}: ${refusal}`,
      fix: WAYS_OUT.find(([known]) => known.test(refusal))?.[1] ?? ANY_WAY_OUT,
    },
    { cause: error },
  );
}

/** AWS names the policy that refused; adding to the role's own mends only what the role's own policy lacks. */
function permissionFix(action: string, detail: string): string {
  const [, denies] =
    /explicit deny in (?:an? )?((?:[\w-]+ ){0,4}?(?:policy|boundary|boundaries))/i.exec(detail) ?? [];
  const [, allowsNot] = /because no ([\w -]{1,60}?) allows/i.exec(detail) ?? [];
  if (denies !== undefined || /explicit deny/i.test(detail))
    return `No permission of the role outweighs a deny: have the ${denies ?? 'policy that denies it'} changed, or run where it does not apply.`;
  if (allowsNot !== undefined && !/^(identity|resource)-based policy$/i.test(allowsNot))
    return `Have ${action} allowed in the ${allowsNot}; the role's own policy is not what refused it.`;
  return `Add ${action} to the role; docs/permissions.md of model-release has the exact policy.`;
}

/** What IAM calls the permission for a call: Invoke has another name there, and API Gateway's are HTTP methods. */
function iamAction({ service, operation }: AwsError): string {
  if (operation === 'Invoke') return 'lambda:InvokeFunction';
  if (operation === 'ListObjectsV2') return 's3:ListBucket';
  if (!/^apigateway/i.test(service)) return `${service.toLowerCase()}:${operation}`;
  const method = /^Get/.test(operation) ? 'GET' : /^Update/.test(operation) ? 'PATCH' : 'POST';
  return `apigateway:${method}`;
}

function sentence(text: string): string {
  const trimmed = text.trim();
  return /[.!?]$/.test(trimmed) ? trimmed : `${trimmed}.`;
}
