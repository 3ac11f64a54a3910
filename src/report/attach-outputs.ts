import type { RepositoryOutcome } from '../fleet/plan/rows.ts';
import type { AttachResult } from '../fleet/result.ts';
import { countsOf } from './attach-summary.ts';

/** The outputs of attach, by name, but for the path of its JSON report. */
export function attachOutputs({ outcome, rows }: AttachResult): Readonly<Record<string, string>> {
  const counts = countsOf(rows);
  const count = (...outcomes: readonly RepositoryOutcome[]) =>
    String(outcomes.reduce((sum, one) => sum + (counts.get(one) ?? 0), 0));
  return {
    outcome,
    selected: String(rows.length),
    'in-sync': count('in-sync', 'complete'),
    changed: count('created', 'updated'),
    open: count('open', 'created', 'updated'),
    'out-of-sync': count('to-create', 'to-update', 'incomplete'),
    'left-alone': count('conflict', 'declined'),
    skipped: count('skipped'),
    failed: count('failed'),
    remaining: count('remaining'),
  };
}
