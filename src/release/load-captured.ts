/** The captured requests of a release that is compared with what is live. */
import type { TrialRow } from '../checks/gate/trial.ts';
import { plural } from '../words.ts';
import type { Begun } from './provide.ts';
import type { ReleaseSession } from './tools.ts';

/**
 * Reads them before anything is built. What was left out is said in the log; nothing of what they hold is.
 * @returns none where `gate.samples-from` names none, or where there is nothing to compare with.
 * @throws UserError `no-captures`; AwsError where S3 refuses.
 */
export async function loadCaptured(
  { tools, group }: ReleaseSession,
  { inputs, seen }: Pick<Begun, 'inputs' | 'seen'>,
): Promise<readonly TrialRow[]> {
  const { gate } = inputs;
  if (gate.samplesFrom === undefined || gate.live === 'none' || seen.live === undefined) return [];
  const load = async () => {
    const { loadCaptureRows } = await import('../checks/gate/capture-rows.ts');
    const { rows, leftOut } = await loadCaptureRows(tools, gate);
    for (const clause of leftOut) tools.log.info(`Left out: ${clause}`);
    return rows;
  };
  return group('Load the captured requests', load, (rows) => plural(rows.length, 'request'));
}
