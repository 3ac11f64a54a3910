/** Somebody configured `$LATEST` otherwise since the last release, and the same commit is deployed again. */
import { expect, test } from '@jest/globals';
import type { FunctionSettings } from '../../local/aws/state.ts';
import { commit } from '../harness/world.ts';
import { begin, released, type Scene } from './faults/scene.ts';

const ROLE = 'arn:aws:iam::123456789012:role/new';

/** As Terraform does it: the live version stays as it is. */
async function changedElsewhere(change: Partial<FunctionSettings>): Promise<Scene> {
  const scene = await released();
  const fn = scene.fn();
  fn.latest.settings = { ...fn.latest.settings, ...change };
  fn.changedSincePublish = true;
  return begin(scene);
}
const again = (scene: Scene, inputs: Readonly<Record<string, string>> = {}) =>
  scene.deploy(inputs, { commit: commit(1) });

test.each<[string, Partial<FunctionSettings>, RegExp]>([
  ['memory', { MemorySize: 2048 }, /memory 128 MiB → 2048 MiB\. This run releases nothing of it/],
  ['the role', { Role: ROLE }, /role arn:\S+ → arn:aws:iam::123456789012:role\/new\./],
  ['a variable', { Environment: { Variables: { KEY: 'hunter2-variable' } } }, /KEY/],
])('%s: nothing is released, and it is said, with what to do', async (_, change, says) => {
  const scene = await changedElsewhere(change);
  const { result, runner } = await again(scene);
  expect(result).toMatchObject({ outcome: 'ok:noop', changed: false, error: undefined });
  expect(result.warnings).toEqual([expect.stringMatching(/^\$LATEST of iris .* version 1, which is live/)]);
  expect(result.warnings[0]).toMatch(says);
  expect(result.warnings[0]).toMatch(/force: true/);
  expect(runner.lines.join()).not.toContain('hunter2-variable');
  expect(scene.writes()).toEqual([]);
});

test('with force it is published, its samples are checked, and it is released', async () => {
  const scene = await changedElsewhere({ MemorySize: 2048, Role: ROLE });
  const planned = await again(scene, { force: 'true', 'dry-run': 'true' });
  expect(planned.result.plan.map(({ name }) => name)).toContain('Publish a version');
  const { result } = await again(scene, { force: 'true' });
  expect(result).toMatchObject({ outcome: 'ok', changed: true, after: { version: '2', commit: commit(1) } });
  expect(result.samples).toHaveLength(1);
  expect(scene.fn().versions['2']?.settings).toMatchObject({ MemorySize: 2048, Role: ROLE });
  const { result: unchanged } = await again(scene, { force: 'true' });
  expect(unchanged).toMatchObject({ outcome: 'ok:noop', warnings: [] });
});

test('a setting that the release names is no difference', async () => {
  const scene = await changedElsewhere({ MemorySize: 2048 });
  const { result } = await again(scene, { 'memory-size': '128' });
  expect(result).toMatchObject({ outcome: 'ok:noop', warnings: [] });
});

test('where it cannot be read, there is nothing to do all the same', async () => {
  const scene = await changedElsewhere({ MemorySize: 2048 });
  let reads = 0;
  const matches = ({ operation }: { operation: string }) => operation === 'GetFunction' && (reads += 1) > 1;
  scene.world.aws.faults.add({ kind: 'denied', matches });
  const { result, runner } = await again(scene);
  expect(result).toMatchObject({ outcome: 'ok:noop', error: undefined, warnings: [] });
  expect(runner.lines.join()).toMatch(/Whether \$LATEST was changed since is not known/);
});
