/** The one retry and the one wait: each has a bound, and both end at a stop signal. */
import { describe, expect, test } from '@jest/globals';
import { VirtualClock } from '../../../local/clock.ts';
import { backoff, inRounds, retry, type RetryPolicy } from '../../../src/clients/retry.ts';
import { waitBriefly, waitFor } from '../../../src/clients/wait.ts';
import { Cancelled } from '../../../src/errors.ts';

function setting(signal = new AbortController().signal) {
  const clock = new VirtualClock();
  const lines: string[] = [];
  return { clock, signal, lines, log: { info: (line: string) => void lines.push(line) } };
}

const LOST = new Error('the reply was lost');
const always =
  (ms: number, why?: string): RetryPolicy['passes'] =>
  () => ({ ms, why });

/** Runs a policy against what never succeeds: how often it was tried, and how long that took. */
async function exhaust(policy: RetryPolicy, tools = setting()) {
  const started = tools.clock.now();
  let attempts = 0;
  const failing = () => {
    attempts += 1;
    return Promise.reject(LOST);
  };
  const error = await retry(tools, policy, failing).catch((thrown: unknown) => thrown);
  return { error, attempts, tookMs: tools.clock.now() - started, lines: tools.lines };
}

describe('retry', () => {
  test('ends after its attempts', async () => {
    const run = await exhaust({ attempts: 4, budgetMs: 60_000, passes: always(100) });
    expect(run).toMatchObject({ error: LOST, attempts: 4, tookMs: 300 });
  });

  test('ends with its budget, however many attempts it has', async () => {
    const run = await exhaust({ budgetMs: 1_000, passes: always(300) });
    expect(run).toMatchObject({ error: LOST, attempts: 4, tookMs: 900 });
  });

  test('never waits longer than its budget, whatever a service asks for', async () => {
    const run = await exhaust({ attempts: 6, budgetMs: 60_000, passes: always(3_600_000) });
    expect(run).toMatchObject({ error: LOST, attempts: 1, tookMs: 0 });
  });

  test('a kind of failure may have a budget of its own', async () => {
    const passes = () => ({ ms: 400, budgetMs: 1_000 });
    expect(await exhaust({ budgetMs: 60_000, passes })).toMatchObject({ attempts: 3, tookMs: 800 });
  });

  test('does not repeat what does not pass', async () => {
    const run = await exhaust({ attempts: 4, budgetMs: 60_000, passes: () => undefined });
    expect(run).toMatchObject({ error: LOST, attempts: 1, lines: [] });
  });

  test('says why it waits, once where the reason is said once', async () => {
    let said = false;
    const passes = () => ({ ms: 100, why: said ? undefined : ((said = true), 'AWS throttles') });
    const { lines } = await exhaust({ attempts: 3, budgetMs: 60_000, passes });
    expect(lines).toEqual(['AWS throttles; trying again in 0.1 s']);
  });

  test('gives up in the words of its policy', async () => {
    const givenUp = new Error('still in progress after 15 minutes');
    const policy = { attempts: 2, budgetMs: 60_000, passes: always(1), givenUp: () => givenUp };
    expect((await exhaust(policy)).error).toBe(givenUp);
  });

  test('tries nothing again after a stop signal', async () => {
    const stop = new AbortController();
    const passes = () => {
      stop.abort('SIGTERM');
      return { ms: 100 };
    };
    const run = await exhaust({ attempts: 9, budgetMs: 60_000, passes }, setting(stop.signal));
    expect(run).toMatchObject({ error: LOST, attempts: 1 });
  });

  test('gives the value of the first attempt that succeeds', async () => {
    const tools = setting();
    const policy = { attempts: 5, budgetMs: 60_000, passes: always(10) };
    const third = (number: number) => (number < 3 ? Promise.reject(LOST) : Promise.resolve(number));
    expect(await retry(tools, policy, third)).toBe(3);
  });

  test('backs off from 0.2 s to 10 s at most, and never below what was asked', () => {
    const waits = [1, 2, 3, 7, 20].map((attempt) => backoff({ random: () => 1 }, attempt));
    expect(waits).toEqual([200, 400, 800, 10_000, 10_000]);
    expect(backoff({ random: () => 0 }, 1)).toBe(100);
    expect(backoff({ random: () => 0 }, 1, { retryAfterMs: 5_000 })).toBe(5_000);
  });
});

test('rounds end, and give nothing when none gave anything', async () => {
  const numbers: number[] = [];
  const nothing = await inRounds(3, (number) => {
    numbers.push(number);
    return Promise.resolve(undefined);
  });
  expect({ nothing, numbers }).toEqual({ nothing: undefined, numbers: [1, 2, 3] });
  expect(await inRounds(3, (number) => Promise.resolve(number === 2 ? 'second' : undefined))).toBe('second');
});

describe('a wait', () => {
  test('ends with its budget, and says for what it waited', async () => {
    const tools = setting();
    const never = () => Promise.resolve(undefined);
    const error = await waitFor(tools, { what: 'version 2 to become Active', budgetMs: 60_000 }, never).catch(
      (thrown: unknown) => thrown,
    );
    expect(error).toMatchObject({
      code: 'timed-out',
      what: expect.stringMatching(/version 2 to become Active/),
    });
    expect(tools.clock.now()).toBeLessThanOrEqual(new VirtualClock().now() + 60_000);
    expect(tools.lines[0]).toMatch(/^Still waiting for version 2/);
  });

  test('ends at a stop signal', async () => {
    const tools = setting(AbortSignal.abort('SIGINT'));
    const waiting = waitFor(tools, { what: 'ECR', budgetMs: 60_000 }, () => Promise.resolve(undefined));
    await expect(waiting).rejects.toBeInstanceOf(Cancelled);
  });

  test('for what may not happen ends in silence', async () => {
    const { clock } = setting();
    const started = clock.now();
    await waitBriefly(clock, { budgetMs: 100, pauseMs: 20 }, () => false);
    expect(clock.now() - started).toBe(100);
    await waitBriefly(clock, { budgetMs: 100, pauseMs: 20 }, () => true);
    expect(clock.now() - started).toBe(100);
  });
});
