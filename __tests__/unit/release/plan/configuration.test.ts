import { describe, expect, test } from '@jest/globals';
import {
  configurationChanges,
  configurationUpdate,
  wishedConfiguration,
  type ConfigurationWish,
} from '../../../../src/release/plan/configuration.ts';
import type { Configuration } from '../../../../src/types.ts';
import { CONFIGURATION } from '../../../harness/records.ts';

const NOW: Configuration = {
  ...CONFIGURATION,
  environment: { ONE: 'first', TWO: 'second' },
  subnetIds: ['subnet-a', 'subnet-b'],
  securityGroupIds: ['sg-1'],
};

const rows: [string, Omit<ConfigurationWish, 'environmentMode'>, Partial<Configuration>, string[]][] = [
  ['nothing', {}, {}, []],
  [
    'what is there',
    { memorySize: 512, environmentVariables: { ONE: 'first' }, subnetIds: ['subnet-b', 'subnet-a'] },
    {},
    [],
  ],
  ['memory', { memorySize: 1024 }, { memorySize: 1024 }, ['memory 512 MiB → 1024 MiB']],
  ['timeout', { timeout: 60 }, { timeout: 60 }, ['timeout 30 s → 60 s']],
  ['storage', { ephemeralStorage: 600 }, { ephemeralStorage: 600 }, ['ephemeral storage 512 MiB → 600 MiB']],
  ['tracing', { tracing: 'Active' }, { tracing: 'Active' }, ['tracing PassThrough → Active']],
  [
    'a variable more and one changed',
    { environmentVariables: { TWO: 'secret', THREE: 'x' } },
    { environment: { ONE: 'first', TWO: 'secret', THREE: 'x' } },
    ['variable THREE added', 'variable TWO changed'],
  ],
  [
    'other subnets: the VPC goes whole',
    { subnetIds: ['subnet-c'] },
    { subnetIds: ['subnet-c'], securityGroupIds: ['sg-1'] },
    ['subnets subnet-a, subnet-b → subnet-c'],
  ],
  [
    'no VPC any more',
    { subnetIds: [], securityGroupIds: [] },
    { subnetIds: [], securityGroupIds: [] },
    ['subnets subnet-a, subnet-b → ', 'security groups sg-1 → '],
  ],
];

test.each(rows)('wish for %s', (...[, wish, update, changes]) => {
  const wished = wishedConfiguration(NOW, { ...wish, environmentMode: 'merge' });
  expect(configurationUpdate(NOW, wished)).toEqual(update);
  expect(configurationChanges(NOW, wished)).toEqual(changes);
});

describe('variables', () => {
  test.each<['merge' | 'replace', Record<string, string> | undefined, Record<string, string>]>([
    ['merge', { TWO: '2' }, { ONE: 'first', TWO: '2' }],
    ['replace', { TWO: '2' }, { TWO: '2' }],
    ['merge', {}, { ONE: 'first', TWO: 'second' }],
    ['replace', {}, {}],
    ['merge', undefined, { ONE: 'first', TWO: 'second' }],
    ['replace', undefined, { ONE: 'first', TWO: 'second' }],
  ])('%s %j', (environmentMode, environmentVariables, expected) => {
    expect(wishedConfiguration(NOW, { environmentMode, environmentVariables }).environment).toEqual(expected);
  });

  test('what is said of them never holds a value', () => {
    const to = { ...NOW, environment: { ONE: 'sup3r-secret' } };
    expect(configurationChanges(NOW, to)).toEqual(['variable ONE changed', 'variable TWO removed']);
  });
});
