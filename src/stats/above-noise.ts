/** Whether a candidate differs from what is live more often than what is live differs from itself. */
import { probabilityOfAtLeast } from './binomial.ts';

/** Rows by who gave the odd answer of three: the candidate's and two of what is live. */
export interface OddAnswers {
  /** Rows that all three answered. */
  readonly rows: number;
  /** What is live answered alike twice, the candidate otherwise. */
  readonly candidate: number;
  /** What is live disagreed with itself, and the candidate gave one of its two answers. */
  readonly live: number;
}

const SIGNIFICANT = 0.05;

/** Among so few rows one change is not noise, as long as noise touches no more than one row in 1,000. */
const FEW_ROWS = 100;

/**
 * Were the candidate what is live, asked a third time, each of the three answers would be the odd one equally often: the candidate's in a
 * third of such rows. The exact binomial test of that share needs three changes where what is live never disagreed with itself. Two
 * suffice there, because a live version with so much noise would mostly have shown some: at most 5 % false alarms, whatever the noise.
 *
 * Comparing two rates of disagreement instead (candidate against live, live against live) would leave out half of what the second
 * answer of what is live tells, and pays for it with missed changes.
 */
export function standsOut({ rows, candidate, live }: OddAnswers): boolean {
  if (live === 0 && candidate > 0) return candidate > 1 || rows <= FEW_ROWS;
  return (
    candidate > 0 && probabilityOfAtLeast({ hits: candidate, of: candidate + live, p: 1 / 3 }) <= SIGNIFICANT
  );
}

/** How many of the candidate's odd answers noise alone explains. */
export function explainedByNoise({ live }: OddAnswers): number {
  return live / 2;
}
