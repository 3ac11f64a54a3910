/** The report of a deploy or a rollback: a function of its results, and nothing else. */
import type { ReleaseResult, Results } from '../release/result.ts';
import type { Report } from '../run/finish.ts';
import type { Outcome } from '../types.ts';
import { caveatOf } from './proof.ts';
import { outcomeOf, outputsOfAll, summaryOfAll, whyOf } from './together.ts';

/** Outcomes that a workflow may go on from. */
const GREEN: ReadonlySet<Outcome> = new Set(['ok', 'ok:noop', 'superseded']);

/** @param docs where this action's documentation is; undefined: no links to it. */
export function releaseReport([first, ...more]: readonly ReleaseResult[], docs?: string): Report {
  if (first === undefined) throw new RangeError('a run without a service has no report');
  const results: Results = [first, ...more];
  const { action } = first;
  const outcome = outcomeOf(results);
  const why = whyOf(results);
  const warnings = results.flatMap(({ warnings: all, functionName }) =>
    all.map((message) => ({ message, title: `${action} ${functionName}` })),
  );
  const caveats = results
    .map(caveatOf)
    .map((caveat) => (caveat === '' ? '' : `; ${caveat}`))
    .join('');
  const isTold = results.every(({ error }) => error === undefined);
  const yielded = outcome === 'superseded' && isTold ? [{ message: why, title: `${action} superseded` }] : [];
  return {
    outputs: outputsOfAll(results),
    summary: summaryOfAll(results, docs),
    warnings: [...warnings.slice(0, 9), ...yielded],
    failures: results.flatMap(({ error }) => error ?? []),
    closing: `${outcome}${caveats}${why === '' ? '' : `: ${why}`}`,
    isGreen: GREEN.has(outcome) || (action === 'rollback' && outcome === 'rolled-back'),
  };
}
