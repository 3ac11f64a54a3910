import type { Live } from './go-live.ts';
import type { Session } from './session.ts';

/** What a release is followed by and never depends on. */
export async function afterwards(_live: Live, _session: Session): Promise<void> {
  return Promise.resolve();
}
