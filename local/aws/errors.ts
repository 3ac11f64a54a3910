/** An error the way an AWS service gives it: the router writes it in the protocol of the service that was called. */
export class AwsError extends Error {
  readonly status: number;
  readonly code: string;
  /** Further members of the error's shape (Reason, Type, retryAfterSeconds, …), in wire names. */
  readonly fields: Readonly<Record<string, string | number>>;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    status: number,
    code: string,
    detail: {
      message: string;
      fields?: Readonly<Record<string, string | number>>;
      headers?: Readonly<Record<string, string>>;
    },
  ) {
    super(detail.message);
    this.name = code;
    this.status = status;
    this.code = code;
    this.fields = detail.fields ?? {};
    this.headers = detail.headers ?? {};
  }
}

/** Lambda says in every error whether the user or the service is at fault. */
const USER = { Type: 'User' } as const;

export function notFound(message: string): AwsError {
  return new AwsError(404, 'ResourceNotFoundException', { message, fields: USER });
}

export function conflict(message: string): AwsError {
  return new AwsError(409, 'ResourceConflictException', { message, fields: USER });
}

export function invalidParameter(message: string): AwsError {
  return new AwsError(400, 'InvalidParameterValueException', { message, fields: USER });
}

export function preconditionFailed(kind: 'GetFunction/GetAlias' | 'GetPolicy'): AwsError {
  return new AwsError(412, 'PreconditionFailedException', {
    message: `The Revision Id provided does not match the latest Revision Id. Call the ${kind} API to retrieve the latest Revision Id`,
    fields: USER,
  });
}

/** ECR and API Gateway: an error without further members. */
export function plainError(status: number, code: string, message: string): AwsError {
  return new AwsError(status, code, { message });
}
