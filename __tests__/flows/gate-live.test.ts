/** The candidate beside what is live, cold starts and load: whole deploys over the local AWS. */
import { describe, expect, test } from '@jest/globals';
import type { FiguresOf, Program, ProgramRuntime } from '../../local/aws/runtime.ts';
import type { Finished } from '../harness/world.ts';
import {
  begin,
  expectFailure,
  expectReleased,
  expectVersion1Serves,
  released,
  unreleased,
  type Scene,
} from './faults/scene.ts';

const lines = (count: number, expected?: object) =>
  Array.from({ length: count }, (_, index) =>
    JSON.stringify({ name: `s${index + 1}`, input: { n: index + 1 }, ...(expected && { expected }) }),
  ).join('\n');

interface Trial {
  readonly live?: Program;
  readonly candidate?: Program;
  readonly figures?: FiguresOf;
  readonly gate?: object;
  readonly samples?: string;
}

const kind: Program = () => ({ kind: 'setosa', p: 0.9 });

/** A deploy of version 2 while version 1 serves. */
async function trial(
  scene: Scene,
  { live = kind, candidate = kind, figures, gate, samples = lines(4) }: Trial = {},
): Promise<Finished> {
  const { aws } = scene.world;
  const runtime = aws.runtime as ProgramRuntime;
  runtime.set(scene.fn().versions['1']?.code.digest ?? '', live, figures);
  runtime.set(scene.image.digest, candidate, figures);
  const inputs = gate === undefined ? {} : { gate: JSON.stringify(gate) };
  return scene.deploy(inputs, { files: { 'tests/samples.jsonl': `${samples}\n` } });
}

const invokes = (scene: Scene) => scene.calls().filter((operation) => operation === 'Invoke').length;
const keyed = ({ result }: Finished, key: string) =>
  result.gate?.findings.filter((finding) => finding.key === key);

describe('by default', () => {
  test('each sample goes once to the candidate and twice to what is live, and no read is added', async () => {
    const scene = begin(await released());
    const run = await trial(scene);
    expectReleased(scene, run);
    // The last one is the check of the alias after the shift.
    expect(invokes(scene)).toBe(4 + 2 * 4 + 1);
    expect(scene.calls()).not.toContain('GetAccountSettings');
    expect(scene.calls()).not.toContain('GetFunctionConcurrency');
    expect(run.result.gate).toMatchObject({
      asked: 4,
      comparison: { live: { version: '1' }, changed: [], agreement: { count: 4, of: 4 } },
    });
    expect(run.runner.lines.join('\n')).toMatch(
      /✓ Compare with what is live: 4 answers as those of version 1/,
    );
  });

  test('a changed prediction is shown and refuses nothing', async () => {
    const scene = begin(await released());
    const run = await trial(scene, { candidate: () => ({ kind: 'virginica', p: 0.9 }) });
    expectReleased(scene, run);
    expect(run.result.gate?.comparison?.changed).toHaveLength(4);
    expect(run.runner.lines.join('\n')).toMatch(/4 of 4 answers other than those of version 1/);
  });

  test('a live version that fails its own samples is said, and the release goes on', async () => {
    const scene = begin(await released());
    const live: Program = () => {
      throw new Error('broken');
    };
    const run = await trial(scene, { live, samples: lines(3, { kind: 'setosa' }) });
    expectReleased(scene, run);
    expect(run.result.gate?.comparison?.liveFails).toBe(3);
  });

  test.each([
    ['throttle', /TooManyRequests|ConcurrentInvocation|Rate/],
    ['denied', /AccessDeniedException/],
  ] as const)('%s on what is live fails no release', async (fault, why) => {
    const scene = begin(await released());
    const seen = { invoked: 0, shifts: false };
    scene.world.aws.faults.add({
      kind: fault,
      times: null,
      matches: ({ operation }) => {
        seen.shifts ||= operation === 'UpdateAlias';
        return operation === 'Invoke' && !seen.shifts && (seen.invoked += 1) > 4;
      },
    });
    const run = await trial(scene);
    expectReleased(scene, run);
    expect(run.result.gate?.comparison).toBeUndefined();
    expect(run.result.gate?.notCompared).toMatch(why);
  });

  test('a first release has nothing to compare with, and its plan says nothing of it', async () => {
    const scene = unreleased();
    const run = await scene.deploy({ create: 'true', role: 'iris-role' });
    expect(run.result).toMatchObject({ outcome: 'ok', gate: { notCompared: 'nothing is live yet' } });
    expect(run.runner.lines.join('\n')).not.toMatch(/Compare with what is live/);
  });

  test('live: none sends what is live nothing', async () => {
    const scene = begin(await released());
    expectReleased(scene, await trial(scene, { gate: { live: 'none' } }));
    expect(invokes(scene)).toBe(4 + 1);
  });
});

