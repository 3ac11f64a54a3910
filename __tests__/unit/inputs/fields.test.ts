import { describe, expect, test } from '@jest/globals';
import fc from '../../harness/property.ts';
import {
  quoted,
  readInputs,
  ruleOver,
  type Field,
  type InvalidInputs,
  type Source,
  type ValuesOf,
} from '../../../src/inputs/fields.ts';
import { choice, flag, integer, lines, list, pairs, text } from '../../../src/inputs/kinds.ts';
import { newOp, readIdentity } from '../../../src/inputs/identity.ts';
import * as names from '../../../src/inputs/names.ts';
import { secretsGiven, secretsOf } from '../../../src/inputs/secrets.ts';
import { readAttachInputs } from '../../../src/inputs/attach-inputs.ts';
import { readDeployInputs } from '../../../src/inputs/deploy-inputs.ts';

const source = (texts: Readonly<Record<string, string | undefined>>): Source => ({
  text: (name) => texts[name],
});

/** What an input comes to: its value, or the sentence that refuses it. */
function read(field: Field<unknown>, given: string | undefined): unknown {
  try {
    return readInputs({ it: field }, source({ it: given })).it;
  } catch (error) {
    return (error as Error).message.replace(' Nothing has been called or changed.', '');
  }
}

describe('one line of text', () => {
  const name = text({ pattern: /^[a-z]+$/, expected: 'letters', max: 5 });

  test.each<[string | undefined, unknown]>([
    ['abc', 'abc'],
    ['  abc\n', 'abc'],
    [undefined, undefined],
    ['a\nb', 'Invalid input: it must be one line without control characters, not "a�b".'],
    ['a\u0000', 'Invalid input: it must be one line without control characters, not "a�".'],
    ['abcdef', 'Invalid input: it must have at most 5 characters, not 6.'],
    ['a1', 'Invalid input: it must be letters, not "a1".'],
  ])('%j', (given, expected) => expect(read(name, given)).toBe(expected));

  test('required, and with a default', () => {
    expect(read(text({ required: true }), undefined)).toBe('Invalid input: it is required.');
    expect(read(text({ fallback: 'live' }), undefined)).toBe('live');
  });
});

describe('flags, numbers, choices', () => {
  test.each<[Field<unknown>, string, unknown]>([
    ...(['true', 'True', 'TRUE'] as const).map(
      (given) => [flag({}), given, true] as [Field<unknown>, string, unknown],
    ),
    [flag({}), 'false', false],
    [flag({}), 'yes', expect.stringMatching(/must be true or false/)],
    [flag({}), '1', expect.stringMatching(/must be true or false/)],
    [integer({ min: 1, max: 900, unit: 'seconds' }), '900', 900],
    [integer({ min: 1, max: 900, unit: 'seconds' }), '0900', 900],
    [
      integer({ min: 1, max: 900, unit: 'seconds' }),
      '901',
      'Invalid input: it must be a whole number from 1 to 900 (seconds), not "901".',
    ],
    [integer({ min: 0, max: 9 }), '-1', expect.stringMatching(/whole number/)],
    [integer({ min: 0, max: 9 }), '1.5', expect.stringMatching(/whole number/)],
    [integer({ min: 0, max: 9 }), '1e0', expect.stringMatching(/whole number/)],
    [integer({ min: 0, max: 9 }), '0x1', expect.stringMatching(/whole number/)],
    [integer({ min: 0, max: 9 }), '٣', expect.stringMatching(/whole number/)],
    [choice(['a', 'b'], {}), 'b', 'b'],
    [choice(['a', 'b'], {}), 'B', 'Invalid input: it must be one of a, b, not "B".'],
    [choice(['a', 'b'], {}), 'toString', expect.stringMatching(/one of a, b/)],
  ])('%#: %j %j', (...[field, given, expected]) => expect(read(field, given)).toEqual(expected));
});

describe('several values', () => {
  const even = (item: string) => (item.length % 2 === 0 ? undefined : `has the odd ${item}`);

  test.each<[Field<unknown>, string | undefined, unknown]>([
    [lines({}), 'a\r\n\n  b \n', ['a', '  b ']],
    [lines({}), undefined, []],
    [lines({}), 'a\u0007', expect.stringMatching(/control characters/)],
    [lines({}, even), 'ab\nabc', 'Invalid input: it has the odd abc.'],
    [list({}, even), 'ab, cd\nef,,', ['ab', 'cd', 'ef']],
    [list({}, even), 'a', 'Invalid input: it has the odd a.'],
    [list({}, even), undefined, undefined],
  ])('%#: %j', (field, given, expected) => expect(read(field, given)).toEqual(expected));

  const variables = pairs({ key: names.VARIABLE_NAME, expected: 'letters' });

  test.each<[string | undefined, unknown]>([
    ['ONE=1\nTWO=a=b=c\nSPACES=  x  ', { ONE: '1', TWO: 'a=b=c', SPACES: '  x  ' }],
    ['ONE=\n', { ONE: '' }],
    [undefined, undefined],
    ['ONE', expect.stringMatching(/one line has no "="/)],
    ['1A=x', expect.stringMatching(/the name "1A", which must be letters/)],
    ['ONE=1\nONE=2', expect.stringMatching(/sets ONE twice/)],
    ['ONE=a\u0000b', expect.stringMatching(/NUL in the value of ONE/)],
  ])('%j', (given, expected) => expect(read(variables, given)).toEqual(expected));

  test('a value is kept byte for byte, and never shown when its line is refused', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (value) => {
        fc.pre(!/[\n\r\u0000]/.test(value)); // eslint-disable-line no-control-regex -- NUL is what is refused
        expect(read(variables, `KEY=${value}`)).toEqual({ KEY: value });
      }),
    );
    expect(read(variables, '1A=sup3r-secret')).not.toContain('sup3r');
  });
});

