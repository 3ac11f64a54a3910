import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { probabilityOfAtLeast, clopperPearson } from '../../../src/stats/binomial.ts';
import { mcnemarDiffers, mcnemarWorse } from '../../../src/stats/mcnemar.ts';
import { percentiles } from '../../../src/stats/quantile.ts';

/** Values of scipy and numpy, each with the tolerance that it is held to. */
interface Vector {
  readonly id: string;
  readonly kind: keyof typeof COMPUTED;
  readonly inputs: Readonly<Record<string, never>>;
  readonly expected: Readonly<Record<string, number>>;
  readonly tolerance: number;
}

const COMPUTED = {
  mcnemar_exact: ({ live_only_correct: lost = 0, candidate_only_correct: won = 0 }) => ({
    p_two_sided: mcnemarDiffers({ lost, won }),
    p_candidate_worse: mcnemarWorse({ lost, won }),
  }),
  // One-sided 95 % is one half of two-sided 90 %.
  clopper_pearson_upper: ({ errors = 0, invocations = 0 }) => ({
    upper_95: clopperPearson(errors, invocations, 0.1).high,
  }),
  clopper_pearson: ({ count = 0, of = 0 }) => {
    const { low, high } = clopperPearson(count, of);
    return { low, high };
  },
  binomial_at_least: ({ hits = 0, of = 0, p = 0 }) => ({ p: probabilityOfAtLeast({ hits, of, p }) }),
  quantiles: ({ x = [] }: { readonly x?: readonly number[] }) => ({ ...percentiles(x) }),
} as const;

const file = readFileSync(join(import.meta.dirname, 'vectors.json'), 'utf8');
const { vectors } = JSON.parse(file) as { readonly vectors: readonly Vector[] };

test.each(vectors.map((vector) => [vector.id, vector] as const))(
  '%s is what the reference computed',
  (_, { kind, inputs, expected, tolerance }) => {
    const computed: Readonly<Record<string, number | undefined>> = COMPUTED[kind](inputs);
    expect(Object.keys(computed).sort()).toEqual(Object.keys(expected).sort());
    for (const [name, value] of Object.entries(expected))
      expect(Math.abs((computed[name] ?? NaN) - value)).toBeLessThanOrEqual(tolerance);
  },
);

test('every kind of vector is there', () => {
  expect(new Set(vectors.map(({ kind }) => kind))).toEqual(new Set(Object.keys(COMPUTED)));
});
