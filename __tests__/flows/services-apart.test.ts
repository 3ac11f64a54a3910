/** Services are released together: whatever happens to one of them, the others do not stay where it left them. */
import { expect, test } from '@jest/globals';
import { renderRecord } from '../../src/release/record/record.ts';
import * as two from '../harness/two-services.ts';
import { commit } from '../harness/world.ts';

test('a newer run takes the second alias: the first one, which had moved, goes back', async () => {
  const world = await two.released(1);
  two.seedImages(world, 2);
  const moved = two.watchAliases(world);
  const watch = world.aws.afterEffect;
  world.aws.afterEffect = async (effect) => {
    await watch?.(effect);
    const alias = world.aws.state.functions['serving']?.aliases['live'];
    if (effect.call.operation !== 'UpdateAlias' || moved.length !== 1 || alias === undefined) return;
    alias.revisionId = 'another';
    alias.description = renderRecord({
      live: alias.functionVersion,
      previous: undefined,
      state: 'ok',
      candidate: undefined,
      op: '9000.1.beef',
      seq: 9000n,
      commit: commit(1),
      previousCommit: undefined,
    });
  };
  const { results } = await two.deployBoth(world, 2, { runId: 2000 });
  expect(results.map(({ outcome }) => outcome)).toEqual(['rolled-back', 'superseded']);
  expect(two.live(world)).toEqual({ features: '1 rb', serving: '1 ok' });
});

test('the second of three fails: the third was not reached, and nothing is said against it', async () => {
  const world = await two.released(1);
  const files = two.fileOf([...two.NAMES, 'ranking']);
  for (const n of [1, 2]) {
    two.seedImages(world, n);
    world.image(commit(n), { repository: 'ranking', content: `ranking ${n}`, program: () => two.RIGHT });
  }
  await two.deployBoth(world, 1, { files });
  world.aws.faults.add({ operation: 'UpdateAlias', matches: two.nth(2), kind: 'denied' });
  const { results } = await two.deployBoth(world, 2, { files });
  expect(results.map(({ outcome, error, warnings }) => [outcome, error?.code, warnings])).toEqual([
    ['rolled-back', undefined, []],
    ['failed', 'aws-permission', []],
    ['failed', undefined, []],
  ]);
});
