import { describe, expect, test } from '@jest/globals';
import { answerOfHttp, answerOfLambda } from '../../../src/checks/answer.ts';
import { checkAnswer, type Verdict } from '../../../src/checks/check-answer.ts';
import { readSamples } from '../../../src/checks/read-samples.ts';
import { withoutValues } from '../../../src/checks/shown.ts';
import fc from '../../harness/property.ts';
import { sampleOf } from './sample.ts';

type Fields = Readonly<Record<string, unknown>>;

const byLambda = (fields: Fields, answer: unknown, hidden: readonly string[] = []): Verdict =>
  checkAnswer(sampleOf(fields), answerOfLambda(JSON.stringify(answer)), hidden);

const byHttp = (fields: Fields, body: string | Uint8Array, status = 200): Verdict =>
  checkAnswer(
    sampleOf(fields),
    answerOfHttp({ status, headers: { 'content-type': 'x/y' }, bytes: Buffer.from(body) }),
  );

const why = (verdict: Verdict): string => ('why' in verdict ? verdict.why : verdict.kind);

const proxy = (body: unknown, statusCode = 200) => ({
  statusCode,
  body: typeof body === 'string' ? body : JSON.stringify(body),
});

const inBase64 = (bytes: string | Uint8Array, statusCode = 200) => ({
  statusCode,
  isBase64Encoded: true,
  body: Buffer.from(bytes).toString('base64'),
});

describe('JSON is contained in the answer', () => {
  test.each<[unknown, unknown]>([
    [{ species: 'setosa' }, { species: 'setosa', probability: 0.98 }],
    [{ a: { b: [1, { c: true }] } }, { a: { b: [1, { c: true, d: 0 }], e: 1 } }],
    [null, null],
    ['setosa', 'setosa'],
    [[], []],
    [{}, { anything: 1 }],
    [{ species: 'setosa' }, proxy({ species: 'setosa' })],
    [{ ok: true }, inBase64('{"ok":true}')],
    ['plain text', proxy('plain text')],
    ['a text in JSON', proxy('"a text in JSON"')],
    [{ statusCode: 201 }, proxy({}, 201)],
    [{ statusCode: 404 }, proxy({}, 404)],
    [{ statusCode: 42 }, { statusCode: 42 }],
    [{ statusCode: 404 }, { statusCode: 404, mine: true }],
    [{ statusCode: 404 }, proxy({ statusCode: 404 })],
    [{ statusCode: 150 }, proxy({ statusCode: 150 })],
  ])('%j is in %j', (expected, answer) => {
    expect(byLambda({ expected }, answer)).toEqual({ kind: 'as-expected' });
  });

  test.each<[unknown, unknown, string]>([
    [{ species: 'setosa' }, { species: 'virginica' }, 'expected "setosa" at species, got "virginica"'],
    [{ a: { b: 1 } }, { a: {} }, 'a.b is not in the answer'],
    [[1, 2], [1], 'expected a list of 2, got [1]'],
    [[1], [1, 2], 'expected a list of 1, got [1,2]'],
    [[1, 2], { '0': 1, '1': 2 }, 'expected [1,2], got {"0":1,"1":2}'],
    [[1, 2], [2, 1], 'expected 1 at [0], got 2'],
    [{ p: [{ label: 'a' }] }, { p: [{ label: 'b' }] }, 'expected "a" at p[0].label, got "b"'],
    [1, '1', 'expected 1, got "1"'],
    ['1', 1, 'expected "1", got 1'],
    [null, {}, 'expected null, got {}'],
    [true, false, 'expected true, got false'],
    [{ a: null }, {}, 'a is not in the answer'],
    [{ a: 1 }, proxy({ a: 2 }), 'expected 1 at a, got 2'],
    [{ statusCode: 201 }, proxy({}, 200), 'expected 201 at statusCode, got 200'],
    [{ a: 1 }, proxy({ message: 'bad' }, 400), 'the answer has the status 400: {"message":"bad"}'],
    [{ a: 1 }, proxy('positive'), 'the answer is not JSON: positive'],
    [{ a: 1 }, { ...inBase64('x'), body: '%%%' }, 'the body is not Base64, although isBase64Encoded is true'],
  ])('%j is not in %j: %s', (...[expected, answer, message]) => {
    expect(why(byLambda({ expected }, answer))).toBe(message);
  });

  test('a difference is data: field, expected, got, tolerance', () => {
    expect(byLambda({ expected: { p: [0.9] }, tolerance: 0.01 }, { p: [0.92] })).toEqual({
      kind: 'differs',
      why: 'expected 0.9 ± 0.01 at p[0], got 0.92',
      field: 'p[0]',
      expected: '0.9',
      got: '0.92',
      tolerance: '± 0.01',
    });
  });

  test('every JSON value is in itself, and in itself with more around it', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), (value) => {
        const unique: unknown = JSON.parse(JSON.stringify(value));
        expect(byLambda({ expected: { v: unique } }, { v: unique, more: 1 }).kind).toBe('as-expected');
        expect(byHttp({ expected: { v: unique } }, JSON.stringify({ more: 1, v: unique })).kind).toBe(
          'as-expected',
        );
        expect(byLambda({ expected: { v: unique } }, { v: { other: unique } }).kind).toBe(
          JSON.stringify(unique) === '{}' ? 'as-expected' : 'differs',
        );
      }),
    );
  });
});

