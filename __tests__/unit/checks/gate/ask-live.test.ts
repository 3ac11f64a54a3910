import { describe, expect, test } from '@jest/globals';
import type { FiguresOf } from '../../../../local/aws/runtime.ts';
import { askLive, coldStartOf } from '../../../../src/checks/gate/ask-live.ts';
import type { LiveTrials } from '../../../../src/checks/gate/trial.ts';
import { lambdaScene, rowsOf, type LambdaScene } from './lambda-scene.ts';

async function ask(scene: LambdaScene, rows = rowsOf(5)) {
  const version = await scene.tools.lambda.getFunction('iris', '1');
  return askLive(
    scene.tools,
    { functionName: 'iris', version, commit: undefined, since: undefined, imageBytes: 9 },
    rows,
  );
}

const textsOf = ({ answers }: LiveTrials['first']) =>
  answers.map(({ answer }) => ('body' in answer ? Buffer.from(answer.body).toString() : answer));

test('what is live gets every row twice, by its version, with the mark of its kind', async () => {
  const scene = lambdaScene();
  const trials = (await ask(scene, [...rowsOf(3), ...rowsOf(1, 'captures')])) as LiveTrials;
  expect(textsOf(trials.first)).toEqual(['1', '2', '3', '1']);
  expect(textsOf(trials.second)).toEqual(['1', '2', '3', '1']);
  expect(trials.first).toMatchObject({ where: 'lambda', memoryMb: 512, usedMb: 64, imageBytes: 9 });
  expect(scene.marks.map((mark) => JSON.stringify(mark)).sort()).toEqual([
    ...Array.from({ length: 2 }, () => '{"model-release":"replay"}'),
    ...Array.from({ length: 6 }, () => '{"model-release":"sample"}'),
  ]);
  expect(scene.aws.calls.filter(({ operation }) => operation === 'Invoke')).toHaveLength(8);
});

test('an error of the live model is an answer, and the others are compared', async () => {
  const scene = lambdaScene({
    live: (event) => {
      if (event === 2) throw new RangeError('no such flower');
      return event;
    },
  });
  const { first, second } = (await ask(scene)) as LiveTrials;
  for (const { answers } of [first, second])
    expect(answers[1]?.answer).toEqual({ failed: 'the function failed: RangeError: no such flower' });
  expect(first.answers).toHaveLength(5);
});

describe('not compared, and no failure', () => {
  test.each([
    ['Inactive', 'version 1, which is live, is Inactive'],
    ['Failed', 'version 1, which is live, is Failed'],
  ] as const)('a live version that is %s', async (state, notCompared) => {
    const scene = lambdaScene();
    const version = scene.aws.state.functions['iris']?.versions['1'];
    if (version) version.state = state;
    expect(await ask(scene)).toEqual({ notCompared });
    expect(scene.aws.calls.filter(({ operation }) => operation === 'Invoke')).toEqual([]);
  });

  test('a missing permission, which is named', async () => {
    const scene = lambdaScene();
    scene.aws.faults.add({ kind: 'denied', operation: 'Invoke', times: null });
    expect(await ask(scene)).toEqual({
      notCompared:
        'version 1 could not be invoked (AccessDeniedException), which needs lambda:InvokeFunction on every version',
    });
  });

  test('no concurrency, tried for twenty seconds', async () => {
    const scene = lambdaScene();
    const fn = scene.aws.state.functions['iris'];
    if (fn) fn.reservedConcurrency = 0;
    const before = scene.aws.now();
    expect(await ask(scene)).toEqual({
      notCompared: 'version 1 could not be invoked (ReservedFunctionConcurrentInvocationLimitExceeded)',
    });
    expect(scene.aws.now() - before).toBeLessThanOrEqual(21_000);
  });

  test('a version that idled meanwhile is not waited for', async () => {
    const scene = lambdaScene({}, { settings: { publishMs: 60_000 } });
    const version = await scene.tools.lambda.getFunction('iris', '1');
    const idle = scene.aws.state.functions['iris']?.versions['1'];
    if (idle) idle.state = 'Inactive';
    const live = { functionName: 'iris', version, commit: undefined, since: undefined, imageBytes: 9 };
    expect(await askLive(scene.tools, live, rowsOf(2))).toEqual({
      notCompared: 'version 1 could not be invoked (ResourceConflictException)',
    });
  });

  test('no samples, and an alias on $LATEST', async () => {
    const scene = lambdaScene();
    expect(await ask(scene, [])).toEqual({ notCompared: 'there are no samples' });
    const version = await scene.tools.lambda.getFunction('iris');
    const live = { functionName: 'iris', version, commit: undefined, since: undefined, imageBytes: 9 };
    expect(await askLive(scene.tools, live, rowsOf(2))).toEqual({
      notCompared: 'the alias points to $LATEST, which a release changes',
    });
  });
});

