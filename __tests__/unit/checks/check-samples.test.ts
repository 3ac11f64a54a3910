/** Samples on a published version, by the real client over the local AWS. */
import { describe, expect, test } from '@jest/globals';
import { StreamedAnswer, type Program } from '../../../local/aws/runtime.ts';
import { requestHandlerFor } from '../../../local/transports/in-process.ts';
import { checkEverySample, checkSamples, SamplesFailed } from '../../../src/checks/check-samples.ts';
import { buildTools } from '../../../src/clients/tools.ts';
import { noPermits } from '../../../src/clients/writes.ts';
import { ACCOUNT, commit, createWorld, FIRST, type World } from '../../harness/world.ts';
import { sampleOf } from './sample.ts';
import { shellOf } from '../../harness/shell.ts';

interface Refusal {
  /** Invocations that Lambda lets run at once. */
  readonly limit: number;
  /** Others take the place that this request, counted from 1, would have had. */
  readonly isTaken?: (request: number) => boolean;
}

/** A function whose version 1 runs `program`; `limit` is its reserved concurrency. */
async function scene(program: Program, { limit, isTaken = () => false }: Refusal = { limit: Infinity }) {
  const world = createWorld();
  world.image(commit(1), { program });
  const { result } = await world.deploy({ ...FIRST, samples: 'none' }, { commit: commit(1) });
  expect(result.outcome).toBe('ok');
  const seen = { running: 0, peak: 0, refused: 0, requests: 0, invoked: 0, lines: [] as string[] };
  const aws = {
    handle: async (...[request, caller]: Parameters<typeof world.aws.handle>) => {
      if (!request.path.endsWith('/invocations')) return world.aws.handle(request, caller);
      if (seen.running >= limit || isTaken((seen.requests += 1))) {
        seen.refused += 1;
        return tooManyRequests();
      }
      seen.running += 1;
      seen.peak = Math.max(seen.peak, seen.running);
      try {
        return await world.aws.handle(request, caller);
      } finally {
        seen.invoked += 1;
        seen.running -= 1;
      }
    },
  };
  const stop = new AbortController();
  const tools = buildTools({
    aws: { ...ACCOUNT, requestHandler: requestHandlerFor(aws) },
    clock: world.aws.clock,
    random: () => 0.5,
    shell: shellOf(() => Promise.reject(new Error('no program runs here'))),
    log: { info: (line) => void seen.lines.push(line), warning: (line) => void seen.lines.push(line) },
    signal: stop.signal,
    readOnly: false,
    permits: noPermits,
    secret: () => Promise.resolve(),
    env: {},
  });
  const question = { functionName: 'iris', qualifier: '1', version: '1' };
  return { world, tools, question, seen, stop };
}

/** What AWS says when a function's reserved concurrency is used up. */
function tooManyRequests() {
  const body = {
    Type: 'User',
    message: 'Rate Exceeded.',
    Reason: 'ReservedFunctionConcurrentInvocationLimitExceeded',
  };
  return {
    status: 429,
    headers: { 'content-type': 'application/json', 'x-amzn-errortype': 'TooManyRequestsException' },
    body: Buffer.from(JSON.stringify(body)),
  };
}

const numbered = (count: number) =>
  Array.from({ length: count }, (_, n) => ({
    ...sampleOf({ name: `s${n}`, input: { n }, expected: { n } }),
    line: n + 1,
  }));

const echo: Program = (event) => event;