describe('numbers', () => {
  test.each<[number, number, Fields, boolean]>([
    [0.9, 0.905, { tolerance: 0.01 }, true],
    [0.9, 0.89, { tolerance: 0.01 }, true],
    [0.9, 0.92, { tolerance: 0.01 }, false],
    [1, 1, {}, true],
    [1, 1.0000001, {}, false],
    [-1, 1, { tolerance: 1.9 }, false],
    [250_000, 251_000, { 'relative-tolerance': 0.01 }, true],
    [250_000, 253_000, { 'relative-tolerance': 0.01 }, false],
    [-200, -199, { 'relative-tolerance': 0.01 }, true],
    [0, 0.001, { 'relative-tolerance': 0.5 }, false],
    [0, 0.001, { 'relative-tolerance': 0.5, tolerance: 0.01 }, true],
    [100, 100.5, { 'relative-tolerance': 0.001, tolerance: 1 }, true],
  ])('%d, answered %d, within %j: %s', (...[expected, answer, bounds, right]) => {
    expect(byLambda({ expected: { p: expected }, ...bounds }, { p: answer }).kind).toBe(
      right ? 'as-expected' : 'differs',
    );
  });

  test.each([
    ['12345678901234567890', '12345678901234567890', 0, true],
    ['12345678901234567890', '12345678901234567891', 0, false],
    ['12345678901234567890', '12345678901234567891', 1, true],
    ['1.10', '1.1', 0, true],
    ['1e2', '100', 0, true],
    ['0.1', '0.10000000000000001', 0, true],
    ['1e400', '1e400', 0, true],
    ['1e400', '1', 1e308, false],
    ['1e400', '2e400', 1e308, false],
    ['-0', '0', 0, true],
  ])('%s and %s, within %d: %s', (...[expected, answer, tolerance, right]) => {
    const [sample] = readSamples('s', `{"input":1,"expected":[${expected}],"tolerance":${tolerance}}`);
    if (sample === undefined) throw new Error('no sample');
    expect(checkAnswer(sample, answerOfLambda(`[${answer}]`)).kind).toBe(right ? 'as-expected' : 'differs');
  });

  test('the sentence names both bounds', () => {
    const bounds = { tolerance: 0.5, 'relative-tolerance': 0.05 };
    expect(why(byLambda({ expected: 100, ...bounds }, 106))).toBe('expected 100 ± 0.5 or 5 %, got 106');
  });
});

