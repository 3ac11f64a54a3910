/** How a deploy ends, by how its shift did. */
import { explain } from '../run/explain.ts';
import { historyLines } from './facts.ts';
import { also, type Ending } from './result.ts';
import type { Shifted } from './shift.ts';
import { readHistory } from './steps/alias/read-history.ts';
import type { ReleaseSession } from './tools.ts';

function endingOf(shifted: Shifted): Ending {
  const { facts } = shifted;
  const error = 'error' in shifted ? explain(shifted.error) : undefined;
  switch (shifted.kind) {
    case 'shifted':
      return { outcome: 'ok', why: '', facts };
    case 'unchanged':
      return { outcome: 'ok:noop', why: shifted.why, facts };
    case 'superseded':
      // What was checked answered for another run's release, and says nothing about this one's.
      return {
        outcome: 'superseded',
        why: shifted.why,
        error: shifted.unknown && explain(shifted.unknown),
        facts,
      };
    case 'returned':
      return { outcome: 'rolled-back', why: '', error, facts };
    case 'stays':
      return { outcome: shifted.moved ? 'unknown' : 'failed', why: '', error, facts };
    case 'refused':
      return { outcome: 'failed', why: '', error, facts };
    case 'unknown':
      return { outcome: shifted.superseded ? 'unknown:superseded' : 'unknown', why: '', error, facts };
  }
}

/** The ending of a shift, with the last releases where a person may want one of them now. */
export async function settle(
  { tools }: ReleaseSession,
  functionName: string,
  shifted: Shifted,
): Promise<Ending> {
  const ending = endingOf(shifted);
  if (shifted.kind === 'superseded' && shifted.error !== undefined)
    tools.log.warning(explain(shifted.error).message);
  if (shifted.kind !== 'returned' || tools.signal.aborted) return ending;
  const history = await readHistory(tools, { functionName, release: shifted.live });
  return { ...ending, facts: also(ending.facts, { history: historyLines(history) }) };
}
