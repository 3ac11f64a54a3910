/** A release that answers wrongly goes back to what really served before it, whoever that was. */
import { expect, test } from '@jest/globals';
import { CallerProcess } from '../../../local/faults.ts';
import { commit, createWorld, FIRST, IRIS, type Finished, type World } from '../../harness/world.ts';
import { begin, doubtful, releasedTwice } from './scene.ts';

/** Version 1 serves. Right before run 20 moves the alias to commit 3, the older run 10 releases commit 2. */
async function meet(
  inputs: Readonly<Record<string, string>>,
  program?: () => object,
): Promise<{ world: World; newer: Finished; older: string }> {
  const world = createWorld();
  world.image(commit(1));
  world.image(commit(2));
  world.image(commit(3), program === undefined ? {} : { program });
  await world.deploy(FIRST, { commit: commit(1), runId: 1 });
  let older = '';
  world.aws.beforeCall = async ({ operation, process }) => {
    if (operation !== 'UpdateAlias' || process !== 'newer' || older !== '') return;
    older = 'on its way';
    const { runner } = await world.deploy(IRIS, { commit: commit(2), runId: 10 });
    older = `${runner.outputs['outcome']} ${runner.outputs['version']}`;
  };
  const caller = new CallerProcess('newer');
  const newer = await world.deploy({ ...IRIS, ...inputs }, { commit: commit(3), runId: 20, caller });
  return { world, newer, older };
}

const aliasesOf = ({ aws }: World) => aws.state.functions['iris']?.aliases ?? {};

test('to the release of an older run that got in between, and not to the one before', async () => {
  const { world, newer, older } = await meet({}, doubtful());
  expect(newer.result.outcome).toBe('rolled-back');
  expect(older).toBe(`ok ${aliasesOf(world)['live']?.functionVersion}`);
});

test('the pin, too, holds what the record names, and nobody claims a way back that was not proven', async () => {
  const { world, newer, older } = await meet({ 'pin-previous': 'true' });
  const { live, 'live-previous': pin } = aliasesOf(world);
  expect(older).toBe(`ok ${pin?.functionVersion}`);
  expect(live?.description).toContain(`;p=${pin?.functionVersion};`);
  expect(newer.result.rollbackTarget).toBeUndefined();
});

test('by the next attempt, where the one that moved it died before it could ask', async () => {
  const scene = await releasedTwice();
  scene.world.image(commit(3), { program: doubtful() });
  scene.world.aws.faults.add({ kind: 'crash-after', operation: 'UpdateAlias' });
  await new Promise<void>((died) => {
    const caller = new CallerProcess('dying', died);
    void scene.deploy({}, { runId: 2000, commit: commit(3), caller });
  });
  expect(scene.alias().functionVersion).toBe('3');
  const { result } = await begin(scene).deploy({}, { runId: 2000, attempt: 2, commit: commit(3) });
  expect(result).toMatchObject({ outcome: 'rolled-back', error: { code: 'not-verified' } });
  expect(scene.alias().functionVersion).toBe('2');
});

test('and not by one that AWS keeps from asking: that says nothing of a release which may have served for days', async () => {
  const scene = await releasedTwice();
  scene.world.aws.faults.add({ kind: 'denied', operation: 'Invoke', times: null });
  const { result } = await scene.deploy({}, { runId: 1002, attempt: 2 });
  expect(result).toMatchObject({ outcome: 'failed', changed: false, error: { code: 'aws-permission' } });
  expect(scene.writes()).toEqual([]);
});

test('what it left on $LATEST goes live with the next release that does not name it, and not unsaid', async () => {
  const scene = await releasedTwice();
  scene.world.image(commit(3));
  scene.world.image(commit(4));
  const named = { 'memory-size': '256', 'environment-variables': 'THRESHOLD=0.99' };
  expect((await scene.deploy(named, { runId: 2000, commit: commit(3) })).result.warnings).toEqual([]);
  await scene.rollback({}, { runId: 2001 });
  const { result } = await scene.deploy({}, { runId: 2002, commit: commit(4) });
  expect(result.warnings).toEqual([
    expect.stringMatching(
      /comes from the function's \$LATEST.*: memory \d+ MiB → 256 MiB, variable THRESHOLD added\./,
    ),
  ]);
});
