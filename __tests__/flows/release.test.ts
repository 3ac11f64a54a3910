import { expect, test } from '@jest/globals';
import { commit, createWorld, FIRST, IRIS } from '../harness/world.ts';

test('a first deploy creates, a second replaces, a rollback returns', async () => {
  const world = createWorld();
  world.image(commit(1));
  world.image(commit(2));
  const first = await world.deploy(FIRST, { commit: commit(1) });
  expect(first.result.outcome).toBe('ok');
  const second = await world.deploy(IRIS, { commit: commit(2) });
  expect(second.result.outcome).toBe('ok');
  const back = await world.rollback(IRIS, { commit: commit(2), event: 'workflow_dispatch' });
  expect(back.result.outcome).toBe('rolled-back');
});
