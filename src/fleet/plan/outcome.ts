import { UserError } from '../../errors.ts';
import type { AttachInputs } from '../../inputs/attach-inputs.ts';
import type { RepositoryOutcome, RepositoryRow } from './rows.ts';

/** `ok`; `drift`: a check found something; `partial`: not everything that was to be done was done. */
export type FleetOutcome = 'ok' | 'drift' | 'partial';

/** What the rows come to, with the error that the run ends with where anything is not as it shall be. */
export function fleetOutcome(
  rows: readonly RepositoryRow[],
  asked: Pick<AttachInputs, 'mode' | 'dryRun'>,
): { readonly outcome: FleetOutcome; readonly error: UserError | undefined } {
  const bad = notAsWanted(rows, asked);
  const [first] = bad;
  if (first === undefined) return { outcome: 'ok', error: undefined };
  const share = `${bad.length} of ${rows.length} repositories`;
  const example = `${first.name}: ${first.reason || first.outcome}`;
  if (asked.mode === 'apply') return { outcome: 'partial', error: unfinished(bad, share, example) };
  return { outcome: 'drift', error: drifted(asked.mode, share, example) };
}

/** The rows that make a run fail: partial success is never green. A dry run decides nothing, so it finds none. */
function notAsWanted(
  rows: readonly RepositoryRow[],
  { mode, dryRun }: Pick<AttachInputs, 'mode' | 'dryRun'>,
): readonly RepositoryRow[] {
  if (dryRun) return [];
  const bad = new Set<RepositoryOutcome>(['failed', 'remaining', 'incomplete']);
  // A check answers "is everything in sync?"; whatever is not, is what it is there to find.
  const drift: readonly RepositoryOutcome[] = ['to-create', 'to-update', 'open', 'conflict', 'declined'];
  if (mode === 'check') for (const one of drift) bad.add(one);
  return rows.filter(({ outcome }) => bad.has(outcome));
}

function drifted(mode: AttachInputs['mode'], share: string, example: string): UserError {
  return new UserError('attach-drift', {
    what: `${share} are not as they should be (${example}).`,
    fix:
      mode === 'check'
        ? 'Run attach with mode: apply to open pull requests, and merge those that are open.'
        : 'The summary lists what is missing, with the commands that add it.',
  });
}

function unfinished(bad: readonly RepositoryRow[], share: string, example: string): UserError {
  const isUnfinished = bad.some(({ outcome }) => outcome === 'remaining');
  return new UserError('attach-partial', {
    what: `${share} could not be brought in sync (${example}).`,
    fix: isUnfinished
      ? 'Run it again to continue: it repeats nothing.'
      : 'The summary names each with its reason; mend it, or exclude the repository, and run it again.',
  });
}