test('a lost answer is asked for again', async () => {
  const scene = lambdaScene();
  scene.aws.faults.add({ kind: 'drop-after', operation: 'Invoke' });
  expect(((await ask(scene)) as LiveTrials).first.answers).toHaveLength(5);
});

test('a slow live version is asked for five minutes, and the rows that answered twice are compared', async () => {
  const scene = lambdaScene({ figures: () => ({ durationMs: 20_000 }) });
  const trials = (await ask(scene, rowsOf(100))) as LiveTrials;
  expect(trials.first.answers.length).toBe(trials.second.answers.length);
  expect(trials.first.answers.length).toBeGreaterThan(20);
  expect(trials.first.answers.length).toBeLessThan(40);
  expect(scene.lines.join('\n')).toMatch(/rows of 100 not compared: the time for it was over/);
});

test('answers that are too large to keep end the pass', async () => {
  const scene = lambdaScene({ live: () => 'x'.repeat(5_000_000) });
  const trials = (await ask(scene, rowsOf(30))) as LiveTrials;
  expect(trials.first.answers.length).toBeLessThanOrEqual(13);
  expect(scene.lines.join('\n')).toMatch(/not compared: the answers are larger than 64 MB in all/);
});

test('a stop signal is no result', async () => {
  const scene = lambdaScene({ figures: () => ({ durationMs: 1000 }) });
  const asked = ask(scene, rowsOf(20));
  await scene.aws.clock.sleep(1500);
  scene.stop.abort('SIGTERM');
  await expect(asked).rejects.toMatchObject({ code: 'cancelled' });
});

const report = { billedMs: 1, memoryMb: 128, usedMb: 1, status: 'success', errorType: undefined } as const;

test.each([
  [
    'Init and Duration',
    { initMs: 800, restoreMs: undefined, durationMs: 100 },
    { waitedMs: 950, expected: 900 },
  ],
  [
    'Restore and Duration',
    { initMs: undefined, restoreMs: 300, durationMs: 100 },
    { waitedMs: 450, expected: 400 },
  ],
  [
    'the whole wait where the initialisation was given up',
    { initMs: undefined, restoreMs: undefined, durationMs: 12_100 },
    { waitedMs: 22_150, expected: 22_150 },
  ],
  [
    'nothing where it was warm',
    { initMs: undefined, restoreMs: undefined, durationMs: 100 },
    { waitedMs: 150, expected: undefined },
  ],
])('a cold start is %s', (_what, times, { waitedMs, expected }) => {
  expect(coldStartOf({ report: { ...report, ...times }, durationMs: waitedMs })).toBe(expected);
});

test('cold starts of what is live are seen where it has any', async () => {
  const figures: FiguresOf = () => ({ durationMs: 100, initMs: 900 });
  const trials = (await ask(lambdaScene({ figures }), rowsOf(8))) as LiveTrials;
  expect(trials.first.coldStartsMs).toEqual([1000, 1000, 1000, 1000]);
  expect(trials.second.coldStartsMs).toEqual([]);
});
