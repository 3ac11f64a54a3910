import { noBytes } from '../http.ts';
import type { LocalRequest, LocalResponse } from '../http.ts';
import type { AwsContext } from './routes.ts';
import type { AwsState } from './state.ts';

/** Whether a request is for the URL that GetDownloadUrlForLayer gave: a plain GET, no signature. */
export function isLayerDownload(state: AwsState, request: LocalRequest): boolean {
  if (request.method !== 'GET' || !request.path.includes('sha256')) return false;
  return `//${request.host}${request.path}`.startsWith(state.blobUrlBase.replace(/^https?:/, ''));
}

export async function downloadLayer(aws: AwsContext, request: LocalRequest): Promise<LocalResponse> {
  const digest = decodeURIComponent(request.path.slice(request.path.lastIndexOf('/') + 1));
  const bytes = await aws.blobs.get(digest);
  if (bytes === undefined) return { status: 404, headers: {}, body: noBytes };
  return { status: 200, headers: { 'content-type': 'application/octet-stream' }, body: bytes };
}
