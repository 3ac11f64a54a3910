/**
 * The binomial distribution, exactly: tails are sums of their own terms, all positive, so that nothing cancels.
 *
 * With whole counts these sums are the incomplete beta function of Clopper and Pearson. A general one (@stdlib's, 222 packages and
 * 406 kB in the bundle) would be needed for other arguments only, of which a gate has none.
 */

/** Binomial: `hits` of `of` independent rows, each a hit with the probability `p`. */
interface Count {
  readonly hits: number;
  readonly of: number;
  readonly p: number;
}

/** The probability of `hits` or more. */
export function probabilityOfAtLeast({ hits, of, p }: Count): number {
  return upperTail(hits, of)(p);
}

/** The probability of `hits` or fewer. */
export function probabilityOfAtMost({ hits, of, p }: Count): number {
  return probabilityOfAtLeast({ hits: of - hits, of, p: 1 - p });
}

/** As a function of the probability: what does not depend on it is computed once. */
function upperTail(hits: number, of: number): (p: number) => number {
  if (hits <= 0) return () => 1;
  if (hits > of) return () => 0;
  const above = logChoose(of, hits);
  const below = logChoose(of, hits - 1);
  // The nearer tail is summed, which is the small one.
  return (p) => {
    if (p <= 0) return 0;
    if (p >= 1) return 1;
    if (hits > of * p) return tailFrom({ hits, of, p }, above);
    return 1 - tailFrom({ hits: of - hits + 1, of, p: 1 - p }, below);
  };
}

/** Σ P(X = i) for i ≥ hits, where `hits` lies above the mean: each term is smaller than the one before. */
function tailFrom({ hits, of, p }: Count, logOfChoices: number): number {
  const odds = p / (1 - p);
  let term = 1;
  let sum = 1;
  for (let i = hits; i < of && term > sum * Number.EPSILON; i += 1) {
    term *= ((of - i) / (i + 1)) * odds;
    sum += term;
  }
  return Math.min(1, sum * Math.exp(logOfChoices + hits * Math.log(p) + (of - hits) * Math.log1p(-p)));
}

function logChoose(of: number, hits: number): number {
  const few = Math.min(hits, of - hits);
  let sum = 0;
  for (let i = 1; i <= few; i += 1) sum += Math.log((of - few + i) / i);
  return sum;
}

/** A share with the bounds between which it lies. */
interface Interval {
  readonly count: number;
  readonly of: number;
  readonly low: number;
  readonly high: number;
}

/**
 * Clopper and Pearson's exact interval of a share.
 * @param alpha the probability outside it, half on either side: 0.05 gives the interval of 95 %.
 * @returns bounds of 0 and 1 where nothing was counted.
 */
export function clopperPearson(count: number, of: number, alpha = 0.05): Interval {
  const lowOf = (hits: number) => {
    const tail = upperTail(hits, of);
    return hits <= 0 ? 0 : rootOf((p) => tail(p) - alpha / 2);
  };
  return { count, of, low: lowOf(count), high: 1 - lowOf(of - count) };
}

/** Where a function that rises from below zero to above it crosses zero, to the last bit between 0 and 1. */
function rootOf(rising: (p: number) => number): number {
  let [low, high] = [0, 1];
  for (let step = 0; step < 80; step += 1) {
    const middle = (low + high) / 2;
    if (middle <= low || middle >= high) break;
    if (rising(middle) < 0) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}
