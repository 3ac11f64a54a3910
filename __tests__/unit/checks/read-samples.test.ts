import { describe, expect, test } from '@jest/globals';
import { InvalidSamples, readSamples, type SampleMistake } from '../../../src/checks/read-samples.ts';
import type { Sample } from '../../../src/checks/samples.ts';
import fc from '../../harness/property.ts';

const read = (...lines: string[]): readonly Sample[] => readSamples('s.jsonl', lines.join('\n'));

/** The mistakes of a file, each with its line. */
function mistakes(...lines: string[]): readonly SampleMistake[] {
  try {
    read(...lines);
    return [];
  } catch (error) {
    if (error instanceof InvalidSamples) return error.mistakes;
    throw error;
  }
}

const mistake = (line: string): string =>
  mistakes(line)
    .map(({ message }) => message)
    .join('; ');

describe('a sample is read as it is written', () => {
  test('one JSON object a line; empty lines and a last line end do not count', () => {
    const text = '{"input": 1}\r\n\n  {"name": "b", "input": {"x": 2}, "expected": null, "tolerance": 0.1}\n';
    expect(readSamples('s.jsonl', text)).toEqual([
      { name: 'line 1', line: 1, input: '1', tolerance: 0, relativeTolerance: 0 },
      {
        name: 'b',
        line: 3,
        input: '{"x": 2}',
        expected: { kind: 'json', text: 'null' },
        tolerance: 0.1,
        relativeTolerance: 0,
      },
    ]);
  });

  test.each([
    '{"id": 12345678901234567890, "price": 1.10, "huge": 1e400}',
    '{"2": 1, "1": 2, "a": {"10": 0, "9": 0}}',
    '{"__proto__": {"x": 1}, "constructor": 2}',
    '{"text": "\\u00e4\\/\\ud83d\\ude00"}',
    '[ 1 ,  -0, 1E+2 ]',
  ])('the input and the expectation keep their own text: %s', (written) => {
    const [sample] = read(`{"input": ${written}, "expected": ${written}}`);
    expect(sample?.input).toBe(written);
    expect(sample?.expected).toEqual({ kind: 'json', text: written });
  });

  test('whatever JSON it is', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 4 }), (written) => {
        const unique = JSON.stringify(JSON.parse(written));
        expect(read(`{"expected":${unique},"input":${unique}}`)[0]).toMatchObject({
          input: unique,
          expected: { text: unique },
        });
      }),
    );
  });

  test('a byte order mark is no part of it', () => {
    expect(read('\ufeff{"input": 1}')).toHaveLength(1);
  });

  test('what is not JSON has keys of its own', () => {
    const samples = read(
      '{"input": "1,2\\n", "content-type": "text/csv", "accept": "text/csv", "route": "POST /invocations?v=2", "expected-text": "a,1\\n", "relative-tolerance": 0.05}',
      '{"input": {}, "expected-base64": "AAE="}',
      `{"input": {}, "expected-sha256": "${'A0'.repeat(32)}", "expected-status": 201}`,
    );
    expect(samples).toMatchObject([
      {
        contentType: 'text/csv',
        accept: 'text/csv',
        route: { method: 'POST', path: '/invocations?v=2' },
        expected: { kind: 'text', text: 'a,1\n' },
        relativeTolerance: 0.05,
      },
      { expected: { kind: 'bytes', base64: 'AAE=' } },
      { expected: { kind: 'sha256', hex: 'a0'.repeat(32) }, expectedStatus: 201 },
    ]);
  });
});

