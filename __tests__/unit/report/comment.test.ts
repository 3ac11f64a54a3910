import { describe, expect, test } from '@jest/globals';
import type { ReleaseResult } from '../../../src/release/result.ts';
import { COMMENT_LIMIT, commentOf } from '../../../src/report/comment.ts';
import { changedRow, comparisonWith, gateWith } from '../../harness/gates.ts';
import { resultWith } from '../../harness/results.ts';

const MARKER = '<!-- model-release:plan service=iris -->';

function comment(given: Partial<ReleaseResult>, leftOut: readonly string[] = []): string {
  const result = resultWith({ dryRun: true, outcome: 'ok:noop', ...given });
  return commentOf([result], { marker: MARKER, head: undefined, leftOut, ageMs: () => 22 * 3_600_000 });
}

/** Its first sentence. */
const verdict = (text: string) => /^\*\*(.*)\*\*$/m.exec(text)?.[1];

describe('the verdict comes first', () => {
  test.each<[string, Partial<ReleaseResult>, string]>([
    [
      'nothing changes',
      { gate: gateWith({ comparison: comparisonWith() }) },
      'No prediction changes: 150 of 150 agree with version 12, which is live.',
    ],
    [
      'two of them change',
      { gate: gateWith({ comparison: comparisonWith({ changed: [changedRow(1), changedRow(2)] }) }) },
      '2 of 150 predictions change against version 12, which is live.',
    ],
    [
      'no more change than what is live by itself',
      {
        gate: gateWith({
          comparison: comparisonWith({
            changed: [changedRow(1)],
            aboveNoise: false,
            noise: { count: 1, of: 150, low: 0, high: 0.04 },
          }),
        }),
      },
      'No change beyond noise: 1 of 150 predictions differ from version 12, which is live, which differs from itself in 1.',
    ],
    [
      'the same answers for more money, later',
      {
        gate: gateWith({
          where: 'lambda',
          comparison: comparisonWith(),
          costPer1000: { live: 0.001, candidate: 0.002 },
          latencyMs: { live: { p50: 1, p95: 10 }, candidate: { p50: 1, p95: 14 } },
        }),
      },
      'No prediction changes: 150 of 150 agree with version 12, which is live; latency (p95) +40 %, cost +100 %.',
    ],
    [
      'a limit is not kept',
      {
        gate: gateWith({
          findings: [{ key: 'image-size', kind: 'refused', sentence: 'The image has 3 GB' }],
        }),
      },
      'A release of this would be refused: The image has 3 GB.',
    ],
    [
      'its tests fail',
      { outcome: 'failed', error: { code: 'tests-failed', message: 'The unit tests failed. Look.' } },
      'A release of this would fail: The unit tests failed.',
    ],
    [
      'nothing is live',
      { gate: gateWith({ notCompared: 'nothing is live yet' }) },
      'The image answers 150 samples; nothing was compared with what is live, because nothing is live yet.',
    ],
  ])('%s', (_, given, sentence) => {
    const text = comment(given);
    expect(text.startsWith(`${MARKER}\n`)).toBe(true);
    expect(verdict(text)).toBe(sentence);
  });
});

test('a comparison says how old what it was compared with is', () => {
  expect(comment({ gate: gateWith({ comparison: comparisonWith() }) })).toContain(
    'Compared with version 12, commit `aaaaaaaaaaaa`, live since 2026-11-28 09:00 UTC (22 hours ago).',
  );
});

test('a captured request is a number: neither its content nor its answers are shown', () => {
  const fields = [{ field: 'name', before: 'Ada Lovelace', after: 'Grace Hopper' }];
  const changed = [changedRow(84, { from: 'captures', name: 'Ada Lovelace', fields })];
  const text = comment({ gate: gateWith({ comparison: comparisonWith({ changed }) }) });
  expect(text).toContain('| captured request, row 84 | not shown | not shown | not shown |');
  expect(text).not.toMatch(/Ada|Grace/);
});

test('what a model answers mentions nobody, links nothing and changes no table', () => {
  const evil = '@ada | </details><img src=x> [a](https://e.com) www.e.com `x` #12 GH-12\n## Released';
  const changed = [changedRow(1, { name: evil, fields: [{ field: evil, before: evil, after: evil }] })];
  const findings = [{ key: 'changed', kind: 'refused' as const, sentence: evil, fix: evil }];
  const tests = [{ name: evil, status: 'failed', durationMs: 1, failures: [{ name: evil, reason: evil }] }];
  const text = comment(
    {
      gate: gateWith({ comparison: comparisonWith({ changed }), findings }),
      tests,
      warnings: [evil],
      plan: [{ name: evil, does: evil, why: evil, writes: [] }],
    },
    [evil],
  );
  // In code GitHub looks for none of these.
  const outside = text.replaceAll(/<code>.*?<\/code>/g, '');
  expect(outside).not.toMatch(/@ada|<img|#12|GH-12|:\/\/e\.com|www\.e\.com|^## Released/m);
  expect(text).not.toMatch(/@ada|<img|www\.e\.com/);
  expect(text.match(/<\/details>/g)).toHaveLength(text.match(/<details/g)?.length ?? 0);
  const row = text.split('\n').find((line) => line.startsWith('| <code>'));
  expect(row?.match(/\|/g)).toHaveLength(5);
});

describe('it stays within what GitHub takes', () => {
  const long = 'x'.repeat(5_000);
  const changed = Array.from({ length: 2_000 }, (_, at) =>
    changedRow(at + 1, { fields: [{ field: long, before: long, after: long }] }),
  );
  const findings = Array.from({ length: 50 }, (_, at) => ({
    key: `key-${at}`,
    kind: 'refused' as const,
    sentence: long,
    fix: long,
  }));

  test('2,000 changed predictions: the largest come first, and the rest is counted', () => {
    const text = comment({ gate: gateWith({ comparison: comparisonWith({ changed }) }) });
    expect(text.length).toBeLessThan(COMMENT_LIMIT);
    expect(text).toContain('<code>row 1</code>');
    expect(text).toMatch(/_1[\d,]+ more lines did not fit here; the job summary has them\._/);
  });

  test('long texts everywhere, of several services', () => {
    const gate = gateWith({ comparison: comparisonWith({ changed }), findings });
    const one = resultWith({
      dryRun: true,
      gate,
      warnings: [long, long],
      error: { code: 'x', message: long },
      plan: Array.from({ length: 90 }, () => ({ name: 'a', does: long, why: long, writes: [] })),
    });
    const text = commentOf([one, one, one, one], {
      marker: MARKER,
      head: undefined,
      leftOut: [long],
      ageMs: () => 0,
    });
    expect(text.length).toBeLessThan(COMMENT_LIMIT);
    expect(text.match(/<\/details>/g)).toHaveLength(text.match(/<details/g)?.length ?? 0);
  });
});