describe('all samples are checked', () => {
  test.each([1, 2, 15, 16, 17, 18, 33, 100])(
    '%d of them, each once, in the order of the file',
    async (count) => {
      const asked: number[] = [];
      const { tools, question } = await scene((event) => {
        asked.push((event as { n: number }).n);
        return event;
      });
      const results = await checkEverySample(tools, question, numbered(count));
      expect(asked.sort((a, b) => a - b)).toEqual(Array.from({ length: count }, (_, n) => n));
      expect(results.map(({ name, line }) => `${name} ${line}`)).toEqual(
        Array.from({ length: count }, (_, n) => `s${n} ${n + 1}`),
      );
      expect(new Set(results.map(({ verdict }) => verdict.kind))).toEqual(new Set(['as-expected']));
    },
  );

  test('whichever of them is wrong is found', async () => {
    const wrong = new Set([0, 15, 16, 31, 32]);
    const { tools, question, seen } = await scene((event) => {
      const { n } = event as { n: number };
      return { n: wrong.has(n) ? 'bad' : n };
    });
    const error = await checkSamples(tools, question, numbered(40)).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(SamplesFailed);
    const { results, message } = error as SamplesFailed;
    const failed = results.filter(({ verdict }) => verdict.kind === 'differs');
    expect(failed.map(({ line }) => line - 1)).toEqual([...wrong]);
    expect(failed[4]?.verdict).toEqual({
      kind: 'differs',
      field: 'n',
      expected: '32',
      got: '"bad"',
      why: 'expected 32 at n, got "bad"',
    });
    expect(message).toMatch(
      /5 of 40 samples wrongly: "s0": .*"s15": .*"s16": .*; 2 more are in the log and in the job summary/,
    );
    expect(seen.lines).toContain('Sample "s32" (line 33): expected 32 at n, got "bad"');
  });

  test('a sample without an expectation is answered, and not "as expected"', async () => {
    const { tools, question } = await scene(echo);
    const [result] = await checkEverySample(tools, question, [sampleOf({})]);
    expect(result).toMatchObject({ verdict: { kind: 'answered' }, mismatch: undefined, version: '1' });
  });

  test('the input arrives as it is written', async () => {
    const { tools, question, world } = await scene(echo);
    const { runtime } = world.aws;
    const arrived: string[] = [];
    world.aws.runtime = {
      invoke: (invocation) => {
        arrived.push(Buffer.from(invocation.payload).toString());
        return runtime.invoke(invocation);
      },
    };
    const written = '{"2": 12345678901234567890, "1": 1.10, "huge": 1e400}';
    await checkEverySample(tools, question, [{ ...sampleOf({}), input: written }]);
    expect(arrived).toEqual([written]);
  });

  test('a streamed answer arrives byte for byte, whether it is text or not', async () => {
    const bytes = Uint8Array.of(0x89, 0x50, 0xff, 0, 0xfe, 0xc3);
    const { tools, question } = await scene(() => new StreamedAnswer({ statusCode: 200 }, bytes));
    const wanted = sampleOf({ 'expected-base64': Buffer.from(bytes).toString('base64') });
    const [result] = await checkEverySample(tools, question, [wanted]);
    expect(result?.verdict).toEqual({ kind: 'as-expected' });
  });

  test('an error of the function is its own words', async () => {
    const { tools, question } = await scene(() => {
      throw new TypeError('no model for s3cret-value');
    });
    const [result] = await checkEverySample(tools, { ...question, hidden: ['s3cret-value'] }, numbered(1));
    expect(result?.mismatch).toBe('the function failed: TypeError: no model for ***');
  });

  test('its log is shown once, without values of its environment, and the advice is about its settings', async () => {
    const { tools, question, world, seen } = await scene(echo);
    const errorMessage = 'RequestId: 1 Error: Task timed out after 3.00 seconds';
    world.aws.runtime = {
      invoke: () =>
        Promise.resolve({
          payload: Buffer.from(JSON.stringify({ errorType: 'Sandbox.Timedout', errorMessage })),
          functionError: 'Unhandled' as const,
          logTail: 'loading with s3cret-value\u001b[31m\nREPORT RequestId: 1\tStatus: timeout\n',
          durationMs: 3000,
        }),
    };
    const checked = checkSamples(tools, { ...question, hidden: ['s3cret-value'] }, numbered(20));
    await expect(checked).rejects.toMatchObject({
      message: expect.stringMatching(
        /Raise timeout, which is 3 s, or let the model answer sooner and push/,
      ) as unknown,
    });
    expect(seen.lines.filter((line) => line.startsWith('What the function logged'))).toHaveLength(1);
    expect(seen.lines).toContain('  loading with *** [31m');
    expect(seen.lines.filter((line) => line.includes('Status: timeout'))).toHaveLength(1);
  });
});

