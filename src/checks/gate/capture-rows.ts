/** Captured requests as rows of a trial: by their number only, because what they hold may be personal. */
import { loadCaptures, type CaptureTools } from '../../evidence/load-captures.ts';
import type { GatePolicy } from '../../inputs/gate-policy.ts';
import type { TrialRow } from './trial.ts';

export interface CaptureRows {
  readonly rows: readonly TrialRow[];
  /** What was left out, as clauses. */
  readonly leftOut: readonly string[];
}

/** None without `samples-from`, and without `replay: safe`: a handler may write when it is called. */
export async function loadCaptureRows(
  tools: CaptureTools,
  { samplesFrom, replay }: Pick<GatePolicy, 'samplesFrom' | 'replay'>,
): Promise<CaptureRows> {
  if (samplesFrom === undefined || replay !== 'safe') return { rows: [], leftOut: [] };
  const { requests, leftOut } = await loadCaptures(tools, samplesFrom);
  const rows = requests.map(({ line, input, contentType }) => {
    const name = `row ${line}`;
    const exact = { tolerance: 0, relativeTolerance: 0 };
    const sample = { name, line, input, ...exact, ...(contentType === undefined ? {} : { contentType }) };
    return { name, line, from: 'captures', sample } as const;
  });
  return { rows, leftOut };
}
