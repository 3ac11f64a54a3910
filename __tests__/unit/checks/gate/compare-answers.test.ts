import { expect, test } from '@jest/globals';
import { answerOfLambda } from '../../../../src/checks/answer.ts';
import { differencesBetween } from '../../../../src/checks/gate/compare-answers.ts';
import fc from '../../../harness/property.ts';

const EXACT = { tolerance: 0, relativeTolerance: 0, fields: [] as readonly string[] };

type Bytes = string | Uint8Array;

function differences(before: Bytes, after: Bytes, by = EXACT) {
  return differencesBetween(answerOfLambda(before), answerOfLambda(after), by).map(
    ({ field, before: was, after: is, size }) => [field, was, is, Number(size.toFixed(4))],
  );
}

test.each([
  ['a word', '{"label":"a"}', '{"label":"b"}', [['label', '"a"', '"b"', 1]]],
  ['a number, by its share of the larger', '{"p":0.5}', '{"p":1}', [['p', '0.5', '1', 0.5]]],
  ['numbers of either sign', '{"p":-2}', '{"p":1}', [['p', '-2', '1', 1]]],
  [
    'a digit that doubles lose',
    '{"id":12345678901234567890}',
    '{"id":12345678901234567891}',
    [['id', '12345678901234567890', '12345678901234567891', 0]],
  ],
  ['a number written otherwise', '{"p":1.10,"n":100}', '{"n":1e2,"p":1.1}', []],
  ['the order of keys and spaces', '{"a":1,"b":[2]}', '{ "b": [2], "a": 1 }', []],
  ['a number that became a text', '{"p":1}', '{"p":"1"}', [['p', '1', '"1"', 1]]],
  [
    'a field that one side lacks',
    '{"label":"a","p":1}',
    '{"label":"a","score":1}',
    [
      ['p', '1', 'nothing', 1],
      ['score', 'nothing', '1', 1],
    ],
  ],
  ['a longer list', '[1]', '[1,2]', [['[1]', 'nothing', '2', 1]]],
  [
    'a place in a list',
    '{"predictions":[{"label":"a"},{"label":"b"}]}',
    '{"predictions":[{"label":"a"},{"label":"c"}]}',
    [['predictions[1].label', '"b"', '"c"', 1]],
  ],
  ['an empty list and an empty object', '{"a":[]}', '{"a":{}}', [['a', '[]', '{}', 1]]],
  ['NaN, which equals itself', '{"p":NaN,"label":"a"}', '{"p":NaN, "label":"a"}', []],
  ['NaN and a number', '{"p":NaN,"q":1}', '{"p":0.5,"q":1}', [['p', 'NaN', '0.5', 1]]],
  ['NaN and the text', '{"p":NaN}', '{"p":"NaN"}', [['p', 'NaN', '"NaN"', 1]]],
  ['Infinity', '{"p":-Infinity}', '{"p":Infinity}', [['p', '-Infinity', 'Infinity', 1]]],
  ['NaN within a text', '{"why":"NaN \\" NaN","p":1}', '{"why":"NaN \\" NaN","p":1}', []],
  ['a plain answer', '"a"', '"b"', [['answer', '"a"', '"b"', 1]]],
  ['text that is no JSON', 'one\ntwo', 'one\nthree', [['line 2', '"two"', '"three"', 1]]],
  ['JSON that became text', '{"p":1}', 'oops', [['answer', '"{\\"p\\":1}"', '"oops"', 1]]],
])('%s is compared as it is written', (...[, before, after, expected]) => {
  expect(differences(before, after)).toEqual(expected);
});

test('bytes that are no text differ by their digest', () => {
  const [found] = differences(Buffer.from([0xff, 0xd8, 1]), Buffer.from([0xff, 0xd8, 2]));
  expect(found?.slice(0, 2)).toEqual(['answer', expect.stringMatching(/^3 bytes, SHA-256 [0-9a-f]{64}$/)]);
  expect(differences(Buffer.from([0xff]), Buffer.from([0xff]))).toEqual([]);
});

test('another status comes before other values', () => {
  const response = (statusCode: number, body: string) => JSON.stringify({ statusCode, body });
  expect(differences(response(200, '{"p":1}'), response(500, '{"p":2}'))).toEqual([
    ['status', '200', '500', 2],
    ['p', '1', '2', 0.5],
  ]);
});

test('an error on one side is a difference, and on both sides none', () => {
  const [answer, failed] = [answerOfLambda('{"p":1}'), { failed: 'the function timed out' }];
  expect(differencesBetween(answer, failed, EXACT)).toEqual([
    {
      field: 'answer',
      path: 'answer',
      before: '{"p":1}',
      after: 'no answer: the function timed out',
      size: 2,
    },
  ]);
  expect(differencesBetween({ failed: 'request 1 failed' }, { problem: 'no Base64' }, EXACT)).toEqual([]);
});

test.each([
  [['label'], []],
  [['predictions'], ['predictions[0].p', 'predictions[1].p']],
  [['predictions.p'], ['predictions[0].p', 'predictions[1].p']],
  [['predictions[1]'], ['predictions[1].p']],
  [['pred'], []],
  [[], ['at', 'predictions[0].p', 'predictions[1].p']],
])('fields %p compare what they name and all below', (fields, expected) => {
  const answer = (p: number, at: number) =>
    JSON.stringify({ label: 'a', at, predictions: [{ p }, { p: p + 1 }] });
  const found = differences(answer(1, 1), answer(2, 2), { ...EXACT, fields });
  expect(found.map(([field]) => field).sort()).toEqual(expected);
});

test("a difference within the sample's tolerance is none", () => {
  expect(differences('{"p":0.91}', '{"p":0.915}', { ...EXACT, tolerance: 0.01 })).toEqual([]);
});

test('a large answer and a deep one are compared', () => {
  const large = (last: number) => JSON.stringify([...Array<number>(100_000).fill(1), last]);
  expect(differences(large(1), large(2))).toEqual([['[100000]', '1', '2', 0.5]]);
  const deep = (leaf: number) => `${'['.repeat(5000)}${leaf}${']'.repeat(5000)}`;
  expect(differences(deep(1), deep(2))).toHaveLength(1);
});

test('an answer has no difference from itself, and as many from another one as that one from it', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.jsonValue(), (one, other) => {
      const [left, right] = [JSON.stringify(one), JSON.stringify(other)];
      expect(differences(left, left)).toEqual([]);
      expect(differences(left, right)).toHaveLength(differences(right, left).length);
    }),
  );
});
