/** Quantiles, as numpy and R define them by default: linear between the two values around the place `(n − 1) · share`, counted from 0. */

/** @param share 0 to 1. @returns undefined without values; values that are no numbers are left out. */
export function quantile(values: readonly number[], share: number): number | undefined {
  const sorted = values.filter((value) => !Number.isNaN(value)).sort((a, b) => a - b);
  const place = (sorted.length - 1) * share;
  const below = sorted[Math.floor(place)];
  const above = sorted[Math.ceil(place)];
  if (below === undefined || above === undefined) return undefined;
  return below === above ? below : below + (above - below) * (place - Math.floor(place));
}

/** Undefined where there are no values. */
export interface Percentiles {
  readonly p50: number | undefined;
  readonly p95: number | undefined;
  readonly p99: number | undefined;
}

export function percentiles(values: readonly number[]): Percentiles {
  const [p50, p95, p99] = [0.5, 0.95, 0.99].map((share) => quantile(values, share));
  return { p50, p95, p99 };
}
