import { describe, expect, test } from '@jest/globals';
import { readDataConstraints, readQualityConstraints } from '../../../src/checks/constraints/constraints.ts';
import { UserError } from '../../../src/errors.ts';

/** The mistakes that a reader finds: code, and `line: message`. */
function mistakesOf(read: () => unknown): readonly string[] {
  try {
    read();
    return [];
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return error.places.map(({ line, message }) => `${line ?? '-'}: ${message}`);
  }
}

const quality = (value: unknown) => readQualityConstraints('c.json', JSON.stringify(value));
const data = (value: unknown) => readDataConstraints('c.json', JSON.stringify(value));
const below = (threshold: unknown) => ({ threshold, comparison_operator: 'LessThanThreshold' });
const feature = (more: object = {}) => ({ name: 'a', inferred_type: 'Integral', completeness: 1, ...more });

describe('the quality form', () => {
  test.each([
    'binary_classification_constraints',
    'multiclass_classification_constraints',
    'regression_constraints',
  ])('%s limits metrics', (form) => {
    const operator = { threshold: 0.2, comparison_operator: 'GreaterThanThreshold' };
    expect(quality({ version: 0.0, [form]: { accuracy: below(0.9), rmse: operator } })).toEqual([
      { metric: 'accuracy', threshold: 0.9, brokenBy: 'below' },
      { metric: 'rmse', threshold: 0.2, brokenBy: 'above' },
    ]);
  });

  test.each<[string, string, readonly string[]]>([
    [
      'an unknown version',
      '{"version": 1, "regression_constraints": {"mae": {"threshold": 1, "comparison_operator": "LessThanThreshold"}}}',
      ['1: it is of version 1, and only version 0 is known'],
    ],
    [
      'a version that is a text',
      '{"version": "0"}',
      [
        '1: its version is no number',
        '1: it has none of binary_classification_constraints, multiclass_classification_constraints, regression_constraints',
      ],
    ],
    ['no JSON', '{"version": 0,\n  oops}', ['2: it is not JSON']],
    ['a list', '[]', ['-: constraints of Model Monitor are an object, and this is none']],
    ['an empty file', ' \n', ['-: it is empty']],
    [
      'the data form',
      '{"version": 0, "features": []}',
      ['1: it is the data form, which describes columns; metrics need the quality form'],
    ],
    [
      'a form that limits nothing',
      '{"version": 0, "regression_constraints": {}}',
      ['1: regression_constraints limits nothing'],
    ],
    ['too deep a file', `{"version": ${'['.repeat(200)}`, ['-: it is nested deeper than 100 levels']],
  ])('%s is refused', (_, text, said) => {
    expect(mistakesOf(() => readQualityConstraints('c.json', text))).toEqual(said);
  });

  test('a file that is missing is refused', () => {
    expect(mistakesOf(() => readQualityConstraints('c.json', undefined))).toEqual(['-: it does not exist']);
  });

  test('all mistakes are told at once, each with its line', () => {
    const text = `{
  "version": 2,
  "version": 0.5,
  "binary_classification_constraints": {
    "recall": {"comparison_operator": "LessThanThreshold"},
    "auc": {"threshold": NaN, "comparison_operator": "LessThanThreshold"},
    "f1": {"threshold": 0.9, "comparison_operator": "lessThan"},
    "f2": {"threshold": null},
    "f3": 0.9
  },
  "regression_constraints": {"mae": {"threshold": "0.9", "comparison_operator": 1}}
}`;
    expect(mistakesOf(() => readQualityConstraints('c.json', text))).toEqual([
      '1: the key version is repeated',
      '3: it is of version 0.5, and only version 0 is known',
      '1: it has binary_classification_constraints and regression_constraints, and a model has one of them',
      '5: recall has no threshold',
      '6: the threshold of auc is no number but NaN',
      '7: the comparison_operator of f1 is "lessThan", and it is LessThanThreshold or GreaterThanThreshold',
      '8: f2 has no threshold',
      '8: f2 has no comparison_operator',
      '9: f3 is no object',
      '11: the threshold of mae is no number',
      '11: the comparison_operator of mae is no text',
    ]);
  });
});

