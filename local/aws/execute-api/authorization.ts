import { jsonResponse } from '../../http.ts';
import type { LocalRequest, LocalResponse } from '../../http.ts';

/** What a route asks of a caller. */
interface RouteAccess {
  /** Absent: NONE. */
  readonly authorizationType?: string;
  readonly apiKeyRequired?: boolean;
}

/** What a REST API says to a path, method or stage that it does not have, and to a call without a signature. */
export function missingToken(): LocalResponse {
  return refused(403, 'MissingAuthenticationTokenException', 'Missing Authentication Token');
}

const forbidden = (): LocalResponse => refused(403, 'ForbiddenException', 'Forbidden');
const unauthorized = (): LocalResponse => refused(401, 'UnauthorizedException', 'Unauthorized');

function refused(status: number, code: string, message: string): LocalResponse {
  return jsonResponse(status, { message }, { 'x-amzn-errortype': code });
}

/** The refusal of a caller that shows nothing at all; what is shown is not examined. */
export function refuseRest(request: LocalRequest, access: RouteAccess): LocalResponse | undefined {
  const { authorization } = request.headers;
  switch (access.authorizationType ?? 'NONE') {
    case 'NONE':
      break;
    case 'AWS_IAM':
      if (authorization?.startsWith('AWS4-') !== true) return missingToken();
      break;
    default:
      if (authorization === undefined) return unauthorized();
  }
  return access.apiKeyRequired === true && request.headers['x-api-key'] === undefined
    ? forbidden()
    : undefined;
}

/** HTTP APIs have no API keys, and other words for a missing signature. */
export function refuseHttp(request: LocalRequest, access: RouteAccess): LocalResponse | undefined {
  const { authorization } = request.headers;
  switch (access.authorizationType ?? 'NONE') {
    case 'NONE':
      return undefined;
    case 'AWS_IAM':
      return authorization?.startsWith('AWS4-') === true ? undefined : forbidden();
    default:
      return authorization === undefined ? unauthorized() : undefined;
  }
}
