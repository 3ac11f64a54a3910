import { describe, expect, test } from '@jest/globals';
import { judgeAnswer, readSamples, withoutValues, type Sample } from '../../../src/checks/samples.ts';

const sample = (expected: unknown, tolerance = 0): Sample => ({ name: 's', input: {}, expected, tolerance });
const judged = (expected: unknown, answer: unknown, tolerance = 0) =>
  judgeAnswer(sample(expected, tolerance), JSON.stringify(answer));
const proxy = (body: unknown, statusCode = 200) => ({
  statusCode,
  body: typeof body === 'string' ? body : JSON.stringify(body),
});

describe('reading', () => {
  test('one JSON object a line; empty lines and a last line end do not count', () => {
    const text = '{"input": 1}\r\n\n  {"name": "b", "input": {"x": 2}, "expected": null, "tolerance": 0.1}\n';
    expect(readSamples('s.jsonl', text)).toEqual([
      { name: 'line 1', input: 1, tolerance: 0 },
      { name: 'b', input: { x: 2 }, expected: null, tolerance: 0.1 },
    ]);
  });

  test('every bad line is named at once', () => {
    const text = ['{', '[]', '{"expected": 1}', '{"input":1,"tolerance":-1}', '{"input":1,"name":2}'].join(
      '\n',
    );
    expect(() => readSamples('s.jsonl', text)).toThrow(
      /line 1 is not JSON; line 2 is not an object; line 3 has no input; line 4 has a tolerance.*; line 5 has a name/,
    );
  });

  test.each([
    [undefined, /There is no s\.jsonl/],
    ['\n \n', /s\.jsonl holds no sample/],
  ])('%j: nothing would prove the version', (text, message) => {
    expect(() => readSamples('s.jsonl', text)).toThrow(message);
  });
});

describe('judging', () => {
  test.each<[unknown, unknown]>([
    [{ species: 'setosa' }, { species: 'setosa', probability: 0.98 }],
    [{ a: { b: [1, { c: true }] } }, { a: { b: [1, { c: true, d: 0 }], e: 1 } }],
    [null, null],
    ['setosa', 'setosa'],
    [[], []],
    [{}, { anything: 1 }],
    [{ species: 'setosa' }, proxy({ species: 'setosa' })],
    ['plain text', proxy('plain text')],
    [{ statusCode: 201 }, proxy({}, 201)],
  ])('%j is in %j', (expected, answer) => {
    expect(judged(expected, answer)).toBeUndefined();
  });

  test.each<[unknown, unknown, string]>([
    [{ species: 'setosa' }, { species: 'virginica' }, 'expected "setosa" at species, got "virginica"'],
    [{ a: { b: 1 } }, { a: {} }, 'expected b at a, which is not in the answer'],
    [[1, 2], [1], 'expected a list of 2, got [1]'],
    [[1], [1, 2], 'expected a list of 1, got [1,2]'],
    [[1, 2], { '0': 1, '1': 2 }, 'expected a list of 2, got {"0":1,"1":2}'],
    [[1, 2], [2, 1], 'expected 1 at 0, got 2'],
    [1, '1', 'expected 1, got "1"'],
    [null, {}, 'expected null, got {}'],
    [{ a: null }, {}, 'expected a, which is not in the answer'],
    [{ a: 1 }, proxy({ a: 2 }), 'expected 1 at a, got 2'],
    [
      { a: 1 },
      proxy({ message: 'bad' }, 400),
      'the answer has the status 400: {"statusCode":400,"body":"{\\"message\\":\\"bad\\"}"}',
    ],
  ])('%j is not in %j: %s', (...[expected, answer, why]) => {
    expect(judged(expected, answer)).toBe(why);
  });

  test.each<[number, number, number, boolean]>([
    [0.9, 0.905, 0.01, true],
    [0.9, 0.89, 0.01, true],
    [0.9, 0.92, 0.01, false],
    [1, 1, 0, true],
    [1, 1.0000001, 0, false],
    [-1, 1, 1.9, false],
  ])('%d, answered %d, within %d: %s', (...[expected, answer, tolerance, right]) => {
    expect(judged({ p: expected }, { p: answer }, tolerance) === undefined).toBe(right);
  });

  test('no expectation: any answer that is no error will do', () => {
    const open: Sample = { name: 's', input: {}, tolerance: 0 };
    expect(judgeAnswer(open, '"anything"')).toBeUndefined();
    expect(judgeAnswer(open, 'not JSON')).toBe('the answer is not JSON: not JSON');
    expect(judgeAnswer(open, JSON.stringify(proxy('no', 500)))).toMatch(/the status 500/);
  });

  test('what is shown of an answer is one short line', () => {
    const shown = judgeAnswer(sample({}), `\u001b[31m\u0085\u202e${'x'.repeat(1_000)}\n\r`) ?? '';
    expect(shown.length).toBeLessThan(200);
    // eslint-disable-next-line no-control-regex -- exactly what must not be there
    expect(shown).not.toMatch(/[\u0000-\u001f\u0085\u202e]/);
  });
});

test.each([
  ['password is s3cret-value', ['s3cret-value'], 'password is ***'],
  ['{"k":"a\\"quoted\\"b"}', ['a"quoted"b'], '{"k":"***"}'],
  ['in production', ['prod', 'eu'], 'in production'],
  ['longer-secret-value', ['longer-secret', 'longer-secret-value'], '***'],
])('%s without %j', (...[text, values, shown]) => {
  expect(withoutValues(text, values)).toBe(shown);
});
