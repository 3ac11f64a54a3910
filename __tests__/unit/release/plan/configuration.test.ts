import { describe, expect, test } from '@jest/globals';
import { functionVersion } from '../../../../src/clients/lambda-shapes.ts';
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
  imageConfig: { command: ['a'], workingDirectory: '/srv' },
  logging: { format: 'Text', group: '/models' },
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
    'another command: the rest of what overrides the image goes with it',
    { imageConfigCommand: ['b', 'c d'] },
    { imageConfig: { command: ['b', 'c d'], workingDirectory: '/srv' } },
    ['command ["a"] → ["b","c d"]'],
  ],
  [
    "the image's own command",
    { imageConfigCommand: [] },
    { imageConfig: { workingDirectory: '/srv' } },
    ['command ["a"] → none'],
  ],
  ['no SnapStart, as it is', { snapStart: 'None' }, {}, []],
  [
    'JSON logs: with the levels that Lambda chooses, and the group that is there',
    { logFormat: 'JSON' },
    { logging: { format: 'JSON', applicationLevel: 'INFO', systemLevel: 'INFO', group: '/models' } },
    ['log format Text → JSON', 'application log level none → INFO', 'system log level none → INFO'],
  ],
  ['the log group that is there', { logFormat: 'Text', logGroup: '/models' }, {}, []],
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

describe('variables that cannot be merged', () => {
  const from = {
    FunctionArn: 'arn:aws:lambda:eu-west-1:123456789012:function:iris',
    Version: '$LATEST',
    Environment: { Error: { ErrorCode: 'AccessDeniedException', Message: 'KMS access was denied.' } },
  };
  const unreadable = functionVersion(from).configuration;
  const merge: ConfigurationWish = { environmentMode: 'merge', environmentVariables: { BB: '2' } };

  test('because Lambda could not read them are refused, and never counted as none', () => {
    expect(() => wishedConfiguration(unreadable, merge)).toThrow(
      /could not read the function's variables \(AccessDeniedException: KMS access was denied\.\).*kms:Decrypt/,
    );
  });

  test('are replaced where that is asked for, and left alone where nothing is said of them', () => {
    const replaced = wishedConfiguration(unreadable, { ...merge, environmentMode: 'replace' });
    expect(configurationUpdate(unreadable, replaced)).toEqual({ environment: { BB: '2' } });
    const memory = wishedConfiguration(unreadable, { environmentMode: 'merge', memorySize: 1024 });
    expect(configurationUpdate(unreadable, memory)).toEqual({ memorySize: 1024 });
  });

  test('because they are too large together are refused', () => {
    const environment = { ONE: 'x'.repeat(4000) };
    const more: ConfigurationWish = { ...merge, environmentVariables: { TWO: 'y'.repeat(100) } };
    expect(() => wishedConfiguration({ ...NOW, environment }, more)).toThrow(/have 41\d\d bytes together/);
    expect(
      wishedConfiguration({ ...NOW, environment }, { ...more, environmentMode: 'replace' }).environment,
    ).toEqual({
      TWO: 'y'.repeat(100),
    });
  });
});
