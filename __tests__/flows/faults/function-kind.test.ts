/** Functions that ordinary invocations do not check: a release is refused by the kind's name, and a rollback goes on unchecked. */
import { describe, expect, test } from '@jest/globals';
import type { FunctionSettings } from '../../../local/aws/state.ts';
import { commit, FIRST } from '../../harness/world.ts';
import { begin, expectFailure, released, releasedTwice, type Scene } from './scene.ts';

const KINDS: readonly (readonly [string, Partial<FunctionSettings>])[] = [
  ['tenant isolation', { TenancyConfig: { TenantIsolationMode: 'PER_TENANT' } }],
  [
    'managed instances',
    {
      CapacityProviderConfig: {
        LambdaManagedInstancesCapacityProviderConfig: {
          CapacityProviderArn: 'arn:aws:lambda:eu-central-1:123456789012:capacity-provider:models',
        },
      },
    },
  ],
  ['durable executions', { DurableConfig: { ExecutionTimeout: 60, RetentionPeriodInDays: 1 } }],
];

function become(scene: Scene, settings: Partial<FunctionSettings>): void {
  for (const version of [scene.fn().latest, ...Object.values(scene.fn().versions)])
    version.settings = { ...version.settings, ...settings };
}

describe.each(KINDS)('a function with %s', (kind, settings) => {
  test.each([
    ['a deploy', {}],
    ['a deploy by force', { force: 'true' }],
  ])('%s is refused before any write', async (_, inputs) => {
    const scene = await released();
    become(scene, settings);
    const run = await scene.deploy(inputs);
    expectFailure(run, 'function-kind', [new RegExp(`iris is a function with ${kind}`), /another name/]);
    expect(scene.writes()).toEqual([]);
  });

  test('a first release to it is refused before any write', async () => {
    const scene = await released();
    become(scene, settings);
    delete scene.fn().aliases['live'];
    expectFailure(await scene.deploy(FIRST), 'function-kind', [new RegExp(kind)]);
    expect(scene.writes()).toEqual([]);
  });

  test.each([{}, { to: '1' }, { to: '1', force: 'true' }])('a rollback with %j goes on', async (inputs) => {
    const scene = await releasedTwice();
    become(scene, settings);
    const { result } = await scene.rollback(inputs);
    expect(result).toMatchObject({ outcome: 'rolled-back', error: undefined, after: { version: '1' } });
    expect(result.warnings).toEqual([
      expect.stringMatching(new RegExp(`with ${kind}, so its answers cannot be checked`)),
    ]);
    expect(scene.writes()).toEqual(['UpdateAlias']);
    expect(scene.calls()).not.toContain('Invoke');
  });

  test('a rollback that would have to publish a version is refused before any write', async () => {
    const scene = await releasedTwice();
    become(scene, settings);
    delete scene.fn().versions['1'];
    const now = begin(scene);
    expectFailure(await now.rollback({ to: commit(1) }), 'function-kind', [new RegExp(kind)]);
    expect(now.writes()).toEqual([]);
  });
});
