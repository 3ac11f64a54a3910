import { expect, test } from '@jest/globals';
import { costPer1000 } from '../../../../src/checks/gate/cost.ts';
import { judgeGate, type Judged } from '../../../../src/checks/gate/judge-gate.ts';
import { label, liveOf, NO_LIMITS, times, trialOf, type GivenTrial } from './trials.ts';

const ANSWERS = times(20, () => label('a'));
const QUICK: GivenTrial = { report: { durationMs: 10, billedMs: 11 }, durationMs: 60, usedMb: 90 };

function judge(given: GivenTrial, policy: Partial<Judged['policy']> = {}, live: GivenTrial = QUICK) {
  const result = judgeGate({
    candidate: trialOf(ANSWERS, { ...QUICK, ...given }),
    live: liveOf(ANSWERS, ANSWERS, live),
    notCompared: undefined,
    policy: { ...NO_LIMITS, ...policy },
  });
  return { ...result, of: (key: string) => result.findings.find((finding) => finding.key === key) };
}

test.each([
  ['latency-p95-ms', { latencyP95Ms: 10 }, { latencyP95Ms: 9 }],
  ['cold-start-p95-ms', { coldStartP95Ms: 900 }, { coldStartP95Ms: 899 }],
  ['memory-headroom', { memoryHeadroom: 0.75 }, { memoryHeadroom: 0.76 }],
  ['image-size', { imageSize: 400e6 }, { imageSize: 399e6 }],
])('%s lets its limit through and refuses beyond it', (key, limit, smaller) => {
  const measured = { coldStartsMs: [900], usedMb: 128, imageBytes: 400e6 };
  expect(judge(measured, limit).of(key)).toMatchObject({ kind: 'passed' });
  expect(judge(measured, smaller).of(key)).toMatchObject({ kind: 'refused', fix: expect.any(String) });
  expect(judge(measured).of(key)).toMatchObject({ kind: 'shown' });
});

test.each([
  ['cold-start-p95-ms', { coldStartP95Ms: 900 }],
  ['memory-headroom', { memoryHeadroom: 0.75 }],
  ['image-size', { imageSize: 400e6 }],
])('%s is unknown where it was not measured, and silent where nobody asked', (key, limit) => {
  expect(judge({ usedMb: undefined }, limit).of(key)).toMatchObject({
    kind: 'unknown',
    fix: expect.any(String),
  });
  expect(judge({ usedMb: undefined }).of(key)).toBeUndefined();
});

test("Lambda's own time counts where both sides have it, and the caller's for both where one has none", () => {
  const reported = judge({});
  expect(reported.latencyMs.candidate).toEqual({ p50: 10, p95: 10 });
  expect(reported.of('latency-p95-ms')?.sentence).toContain('as Lambda measured it, against 10 ms');
  const without = judge({}, {}, { durationMs: 70 });
  expect(without.latencyMs).toEqual({ candidate: { p50: 60, p95: 60 }, live: { p50: 70, p95: 70 } });
  expect(without.of('latency-p95-ms')?.sentence).toContain('with the network');
});

test('cold answers and errors are no latency, and a time-out is', () => {
  const { latencyMs } = judgeGate({
    candidate: {
      ...trialOf([]),
      answers: [
        ...trialOf([label('a')], { report: { durationMs: 900, initMs: 2000 } }).answers,
        ...trialOf([{ failed: 'it raised' }], { report: { durationMs: 1, status: 'error' } }).answers,
        ...trialOf([label('a')], { report: { durationMs: 20 } }).answers,
        ...trialOf([{ failed: 'it timed out' }], { report: { durationMs: 3000, status: 'timeout' } }).answers,
      ],
    },
    live: undefined,
    notCompared: 'nothing is live yet',
    policy: NO_LIMITS,
  });
  expect(latencyMs.candidate?.p50).toBe((20 + 3000) / 2);
});

test('times of this machine meet no limit and fail none, and are not set against those of Lambda', () => {
  const policy = { latencyP95Ms: 1, coldStartP95Ms: 1 };
  const { of } = judge({ where: 'runner', coldStartsMs: [500], report: undefined }, policy);
  for (const key of ['latency-p95-ms', 'cold-start-p95-ms']) {
    expect(of(key)?.kind).toBe('shown');
    expect(of(key)?.sentence).toContain('on this machine');
    expect(of(key)?.sentence).toContain('the limit of 1 ms is for the version that is published');
  }
  expect(of('latency-p95-ms')?.sentence).toContain('not comparable');
  expect(of('cost')?.sentence).toContain('if Lambda takes as long as this machine did');
  expect(of('cost')?.sentence).not.toMatch(/% (more|less)/);
});

test('a dearer candidate is said to be, by the list price', () => {
  const { costPer1000: cost, of } = judge({ report: { durationMs: 100, billedMs: 100 } });
  // 1,000 · (0.2 / 10^6 + 0.1 s · 0.5 GB · 0.0000166667)
  expect(cost.candidate).toBeCloseTo(0.001033335, 9);
  expect(of('cost')?.sentence).toBe(
    "1,000 predictions cost about $0.00103, 254.3 % more than the $0.000292 of what is live (an estimate for warm answers, at Lambda's list price in us-east-1)",
  );
});

test('without a report a started millisecond is a whole one, and arm64 costs four fifths', () => {
  const cost = (architecture: 'x86_64' | 'arm64', durationMs: number) =>
    costPer1000({ ...trialOf([label('a')], { durationMs, memoryMb: 1024 }), architecture }) ?? NaN;
  expect(cost('x86_64', 10.1)).toBeCloseTo(cost('x86_64', 11), 12);
  const requests = 0.0002;
  expect((cost('arm64', 50) - requests) / (cost('x86_64', 50) - requests)).toBeCloseTo(0.8, 5);
  expect(costPer1000(trialOf([]))).toBeUndefined();
});

test('the difference of images is said beside their size', () => {
  const { of, imageBytes } = judge({ imageBytes: 415e6 }, {}, { ...QUICK, imageBytes: 412e6 });
  expect(imageBytes).toEqual({ candidate: 415e6, live: 412e6 });
  expect(of('image-size')?.sentence).toBe('The image has 415 MB compressed, 3 MB more than what is live');
});
