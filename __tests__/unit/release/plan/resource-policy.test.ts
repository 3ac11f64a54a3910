import { describe, expect, test } from '@jest/globals';
import {
  evaluatePolicy,
  routeSourceArn,
  type PolicyRequest,
} from '../../../../src/release/plan/resource-policy.ts';
import fc from '../../../harness/property.ts';

const ACCOUNT = '123456789012';
const API = `arn:aws:execute-api:eu-central-1:${ACCOUNT}:abc`;

const request: PolicyRequest = {
  action: 'lambda:InvokeFunction',
  service: 'apigateway.amazonaws.com',
  sourceArn: `${API}/prod/POST/predict`,
  sourceAccount: ACCOUNT,
};

const allow = (change: object = {}) => ({
  Sid: 's',
  Effect: 'Allow',
  Principal: { Service: 'apigateway.amazonaws.com' },
  Action: 'lambda:InvokeFunction',
  Resource: 'arn:aws:lambda:eu-central-1:123456789012:function:iris:live',
  Condition: { ArnLike: { 'AWS:SourceArn': `${API}/*` } },
  ...change,
});
const deny = (change: object = {}) => allow({ Effect: 'Deny', Condition: undefined, ...change });
const when = (condition: object) => allow({ Condition: condition });

const answer = (Statement: unknown, change: Partial<PolicyRequest> = {}) =>
  evaluatePolicy(JSON.stringify({ Version: '2012-10-17', Statement }), { ...request, ...change });

test.each<[string, unknown, string]>([
  ['one statement as an object', allow(), 'allowed'],
  ['one in a list', [allow()], 'allowed'],
  ['none', [], 'not-allowed'],
  ['without a condition', allow({ Condition: undefined }), 'allowed'],
  ['among others', [allow({ Principal: { AWS: ACCOUNT } }), allow()], 'allowed'],
  ['a Deny for everybody wins', [allow(), deny({ Principal: '*' })], 'denied'],
  ['a Deny of another action', [allow(), deny({ Action: 'lambda:GetFunction' })], 'allowed'],
  ['a Deny of every action', [allow(), deny({ Action: '*' })], 'denied'],
  [
    'a Deny that is not understood',
    [allow(), deny({ Condition: { IpAddress: { 'aws:SourceIp': '::/0' } } })],
    'unknown',
  ],
  [
    'a Deny that is not understood and does not fit',
    [allow(), deny({ Action: 'lambda:GetFunction', Condition: { New: {} } })],
    'allowed',
  ],
  ['an effect that does not exist', [allow(), allow({ Effect: 'Maybe' })], 'unknown'],
  [
    'an Allow beside one that is not understood',
    [when({ New: { 'aws:SourceArn': 'x' } }), allow()],
    'allowed',
  ],
  ['only an Allow that is not understood', when({ New: { 'aws:SourceArn': 'x' } }), 'unknown'],
])('%s', (_name, statement, expected) => {
  expect(answer(statement)).toBe(expected);
});

test.each<[unknown, string]>([
  ['lambda:InvokeFunction', 'allowed'],
  ['lambda:invokefunction', 'allowed'],
  ['lambda:*', 'allowed'],
  ['lambda:Invoke?unction', 'allowed'],
  ['*', 'allowed'],
  [['lambda:GetFunction', 'lambda:Invoke*'], 'allowed'],
  ['lambda:GetFunction', 'not-allowed'],
  ['lambda:InvokeFunctionUrl', 'not-allowed'],
  ['lambda:Invoke', 'not-allowed'],
  [[], 'not-allowed'],
  [7, 'unknown'],
])('the action %j is %s', (Action, expected) => {
  expect(answer(allow({ Action }))).toBe(expected);
});

test.each<[unknown, string]>([
  ['lambda:GetFunction', 'allowed'],
  [['s3:*', 'lambda:Get*'], 'allowed'],
  ['lambda:*', 'not-allowed'],
])('all actions but %j is %s', (NotAction, expected) => {
  expect(answer(allow({ Action: undefined, NotAction }))).toBe(expected);
});

test.each<[unknown, string]>([
  ['*', 'allowed'],
  [{ AWS: '*' }, 'allowed'],
  [{ Service: ['events.amazonaws.com', 'apigateway.amazonaws.com'] }, 'allowed'],
  [{ AWS: ACCOUNT, Service: 'apigateway.amazonaws.com' }, 'allowed'],
  [{ Service: 's3.amazonaws.com' }, 'not-allowed'],
  [{ AWS: `arn:aws:iam::${ACCOUNT}:root` }, 'not-allowed'],
  [{ AWS: [ACCOUNT, '*'] }, 'allowed'],
  [{ Federated: 'x' }, 'not-allowed'],
  ['apigateway.amazonaws.com', 'unknown'],
  [undefined, 'unknown'],
  [{ New: 'x' }, 'unknown'],
])('the principal %j is %s', (Principal, expected) => {
  expect(answer(allow({ Principal }))).toBe(expected);
});