describe('every mistake at once', () => {
  const table = {
    'memory-size': integer({ min: 128, max: 10_240 }),
    alias: text({ required: true }),
    timeout: integer({ min: 1, max: 900 }),
  };
  const rule = ruleOver<ValuesOf<typeof table>>();
  const rules = [
    rule(['memorySize', 'timeout'], ({ memorySize, timeout }) => `${memorySize} and ${timeout} do not go`),
    rule(['alias'], ({ alias }) => (alias === 'live' ? undefined : 'alias is not live')),
  ];
  const found = (texts: Readonly<Record<string, string>>, mistaken: readonly string[] = []) => {
    const told = { mistakes: mistaken, mistaken: new Set(mistaken) };
    try {
      return readInputs(table, { ...source(texts), ...told }, rules);
    } catch (error) {
      return (error as InvalidInputs).mistakes;
    }
  };

  test.each<[string, Readonly<Record<string, string>>, readonly unknown[]]>([
    [
      'of the inputs',
      { 'memory-size': 'much' },
      [expect.stringMatching(/^memory-size must/), 'alias is required'],
    ],
    ['of two together', { 'memory-size': '128', alias: 'live' }, ['128 and undefined do not go']],
    [
      'of an input, and of others together',
      { alias: 'prod', timeout: 'x' },
      [expect.stringMatching(/^timeout must/), 'alias is not live'],
    ],
    [
      'of two together beside a missing one',
      { timeout: '9' },
      ['alias is required', 'undefined and 9 do not go'],
    ],
  ])('%s', (_, texts, expected) => expect(found(texts)).toEqual(expected));

  test('a rule says nothing of an input whose mistake is told already', () => {
    expect(found({ alias: 'live' }, ['timeout'])).toEqual(['timeout']);
  });
});

test('what is shown of a wrong text is short and on one line', () => {
  expect(quoted('a\nb\u001b[31m')).toBe('"a�b�[31m"');
  expect(quoted('x'.repeat(100))).toHaveLength(60);
});

describe('names', () => {
  test.each<[keyof typeof names, string, boolean]>([
    ['FUNCTION_NAME', 'iris-v2_x', true],
    ['FUNCTION_NAME', 'x'.repeat(65), false],
    ['FUNCTION_NAME', 'arn:aws-cn:lambda:cn-north-1:123456789012:function:iris', true],
    ['FUNCTION_NAME', 'iris:live', false],
    ['ALIAS_NAME', '1a', true],
    ['ALIAS_NAME', '12', false],
    ['ALIAS_NAME', 'a'.repeat(120), false],
    ['REPOSITORY_NAME', 'team/iris-model', true],
    ['REPOSITORY_NAME', 'Team/iris', false],
    ['REPOSITORY_NAME', 'team//iris', false],
    ['IMAGE_URI', `123456789012.dkr.ecr.eu-central-1.amazonaws.com/team/iris@sha256:${'a'.repeat(64)}`, true],
    ['IMAGE_URI', '127.0.0.1:4510/iris:v1', true],
    ['IMAGE_URI', '123456789012.dkr.ecr-fips.us-east-1.amazonaws.com/iris:v1', false],
    ['IMAGE_URI', '123456789012.dkr-ecr-fips.us-east-1.on.aws/iris:v1', false],
    ['IMAGE_URI', 'docker.io/library/python:3.12', false],
    ['IMAGE_URI', 'ghcr.io/acme/iris:v1', false],
    ['IMAGE_URI', 'public.ecr.aws/lambda/python:3.12', false],
    ['IMAGE_URI', '123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn/team/iris:v1', true],
    ['IMAGE_URI', '127.0.0.1:5000/iris:v1', true],
    ['IMAGE_URI', 'iris:v1', false],
    ['IMAGE_URI', 'host/iris', false],
    ['COMMIT', 'a'.repeat(40), true],
    ['COMMIT', 'A'.repeat(40), false],
    ['COMMIT', 'a'.repeat(41), false],
    ['ROLE', 'arn:aws:iam::123456789012:role/service/iris', true],
    ['ROLE', 'arn:aws:iam::123456789012:user/iris', false],
    ['ROLE', 'iris-execution', true],
    ['ROLE', 'service/iris', false],
    ['REGION', 'us-gov-west-1', true],
    ['REGION', 'eu_central_1', false],
    ['STAGE_NAME', '$default', true],
    ['STAGE_NAME', '$other', false],
    ['HTTP_URL', 'https://api.example.com/predict?x=1', true],
    ['HTTP_URL', 'file:///etc/passwd', false],
    ['HTTP_URL', 'https://user@host/', false],
  ])('%s %j: %s', (...[name, given, fits]) => {
    expect(names[name].test(given)).toBe(fits);
    expect(names[name].test(`${given}\n`)).toBe(false);
  });
});

