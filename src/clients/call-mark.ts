/** Every call of ours says what it is for, so that a handler can leave it out of its records and nobody counts it as a user's. */

/** A sample of the repository, a captured request that is sent again, or a call of a load. */
export type CallMark = 'sample' | 'replay' | 'load';

/** What Lambda hands to the runtime as the client context; Python reads `context.client_context.custom["model-release"]`. JSON. */
export function clientContext(mark: CallMark): string {
  return JSON.stringify({ custom: { 'model-release': mark } });
}
