import { describe, expect, test } from '@jest/globals';
import type { Integration, Stage } from '../../../../src/clients/api-gateway.ts';
import { apiRequest, judgeApiAnswer, type ApiTarget } from '../../../../src/checks/api-request.ts';
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
import type { Sample } from '../../../../src/checks/samples.ts';

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

describe('asking through the API', () => {
  const door: ApiTarget = { kind: 'REST', baseUrl: 'https://api/prod/', exactUrl: undefined, routes: [] };
  const plain: Sample = { name: 'plain', input: { x: 1 }, tolerance: 0 };
  const v1: Sample = {
    name: 'v1',
    input: { httpMethod: 'POST', path: '/predict', body: '{"x":1}' },
    tolerance: 0,
  };
  const v2: Sample = {
    name: 'v2',
    input: { rawPath: '/predict', requestContext: { http: { method: 'GET', path: '/predict' } } },
    tolerance: 0,
  };
  const binary: Sample = { ...v1, name: 'b64', input: { ...(v1.input as object), isBase64Encoded: true } };

  test.each<[string, Partial<ApiTarget>, Sample[], string | undefined]>([
    ['a format 1.0 event', {}, [v1], 'POST https://api/prod/predict {"x":1}'],
    ['a format 2.0 event', {}, [v2], 'GET https://api/prod/predict -'],
    ['an event in Base64 is passed over', {}, [binary, v2], 'GET https://api/prod/predict -'],
    ['a given address', { exactUrl: 'https://me/p' }, [v1, plain], 'POST https://me/p {"x":1}'],
    ['a given address and an event', { exactUrl: 'https://me/p' }, [v1], 'POST https://me/p {"x":1}'],
    [
      'a known route',
      { routes: ['GET /x', 'POST /predict'] },
      [plain],
      'POST https://api/prod/predict {"x":1}',
    ],
    ['a route with a parameter tells nothing', { routes: ['ANY /{proxy+}'] }, [plain], undefined],
    ['nothing known', {}, [plain], undefined],
    ['no samples', { routes: ['POST /predict'] }, [], undefined],
  ])('%s', (...[, target, samples, expected]) => {
    const request = apiRequest({ ...door, ...target }, samples);
    expect(request && `${request.method} ${request.url} ${request.body ?? '-'}`).toBe(expected);
  });

  test.each([
    [200, '{"x":1}', 'answers'],
    [401, '', 'not-judged'],
    [403, '{"message":"Forbidden"}', 'not-judged'],
    [500, '{"message":"Internal server error"}', 'wrong'],
    [200, '{"x":2}', 'wrong'],
    [200, 'no JSON', 'wrong'],
    [302, '', 'wrong'],
  ])('%i %j is %s', (...[status, body, kind]) => {
    const sample = { ...plain, expected: { x: 1 } };
    expect(judgeApiAnswer(sample, { status, body, headers: {} }).kind).toBe(kind);
  });
});
