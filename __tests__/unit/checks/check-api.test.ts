import { describe, expect, test } from '@jest/globals';
import type { ApiRoute, Authorization } from '../../../src/checks/api-routes.ts';
import {
  checkApiAnswer,
  compareApiVerdicts,
  withoutExpectation,
  type ApiAnswer,
  type HttpVerdict,
} from '../../../src/checks/check-api.ts';
import { sampleOf } from './sample.ts';

const asks = (authorization: Authorization): ApiRoute => ({
  method: 'POST',
  path: '/predict',
  callsFunction: true,
  authorization,
});

const verdict = (
  status: number,
  body: string,
  {
    fields = { expected: { x: 1 } },
    route = asks('none'),
  }: { fields?: object; route?: ApiAnswer['route'] } = {},
): HttpVerdict =>
  checkApiAnswer({ sample: sampleOf({ ...fields }), response: { status, body, headers: {} }, route });

describe('one answer', () => {
  test.each([
    [200, '{"x":1}', 'answers'],
    [500, '{"message":"Internal server error"}', 'wrong'],
    [200, '{"x":2}', 'wrong'],
    [200, 'no JSON', 'wrong'],
    [302, '', 'wrong'],
    [404, '{"message":"Not Found"}', 'wrong'],
  ])('%i %j is %s', (status, body, kind) => {
    expect(verdict(status, body).kind).toBe(kind);
  });

  test.each<[ApiAnswer['route'], string, RegExp]>([
    [asks('custom'), 'not-checked', /POST \/predict requires authorization \(custom, status 403\)/],
    [asks('jwt'), 'not-checked', /\(jwt,/],
    [asks('iam'), 'not-checked', /\(iam,/],
    [asks('api-key'), 'not-checked', /\(api-key,/],
    [asks('unknown'), 'not-checked', /whether its route requires authorization is not known/],
    ['unknown', 'not-checked', /whether its route requires authorization is not known/],
    ['none', 'wrong', /no route of the API fits the request \(status 403\): check its path/],
    [asks('none'), 'wrong', /POST \/predict is open, and the API answers with the status 403/],
  ])('403 of %j is %s', (route, kind, why) => {
    expect(verdict(403, '{"message":"Missing Authentication Token"}', { route })).toEqual({
      kind,
      why: expect.stringMatching(why) as unknown,
    });
  });

  test('404 is never authorization', () => {
    for (const route of [asks('custom'), 'none', 'unknown'] as const)
      expect(verdict(404, '', { route }).kind).toBe('wrong');
  });

  test('a status that the sample expects is no refusal', () => {
    expect(verdict(401, '', { fields: { 'expected-status': 401 }, route: asks('custom') })).toEqual({
      kind: 'answers',
      status: 401,
    });
    const wrongBody = { 'expected-status': 401, expected: { x: 1 } };
    expect(verdict(401, '{"x":2}', { fields: wrongBody, route: asks('custom') }).kind).toBe('wrong');
  });

  test('bytes are compared as they came', () => {
    const bytes = Buffer.from([0xff, 0x00]);
    const response = { status: 200, headers: {}, body: '\ufffd\0', bytes };
    const sample = sampleOf({ 'expected-base64': bytes.toString('base64') });
    expect(checkApiAnswer({ sample, response, route: 'unknown' }).kind).toBe('answers');
  });

  test('a value of the environment is not shown', () => {
    const response = { status: 500, headers: {}, body: 'key s3cret-value' };
    const found = checkApiAnswer({
      sample: sampleOf({}),
      response,
      route: 'unknown',
      hidden: ['s3cret-value'],
    });
    expect(JSON.stringify(found)).not.toContain('s3cret');
  });
});

describe('before and after the traffic moved', () => {
  const answers: HttpVerdict = { kind: 'answers', status: 200 };
  const wrong: HttpVerdict = { kind: 'wrong', why: 'status 500' };
  const unknown: HttpVerdict = { kind: 'not-checked', why: 'no route' };
  const silent: HttpVerdict = { kind: 'no-answer', why: 'it hangs' };

  test.each<[string, HttpVerdict | undefined, HttpVerdict, HttpVerdict]>([
    ['worked and works', answers, answers, answers],
    ['worked and fails: the release is taken back', answers, wrong, wrong],
    [
      'failed and fails',
      wrong,
      wrong,
      { kind: 'not-checked', why: 'status 500; it did not answer rightly before this release either' },
    ],
    ['failed and works', wrong, answers, answers],
    [
      'was not tried and fails',
      unknown,
      wrong,
      { kind: 'not-checked', why: 'status 500; it could not be tried before this release' },
    ],
    [
      'nothing was live',
      undefined,
      wrong,
      { kind: 'not-checked', why: 'status 500; nothing was live before this release' },
    ],
    ['worked and cannot be told', answers, unknown, unknown],
    [
      'worked and gives no answer: the release is taken back',
      answers,
      silent,
      { kind: 'wrong', why: 'it hangs, and it answered before this release' },
    ],
    ['gives no answer, before and after', silent, silent, { kind: 'not-checked', why: 'it hangs' }],
    ['gives no answer to a first release', undefined, silent, { kind: 'not-checked', why: 'it hangs' }],
    [
      'gave no answer and fails',
      silent,
      wrong,
      { kind: 'not-checked', why: 'status 500; it did not answer before this release either' },
    ],
  ])('%s', (...[, before, after, expected]) => {
    expect(compareApiVerdicts(before, after)).toEqual(expected);
  });

  test('what is live is not held to the expectation of the new version', () => {
    const sample = withoutExpectation(sampleOf({ expected: { x: 1 }, 'expected-status': 201 }));
    const response = { status: 201, headers: {}, body: '{"x":2}' };
    expect(checkApiAnswer({ sample, response, route: 'unknown' }).kind).toBe('answers');
  });
});
