/** Replies are checked like inputs: something between a runner and AWS may answer in AWS's place, with a 200. */

/** Thrown for a reply that is not the operation's, as a clause: `it has no AliasArn`. */
export class ForeignReply extends Error {}

/** @returns the member, which every reply of its operation has. */
export function required<T>(value: T | undefined, member: string): T {
  if (value === undefined || value === '') throw new ForeignReply(`it has no ${member}`);
  return value;
}

/** Each member of the reply is what was sent; texts, numbers, and plain objects of them. */
export function requireSent(reply: object, sent: object): void {
  for (const [member, value] of Object.entries(sent)) {
    const found: unknown = (reply as Record<string, unknown>)[member];
    if (typeof value === 'object' && value !== null) requireSent(Object(found) as object, value as object);
    else if (value !== undefined && found !== value)
      throw new ForeignReply(`its ${member} is not what was sent`);
  }
}