describe('how many run at once', () => {
  const run = async (refusal: Refusal, { count, seconds }: { count: number; seconds: number }) => {
    const worlds: World[] = [];
    const slow: Program = async (event) => {
      await worlds[0]?.aws.clock.sleep(seconds * 1000);
      return event;
    };
    const found = await scene(slow, refusal);
    worlds.push(found.world);
    const results = await checkEverySample(found.tools, found.question, numbered(count));
    expect(results.filter(({ verdict }) => verdict.kind === 'as-expected')).toHaveLength(count);
    return found.seen;
  };

  test('sixteen, where there is room', async () => {
    expect(await run({ limit: 1000 }, { count: 40, seconds: 5 })).toMatchObject({ peak: 16, refused: 0 });
  });

  test('reserved concurrency 1: one after the other, and nobody is blamed', async () => {
    const seen = await run({ limit: 1 }, { count: 20, seconds: 10 });
    expect(seen.peak).toBe(1);
    expect(seen.refused).toBeLessThan(30);
    expect(seen.lines.join('\n')).toMatch(/8 at once from now on[^]*4 at once[^]*2 at once[^]*1 at once/);
  });

  test('reserved concurrency 10: half as many, so that something is left for the users', async () => {
    const seen = await run({ limit: 10 }, { count: 40, seconds: 5 });
    expect(seen.lines.filter((line) => line.includes('at once from now on'))).toEqual([
      expect.stringMatching(/; 8 at once from now on; trying again/),
    ]);
  });

  test('others take every second place for minutes: as long as answers come, nothing is given up', async () => {
    const seen = await run({ limit: 1, isTaken: (request) => request % 2 === 0 }, { count: 20, seconds: 20 });
    expect(seen.lines.at(-1)).toMatch(/TooManyRequestsException/);
  });

  test('no concurrency at all: two minutes, then said without blaming the model', async () => {
    const found = await scene(echo, { limit: 0 });
    const began = found.world.aws.clock.now();
    await expect(checkEverySample(found.tools, found.question, numbered(3))).rejects.toMatchObject({
      code: 'no-concurrency',
      message: expect.stringMatching(/says nothing about the model/) as unknown,
    });
    const waited = found.world.aws.clock.now() - began;
    expect(waited).toBeGreaterThan(100_000);
    expect(waited).toBeLessThan(121_000);
    expect(found.seen.invoked).toBe(0);
  });
});

describe('what ends the check', () => {
  test('a lasting refusal: no further sample is sent', async () => {
    const { tools, question, world, seen } = await scene(echo);
    world.aws.faults.add({
      kind: 'denied',
      operation: 'Invoke',
      says: { code: 'KMSDisabledException', message: 'The key is off.', status: 502 },
      matches: () => seen.invoked >= 3,
    });
    await expect(checkEverySample(tools, question, numbered(200))).rejects.toMatchObject({
      code: 'KMSDisabledException',
    });
    expect(seen.invoked).toBeLessThan(40);
  });

  test('the stop signal', async () => {
    const stops: AbortController[] = [];
    const found = await scene((event) => {
      if ((event as { n: number }).n === 3) stops[0]?.abort('SIGTERM');
      return event;
    });
    stops.push(found.stop);
    await expect(checkEverySample(found.tools, found.question, numbered(200))).rejects.toMatchObject({
      code: 'cancelled',
    });
    expect(found.seen.invoked).toBeLessThan(40);
  });
});
