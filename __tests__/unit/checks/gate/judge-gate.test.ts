import { expect, test } from '@jest/globals';
import { judgeGate, type Judged } from '../../../../src/checks/gate/judge-gate.ts';
import { label, liveOf, NO_LIMITS, times, trialOf } from './trials.ts';

function judge(judged: Partial<Omit<Judged, 'policy'>> & { readonly policy?: Partial<Judged['policy']> }) {
  const { policy, ...rest } = judged;
  const result = judgeGate({
    candidate: trialOf([label('a')]),
    live: undefined,
    notCompared: undefined,
    ...rest,
    policy: { ...NO_LIMITS, ...policy },
  });
  const of = (key: string) => result.findings.find((finding) => finding.key === key);
  return { ...result, of };
}

const only = (maxShare: number, ...fields: string[]) => ({ changed: { maxShare, fields } });
const ALIKE = times(150, () => label('versicolor'));
const TWO_CHANGED = ALIKE.map((answer, index) => (index === 3 || index === 90 ? label('virginica') : answer));

test('a candidate that answers as what is live agrees in all rows', () => {
  const { comparison, of } = judge({ candidate: trialOf(ALIKE), live: liveOf(ALIKE), policy: only(0) });
  expect(comparison).toMatchObject({ aboveNoise: false, changed: [], agreement: { count: 150, of: 150 } });
  expect(of('changed')).toMatchObject({
    kind: 'passed',
    sentence: 'None of 150 predictions changed (95 % interval 0 % to 2.43 %); at most 0 % may change',
  });
});

test('two changed predictions of 150 are named, and refused where none may change', () => {
  const { comparison, of } = judge({
    candidate: trialOf(TWO_CHANGED),
    live: liveOf(ALIKE),
    policy: only(0.01),
  });
  expect(comparison?.aboveNoise).toBe(true);
  expect(comparison?.changed).toEqual(
    [4, 91].map((line) => ({
      name: `flower ${line}`,
      line,
      from: 'samples',
      fields: [{ field: 'label', before: '"versicolor"', after: '"virginica"' }],
      size: 1,
    })),
  );
  expect(of('changed')).toMatchObject({ kind: 'refused', fix: expect.stringContaining('max-share') });
  expect(of('changed')?.sentence).toBe(
    '2 of 150 predictions changed (1.33 %, 95 % interval 0.16 % to 4.73 %); at most 1 % may change',
  );
});

test('without a limit changes are shown, and a limit lets as many through as it says', () => {
  const both = { candidate: trialOf(TWO_CHANGED), live: liveOf(ALIKE) };
  expect(judge(both).of('changed')?.kind).toBe('shown');
  expect(judge({ ...both, policy: only(0.02) }).of('changed')?.kind).toBe('passed');
});

test('the one sample of eleven that changed is refused where none may', () => {
  const live = times(11, () => label('versicolor'));
  const candidate = trialOf([label('virginica'), ...live.slice(1)]);
  expect(judge({ candidate, live: liveOf(live), policy: only(0) }).of('changed')?.kind).toBe('refused');
});

test('rows that what is live answers in two ways are noise, not changes', () => {
  const again = ALIKE.map((answer, index) => (index < 3 ? label('virginica') : answer));
  const candidate = ALIKE.map((answer, index) => (index < 2 || index === 9 ? label('virginica') : answer));
  const { comparison, of } = judge({
    candidate: trialOf(candidate),
    live: liveOf(ALIKE, again),
    policy: only(0),
  });
  expect(comparison).toMatchObject({ noise: { count: 3, of: 150 }, agreement: { count: 146, of: 147 } });
  expect(comparison?.changed.map(({ line }) => line)).toEqual([10]);
  expect(comparison?.aboveNoise).toBe(false);
  expect(of('changed')).toMatchObject({
    kind: 'passed',
    sentence: expect.stringContaining(
      '3 more rows were left out, because what is live disagrees with itself there, most often in label; the changes do not stand out',
    ),
  });
});

test('what noise explains is taken off before the limit', () => {
  const rows = 1000;
  const flip = (from: number, to: number) =>
    times(rows, (index) => label(index >= from && index < to ? 'virginica' : 'versicolor'));
  const [first, second, candidate] = [flip(0, 0), flip(0, 20), flip(100, 125)];
  const both = { candidate: trialOf(candidate), live: liveOf(first, second) };
  expect(judge(both).comparison).toMatchObject({ aboveNoise: true, changed: { length: 25 } });
  expect(judge({ ...both, policy: only(0.02) }).of('changed')?.kind).toBe('passed');
  expect(judge({ ...both, policy: only(0.01) }).of('changed')?.kind).toBe('refused');
});

test('a live version that never answers twice alike says nothing, and which field it is', () => {
  const at = (second: number) => times(20, (index) => `{"label":"a","at":${second + index * 60}}`);
  const both = { candidate: trialOf(at(2)), live: liveOf(at(0), at(1)) };
  expect(judge({ ...both, policy: only(0) }).of('changed')).toMatchObject({
    kind: 'unknown',
    sentence: expect.stringMatching(/each of 20 requests differently the second time, most often in at,/),
    fix: expect.stringContaining('fields'),
  });
  expect(judge({ ...both, policy: only(0, 'label') }).of('changed')?.kind).toBe('passed');
});

