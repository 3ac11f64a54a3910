import { describe, expect, test } from '@jest/globals';
import type { Integration, Stage } from '../../../../src/clients/api-gateway.ts';
import {
  carries,
  defaultApiUrl,
  sortIntegrations,
  stageVariables,
  wasConnected,
} from '../../../../src/release/plan/api.ts';

const ARN = 'arn:aws:lambda:eu-central-1:123456789012:function:iris';
const CHINA = 'arn:aws-cn:lambda:cn-north-1:123456789012:function:iris';
const address = { arn: ARN, alias: 'live' };

const stage = (variables: Readonly<Record<string, string>> = {}): Stage => ({
  deploymentId: 'd1',
  variables,
  autoDeploy: false,
  hasCanary: false,
  cacheEnabled: false,
});

const rest = (target: string, label = 'POST /predict'): Integration => ({
  label,
  uri: `arn:aws:apigateway:eu-central-1:lambda:path/2015-03-31/functions/${target}/invocations`,
});

const streaming = (target: string): Integration => ({
  label: 'POST /predict',
  uri: `arn:aws:apigateway:eu-central-1:lambda:path/2021-11-15/functions/${target}/response-streaming-invocations`,
});

describe('addresses, in every partition', () => {
  const path = (arn: string, call: string, ending: string) =>
    `arn:aws-cn:apigateway:cn-north-1:lambda:path/${call}/functions/${arn}/${ending}`;

  test.each([
    ['buffered', (arn: string) => path(arn, '2015-03-31', 'invocations')],
    ['streaming', (arn: string) => path(arn, '2021-11-15', 'response-streaming-invocations')],
    ['bare', (arn: string) => arn],
  ])('an integration that is %s stays so when it is pointed to the alias', (_form, uri) => {
    for (const target of [CHINA, `${CHINA}:7`, `${CHINA}:\${stageVariables.env}`]) {
      const integration = { label: 'i1', uri: uri(target) };
      const { elsewhere } = sortIntegrations([integration], stage({ env: 'test' }), {
        arn: CHINA,
        alias: 'live',
      });
      expect(elsewhere.map(({ aliasUri }) => aliasUri)).toEqual([uri(`${CHINA}:live`)]);
    }
  });

  test.each([
    [ARN, 'prod', 'https://abc.execute-api.eu-central-1.amazonaws.com/prod'],
    [ARN, '$default', 'https://abc.execute-api.eu-central-1.amazonaws.com/'],
    [CHINA, 'prod', 'https://abc.execute-api.cn-north-1.amazonaws.com.cn/prod'],
  ])('the URL of %s, stage %s', (...[arn, name, url]) => {
    expect(defaultApiUrl(arn, { kind: 'REST', apiId: 'abc', stage: name })).toBe(url);
  });
});

describe('integrations', () => {
  const sorted = (uri: Integration, variables = {}) => {
    const { toAlias, elsewhere } = sortIntegrations([uri], stage(variables), address);
    return toAlias.length > 0
      ? 'alias'
      : (elsewhere.map(({ qualifier }) => qualifier ?? 'none')[0] ?? 'foreign');
  };

  test.each<[Integration, Readonly<Record<string, string>>, string]>([
    [rest(`${ARN}:live`), {}, 'alias'],
    [rest(ARN), {}, 'none'],
    [streaming(`${ARN}:live`), {}, 'alias'],
    [streaming(ARN), {}, 'none'],
    [{ ...streaming(ARN), uri: streaming(ARN).uri.replace('2021-11-15', '2015-03-31') }, {}, 'foreign'],
    [{ label: 'OPTIONS /predict', uri: '' }, {}, 'foreign'],
    [rest(`${ARN}:7`), {}, '7'],
    [rest(`${ARN}:$LATEST`), {}, '$LATEST'],
    [rest(`${ARN}2:live`), {}, 'foreign'],
    [rest(ARN.replace('123456789012', '999999999999')), {}, 'foreign'],
    [rest(`${ARN}:\${stageVariables.release_alias}`), {}, 'alias'],
    [rest(`${ARN}:\${stageVariables.env}`), { env: 'live' }, 'alias'],
    [rest(`${ARN}:\${stageVariables.env}`), { env: 'test' }, 'test'],
    [rest(`${ARN}:\${stageVariables.env}`), {}, 'foreign'],
    [{ label: 'integration i1', uri: `${ARN}:live` }, {}, 'alias'],
    [{ label: 'ANY /', uri: 'https://example.com/function:iris:live/other' }, {}, 'foreign'],
  ])('%# %j', (uri, variables, expected) => {
    expect(sorted(uri, variables)).toBe(expected);
  });
});

describe('the stage', () => {
  const released = { alias: 'live', version: '7', commit: 'a'.repeat(40) };

  test('carries a release when every variable agrees', () => {
    const variables = { ...stageVariables(released), other: 'x' } as Record<string, string>;
    expect(carries(stage(variables), released)).toBe(true);
    for (const change of [{ alias: 'l2' }, { version: '8' }, { commit: undefined }])
      expect(carries(stage(variables), { ...released, ...change })).toBe(false);
    expect(carries(stage(), released)).toBe(false);
  });

  test('was connected when it names this alias', () => {
    expect(wasConnected(stage({ release_alias: 'live' }), 'live')).toBe(true);
    expect(wasConnected(stage({ release_alias: 'live' }), 'canary')).toBe(false);
    expect(wasConnected(stage(), 'live')).toBe(false);
  });
});
