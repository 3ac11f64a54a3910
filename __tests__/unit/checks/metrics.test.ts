import { describe, expect, test } from '@jest/globals';
import { judgeMetrics, type MetricsToJudge } from '../../../src/checks/constraints/judge-metrics.ts';
import { isLargerBetter, readMetrics } from '../../../src/checks/constraints/metrics.ts';
import { UserError } from '../../../src/errors.ts';
import fc from '../../harness/property.ts';

const read = (text: string) => Object.fromEntries(readMetrics('metrics.json', text));

describe('metrics are read as training writes them', () => {
  test.each<[string, string, Record<string, number>]>([
    ['flat', '{"accuracy": 0.97, "trained": "yes", "classes": [1, 2]}', { accuracy: 0.97 }],
    ['nested', '{"test": {"macro avg": {"f1-score": 0.9}}}', { 'test["macro avg"].f1-score': 0.9 }],
    [
      'as value and deviation',
      '{"regression_metrics": {"mae": {"value": 1.5, "standard_deviation": "NaN"}}}',
      { mae: 1.5 },
    ],
    [
      'SageMaker’s quality form',
      '{"version": 0.0, "dataset": {"item_count": 5}, "binary_classification_metrics": {"confusion_matrix": {"0": {"0": 1}}, "auc": {"value": 0.9, "standard_deviation": 0.1}, "receiver_operating_characteristic_curve": {"value": 1}}}',
      { auc: 0.9 },
    ],
    [
      'NaN as Python writes it',
      '{"auc": NaN, "f1": "NaN", "note": "a NaN in a text"}',
      { auc: NaN, f1: NaN },
    ],
    ['an infinity, and a number that is one', '{"a": -Infinity, "b": 1e999}', { a: NaN, b: NaN }],
  ])('%s', (_, text, metrics) => {
    expect(read(text)).toEqual(metrics);
  });

  test.each([
    ['no number', '{"accuracy": "high"}', 'it holds no number'],
    ['the same metric twice', '{"accuracy": 1, "accuracy": 0.1}', 'the key accuracy is repeated'],
    ['no JSON', 'accuracy: 1', 'line 1: it is not JSON'],
  ])('%s is refused', (_, text, said) => {
    const thrown = (() => {
      try {
        return read(text);
      } catch (error) {
        return error;
      }
    })();
    expect(thrown).toBeInstanceOf(UserError);
    expect((thrown as UserError).code).toBe('invalid-metrics');
    expect((thrown as UserError).message).toContain(said);
  });
});

test.each<[string, boolean | undefined]>([
  ['accuracy', true],
  ['test.accuracy', true],
  ['eval_f1', true],
  ['weighted_f0_5', true],
  ['f1-score', true],
  ['roc_auc', true],
  ['true_positive_rate', true],
  ['r2', true],
  ['rmse', false],
  ['val_loss', false],
  ['log_loss', false],
  ['mean_absolute_error', false],
  ['false_negative_rate', false],
  ['epochs', undefined],
  ['train_seconds', undefined],
  ['accuracy_best_constant_classifier', undefined],
])('whether a larger %s is better: %s', (metric, larger) => {
  expect(isLargerBetter(metric)).toBe(larger);
});