test('a field that no answer has compares nothing, and is said', () => {
  const { of } = judge({ candidate: trialOf(TWO_CHANGED), live: liveOf(ALIKE), policy: only(0, 'labl') });
  expect(of('changed')).toMatchObject({ kind: 'unknown', sentence: expect.stringContaining('labl') });
});

test('a live version on another schema is told by the fields that one side lacks', () => {
  const candidate = trialOf(['{"label":"a","score":1}']);
  const { of } = judge({ candidate, live: liveOf(['{"label":"a","p":1}']) });
  expect(of('changed')?.sentence).toContain(
    'no answer of what is live has score; no answer of the candidate has p',
  );
});

test('the largest change comes first, and an error before all', () => {
  const p = (value: number) => `{"p":${value}}`;
  const live = liveOf([p(1), p(1), p(1), p(1)]);
  const candidate = trialOf([p(0.9), p(0.5), { failed: 'the function timed out' }, p(1)]);
  const { comparison } = judge({ candidate, live });
  expect(comparison?.changed.map(({ line, size }) => [line, Number(size.toFixed(3))])).toEqual([
    [3, 2],
    [2, 0.5],
    [1, 0.1],
  ]);
});

test('a captured request shows its row and nothing that it holds', () => {
  const secret = (value: string) => `{"name of ${value}":"${value}"}`;
  const live = { ...liveOf([secret('anna')], [secret('anna')], { from: 'captures' }) };
  const result = judge({ candidate: trialOf([secret('otto')], { from: 'captures' }), live });
  expect(result.comparison?.changed).toEqual([
    { name: 'row 1', line: 1, from: 'captures', fields: [], size: 1 },
  ]);
  expect(JSON.stringify(result)).not.toMatch(/anna|otto/);
});

test('a noisy captured request names no field either', () => {
  const live = liveOf(['{"anna":1}', '{"b":1}'], ['{"anna":2}', '{"b":1}'], { from: 'captures' });
  const result = judge({ candidate: trialOf(['{"anna":3}', '{"b":1}'], { from: 'captures' }), live });
  expect(result.comparison?.noise.count).toBe(1);
  expect(JSON.stringify(result)).not.toContain('anna');
});

test('values of the environment are hidden, and long ones cut', () => {
  const candidate = trialOf([`{"key":"of-the-database","text":"${'x'.repeat(400)}"}`]);
  const live = liveOf(['{"key":"none","text":"y"}']);
  const { comparison } = judge({ candidate, live, hidden: ['of-the-database'] });
  expect(JSON.stringify(comparison)).not.toContain('of-the-database');
  expect(comparison?.changed[0]?.fields.every(({ after }) => after.length <= 160)).toBe(true);
});

test('rows that one side was not asked are not compared', () => {
  const { comparison, asked } = judge({ candidate: trialOf(ALIKE), live: liveOf(ALIKE.slice(0, 100)) });
  expect([asked, comparison?.agreement.of]).toEqual([150, 100]);
});

test.each([
  [5, 0, 'refused', 0.03125],
  [4, 0, 'passed', 0.0625],
  [15, 5, 'refused', 0.020694732666015625],
  [0, 5, 'passed', 1],
] as const)('a candidate that loses %i and wins %i samples is %s', (...[lost, won, kind, p]) => {
  const of = (lostRight: boolean) => [...times(lost, () => lostRight), ...times(won, () => !lostRight), true];
  const answers = times(lost + won + 1, () => label('a'));
  const { comparison, of: found } = judge({
    candidate: trialOf(answers, { asExpected: of(false) }),
    live: liveOf(answers, answers, { asExpected: of(true) }),
    policy: { mustNotBeWorseThanLive: true },
  });
  expect(comparison?.labelled).toMatchObject({ of: lost + won + 1, lost, won });
  expect(comparison?.labelled?.p).toBeCloseTo(p, 9);
  expect(found('must-not-be-worse-than-live')?.kind).toBe(kind);
  expect(found('live')?.sentence.startsWith(`What is live answers ${won} of`)).toBe(
    won > 0 ? true : undefined,
  );
});

test('without expected answers nothing says which side is right', () => {
  const policy = { mustNotBeWorseThanLive: true };
  const { of } = judge({ candidate: trialOf(ALIKE), live: liveOf(ALIKE), policy });
  expect(of('must-not-be-worse-than-live')).toMatchObject({ kind: 'unknown', fix: expect.any(String) });
});

test('a first release is told why nothing was compared, and by limits only where they are set', () => {
  const first = { notCompared: 'nothing is live yet' };
  expect(judge(first)).toMatchObject({ comparison: undefined, notCompared: 'nothing is live yet' });
  expect(judge(first).of('changed')).toBeUndefined();
  expect(judge({ ...first, policy: only(0.1) }).of('changed')).toMatchObject({
    kind: 'unknown',
    sentence: expect.stringContaining('nothing is live yet'),
  });
});

test('the default policy refuses nothing', () => {
  const candidate = trialOf(
    ALIKE.map(() => label('virginica')),
    { usedMb: 512, coldStartsMs: [9000], imageBytes: 9e9, durationMs: 9000 },
  );
  const { findings } = judge({ candidate, live: liveOf(ALIKE) });
  expect(new Set(findings.map(({ kind }) => kind))).toEqual(new Set(['shown']));
});
