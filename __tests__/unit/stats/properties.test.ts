import { expect, test } from '@jest/globals';
import fc from '../../harness/property.ts';
import { explainedByNoise, standsOut } from '../../../src/stats/above-noise.ts';
import { probabilityOfAtLeast, probabilityOfAtMost, clopperPearson } from '../../../src/stats/binomial.ts';
import { mcnemarDiffers, mcnemarWorse } from '../../../src/stats/mcnemar.ts';
import { percentiles, quantile } from '../../../src/stats/quantile.ts';

const counts = fc
  .integer({ min: 1, max: 2000 })
  .chain((of) => fc.record({ hits: fc.integer({ min: 0, max: of }), of: fc.constant(of) }));
const share = fc.double({ min: 0, max: 1, noNaN: true });

test('both tails of the binomial distribution share one term and add up to one', () => {
  fc.assert(
    fc.property(counts, share, ({ hits, of }, p) => {
      const above = probabilityOfAtLeast({ hits: hits + 1, of, p });
      expect(above + probabilityOfAtMost({ hits, of, p })).toBeCloseTo(1, 9);
      expect(above).toBeLessThanOrEqual(probabilityOfAtLeast({ hits, of, p }) + 1e-12);
      expect(above).toBeGreaterThanOrEqual(0);
    }),
  );
});

test('an interval of Clopper and Pearson holds its share, mirrors, and grows narrower with rows', () => {
  fc.assert(
    fc.property(counts, ({ hits, of }) => {
      const { low, high } = clopperPearson(hits, of);
      expect(low).toBeLessThanOrEqual(hits / of);
      expect(high).toBeGreaterThanOrEqual(hits / of);
      const mirror = clopperPearson(of - hits, of);
      expect(mirror.low).toBeCloseTo(1 - high, 9);
      const ten = clopperPearson(10 * hits, 10 * of);
      expect(ten.high - ten.low).toBeLessThan(high - low);
    }),
    { numRuns: 50 },
  );
});

test('an interval outside of which 5 % lie has half of them beyond either bound', () => {
  const { low, high } = clopperPearson(7, 90);
  expect(probabilityOfAtLeast({ hits: 7, of: 90, p: low })).toBeCloseTo(0.025, 12);
  expect(probabilityOfAtMost({ hits: 7, of: 90, p: high })).toBeCloseTo(0.025, 12);
});

test('nothing counted says nothing about a share', () => {
  expect(clopperPearson(0, 0)).toEqual({ count: 0, of: 0, low: 0, high: 1 });
});

test('a candidate that loses more is never less suspicious, and one that wins more never more', () => {
  const few = fc.integer({ min: 0, max: 300 });
  fc.assert(
    fc.property(few, few, (lost, won) => {
      const p = mcnemarWorse({ lost, won });
      expect(mcnemarWorse({ lost: lost + 1, won })).toBeLessThanOrEqual(p + 1e-12);
      expect(mcnemarWorse({ lost, won: won + 1 })).toBeGreaterThanOrEqual(p - 1e-12);
      expect(mcnemarDiffers({ lost, won })).toBeCloseTo(mcnemarDiffers({ lost: won, won: lost }), 12);
    }),
  );
});

test('a quantile lies between the smallest and the largest value, and rises with its share', () => {
  const values = fc.array(fc.double({ min: 0, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 60 });
  fc.assert(
    fc.property(values, (times) => {
      const { p50 = NaN, p95 = NaN, p99 = NaN } = percentiles(times);
      expect(Math.min(...times)).toBeLessThanOrEqual(p50);
      expect(p50).toBeLessThanOrEqual(p95);
      expect(p95).toBeLessThanOrEqual(p99);
      expect(p99).toBeLessThanOrEqual(Math.max(...times));
    }),
  );
});

test('a quantile of nothing is not known, and a value that is no number is left out', () => {
  expect(percentiles([])).toEqual({ p50: undefined, p95: undefined, p99: undefined });
  expect(quantile([NaN, 3, 1], 0.5)).toBe(2);
});

/** Changes, rows in which what is live is the odd one, rows in all; and whether the changes stand out. */
test.each([
  { candidate: 0, live: 0, rows: 1000, expected: false },
  { candidate: 1, live: 0, rows: 11, expected: true },
  { candidate: 1, live: 0, rows: 100, expected: true },
  { candidate: 1, live: 0, rows: 101, expected: false },
  { candidate: 2, live: 0, rows: 1000, expected: true },
  { candidate: 1, live: 1, rows: 11, expected: false },
  { candidate: 3, live: 1, rows: 1000, expected: false },
  { candidate: 4, live: 1, rows: 1000, expected: true },
  { candidate: 5, live: 2, rows: 1000, expected: true },
  { candidate: 50, live: 100, rows: 1000, expected: false },
  { candidate: 66, live: 100, rows: 1000, expected: true },
])('$candidate changes with $live noisy of $rows rows stand out: $expected', ({ expected, ...odd }) => {
  expect(standsOut(odd)).toBe(expected);
});

test('the candidate of a live version with noise has half as many odd answers as both of its own', () => {
  expect(explainedByNoise({ candidate: 9, live: 10, rows: 1000 })).toBe(5);
});

/** Shares of 0, 1, … events, where `mean` are expected. */
function poisson(mean: number): readonly number[] {
  const shares = [Math.exp(-mean)];
  for (let i = 1; i < 60; i += 1) shares.push(((shares[i - 1] ?? 0) * mean) / i);
  return shares;
}

test('whatever the noise, at most 5 % of harmless candidates stand out of it among 1,000 rows', () => {
  const counts = poisson(0).flatMap((_, live) => poisson(0).map((__, candidate) => ({ live, candidate })));
  const alarms = counts.filter((odd) => standsOut({ ...odd, rows: 1000 }));
  for (let mean = 0.01; mean < 12; mean *= 1.2) {
    const [candidates, lives] = [poisson(mean), poisson(2 * mean)];
    const shares = alarms.map(({ live, candidate }) => (lives[live] ?? 0) * (candidates[candidate] ?? 0));
    expect(shares.reduce((sum, one) => sum + one, 0)).toBeLessThanOrEqual(0.05);
  }
});