describe('a limit', () => {
  test('refuses before any traffic, and what was measured stays in the result', async () => {
    const scene = begin(await released());
    const run = await trial(scene, {
      candidate: () => ({ kind: 'virginica' }),
      gate: { changed: { 'max-share': 0.1 } },
      samples: lines(20),
    });
    expectFailure(run, 'gate-refused', [/changed: /, /no traffic was shifted/]);
    expectVersion1Serves(scene);
    expect(run.result.gate?.comparison?.changed).toHaveLength(20);
    expect(run.result.samples).toHaveLength(20);
  });

  test('stands in the plan of a dry run, which sends nothing', async () => {
    const scene = begin(await released());
    const gate = JSON.stringify({ 'latency-p95-ms': 100, load: { requests: 50, concurrency: 5 } });
    const run = await scene.deploy({ gate, 'dry-run': 'true' });
    const log = run.runner.lines.join('\n');
    expect(log).toMatch(
      /\(reads only\) compare its answers to 1 sample with those of version 1, which is asked twice; send it 50 calls, at most 5 at once; hold it to latency-p95-ms/,
    );
    expect(invokes(scene)).toBe(0);
  });

  test('on memory and latency is judged by what Lambda reports', async () => {
    const scene = begin(await released());
    const figures: FiguresOf = () => ({ durationMs: 500, usedMb: 120 });
    const gate = { 'latency-p95-ms': 400, 'memory-headroom': 0.2 };
    expectFailure(await trial(scene, { figures, gate }), 'gate-refused', [
      /latency-p95-ms/,
      /memory-headroom/,
    ]);
    expectVersion1Serves(scene);
  });
});

