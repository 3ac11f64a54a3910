/** A run whose tests failed says which ones and why, in its summary. */
import { expect, test } from '@jest/globals';
import { commit, createWorld, FIRST } from '../harness/world.ts';
import { ended, shellOf } from '../harness/shell.ts';

/** A deploy of a finished image, whose unit tests print these lines and end with exit code 0. */
async function testedWith(lines: readonly string[]) {
  const world = createWorld();
  const { uri } = world.image(commit(1));
  const shell = shellOf((command) => {
    if ('onLine' in command) for (const line of lines) command.onLine?.(line);
    return ended(lines.join('\n'));
  });
  const { 'ecr-repository': _, ...inputs } = FIRST as Readonly<Record<string, string>>;
  const tests = { 'unit-tests': 'pytest tests', 'integration-tests': 'pytest more' };
  const env = { GITHUB_WORKSPACE: process.cwd() };
  const run = await world.deploy(
    { ...inputs, ...tests, 'image-uri': uri },
    { commit: commit(1), shell, env },
  );
  return { run, writes: world.aws.calls.filter(({ isWrite }) => isWrite) };
}

test('tests that their runner counted as failed, behind a pipe: no release, and a row for each with its reason', async () => {
  const { run, writes } = await testedWith([
    '____________________________ test_accuracy ____________________________',
    'E   AssertionError: accuracy 0.71 below 0.90',
    'FAILED tests/test_model.py::test_accuracy - AssertionError: accuracy 0.71 below 0.90',
    '1 failed, 2 passed in 0.12s',
  ]);
  expect(run.result).toMatchObject({ outcome: 'failed', error: { code: 'tests-failed' } });
  expect(run.runner.summaryText).toMatch(/\| unit \| failed \| 2 \| 1 \| 0 \|/);
  expect(run.runner.summaryText).toContain(
    '| unit | tests/test_model.py::test_accuracy | AssertionError: accuracy 0.71 below 0.90 |',
  );
  expect(run.runner.summaryText).toMatch(/\| integration \| not-run \|/);
  expect(writes).toEqual([]);
});

test('a known runner without its closing line proves nothing, and the summary says unproven', async () => {
  const { run, writes } = await testedWith(['tests/test_model.py ....']);
  expect(run.result).toMatchObject({ outcome: 'failed', error: { code: 'tests-unproven' } });
  expect(run.runner.summaryText).toMatch(/\| unit \| unproven \|/);
  expect(writes).toEqual([]);
});