describe('who runs', () => {
  const GITHUB = {
    GITHUB_RUN_ID: '17',
    GITHUB_RUN_ATTEMPT: '2',
    GITHUB_SHA: 'a'.repeat(40),
    GITHUB_REPOSITORY: 'acme/iris',
    GITHUB_EVENT_NAME: 'push',
  };

  test('from GitHub’s variables; the input names another commit', () => {
    expect(readIdentity(GITHUB, 'b'.repeat(40))).toMatchObject({
      runId: '17',
      attempt: '2',
      commit: 'b'.repeat(40),
      runUrl: 'https://github.com/acme/iris/actions/runs/17/attempts/2',
    });
    expect(readIdentity({ ...GITHUB, GITHUB_REPOSITORY: undefined }, undefined).runUrl).toBe('');
  });

  test('run ids are in order within a server and a repository, whatever the repository is called', () => {
    const at = (env: Record<string, string | undefined>) =>
      readIdentity({ ...GITHUB, ...env }, undefined).home;
    expect(at({})).toBe('github.com/acme/iris');
    expect(at({ GITHUB_REPOSITORY: 'Acme/Iris', GITHUB_SERVER_URL: 'https://GitHub.com/' })).toBe(at({}));
    const known = at({ GITHUB_REPOSITORY_ID: '17' });
    expect(known).toBe('github.com/17');
    expect(at({ GITHUB_REPOSITORY_ID: '17', GITHUB_REPOSITORY: 'acme/renamed' })).toBe(known);
    expect(at({ GITHUB_REPOSITORY_ID: '17', GITHUB_SERVER_URL: 'https://ghe.example.com' })).not.toBe(known);
    expect(at({ GITHUB_REPOSITORY: undefined })).toBe('');
  });

  test.each<[Partial<Record<keyof typeof GITHUB, string | undefined>>, RegExp]>([
    [{ GITHUB_RUN_ID: undefined }, /GITHUB_RUN_ID must be a number that grows/],
    [{ GITHUB_RUN_ID: '0' }, /GITHUB_RUN_ID/],
    [{ GITHUB_RUN_ID: '1;seq=9' }, /GITHUB_RUN_ID/],
    [{ GITHUB_RUN_ATTEMPT: 'x' }, /GITHUB_RUN_ATTEMPT/],
    [{ GITHUB_SHA: 'main' }, /full commit id/],
  ])('%j is refused', (change, message) => {
    expect(() => readIdentity({ ...GITHUB, ...change }, undefined)).toThrow(message);
  });

  test.each([
    [0, '17.2.0000'],
    [0xabc, '17.2.0abc'],
    [0xffff, '17.2.ffff'],
  ])('the op id of %d', (nonce, op) => {
    expect(newOp(readIdentity(GITHUB, undefined), nonce)).toBe(op);
  });
});

test.each([
  [{ githubToken: 'token', secrets: ['pip=a=b', 'empty=', 'two=x\ny'] }, ['token', 'a=b', 'x', 'y']],
  [{ githubToken: undefined }, []],
])('what is masked of %j', (inputs, masked) => {
  expect(secretsOf(inputs)).toEqual(masked);
});

describe('secrets are known before anything is read', () => {
  test('each line of each of them, also of what will be refused', () => {
    const given: Readonly<Record<string, string>> = {
      'github-token': ' two words ',
      token: 'ghp_\u0007x',
      secrets: 'pip=a=b\r\nno equals sign\n\nkey=c',
      alias: 'no secret',
    };
    expect(secretsGiven({ text: (name) => given[name] })).toEqual([
      'two words',
      'ghp_\u0007x',
      'a=b',
      'no equals sign',
      'c',
    ]);
  });

  test.each<[string, string]>([
    ['attach', 'ghp_hunter2\u0007'],
    ['attach', 'hunter2 hunter2'],
    ['attach', 'hunter2'.repeat(1000)],
    ['deploy', 'hunter2 hunter2'],
    ['deploy', 'hunter2\u0000'],
  ])('a token that %s refuses is not in the refusal: %j', (action, token) => {
    const given: Readonly<Record<string, string>> = {
      ...{ organization: 'acme', source: 'a/b@v1', 'function-name': 'iris', 'ecr-repository': 'iris' },
      [action === 'attach' ? 'token' : 'github-token']: token,
    };
    const text = (name: string) => given[name];
    const read = () => (action === 'attach' ? readAttachInputs({ text }, {}) : readDeployInputs({ text }));
    expect(read).toThrow(/token must/);
    expect(read).not.toThrow(/hunter2/);
  });
});
