import { describe, expect, test } from '@jest/globals';
import type { Integration } from '../../../../src/clients/api-gateway.ts';
import { readPermission, sourceArn } from '../../../../src/release/plan/api-permission.ts';

const functionArn = 'arn:aws:lambda:eu-central-1:123456789012:function:iris';
const API = 'arn:aws:execute-api:eu-central-1:123456789012:abc';

const statement = (source: string | undefined, change: object = {}) => ({
  Effect: 'Allow',
  Principal: { Service: 'apigateway.amazonaws.com' },
  Action: 'lambda:InvokeFunction',
  ...(source === undefined ? {} : { Condition: { ArnLike: { 'AWS:SourceArn': source } } }),
  ...change,
});
const deny = (source: string) => statement(source, { Effect: 'Deny' });

function read(kind: 'REST' | 'HTTP', statements: unknown, connected: readonly Integration[]) {
  const address = { kind, apiId: 'abc', stage: 'prod' };
  return readPermission(JSON.stringify({ Statement: statements }), { functionArn, address, connected });
}

const routes = (...labels: readonly string[]) =>
  labels.map((label): Integration => {
    const [method = '', path = ''] = label.split(' ');
    return { label, uri: '', method, path };
  });
const both = routes('POST /predict', 'GET /health');

describe('a REST API', () => {
  test.each<[string, unknown, string, string]>([
    ['every API of the account (case 09)', [statement(API.replace('abc', '*'))], 'allowed', '*'],
    ['this API', [statement(`${API}/*`)], 'allowed', '*'],
    ['a single statement that is no list', statement(`${API}/*/*/*`), 'allowed', '*'],
    ['any source', [statement(undefined)], 'allowed', '*'],
    ['one route of two', [statement(`${API}/*/GET/health`)], 'not-allowed', 'prod/POST/predict'],
    [
      'each route by itself',
      [statement(`${API}/*/GET/health`), statement(`${API}/prod/POST/*`)],
      'allowed',
      '*',
    ],
    ['another stage', [statement(`${API}/dev/*/*`)], 'not-allowed', 'prod/POST/predict'],
    ['another API whose id begins alike', [statement(`${API}d/*`)], 'not-allowed', 'prod/POST/predict'],
    ['a Deny of one route', [statement(undefined), deny(`${API}/*/GET/*`)], 'denied', 'prod/GET/health'],
    [
      'an operator that is not understood',
      [statement(undefined, { Condition: { Odd: { a: 'b' } } })],
      'unknown',
      'prod/POST/predict',
    ],
    ['a policy that is malformed', ['no statement'], 'unknown', 'prod/POST/predict'],
    ['no statement', [], 'not-allowed', 'prod/POST/predict'],
  ])('%s', (...[, statements, answer, source]) => {
    expect(read('REST', statements, both)).toEqual({ answer, sourceArn: `${API}/${source}` });
  });
});

describe('an HTTP API, whose integrations do not tell their routes', () => {
  test.each<[string, unknown, string]>([
    ['this API', [statement(`${API}/*`)], 'allowed'],
    ['the stage', [statement(`${API}/prod/*`)], 'allowed'],
    ['one route, which may be the only one', [statement(`${API}/*/*/predict`)], 'unknown'],
    ['one route of another stage', [statement(`${API}/dev/*/predict`)], 'not-allowed'],
    ['another API', [statement(`${API}d/*`)], 'not-allowed'],
    [
      'one route, for another service',
      [statement(`${API}/*/*/predict`, { Principal: { Service: 's3.amazonaws.com' } })],
      'not-allowed',
    ],
    ['a Deny of everything', [statement(undefined), deny(`${API}/*`)], 'denied'],
    ['no statement', [], 'not-allowed'],
  ])('%s', (...[, statements, answer]) => {
    expect(read('HTTP', statements, [{ label: 'integration i1', uri: '' }]).answer).toBe(answer);
  });
});

test.each([undefined, '', ' '])('no policy (%j) allows nothing', (policy) => {
  const address = { kind: 'HTTP', apiId: 'abc', stage: '$default' } as const;
  const caller = { functionArn, address, connected: [{ label: 'integration i1', uri: '' }] };
  expect(readPermission(policy, caller).answer).toBe('not-allowed');
});

test('the statement that is added is for the whole API, in its partition', () => {
  const china = 'arn:aws-cn:lambda:cn-north-1:123456789012:function:iris';
  expect(sourceArn(china, 'abc')).toBe('arn:aws-cn:execute-api:cn-north-1:123456789012:abc/*');
});
