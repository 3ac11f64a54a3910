import type { RepositoryOutcome } from '../fleet/plan/rows.ts';
import { countsOf, type AttachReport } from './attach-summary.ts';

/** The outputs of attach, by name. `path` is where the JSON report lies. */
export function attachOutputs(report: AttachReport, path: string): Readonly<Record<string, string>> {
  const counts = countsOf(report.rows);
  const count = (...outcomes: readonly RepositoryOutcome[]) =>
    String(outcomes.reduce((sum, outcome) => sum + (counts.get(outcome) ?? 0), 0));
  return {
    outcome: report.outcome,
    report: path,
    selected: String(report.rows.length),
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