describe('the data form', () => {
  test('columns with types, completeness, domains and signs; what only drift needs is left aside', () => {
    const monitoring_config = {
      evaluate_constraints: 'Enabled',
      emit_metrics: 'Enabled',
      datatype_check_threshold: 0.9,
      distribution_constraints: { comparison_threshold: 0.1, comparison_method: 'Robust' },
    };
    const features = [
      feature({ num_constraints: { is_non_negative: true }, string_constraints: null }),
      {
        name: 'b',
        inferred_type: 'String',
        string_constraints: { domains: ['x', 'y'] },
        monitoringConfigOverrides: { evaluate_constraints: 'Disabled' },
      },
      { name: 'c', inferred_type: 'Unknown', monitoringConfigOverrides: {} },
    ];
    const monitoring = { isEvaluated: true, typeShare: 0.9, domainShare: 1 };
    expect(data({ version: 0, features, monitoring_config })).toEqual([
      { name: 'a', type: 'Integral', completeness: 1, isNonNegative: true, domain: undefined, monitoring },
      {
        name: 'b',
        type: 'String',
        completeness: undefined,
        isNonNegative: false,
        domain: new Set(['x', 'y']),
        monitoring: { ...monitoring, isEvaluated: false },
      },
      {
        name: 'c',
        type: 'Unknown',
        completeness: undefined,
        isNonNegative: false,
        domain: undefined,
        monitoring,
      },
    ]);
  });

  test.each<[string, unknown, readonly string[]]>([
    ['no version', { features: [feature()] }, ['1: it has no version']],
    ['columns twice', { version: 0, features: [feature(), feature()] }, ['1: a is described twice']],
    ['no features', { version: 0 }, ['1: it has no features']],
    ['features that are no list', { version: 0, features: {} }, ['1: features is no list']],
    ['no column', { version: 0, features: [] }, ['1: it describes no column']],
    [
      'the quality form',
      { version: 0, regression_constraints: {} },
      ['1: it is the quality form, which limits metrics; data needs the data form'],
    ],
    ['a feature that is none', { version: 0, features: [1] }, ['1: a feature is no object']],
    [
      'a feature without a name or type',
      { version: 0, features: [{}] },
      ['1: a feature has no name', '1: ? has no inferred_type'],
    ],
    [
      'an unknown type',
      { version: 0, features: [feature({ inferred_type: 'Boolean' })] },
      ['1: the inferred_type of a is "Boolean", and it is Integral, Fractional, String, Unknown'],
    ],
    [
      'a completeness above one',
      { version: 0, features: [feature({ completeness: 98 })] },
      ['1: the completeness of a is 98, and a share is 0 to 1'],
    ],
    [
      'a domain that is no list',
      { version: 0, features: [feature({ string_constraints: { domains: 'x' } })] },
      ['1: domains of a is no list'],
    ],
    [
      'a domain of numbers',
      { version: 0, features: [feature({ string_constraints: { domains: [1] } })] },
      ['1: a value in domains of a is no text'],
    ],
    [
      'a sign that is no switch',
      { version: 0, features: [feature({ num_constraints: { is_non_negative: 'yes' } })] },
      ['1: is_non_negative of a is neither true nor false'],
    ],
    [
      'a switch of another word',
      { version: 0, features: [feature()], monitoring_config: { evaluate_constraints: 'on' } },
      ['1: evaluate_constraints is neither Enabled nor Disabled'],
    ],
  ])('%s is refused', (_, value, said) => {
    expect(mistakesOf(() => data(value))).toEqual(said);
  });

  test('a message holds ten mistakes, on one line, and none of what a terminal obeys', () => {
    const features = Array.from({ length: 12 }, (_, index) => ({
      name: `\u001b[2J\n${index}`,
      inferred_type: 'x',
    }));
    const thrown = (() => {
      try {
        return data({ version: 0, features });
      } catch (error) {
        return error as UserError;
      }
    })() as UserError;
    expect(thrown.code).toBe('invalid-constraints');
    expect(thrown.message).toMatch(/; and 2 more\./);
    // eslint-disable-next-line no-control-regex -- they are what must not be there
    expect(thrown.message).not.toMatch(/[\u0000-\u001f]/);
    expect(thrown.places).toHaveLength(12);
  });
});
