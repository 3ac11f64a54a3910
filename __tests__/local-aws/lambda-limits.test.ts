import {
  CreateFunctionCommand,
  GetFunctionConfigurationCommand,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda';
import type { UpdateFunctionConfigurationCommandInput } from '@aws-sdk/client-lambda';
import { expect, test } from '@jest/globals';
import { refusal, released } from './clients.ts';

const iris = { FunctionName: 'iris' };
const validation = { name: 'ValidationException', status: 400 };
const invalid = { name: 'InvalidParameterValueException', status: 400 };

type Settings = Omit<UpdateFunctionConfigurationCommandInput, 'FunctionName'>;
const variables = (Variables: Record<string, string>): Settings => ({ Environment: { Variables } });

test.each<[string, { given: Settings; error: typeof invalid; words: string }]>([
  ['Timeout 0', { given: { Timeout: 0 }, error: validation, words: "Value '0' at 'timeout'" }],
  ['Timeout 901', { given: { Timeout: 901 }, error: validation, words: 'less than or equal to 900' }],
  ['MemorySize 127', { given: { MemorySize: 127 }, error: validation, words: "Value '127' at 'memorySize'" }],
  [
    'MemorySize 10241',
    {
      given: { MemorySize: 10_241 },
      error: invalid,
      words: "'MemorySize' value failed to satisfy constraint",
    },
  ],
  [
    'storage 511',
    { given: { EphemeralStorage: { Size: 511 } }, error: validation, words: 'greater than or equal to 512' },
  ],
  [
    'storage 10241',
    {
      given: { EphemeralStorage: { Size: 10_241 } },
      error: validation,
      words: 'less than or equal to 10240',
    },
  ],
  [
    'a name of one letter',
    { given: variables({ A: '1' }), error: validation, words: "Value at 'environment.variables'" },
  ],
  [
    'a name with a dash',
    { given: variables({ 'A-B': '1' }), error: validation, words: '[a-zA-Z]([a-zA-Z0-9_])+' },
  ],
  [
    'a reserved name',
    {
      given: variables({ AWS_REGION: 'x' }),
      error: invalid,
      words: 'Reserved keys used in this request: AWS_REGION',
    },
  ],
  [
    'variables of more than 4 KB',
    { given: variables({ BIG: 'x'.repeat(4087) }), error: invalid, words: 'exceeded the 4KB limit' },
  ],
  [
    'a long description',
    { given: { Description: 'x'.repeat(257) }, error: validation, words: "at 'description'" },
  ],
])('CreateFunction and UpdateFunctionConfiguration refuse %s', async (_case, { given, error, words }) => {
  const { aws, lambda, images } = released();
  const before = JSON.stringify(aws.state.functions);
  const update = new UpdateFunctionConfigurationCommand({ ...iris, ...given });
  const create = new CreateFunctionCommand({
    FunctionName: 'other',
    Role: 'arn:aws:iam::123456789012:role/other',
    Code: { ImageUri: images[0].uri },
    ...given,
  });
  for (const refused of [await refusal(lambda.send(update)), await refusal(lambda.send(create))]) {
    expect(refused).toMatchObject(error);
    expect(refused.message).toContain(words);
  }
  expect(JSON.stringify(aws.state.functions)).toBe(before);
});

test('the largest settings are accepted, and 4096 bytes of variables as JSON', async () => {
  const { lambda } = released();
  const Variables = { BIG: 'x'.repeat(4096 - '{"BIG":""}'.length) };
  await lambda.send(
    new UpdateFunctionConfigurationCommand({
      ...iris,
      Timeout: 900,
      MemorySize: 10_240,
      EphemeralStorage: { Size: 10_240 },
      Environment: { Variables },
    }),
  );
  const { Environment } = await lambda.send(new GetFunctionConfigurationCommand(iris));
  expect(Environment).toEqual({ Variables });
});

test('the refusal of variables above 4 KB prints their values', async () => {
  const { lambda } = released();
  const given = variables({ PASSWORD: 'hunter2', BIG: 'x'.repeat(4096) });
  const { message } = await refusal(
    lambda.send(new UpdateFunctionConfigurationCommand({ ...iris, ...given })),
  );
  expect(message).toContain('String measured: {"PASSWORD":"hunter2"');
});

test('a new account may have less memory than 10,240 MB', async () => {
  const { lambda } = released({ settings: { memoryLimitMb: 3008 } });
  const update = new UpdateFunctionConfigurationCommand({ ...iris, MemorySize: 4096 });
  const refused = await refusal(lambda.send(update));
  expect(refused).toMatchObject(invalid);
  expect(refused.message).toContain('less than or equal to 3008');
});