describe('texts and bytes', () => {
  const csv = 'setosa,0.98\nvirginica,0.01\n';
  const png = Buffer.from('iVBORw0KGgo=', 'base64');
  const sha = '4c4b6a3be1314ab86138bef4314dde022e600960d8689a2c8f8631802d20dab6';

  test.each<[Fields, string, string]>([
    [{ 'expected-text': 'positive' }, 'positive', 'as-expected'],
    [{ expected: 'positive' }, 'positive', 'as-expected'],
    [{ 'expected-text': csv }, csv, 'as-expected'],
    [{ 'expected-text': csv }, csv.replaceAll('\n', '\r\n').trim(), 'as-expected'],
    [
      { 'expected-text': csv },
      'setosa,0.98\nvirginica,0.02\n',
      'expected "virginica,0.01" at line 2, got "virginica,0.02"',
    ],
    [{ 'expected-text': csv, tolerance: 0.02 }, 'setosa,0.97\nvirginica,0.02', 'as-expected'],
    [
      { 'expected-text': csv, tolerance: 0.02 },
      'setosa,0.97\nvirginica,0.2\n',
      'expected "0.01" ± 0.02 at line 2, column 2, got "0.2"',
    ],
    [
      { 'expected-text': csv, tolerance: 0.02 },
      'setosa,0.97\nversicolor,0.01\n',
      'expected "virginica" at line 2, column 1, got "versicolor"',
    ],
    [{ 'expected-text': csv }, 'setosa,0.98\n', 'expected 2 lines, got 1 line: "setosa,0.98\\n"'],
    [{ 'expected-text': '' }, '', 'as-expected'],
    [{ 'expected-text': 'a' }, '', 'expected "a", got ""'],
  ])('%j and %j: %s', (...[fields, body, message]) => {
    expect(why(byHttp(fields, body))).toBe(message);
    expect(why(byLambda(fields, proxy(body)))).toBe(message);
    expect(why(byLambda(fields, inBase64(body)))).toBe(message);
  });

  test('bytes are compared as they are, or by their SHA-256', () => {
    const right = [{ 'expected-base64': 'iVBORw0KGgo=' }, { 'expected-sha256': sha }];
    for (const fields of right) {
      expect(byHttp(fields, png).kind).toBe('as-expected');
      expect(byLambda(fields, inBase64(png)).kind).toBe('as-expected');
      expect(why(byHttp(fields, Buffer.from([1])))).toMatch(
        new RegExp(`expected a body with the SHA-256 ${sha}, got [0-9a-f]{64} \\(1 bytes\\)`),
      );
    }
  });

  test('a text that a function answers without a proxy response is the body', () => {
    expect(byLambda({ 'expected-text': 'Hello from Lambda!' }, 'Hello from Lambda!').kind).toBe(
      'as-expected',
    );
    expect(byLambda({ expected: 'Hello from Lambda!' }, 'Hello from Lambda!').kind).toBe('as-expected');
    expect(byHttp({ expected: 'Hello from Lambda!' }, 'Hello from Lambda!').kind).toBe('as-expected');
  });
});

describe('an answer that was right by Invoke is right over HTTP', () => {
  test.each<[string, Fields, { statusCode: number; body?: string; isBase64Encoded?: boolean }]>([
    ['a text', { expected: 'positive' }, { statusCode: 200, body: 'positive' }],
    ['an image', {}, { statusCode: 200, body: 'iVBORw0KGgo=', isBase64Encoded: true }],
    ['204', {}, { statusCode: 204 }],
    ['204 as expected', { 'expected-status': 204, 'expected-text': '' }, { statusCode: 204 }],
    ['CSV', {}, { statusCode: 200, body: 'setosa,0.98\nvirginica,0.01\n' }],
    [
      'an error that is expected',
      { 'expected-status': 422, expected: { d: 1 } },
      { statusCode: 422, body: '{"d":1}' },
    ],
    [
      'a whole response',
      { expected: { statusCode: 201, body: '{"a":1}' } },
      { statusCode: 201, body: '{"a":1}' },
    ],
    ['a header', { expected: { statusCode: 200, headers: { 'Content-Type': 'x/y' } } }, { statusCode: 200 }],
    ['an error', {}, { statusCode: 500, body: 'Internal Server Error' }],
    ['a redirect', {}, { statusCode: 302 }],
    ['the wrong status', { 'expected-status': 201 }, { statusCode: 200, body: 'x' }],
    [
      'a wrong body of an error',
      { 'expected-status': 422, expected: { d: 1 } },
      { statusCode: 422, body: '{"d":2}' },
    ],
  ])('%s', (_name, fields, response) => {
    const bytes = Buffer.from(response.body ?? '', response.isBase64Encoded ? 'base64' : 'utf8');
    const headers = { 'Content-Type': 'x/y' };
    const streamed = Buffer.concat([
      Buffer.from(JSON.stringify({ statusCode: response.statusCode, headers, cookies: [] })),
      Buffer.alloc(8),
      bytes,
    ]);
    const direct = byLambda(fields, { ...response, headers });
    expect(byHttp(fields, bytes, response.statusCode)).toEqual(direct);
    expect(checkAnswer(sampleOf(fields), answerOfLambda(streamed))).toEqual(direct);
  });
});

