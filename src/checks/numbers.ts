/** Comparing numbers by their text: 12345678901234567890 is not 12345678901234567891, and 1.10 is 1.1. */
import type { Tolerance } from './samples.ts';

/** Longer whole numbers are compared as texts: no model means them to be computed with. */
const LONGEST_WHOLE = 400;

export function isWithin(expected: string, got: string, bounds: Tolerance): boolean {
  if (expected === got) return true;
  const { tolerance, relativeTolerance } = bounds;
  const isExact = tolerance === 0 && relativeTolerance === 0;
  if (isWhole(expected) && isWhole(got)) {
    // Doubles would take neighbours beyond 2^53 for one another.
    const difference = BigInt(expected) - BigInt(got);
    return isExact ? difference === 0n : isNear(Number(difference), expected, { got, bounds });
  }
  const difference = Number(expected) - Number(got);
  if (Number.isNaN(difference) || !Number.isFinite(difference)) return false;
  return isExact ? difference === 0 : isNear(difference, expected, { got, bounds });
}

/** 0.9 − 0.89 is a little more than 0.01 in binary: a difference at the very edge counts as within. */
function isNear(
  difference: number,
  expected: string,
  { got, bounds }: { readonly got: string; readonly bounds: Tolerance },
): boolean {
  const size = Math.abs(Number(expected));
  const allowed = Math.max(bounds.tolerance, bounds.relativeTolerance * size);
  const rounding = 2 * Number.EPSILON * Math.max(size, Math.abs(Number(got)));
  return Math.abs(difference) <= allowed + rounding;
}

function isWhole(text: string): boolean {
  return text.length <= LONGEST_WHOLE && /^-?\d+$/.test(text);
}

/** Completes "expected 0.9": `± 0.01`, `± 5 %`, `± 0.01 or 5 %`. Undefined where numbers have to be equal. */
export function toleranceText({ tolerance, relativeTolerance }: Tolerance): string | undefined {
  const share = `${Number((relativeTolerance * 100).toPrecision(12))} %`;
  if (tolerance > 0) return relativeTolerance > 0 ? `± ${tolerance} or ${share}` : `± ${tolerance}`;
  return relativeTolerance > 0 ? `± ${share}` : undefined;
}