describe('cold starts', () => {
  const figures: FiguresOf = () => ({ durationMs: 200, initMs: 1800 });

  test('come before the samples, all at once on the fresh version', async () => {
    const scene = begin(await released());
    const run = await trial(scene, { figures, gate: { 'cold-starts': 6, 'cold-start-p95-ms': 2500 } });
    expectReleased(scene, run);
    expect(run.result.gate?.coldStartMs.candidate).toEqual({ p50: 2000, p95: 2000 });
    expect(keyed(run, 'cold-start-p95-ms')).toMatchObject([{ kind: 'passed' }]);
    expect(run.runner.lines.join('\n')).toMatch(/Cold starts: 6 cold starts/);
    expect(run.runner.lines.join('\n')).toMatch(/force up to 6 cold starts of it, then check its answers/);
  });

  test('that take too long refuse, before any traffic', async () => {
    const scene = begin(await released());
    const run = await trial(scene, { figures, gate: { 'cold-start-p95-ms': 1000 } });
    expectFailure(run, 'gate-refused', [/cold-start-p95-ms/]);
    expectVersion1Serves(scene);
  });

  test('leave half of the concurrency to callers, and say so', async () => {
    const scene = begin(await released({ settings: { accountConcurrency: 10 } }));
    const run = await trial(scene, { figures, gate: { 'cold-starts': 20 } });
    expectReleased(scene, run);
    expect(run.runner.lines.join('\n')).toMatch(
      /5 cold starts \(5 of 20 at once: half of the 10 that the account has unreserved/,
    );
  });

  test('an initialisation above ten seconds counts with all of its wait', async () => {
    const scene = begin(await released());
    const slow: FiguresOf = () => ({ durationMs: 100, initMs: 11_000 });
    const run = await trial(scene, { figures: slow, gate: { 'cold-start-p95-ms': 10_000 } });
    expectFailure(run, 'gate-refused', [/cold-start-p95-ms/]);
    expect(run.result.gate?.coldStartMs.candidate?.p95).toBe(21_100);
  });

  test('without permission to read the concurrency none is forced, and the release goes on', async () => {
    const scene = begin(await released());
    scene.world.aws.faults.add({ kind: 'denied', operation: 'GetFunctionConcurrency', times: null });
    const run = await trial(scene, { gate: { 'cold-starts': 5 } });
    expectReleased(scene, run);
    expect(run.runner.lines.join('\n')).toMatch(/no cold start was forced: .*lambda:GetFunctionConcurrency/);
  });
});

describe('a load', () => {
  const load = (more: object = {}) => ({ load: { requests: 40, concurrency: 8, ...more } });

  test('goes to the candidate only, and its times are shown', async () => {
    const scene = begin(await released());
    let onLive = 0;
    const live: Program = () => ({ kind: 'setosa', asked: void (onLive += 1) });
    const run = await trial(scene, { live, figures: () => ({ durationMs: 50 }), gate: load() });
    expectReleased(scene, run);
    expect(onLive).toBe(8);
    expect(run.result.gate?.load).toMatchObject({
      sent: 40,
      concurrency: 8,
      failed: 0,
      p50: 50,
      p95: 50,
      p99: 50,
    });
    expect(keyed(run, 'load')).toMatchObject([{ kind: 'shown' }]);
  });

  test('that fails too often, or is too slow, refuses', async () => {
    const scene = begin(await released());
    let asked = 0;
    const candidate: Program = () => {
      asked += 1;
      if (asked > 4 && asked % 3 === 0) throw new Error('overloaded');
      return { kind: 'setosa' };
    };
    const gate = load({ 'max-errors': 0.1, 'p95-ms': 10 });
    const run = await trial(scene, { candidate, figures: () => ({ durationMs: 50 }), gate });
    expectFailure(run, 'gate-refused', [/load: /, /are allowed/]);
    expect(run.result.gate?.load?.sent).toBeLessThan(40);
    expectVersion1Serves(scene);
  });

  test('keeps to half of what is reserved, and stops at the first call that is refused for it', async () => {
    const scene = begin(await released());
    scene.fn().reservedConcurrency = 6;
    scene.world.aws.faults.add({
      kind: 'throttle',
      operation: 'Invoke',
      at: undefined,
      matches: throttledAfter(14),
    } as never);
    const run = await trial(scene, { figures: () => ({ durationMs: 50 }), gate: load({ 'p95-ms': 1000 }) });
    expectReleased(scene, run);
    expect(run.result.gate?.load).toMatchObject({ concurrency: 3, throttled: 1 });
    expect(run.result.gate?.load?.stopped).toMatch(/want of concurrency/);
    expect(keyed(run, 'load')).toMatchObject([{ kind: 'unknown' }]);
  });

  test('with nothing reserved to spare is not sent, and says so', async () => {
    const scene = begin(await released());
    scene.fn().reservedConcurrency = 1;
    const run = await trial(scene, { gate: load() });
    expectReleased(scene, run);
    expect(keyed(run, 'load')).toMatchObject([
      { kind: 'unknown', sentence: expect.stringMatching(/No load was sent/) },
    ]);
  });
});

/** Refuses the call after so many invocations. */
function throttledAfter(count: number) {
  let seen = 0;
  return ({ operation }: { readonly operation: string }) =>
    operation === 'Invoke' && (seen += 1) === count + 1;
}
