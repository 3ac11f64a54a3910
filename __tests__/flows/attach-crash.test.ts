import { expect, test } from '@jest/globals';
import { allFlaws, fleet, mortalRun, settle } from '../crash/attach-fleet.ts';
import { runAttach } from '../harness/attach-world.ts';

// One run that dies, at every request and in every way, is the level `attach` of the failure bar (../crash/attach.ts).

test('two runs at once', async () => {
  const world = await fleet();
  world.github.latencyMs = 300;
  await Promise.all([mortalRun(world, 'one'), mortalRun(world, 'two')]);
  expect(await settle(world)).toEqual([]);
});

test('a repository that moves between look and write is looked at again, not overwritten', async () => {
  const world = await fleet();
  const moving = world.github.state.repositories['acme/new'];
  if (moving === undefined) throw new Error('the fleet has no acme/new');
  // The branch appears, begun by somebody else's run, after this run has looked.
  const handle = world.github.handle;
  let moved = false;
  world.github.handle = async (request, process) => {
    if (world.github.calls.length === 1 && !moved) {
      moved = true;
      await runAttach({ ...world, github: { ...world.github, handle } }, { inputs: { repositories: 'new' } });
    }
    return handle(request, process);
  };
  const run = await runAttach(world);
  expect(moved).toBe(true);
  expect(run.report?.rows.find(({ name }) => name === 'acme/new')).toMatchObject({
    outcome: 'created',
    pull: { number: 1 },
  });
  expect(allFlaws(world)).toEqual([]);
});