describe('metrics are judged', () => {
  const metrics = (values: Record<string, number>) => new Map(Object.entries(values));
  const known = (values: Record<string, number>) => ({ kind: 'known', metrics: metrics(values) }) as const;
  const judged: MetricsToJudge = {
    file: 'metrics.json',
    metrics: metrics({ accuracy: 0.9, rmse: 2 }),
    limits: [],
    live: known({}),
    maxLoss: undefined,
  };
  const found = (more: Partial<MetricsToJudge>) =>
    judgeMetrics({ ...judged, ...more }).map(({ kind, sentence }) => `${kind}: ${sentence}`);

  test('a limit is broken by the side that its operator names, and not at the threshold itself', () => {
    const limits = [
      { metric: 'accuracy', threshold: 0.9, brokenBy: 'below' },
      { metric: 'rmse', threshold: 1.9, brokenBy: 'above' },
      { metric: 'auc', threshold: 0.5, brokenBy: 'below' },
    ] as const;
    expect(found({ limits })).toEqual([
      'passed: accuracy 0.9, and at least 0.9 is asked',
      'refused: rmse 2, and at most 1.9 is asked',
      'refused: auc is limited (at least 0.5 is asked), and metrics.json has no metric of that name',
    ]);
  });

  test('NaN keeps no limit', () => {
    const limits = [{ metric: 'auc', threshold: 0.5, brokenBy: 'above' }] as const;
    expect(found({ metrics: metrics({ auc: NaN }), limits })).toEqual([
      'refused: auc is NaN, and at most 0.5 is asked',
    ]);
  });

  test('without max-loss the live release’s metrics are shown beside', () => {
    expect(found({ live: known({ accuracy: 0.95 }) })).toEqual(['shown: accuracy 0.9 (live 0.95), rmse 2']);
  });

  test('max-loss is a share of the live value, in the direction of the metric; unknown metrics are shown', () => {
    const live = known({ accuracy: 1, rmse: 1.9, epochs: 5 });
    expect(found({ metrics: metrics({ accuracy: 0.9, rmse: 2, epochs: 1 }), live, maxLoss: 0.1 })).toEqual([
      "passed: accuracy 0.9 is 10 % worse than the live release's 1, and at most 10 % is let through",
      "passed: rmse 2 is 5.26316 % worse than the live release's 1.9, and at most 10 % is let through",
      'shown: accuracy 0.9 (live 1), rmse 2 (live 1.9), epochs 1 (live 5)',
    ]);
    expect(found({ live, maxLoss: 0.05 }).filter((line) => line.startsWith('refused'))).toHaveLength(2);
  });

  test('better than live is no loss; anything worse than a perfect zero is', () => {
    expect(found({ live: known({ accuracy: 0.5 }), maxLoss: 0 })[0]).toMatch(/^passed: .* no worse than/);
    expect(found({ live: known({ rmse: 0 }), maxLoss: 0.5 })[0]).toMatch(/^refused: .* infinitely worse/);
  });

  test('NaN where live has a number refuses; a metric that is gone cannot be told', () => {
    expect(
      found({ metrics: metrics({ accuracy: NaN }), live: known({ accuracy: 0.9, rmse: 1 }), maxLoss: 0.1 }),
    ).toEqual([
      'refused: accuracy is NaN, and was 0.9 in the live release',
      'unknown: rmse was 1 in the live release, and metrics.json has no metric of that name',
      'shown: accuracy NaN (live 0.9)',
    ]);
  });

  test('no live metrics refuse nothing, and are told', () => {
    const live = { kind: 'unknown', why: 'its image carries none' } as const;
    const said = "The metrics are not compared with the live release's, because its image carries none";
    expect(found({ live })[0]).toBe(`shown: ${said}`);
    expect(found({ live, maxLoss: 0 })[0]).toBe(`unknown: ${said}`);
  });

  test('a worse metric is refused and a better one never, whatever the values', () => {
    const value = fc.double({ min: 0.01, max: 100, noNaN: true });
    const share = fc.double({ min: 0, max: 0.5, noNaN: true });
    fc.assert(
      fc.property(value, share, fc.double({ min: 0.001, max: 0.4, noNaN: true }), (live, maxLoss, extra) => {
        const kindOf = (accuracy: number) =>
          judgeMetrics({
            ...judged,
            metrics: metrics({ accuracy }),
            live: known({ accuracy: live }),
            maxLoss,
          })[0]?.kind;
        expect(kindOf(live * (1 - maxLoss - extra))).toBe('refused');
        expect(kindOf(live * (1 - maxLoss + extra))).toBe('passed');
      }),
    );
  });
});
