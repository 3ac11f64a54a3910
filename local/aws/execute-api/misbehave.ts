import { noBytes, utf8 } from '../../http.ts';
import type { LocalRequest, LocalResponse } from '../../http.ts';
import type { AwsContext } from '../routes.ts';
import type { Misbehaviour } from '../state.ts';

const PIECE = utf8(' '.repeat(64 * 1024));
const BYTE = utf8(' ');

/** What an API that was told to misbehave answers, if it answers. */
export function misbehave(
  aws: AwsContext,
  request: LocalRequest,
  how: Misbehaviour,
): LocalResponse | Promise<never> {
  switch (how.kind) {
    case 'hang':
      return new Promise<never>(() => undefined);
    case 'redirect':
      return {
        status: how.status ?? 302,
        headers: { location: how.to ?? `${request.path}?again=${aws.state.counters.request++}` },
        body: noBytes,
      };
    case 'drip':
      return streaming(drops(aws, how));
    case 'endless':
      return streaming(pieces());
  }
}

function streaming(stream: AsyncIterable<Uint8Array>): LocalResponse {
  return { status: 200, headers: { 'content-type': 'application/json' }, body: noBytes, stream };
}

async function* drops(
  aws: AwsContext,
  how: { everyMs: number; bytes?: number },
): AsyncGenerator<Uint8Array, void> {
  for (let sent = 0; sent < (how.bytes ?? Infinity); sent++) {
    await aws.clock.sleep(how.everyMs);
    yield BYTE;
  }
}

async function* pieces(): AsyncGenerator<Uint8Array, void> {
  for (;;) {
    // One turn of the event loop for each piece, so that a client's timer still fires.
    await new Promise((resolve) => setImmediate(resolve));
    yield PIECE;
  }
}
