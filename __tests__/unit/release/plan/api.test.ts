import { describe, expect, test } from '@jest/globals';
import type { Integration, Stage } from '../../../../src/clients/api-gateway.ts';
import {
  aliasUri,
  allowsApi,
  carries,
  defaultApiUrl,
  sortIntegrations,
  sourceArn,
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

describe('addresses, in every partition', () => {
  test.each([
    ['REST', ARN, 'arn:aws:apigateway:eu-central-1:lambda:path/2015-03-31/functions/', '/invocations'],
    ['REST', CHINA, 'arn:aws-cn:apigateway:cn-north-1:lambda:path/2015-03-31/functions/', '/invocations'],
    ['HTTP', ARN, '', ''],
  ] as const)('the URI of a %s integration for %s', (...[kind, arn, before, after]) => {
    expect(aliasUri(kind, { arn, alias: 'live' })).toBe(`${before}${arn}:live${after}`);
  });

  test.each([
    [ARN, 'prod', 'https://abc.execute-api.eu-central-1.amazonaws.com/prod'],
    [ARN, '$default', 'https://abc.execute-api.eu-central-1.amazonaws.com/'],
    [CHINA, 'prod', 'https://abc.execute-api.cn-north-1.amazonaws.com.cn/prod'],
  ])('the URL of %s, stage %s', (...[arn, name, url]) => {
    expect(defaultApiUrl(arn, { kind: 'REST', apiId: 'abc', stage: name })).toBe(url);
  });

  test('who may call', () => {
    expect(sourceArn(CHINA, 'abc')).toBe('arn:aws-cn:execute-api:cn-north-1:123456789012:abc/*');
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

describe('the policy lets the API call', () => {
  const statement = (change: object = {}) => ({
    Effect: 'Allow',
    Principal: { Service: 'apigateway.amazonaws.com' },
    Action: 'lambda:InvokeFunction',
    Condition: { ArnLike: { 'AWS:SourceArn': 'arn:aws:execute-api:eu-central-1:1:abc/*/POST/predict' } },
    ...change,
  });

  test.each<[string, object[] | undefined, boolean]>([
    ['its own statement', [statement()], true],
    ['any source', [statement({ Condition: undefined })], true],
    [
      'lower-case key',
      [statement({ Condition: { ArnLike: { 'aws:SourceArn': 'arn:aws:execute-api:x:1:abc/*' } } })],
      true,
    ],
    ['among others', [statement({ Principal: '*' }), statement()], true],
    [
      'another API',
      [statement({ Condition: { ArnLike: { 'AWS:SourceArn': 'arn:aws:execute-api:x:1:abcd/*' } } })],
      false,
    ],
    ['denied', [statement({ Effect: 'Deny' })], false],
    ['another service', [statement({ Principal: { Service: 's3.amazonaws.com' } })], false],
    ['nothing', [], false],
    ['no policy', undefined, false],
  ])('%s', (...[, statements, allowed]) => {
    const text = statements && JSON.stringify({ Version: '2012-10-17', Statement: statements });
    expect(allowsApi(text, 'abc')).toBe(allowed);
  });
});
