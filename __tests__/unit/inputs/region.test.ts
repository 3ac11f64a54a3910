/** Which region a run works in is known before any call, or it is refused. */
import { describe, expect, test } from '@jest/globals';
import { readDeployInputs } from '../../../src/inputs/deploy-inputs.ts';
import { readRollbackInputs } from '../../../src/inputs/rollback-inputs.ts';
import type { Environment } from '../../../src/types.ts';

type Texts = Readonly<Record<string, string>>;

const ARN = 'arn:aws:lambda:eu-west-1:123456789012:function:iris';

const regions = (texts: Texts, env?: Environment) =>
  [readDeployInputs, readRollbackInputs].map((read) => {
    const given: Texts = { 'function-name': 'iris', 'ecr-repository': 'iris', ...texts };
    return read({ env, text: (name) => given[name] }).awsRegion;
  });

describe('the region is that of', () => {
  test.each<[string, Texts, Environment, string]>([
    ['the input', { 'aws-region': 'eusc-de-east-1' }, { AWS_REGION: 'us-east-1' }, 'eusc-de-east-1'],
    ['the credentials step', {}, { AWS_REGION: 'us-iso-east-1', AWS_DEFAULT_REGION: 'x' }, 'us-iso-east-1'],
    ['the credentials step, without blanks', {}, { AWS_REGION: 'us-east-1 ' }, 'us-east-1'],
    ['AWS_DEFAULT_REGION', {}, { AWS_REGION: '', AWS_DEFAULT_REGION: 'us-east-1' }, 'us-east-1'],
    ['the ARN', { 'function-name': ARN }, {}, 'eu-west-1'],
    [
      'the ARN, whatever the environment says',
      { 'function-name': ARN },
      { AWS_REGION: 'us-east-1' },
      'eu-west-1',
    ],
  ])('%s', (...[, texts, env, region]) => expect(regions(texts, env)).toEqual([region, region]));

  test('nobody knows, where nothing is known of an environment', () =>
    expect(regions({})).toEqual([undefined, undefined]));
});

describe('it is refused', () => {
  test.each<[string, Texts, Environment, RegExp]>([
    [
      'nowhere',
      {},
      {},
      /aws-region is required, .* run aws-actions\/configure-aws-credentials before .* set AWS_REGION/,
    ],
    ['nowhere but blanks', {}, { AWS_REGION: ' ' }, /aws-region is required/],
    ['not as a region', {}, { AWS_REGION: 'Frankfurt' }, /AWS_REGION must be a region .* not "Frankfurt"/],
    [
      'twice, and differently',
      { 'function-name': ARN, 'aws-region': 'us-east-1' },
      {},
      /aws-region is us-east-1, and function-name is an ARN of eu-west-1/,
    ],
    [
      'in an ARN of another partition',
      { 'function-name': ARN.replace('eu-west-1', 'eusc-de-east-1') },
      {},
      /an ARN of the partition aws, and eusc-de-east-1 is in aws-eusc/,
    ],
  ])('when it is said %s', (...[, texts, env, expected]) => {
    expect(() => regions(texts, env)).toThrow(expected);
  });

  test('with the other mistakes, and not at all for a region newer than the table', () => {
    expect(() => regions({ alias: '7' }, {})).toThrow(/^2 invalid inputs:/);
    const arn = 'arn:aws-new:lambda:newp-xx-north-1:123456789012:function:iris';
    expect(regions({ 'function-name': arn }, {})[0]).toBe('newp-xx-north-1');
  });
});
