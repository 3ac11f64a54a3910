import type { Readable } from 'node:stream';

/** A reply that began and was not complete at the time limit of its request. */
export class LateReply extends Error {
  override readonly name = 'TimeoutError';
}

/**
 * Ends a reply's body at its time limit: the SDK's own limits end silence only, and a body may come byte by byte for ever. A real timer
 * and not our clock: what it ends is a real socket.
 */
export function endAfter(body: Readable, milliseconds: number): void {
  const timer = setTimeout(
    () => body.destroy(new LateReply('the reply was not complete at the time limit')),
    Math.max(milliseconds, 0),
  );
  timer.unref();
  body.once('close', () => {
    clearTimeout(timer);
  });
}
