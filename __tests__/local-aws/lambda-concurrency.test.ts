import {
  DeleteFunctionConcurrencyCommand,
  GetAccountSettingsCommand,
  GetFunctionConcurrencyCommand,
  InvokeCommand,
  PutFunctionConcurrencyCommand,
} from '@aws-sdk/client-lambda';
import { expect, test } from '@jest/globals';
import type { LocalAwsOptions } from '../../local/aws/aws.ts';
import type { ProgramRuntime } from '../../local/aws/runtime.ts';
import { refusal, released } from './clients.ts';
import type { Released } from './clients.ts';

const iris = { FunctionName: 'iris' };

/** A function whose invocations take ten seconds. */
function slow(options: LocalAwsOptions = {}): Released {
  const made = released(options);
  (made.aws.runtime as ProgramRuntime).set(made.images[1].digest, async () => {
    await made.aws.clock.sleep(10_000);
    return 'done';
  });
  return made;
}

/** What so many invocations at once end with: `done`, or the reason of the 429. */
async function atOnce({ lambda }: Released, count: number): Promise<string[]> {
  const calls = Array.from({ length: count }, () =>
    lambda.send(new InvokeCommand(iris)).then(
      (answer) => JSON.parse(answer.Payload?.transformToString() ?? '') as string,
      ({ name, Reason }: { name: string; Reason: string }) => `${name} ${Reason}`,
    ),
  );
  return (await Promise.all(calls)).sort();
}

const reserved = 'TooManyRequestsException ReservedFunctionConcurrentInvocationLimitExceeded';

test('reserved concurrency limits how many invocations run at once, over all versions', async () => {
  const made = slow();
  await made.lambda.send(new PutFunctionConcurrencyCommand({ ...iris, ReservedConcurrentExecutions: 2 }));
  expect(await atOnce(made, 4)).toEqual([reserved, reserved, 'done', 'done']);
  expect(await atOnce(made, 2)).toEqual(['done', 'done']);
});

test('reserved concurrency 0 throttles everything, and its removal lets everything through', async () => {
  const made = slow();
  await made.lambda.send(new PutFunctionConcurrencyCommand({ ...iris, ReservedConcurrentExecutions: 0 }));
  expect(await atOnce(made, 1)).toEqual([reserved]);
  expect(await made.lambda.send(new GetFunctionConcurrencyCommand(iris))).toMatchObject({
    ReservedConcurrentExecutions: 0,
  });
  await made.lambda.send(new DeleteFunctionConcurrencyCommand(iris));
  expect(await atOnce(made, 3)).toEqual(['done', 'done', 'done']);
});

test('without a reservation the account is the limit, with a reason of its own', async () => {
  const made = slow({ settings: { accountConcurrency: 10 } });
  const answers = await atOnce(made, 12);
  expect(answers.filter((answer) => answer === 'done')).toHaveLength(10);
  expect(answers[0]).toBe('TooManyRequestsException ConcurrentInvocationLimitExceeded');
});

test.each([
  [1000, 900, undefined],
  [1000, 901, 'below its minimum value of [100]'],
  [10, 1, 'below its minimum value of [10]'],
  [10, 0, undefined],
])('of %d in the account, a function may reserve %d: %s', async (accountConcurrency, wanted, words) => {
  const { lambda } = released({ settings: { accountConcurrency } });
  const put = new PutFunctionConcurrencyCommand({ ...iris, ReservedConcurrentExecutions: wanted });
  if (words === undefined) {
    await lambda.send(put);
    const { AccountLimit } = await lambda.send(new GetAccountSettingsCommand({}));
    expect(AccountLimit).toMatchObject({
      ConcurrentExecutions: accountConcurrency,
      UnreservedConcurrentExecutions: accountConcurrency - wanted,
    });
    return;
  }
  const refused = await refusal(lambda.send(put));
  expect(refused).toMatchObject({ name: 'InvalidParameterValueException', status: 400 });
  expect(refused.message).toContain(words);
});
