import type { LocalRequest, LocalResponse } from '../http.ts';
import type { AwsContext } from './routes.ts';
import type { AwsState } from './state.ts';
export interface LocatedApi {
  readonly id: string;
}
export function locateApi(_state: AwsState, _request: LocalRequest): LocatedApi | undefined {
  return undefined;
}
export function answerApiRequest(
  _aws: AwsContext,
  _request: LocalRequest,
  _api: LocatedApi,
): Promise<LocalResponse> {
  throw new Error('not yet');
}
