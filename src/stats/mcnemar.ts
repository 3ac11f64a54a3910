/** Two subjects on the same rows: only rows on which they disagree say which of them is better. */
import { probabilityOfAtLeast } from './binomial.ts';

/** Rows on which exactly one of two subjects is right. */
export interface Discordant {
  /** Right before, wrong now. */
  readonly lost: number;
  /** Wrong before, right now. */
  readonly won: number;
}

/** Exact one-sided p-value that the second subject is worse: were both equal, each such row would be a coin toss. */
export function mcnemarWorse({ lost, won }: Discordant): number {
  return probabilityOfAtLeast({ hits: lost, of: lost + won, p: 0.5 });
}

/** Exact two-sided p-value that the subjects differ. */
export function mcnemarDiffers({ lost, won }: Discordant): number {
  return Math.min(1, 2 * mcnemarWorse({ lost: Math.max(lost, won), won: Math.min(lost, won) }));
}