describe('a streamed answer', () => {
  const head = '{"statusCode":200,"headers":{"content-type":"application/json"},"cookies":[]}';
  const nuls = '\0'.repeat(8);

  test.each([
    [`${head}${nuls}{"ok":true}`, 'as-expected'],
    [`${head}${nuls}{"ok":false}`, 'expected true at ok, got false'],
    [`{}${nuls}{"ok":true}`, 'as-expected'],
    [`{"statusCode":503}${nuls}busy`, 'the answer has the status 503: busy'],
    [`no head${nuls}{"ok":true}`, /the answer is not JSON: no head {8}/],
  ])('%j', (payload, message) => {
    const verdict = checkAnswer(sampleOf({ expected: { ok: true } }), answerOfLambda(payload));
    expect(why(verdict)).toEqual(
      typeof message === 'string' ? message : (expect.stringMatching(message) as unknown),
    );
  });

  test('its body may be binary', () => {
    const payload = Buffer.concat([Buffer.from(head + nuls), Buffer.from([0xff, 0, 0xfe])]);
    const sample = sampleOf({ 'expected-base64': Buffer.from([0xff, 0, 0xfe]).toString('base64') });
    expect(checkAnswer(sample, answerOfLambda(payload)).kind).toBe('as-expected');
  });
});

describe('without an expectation', () => {
  test.each(['"anything"', 'not JSON', '', '{"statusCode":204}'])(
    '%j is answered, which is not "as expected"',
    (payload) => {
      expect(checkAnswer(sampleOf({}), answerOfLambda(payload))).toEqual({ kind: 'answered' });
    },
  );

  test('an error is wrong all the same', () => {
    expect(why(byLambda({}, proxy('no', 500)))).toBe('the answer has the status 500: no');
  });
});

describe('what is shown of an answer', () => {
  test('is one short line', () => {
    const shown = why(
      checkAnswer(
        sampleOf({ expected: {} }),
        answerOfLambda(`\u001b[31m\u0085\u202e${'x'.repeat(1_000)}\n\r`),
      ),
    );
    expect(shown.length).toBeLessThan(200);
    // eslint-disable-next-line no-control-regex -- exactly what must not be there
    expect(shown).not.toMatch(/[\u0000-\u001f\u0085\u202e]/);
  });

  test('holds no value of the environment, in no field, and no beginning of one', () => {
    const secret = `${'s3cret/'.repeat(30)}"ä"`;
    const answers = [{ p: secret }, { p: { deep: [secret] } }, proxy(secret, 500), proxy(`said ${secret}`)];
    for (const answer of answers) {
      const text = JSON.stringify(byLambda({ expected: { p: 1 } }, answer, [secret]));
      expect(text).not.toContain('s3cret');
      expect(text).toContain('***');
    }
    const escaped = `{"p":"${secret.replaceAll('/', '\\/').replaceAll('"', '\\"').replaceAll('ä', '\\u00e4')}"}`;
    const verdict = checkAnswer(sampleOf({ expected: { p: 1 } }), answerOfLambda(escaped), [secret]);
    expect(verdict).toMatchObject({ field: 'p', got: '"***"' });
  });

  test('a deep answer is one sentence', () => {
    const payload = `{"p":${'['.repeat(100_000)}${']'.repeat(100_000)}}`;
    expect(why(checkAnswer(sampleOf({ expected: { p: 1 } }), answerOfLambda(payload)))).toMatch(
      /^the answer is nested deeper than 100 levels: /,
    );
  });
});

test.each([
  ['password is s3cret-value', ['s3cret-value'], 'password is ***'],
  ['{"k":"a\\"quoted\\"b"}', ['a"quoted"b'], '{"k":"***"}'],
  ['at https%3A%2F%2Fhost%2F', ['https://host/'], 'at ***'],
  ['in production', ['prod', 'eu'], 'in production'],
  ['longer-secret-value', ['longer-secret', 'longer-secret-value'], '***'],
])('%s without %j', (...[text, values, shown]) => {
  expect(withoutValues(text, values)).toBe(shown);
});