describe('conditions', () => {
  test.each<[object, string]>([
    [{ ArnLike: { 'AWS:SourceArn': `${API}/*/POST/predict` } }, 'allowed'],
    [{ ArnLike: { 'aws:SourceArn': `${API}/*` } }, 'allowed'],
    [{ ArnLike: { 'aws:sourcearn': `arn:aws:execute-api:eu-central-1:${ACCOUNT}:*` } }, 'allowed'],
    [{ ArnLike: { 'aws:SourceArn': `arn:aws:execute-api:*:${ACCOUNT}:*` } }, 'allowed'],
    [{ ArnLike: { 'aws:SourceArn': 'arn:*:execute-api:*:*:abc/*' } }, 'allowed'],
    [{ ArnEquals: { 'aws:SourceArn': `${API}/*` } }, 'allowed'],
    [{ ArnLike: { 'aws:SourceArn': '*' } }, 'allowed'],
    [{ ArnLike: { 'aws:SourceArn': 'arn:aws:execute-api:*' } }, 'unknown'],
    [{ ArnLike: { 'aws:SourceArn': `${API}d/*` } }, 'not-allowed'],
    [{ ArnLike: { 'aws:SourceArn': `${API}/*/GET/health` } }, 'not-allowed'],
    [{ ArnLike: { 'aws:SourceArn': `${API}/*/post/predict` } }, 'not-allowed'],
    [{ ArnLike: { 'aws:SourceArn': 'arn:aws:execute-api:eu-west-1:*:*' } }, 'not-allowed'],
    [{ ArnLike: { 'aws:SourceArn': 'arn:aws:execute-api:eu-central-1:999999999999:*' } }, 'not-allowed'],
    [{ ArnLike: { 'aws:SourceArn': [`${API}d/*`, `${API}/*`] } }, 'allowed'],
    [{ StringLike: { 'aws:SourceArn': `${API}/*` } }, 'allowed'],
    [{ StringLike: { 'aws:SourceArn': '*:abc/prod/????/predict' } }, 'allowed'],
    [{ StringEquals: { 'aws:SourceArn': `${API}/*` } }, 'not-allowed'],
    [{ StringEquals: { 'aws:SourceArn': `${API}/prod/POST/predict` } }, 'allowed'],
    [{ StringEquals: { 'AWS:SourceAccount': ACCOUNT } }, 'allowed'],
    [{ StringEquals: { 'aws:SourceAccount': '999999999999' } }, 'not-allowed'],
    [{ StringEquals: { 'aws:SourceAccount': ['999999999999', ACCOUNT] } }, 'allowed'],
    [{ StringEquals: { 'aws:SourceAccount': ACCOUNT }, ArnLike: { 'aws:SourceArn': `${API}/*` } }, 'allowed'],
    [
      { StringEquals: { 'aws:SourceAccount': ACCOUNT }, ArnLike: { 'aws:SourceArn': `${API}d/*` } },
      'not-allowed',
    ],
    [{ StringEquals: { 'aws:SourceAccount': ACCOUNT, 'aws:SourceArn': 'x' } }, 'not-allowed'],
    [{ ArnLikeIfExists: { 'aws:SourceArn': `${API}/*` } }, 'allowed'],
    [{ ArnLikeIfExists: { 'aws:SourceArn': `${API}d/*` } }, 'not-allowed'],
    [{ 'ForAnyValue:StringLike': { 'aws:SourceArn': `${API}/*` } }, 'allowed'],
    [{ 'ForAnyValue:StringLike': { 'aws:SourceArn': `${API}d/*` } }, 'not-allowed'],
    [{ 'ForAllValues:StringLikeIfExists': { 'aws:SourceArn': `${API}/*` } }, 'allowed'],
    [{ ArnNotLike: { 'aws:SourceArn': `${API}/*` } }, 'not-allowed'],
    [{ ArnNotLike: { 'aws:SourceArn': `${API}d/*` } }, 'allowed'],
    [{ StringNotEquals: { 'aws:SourceAccount': ['1', '2'] } }, 'allowed'],
    [{ StringNotEquals: { 'aws:SourceAccount': ['1', ACCOUNT] } }, 'not-allowed'],
    [{ Null: { 'aws:SourceArn': 'false' } }, 'allowed'],
    [{ Null: { 'aws:SourceArn': true } }, 'not-allowed'],
    [{ Bool: { 'lambda:InvokedViaFunctionUrl': 'true' } }, 'not-allowed'],
    [{ StringEquals: { 'lambda:FunctionUrlAuthType': 'NONE' } }, 'not-allowed'],
    [{ StringEqualsIfExists: { 'lambda:FunctionUrlAuthType': 'NONE' } }, 'allowed'],
    [{ StringEquals: { 'aws:PrincipalOrgID': 'o-1' } }, 'unknown'],
    [
      { StringEquals: { 'aws:PrincipalOrgID': 'o-1' }, ArnLike: { 'aws:SourceArn': `${API}d/*` } },
      'not-allowed',
    ],
    [{ StringLike: { 'aws:SourceArn': '${aws:PrincipalArn}*' } }, 'unknown'],
    [{ StringLike: { 'aws:SourceArn': [{}, `${API}/*`] } }, 'allowed'],
    [{ StringLike: { 'aws:SourceArn': {} } }, 'unknown'],
    [{ StringLike: { 'aws:SourceArn': [] } }, 'not-allowed'],
    [{ StringLike: 'x' }, 'unknown'],
    [{ constructor: { 'aws:SourceArn': 'x' } }, 'unknown'],
    [{ 'ForAnyValue:New': { 'aws:SourceArn': 'x' } }, 'unknown'],
    [{}, 'allowed'],
  ])('%j is %s', (condition, expected) => {
    expect(answer(when(condition))).toBe(expected);
  });

  test('without an account, a condition on it cannot be told', () => {
    const { sourceAccount: _, ...anonymous } = request;
    const policy = JSON.stringify({ Statement: when({ StringEquals: { 'aws:SourceAccount': ACCOUNT } }) });
    expect(evaluatePolicy(policy, anonymous)).toBe('unknown');
  });
});

