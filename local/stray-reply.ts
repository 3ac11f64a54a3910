import type { FaultRule } from './faults.ts';
import { utf8 } from './http.ts';
import type { LocalResponse } from './http.ts';

/** What the caller gets in the place of the service's answer under `empty-before` and `empty-after`. */
export function strayReply({ reply = {} }: FaultRule): LocalResponse {
  const { status = 200, contentType = 'application/json', body = '' } = reply;
  return { status, headers: { 'content-type': contentType }, body: utf8(body) };
}
