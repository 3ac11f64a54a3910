import { expect, test } from '@jest/globals';
import { attachSummary } from '../../src/report/attach-summary.ts';
import { attachWorld, model, runAttach } from '../harness/attach-world.ts';

test('the time of a run ends before the hour does; the next run shares that hour and provokes no refusal', async () => {
  const world = attachWorld();
  for (let n = 0; n < 503; n += 1) model(world, `m${n}`);
  const first = await runAttach(world, { inputs: { minutes: '20' } });
  expect(first.outputs).toMatchObject({ changed: '500', remaining: '3', outcome: 'partial' });
  expect(first.message).toContain('3 of 503');
  // GitHub still shows the 500 pull requests of this hour, so the second run waits instead of running into the limit.
  const second = await runAttach(world, { inputs: { minutes: '120' } });
  expect(second.outputs).toMatchObject({ changed: '3', open: '503', remaining: '0', outcome: 'ok' });
  expect(second.log.some((line) => /^waiting \d+ s/.test(line))).toBe(true);
  expect(world.github.calls.filter(({ status }) => status !== 200)).toEqual([]);
});

test('should GitHub count every mutation of a document, one refusal is honoured and the pace becomes a third', async () => {
  const world = attachWorld({ countCreationsPer: 'mutation' });
  for (let n = 0; n < 60; n += 1) model(world, `m${n}`);
  const run = await runAttach(world);
  expect(run.outputs).toMatchObject({ changed: '60', outcome: 'ok' });
  expect(run.report?.requests.limited).toBe(1);
  expect(
    Object.values(world.github.state.repositories).every(({ pullRequests }) => pullRequests.length === 1),
  ).toBe(true);
});

test('the summary stays below its limit and says what it left out', async () => {
  const world = attachWorld();
  for (let n = 0; n < 30; n += 1) model(world, `m${n}`, { isArchived: true });
  const { report } = await runAttach(world);
  const summary = report ? attachSummary(report, { limit: 3000 }) : '';
  expect(Buffer.byteLength(summary)).toBeLessThan(3000);
  expect(summary).toMatch(/_\d+ more repositories do not fit here/);
});