test.each([
  [undefined, 'not-allowed'],
  ['', 'not-allowed'],
  ['{', 'unknown'],
  ['null', 'unknown'],
  ['[]', 'unknown'],
  ['{}', 'not-allowed'],
  ['{"Statement":"x"}', 'unknown'],
  ['{"Statement":[null]}', 'unknown'],
  ['{"Statement":{}}', 'unknown'],
])('the policy %j is %s', (policy, expected) => {
  expect(evaluatePolicy(policy, request)).toBe(expected);
});

describe('whatever a policy holds', () => {
  const piece = fc.constantFrom(
    ...['*', 'Allow', 'Deny', 'lambda:*', 'apigateway.amazonaws.com', 'ArnLike', 'aws:SourceArn', `${API}/*`],
    ...['Service', 'AWS', 'Effect', 'Action', 'Principal', 'Condition', 'NotAction'],
  );
  const json = fc.letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof(
      { depthSize: 'small' },
      piece,
      fc.constantFrom(null, 1, true),
      fc.array(tie('value'), { maxLength: 3 }),
      fc.dictionary(piece, tie('value'), { maxKeys: 4 }),
    ),
  })).value;

  test('there is an answer, and a fitting Deny always wins', () => {
    fc.assert(
      fc.property(fc.array(json, { maxLength: 3 }), (statements) => {
        expect(['allowed', 'denied', 'not-allowed', 'unknown']).toContain(answer(statements));
        const objects = statements.filter(
          (one) => typeof one === 'object' && one !== null && !Array.isArray(one),
        );
        expect(answer([...objects, deny()])).toBe('denied');
      }),
    );
  });

  test('a wildcard fits what a regular expression of it fits', () => {
    const letters = fc.string({ unit: fc.constantFrom('a', 'b', '/'), maxLength: 8 });
    const patterns = fc.string({ unit: fc.constantFrom('a', 'b', '/', '*', '?'), maxLength: 6 });
    fc.assert(
      fc.property(letters, patterns, (text, pattern) => {
        const like = new RegExp(`^${pattern.replaceAll('*', '.*').replaceAll('?', '.')}$`).test(text);
        const statement = when({ StringLike: { 'aws:SourceArn': pattern } });
        expect(answer(statement, { sourceArn: text })).toBe(like ? 'allowed' : 'not-allowed');
      }),
    );
  });

  test('no pattern takes long', () => {
    const statement = when({ StringLike: { 'aws:SourceArn': `${'a*'.repeat(10_000)}b` } });
    const began = performance.now();
    expect(answer(statement, { sourceArn: 'a'.repeat(1_000) })).toBe('not-allowed');
    expect(performance.now() - began).toBeLessThan(1_000);
  });
});

test.each([
  ['POST', '/predict', 'prod/POST/predict'],
  ['ANY', '/models/{id}/{rest+}', 'prod/POST/models/value/value'],
  ['ANY', '$default', 'prod/POST/$default'],
])('the source of %s %s', (method, path, expected) => {
  const arn = 'arn:aws-cn:lambda:cn-north-1:123456789012:function:iris';
  expect(routeSourceArn(arn, { apiId: 'abc', stage: 'prod', method, path })).toBe(
    `arn:aws-cn:execute-api:cn-north-1:123456789012:abc/${expected}`,
  );
});
