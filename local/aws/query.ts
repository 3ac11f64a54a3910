/** The query protocol of CloudFormation, IAM and STS: a form goes in, XML comes out. */
import { fromUtf8, utf8 } from '../http.ts';
import type { LocalRequest, LocalResponse } from '../http.ts';

type Member = string | Member[] | { [name: string]: Member };

/** The members of a form: `Parameters.member.1.ParameterKey` is the key of the first of a list. */
export function readForm(request: LocalRequest): Record<string, Member> {
  const root: Record<string, Member> = {};
  for (const [path, value] of new URLSearchParams(fromUtf8(request.body))) {
    const parts = path.split('.');
    const last = parts.pop() ?? '';
    let at = root;
    for (const part of parts) at = (at[part] ??= {}) as Record<string, Member>;
    at[last] = value;
  }
  return listed(root) as Record<string, Member>;
}

/** `{ member: { 1: …, 2: … } }` is a list. */
function listed(value: Member): Member {
  if (typeof value === 'string' || Array.isArray(value)) return value;
  const { member } = value;
  if (typeof member === 'object' && !Array.isArray(member)) return Object.values(member).map(listed);
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, listed(item)]));
}

/** An answer as the SDK reads it: lists of `member`, no element for what is undefined. */
export function queryResponse(operation: string, output: object): LocalResponse {
  const body =
    `<${operation}Response xmlns="http://local/"><${operation}Result>${xmlOf(output)}</${operation}Result>` +
    `<ResponseMetadata><RequestId>local</RequestId></ResponseMetadata></${operation}Response>`;
  return { status: 200, headers: { 'content-type': 'text/xml' }, body: utf8(body) };
}

function xmlOf(value: unknown): string {
  if (Array.isArray(value)) return value.map((item) => `<member>${xmlOf(item)}</member>`).join('');
  if (typeof value === 'object' && value !== null) {
    return Object.entries(value)
      .filter(([, item]) => item !== undefined)
      .map(([name, item]) => `<${name}>${xmlOf(item)}</${name}>`)
      .join('');
  }
  return escapeXml(String(value));
}

export function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
