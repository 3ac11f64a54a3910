import { UserError } from '../../errors.ts';
import type { Mode, RepositoryOutcome, RepositoryRow } from './rows.ts';

/** The rows that make a run fail: partial success is never green. A dry run decides nothing, so it finds none. */
export function troubles(
  rows: readonly RepositoryRow[],
  mode: Mode,
  dryRun: boolean,
): readonly RepositoryRow[] {
  if (dryRun) return [];
  const bad = new Set<RepositoryOutcome>(['failed', 'remaining', 'incomplete']);
  // A check answers "is everything in sync?"; whatever is not, is what it is there to find.
  const drift: readonly RepositoryOutcome[] = ['to-create', 'to-update', 'open', 'conflict', 'declined'];
  if (mode === 'check') for (const one of drift) bad.add(one);
  return rows.filter(({ outcome }) => bad.has(outcome));
}

/** The verdict as the error a run ends with; undefined when everything that was to be done is done. */
export function verdict(rows: readonly RepositoryRow[], mode: Mode, dryRun: boolean): UserError | undefined {
  const bad = troubles(rows, mode, dryRun);
  const [first] = bad;
  if (first === undefined) return undefined;
  const example = `${first.name}: ${first.reason || first.outcome}`;
  const share = `${bad.length} of ${rows.length} repositories`;
  if (mode !== 'apply') {
    return new UserError('attach-drift', {
      what: `${share} are not as they should be (${example}).`,
      fix:
        mode === 'check'
          ? 'Run attach with mode: apply to open pull requests, and merge those that are open.'
          : 'The summary lists what is missing, with the commands that add it.',
    });
  }
  const isUnfinished = bad.some(({ outcome }) => outcome === 'remaining');
  return new UserError('attach-partial', {
    what: `${share} could not be brought in sync (${example}).`,
    fix: isUnfinished
      ? 'Run it again to continue: it repeats nothing.'
      : 'The summary names each with its reason; mend it, or exclude the repository, and run it again.',
  });
}