describe('what is no sample is refused', () => {
  test('every mistake of the file at once, each with its file and line', () => {
    const found = mistakes(
      '{',
      '{"input":1}',
      '',
      '[]',
      '{"expected": 1}',
      '{"input":1,"expected":1,"tolerance":-1,"name":2}',
    );
    expect(found).toEqual([
      { file: 's.jsonl', line: 1, message: 'is not JSON (column 1)' },
      { file: 's.jsonl', line: 4, message: expect.stringMatching(/^is a list/) },
      { file: 's.jsonl', line: 5, message: 'has no input' },
      { file: 's.jsonl', line: 6, message: 'has a name that is no text' },
      { file: 's.jsonl', line: 6, message: 'has a tolerance that is no finite number from 0' },
    ]);
    expect(() => read('{', '7')).toThrow(/line 1 is not JSON .*; line 2 is not an object\. A sample is/);
  });

  test('the message shows ten mistakes, and counts the others', () => {
    const lines = Array.from({ length: 500 }, () => '{"inptu": 1}');
    expect(mistakes(...lines)).toHaveLength(500);
    expect(() => read(...lines)).toThrow(/line 10 has [^;]*; and 490 more\./);
  });

  test.each([
    ['{"input":1,"expcted":2}', 'has the unknown key "expcted" (do you mean "expected"?)'],
    ['{"input":1,"Expected":2}', 'has the unknown key "Expected" (do you mean "expected"?)'],
    ['{"input":1,"expected_output":2}', 'has the unknown key "expected_output" (do you mean "expected"?)'],
    ['{"input":1,"rtol":2}', 'has the unknown key "rtol" (do you mean "relative-tolerance"?)'],
    ['{"input":1,"contentType":"a/b"}', 'has the unknown key "contentType" (do you mean "content-type"?)'],
    ['{"input":1,"constructor":2}', 'has the unknown key "constructor"'],
    ['{"input":1,"__proto__":2}', 'has the unknown key "__proto__"'],
    ['{"input":1,"zzzzzzzzz":2}', 'has the unknown key "zzzzzzzzz"'],
    ['{"input":1,"expected":{"a":1},"expected":{"a":2}}', 'repeats the key expected'],
    ['{"input":1,"expected":1,"\\u0065xpected":1}', 'repeats the key expected'],
    ['{"input":{"x":[{"y":1,"y":1}]}}', 'repeats the key input.x[0].y'],
    ['{"input":1,"expected":{"a b":{"c":1,"c":2}}}', 'repeats the key expected["a b"].c'],
  ])('%s', (line, message) => {
    expect(mistake(line)).toBe(message);
  });

  test.each([
    ['{"input":1,"tolerance":1e999}', /tolerance that is no finite number/],
    ['{"input":1,"tolerance":"0.1"}', /tolerance that is no finite number/],
    ['{"input":1,"tolerance":NaN}', /is not JSON \(column 24\)/],
    ['{"input":1,"relative-tolerance":5}', /no share from 0 to below 1/],
    ['{"input":1,"expected":1,"expected-text":"1"}', /has expected and expected-text: one of them/],
    ['{"input":1,"expected-text":1}', /an expected-text that is no text/],
    ['{"input":1,"expected-base64":"%"}', /not Base64/],
    ['{"input":1,"expected-base64":"AA==","tolerance":0.1}', /means nothing beside expected-base64/],
    ['{"input":1,"tolerance":0.1}', /means nothing without expected/],
    ['{"input":1,"expected-status":200,"relative-tolerance":0.1}', /means nothing without expected/],
    ['{"input":1,"expected-sha256":"abc"}', /not 64 hex digits/],
    ['{"input":1,"expected-status":"200"}', /no HTTP status/],
    ['{"input":1,"expected-status":99}', /no HTTP status/],
    ['{"input":1,"route":"/predict"}', /such as "POST \/predict"/],
    ['{"input":1,"route":"GET /predict"}', /a method with a body/],
    ['{"input":1,"route":"POST /models/{id}"}', /a path without parameters/],
    ['{"input":{"x":1},"content-type":"text/csv"}', /content-type text\/csv, so its input has to be a text/],
    ['{"input":"a","content-type":"text/csv\\r\\nx: y"}', /no value of an HTTP header/],
    ['{"input":{"httpMethod":"POST","path":"/p"},"route":"POST /q"}', /an API event that says it already/],
    ['{"input":"a\u0001b"}', /a text in it holds a line break or another control character/],
    [`{"input":"${'x'.repeat(6 * 1024 * 1024)}"}`, /an input above 6 MiB/],
  ])('%.60s', (line, message) => {
    expect(mistake(line)).toMatch(message);
  });

  test.each([101, 100_000])('%d levels are one sentence, and not the end of the stack', (levels) => {
    expect(mistake(`{"input":${'['.repeat(levels - 1)}${']'.repeat(levels - 1)}}`)).toBe(
      'is nested deeper than 100 levels',
    );
    expect(mistake(`{"input":"${'['.repeat(levels)}"}`)).toBe('');
  });

  test('a hundred levels are read', () => {
    expect(mistake(`{"input":${'['.repeat(99)}${']'.repeat(99)}}`)).toBe('');
  });

  test('no text is a defect', () => {
    const pieces = ['{', '}', '[', ']', '"', ',', ':', '"input"', '"expected"', '"name"', '1e999', '-', '\\'];
    const noise = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(fc.constantFrom(...pieces), { maxLength: 12 }).map((parts) => parts.join('')),
    );
    fc.assert(
      fc.property(noise, (text) => {
        try {
          readSamples('s.jsonl', text);
        } catch (error) {
          expect((error as { code?: string }).code).toMatch(/^(invalid|no)-samples$/);
        }
      }),
    );
  });

  test.each([
    [undefined, /There is no s\.jsonl/],
    ['\n \n', /s\.jsonl holds no sample/],
  ])('%j: nothing would prove the version', (text, message) => {
    expect(() => readSamples('s.jsonl', text)).toThrow(message);
  });
});
