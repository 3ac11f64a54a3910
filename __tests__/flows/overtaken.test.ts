import { expect, test } from '@jest/globals';
import { CallerProcess } from '../../local/faults.ts';
import { releasedTwice } from './faults/scene.ts';
import { commit, createWorld, FIRST, IRIS, type Finished } from '../harness/world.ts';

test('a release that a newer run replaces before it was asked through the alias ends as superseded, and goes nowhere back', async () => {
  const world = createWorld();
  for (const n of [1, 2, 3]) world.image(commit(n));
  await world.deploy(FIRST, { commit: commit(1), runId: 1 });
  let newer: Finished | undefined;
  world.aws.afterEffect = async ({ call }) => {
    if (call.operation !== 'UpdateAlias' || call.process !== 'older' || newer !== undefined) return;
    newer = await world.deploy(IRIS, { commit: commit(3), runId: 3 });
  };
  const caller = new CallerProcess('older');
  const older = await world.deploy(IRIS, { commit: commit(2), runId: 2, caller });

  expect(newer?.result.outcome).toBe('ok');
  expect(older.result).toMatchObject({ outcome: 'superseded', error: undefined });
  expect(older.runner.exitCode).toBe(0);
  expect(older.runner.outputs['version']).toBe(newer?.runner.outputs['version']);
  expect(world.aws.state.functions['iris']?.aliases['live']?.functionVersion).toBe(
    newer?.runner.outputs['version'],
  );
  expect(older.result.warnings.join()).toContain('answered instead of');
});

test('a release that a newer run replaces before it moved the alias names what is live now, and one step back from that', async () => {
  const world = createWorld();
  for (const n of [1, 2, 3]) world.image(commit(n));
  await world.deploy(FIRST, { commit: commit(1), runId: 1 });
  let newer: Finished | undefined;
  world.aws.beforeCall = async ({ operation, process }) => {
    if (operation !== 'UpdateAlias' || process !== 'older' || newer !== undefined) return;
    newer = await world.deploy(IRIS, { commit: commit(3), runId: 3 });
  };
  const caller = new CallerProcess('older');
  const older = await world.deploy(IRIS, { commit: commit(2), runId: 2, caller });

  expect(older.result).toMatchObject({ outcome: 'superseded', changed: false });
  expect(older.runner.outputs).toMatchObject({
    version: newer?.runner.outputs['version'],
    commit: commit(3),
    'previous-version': '1',
  });
  expect(older.result.stepBack).toMatchObject({ kind: 'to', release: { version: '1', commit: commit(1) } });
});

test('the alias moves between the two reads of what is live: the version is read again, by the number that the record has', async () => {
  const scene = await releasedTwice();
  const { aws } = scene.world;
  let readAlias: (value?: unknown) => void = () => undefined;
  const aliasWasRead = new Promise((resolve) => (readAlias = resolve));
  aws.afterEffect = ({ call }) => {
    if (call.operation !== 'GetAlias') return;
    scene.alias().functionVersion = '1';
    readAlias();
  };
  aws.beforeCall = async ({ operation }) => {
    if (operation === 'GetFunction') await aliasWasRead;
  };
  const { result } = await scene.deploy();
  expect(result.before).toMatchObject({ version: '2', digest: scene.image.digest });
  expect(result.outcome).toBe('ok:noop');
});
