import { expect, test } from '@jest/globals';
import {
  aliasPage,
  imagePage,
  logGroupPage,
  versionLogsPage,
  versionPage,
} from '../../../src/report/console-links.ts';
import { digest } from '../../harness/fixtures.ts';

const arn = (region: string, partition = 'aws', name = 'iris') =>
  `arn:${partition}:lambda:${region}:123456789012:function:${name}:3`;

test.each([
  ['aws', 'eu-central-1', 'console.aws.amazon.com'],
  ['aws-cn', 'cn-north-1', 'console.amazonaws.cn'],
  ['aws-us-gov', 'us-gov-west-1', 'console.amazonaws-us-gov.com'],
  ['aws-eusc', 'eusc-de-east-1', 'console.amazonaws-eusc.eu'],
])('the console of %s', (partition, region, domain) => {
  expect(versionPage(arn(region, partition), '3')).toBe(
    `https://${region}.${domain}/lambda/home?region=${region}#/functions/iris/versions/3?tab=code`,
  );
});

test('a partition whose console is not known, and a text that is no function, have no page', () => {
  expect(versionPage(arn('us-iso-east-1', 'aws-iso'), '3')).toBeUndefined();
  expect(aliasPage('***', 'live')).toBeUndefined();
  expect(imagePage(`registry.example.com/iris@${digest('a')}`)).toBeUndefined();
});

test.each([
  [undefined, '$252Faws$252Flambda$252Firis'],
  ['/ml/[iris] $x', '$252Fml$252F$255Biris$255D$2520$2524x'],
])('the log group %s is encoded twice', (group, encoded) => {
  expect(logGroupPage(arn('eu-central-1'), group)).toMatch(
    new RegExp(`#logsV2:log-groups/log-group/${encoded.replaceAll('$', '\\$')}$`),
  );
});

test('the logs of a version are those of its streams', () => {
  const page = versionLogsPage(arn('eu-central-1'), undefined, '3');
  expect(page).toContain('#logsV2:logs-insights$3FqueryDetail$3D~(end~0~start~-3600~');
  expect(page).toContain('like*20*22*5b3*5d*22*20*7c*20sort');
  expect(page).toMatch(/~source~\(~'\*2faws\*2flambda\*2firis\)\)$/);
});

test('an image has the page of its account, region and digest', () => {
  const host = '123456789012.dkr.ecr.eu-central-1.amazonaws.com';
  expect(imagePage(`${host}/models/iris@${digest('a')}`)).toBe(
    `https://eu-central-1.console.aws.amazon.com/ecr/repositories/private/123456789012/models/iris/_/image/${digest('a')}/details?region=eu-central-1`,
  );
});
