/** Weights on the alias that no living run put there. */
import { describe, expect, test } from '@jest/globals';
import { renderRecord } from '../../../src/release/record/record.ts';
import { commit } from '../../harness/world.ts';
import { begin, expectFailure, released, releasedThrice, releasedTwice, type Scene } from './scene.ts';

/** Version 1 is stable, the candidate had begun, and its run is gone. */
function deadCanary(scene: Scene, candidate: string): void {
  const description = renderRecord({
    live: '1',
    previous: undefined,
    state: 'canary',
    candidate,
    op: '1001.1.dead',
    seq: 1001n,
    commit: commit(1),
    previousCommit: undefined,
  });
  Object.assign(scene.alias(), { functionVersion: '1', weights: { [candidate]: 0.1 }, description });
}

test('two writes of one run have two names, whatever chance gives', async () => {
  const scene = await releasedTwice();
  deadCanary(scene, '2');
  scene.world.image(commit(3));
  const ops: string[] = [];
  scene.world.aws.afterEffect = ({ call, request }) => {
    if (call.operation !== 'UpdateAlias') return;
    ops.push(/;op=([^;]*);/.exec(new TextDecoder().decode(request.body))?.[1] ?? '');
  };
  const { result } = await scene.deploy({}, { commit: commit(3), random: () => 0.999_999 });
  expect(result).toMatchObject({ outcome: 'ok' });
  expect(ops).toHaveLength(2);
  expect(new Set(ops).size).toBe(2);
});

describe('rows 70 and 73: weights on the alias', () => {
  test('rows 70, 73: a dead canary: stable version and empty weights in one call, then the release', async () => {
    const scene = await releasedTwice();
    deadCanary(scene, '2');
    scene.world.image(commit(3));
    const sent: unknown[] = [];
    scene.world.aws.afterEffect = ({ call, request }) => {
      if (call.operation === 'UpdateAlias') sent.push(JSON.parse(new TextDecoder().decode(request.body)));
    };
    const { result } = await scene.deploy({}, { commit: commit(3) });
    expect(result).toMatchObject({ outcome: 'ok' });
    const cleared = { RoutingConfig: { AdditionalVersionWeights: {} } };
    expect(sent).toEqual([
      expect.objectContaining({ FunctionVersion: '1', ...cleared }),
      expect.objectContaining({ FunctionVersion: '3', ...cleared }),
    ]);
    expect(scene.alias().description).toMatch(/^mr2;v=3;p=1;st=ok;/);
  });

  test.each([{}, { 'image-uri': 'given' }])(
    'rows 70, 73: a dead canary of what is live already (%j): it is ended, and its copy does not go live',
    async (given) => {
      const scene = await released();
      const [live] = Object.values(scene.fn().versions);
      if (live === undefined) throw new Error('version 1 was released');
      const twin = { ...live, version: '2', description: live.description.replace(/run=.*/, 'run=1001.1') };
      scene.fn().versions['2'] = twin;
      scene.fn().nextVersion = 3;
      deadCanary(scene, '2');
      const inputs = 'image-uri' in given ? { 'image-uri': live.code.imageUri } : {};
      const { result } = await scene.deploy(inputs, { commit: commit(1) });
      expect(result).toMatchObject({ outcome: 'ok:noop', error: undefined });
      expect(scene.alias()).toMatchObject({
        functionVersion: '1',
        description: expect.stringMatching(/^mr2;v=1;p=;st=ok;/),
      });
      expect(scene.alias().weights ?? {}).toEqual({});
    },
  );
});

test('row 74: they do not tell what served before: a rollback follows the record all the same', async () => {
  const scene = await releasedThrice();
  // Version 2 again: it was built upon version 1, and it followed version 3.
  await scene.deploy({}, { commit: commit(2) });
  expect(scene.alias().description).toMatch(/^mr2;v=2;p=3;/);
  scene.alias().injected = { weights: { '3': 0.5 }, until: Infinity };
  const { result } = await scene.rollback();
  expect(result).toMatchObject({ outcome: 'rolled-back', after: { version: '3' } });
  expect(result.warnings).toEqual([expect.stringMatching(/no release had set.*version 3 gets 50 %/)]);
  expect(result.stepBack).toEqual({ kind: 'returned' });
});

test.each(['deploy', 'rollback'] as const)(
  'row 74: all traffic stays on the version before while AWS moves provisioned concurrency: a %s waits',
  async (action) => {
    const scene = await releasedTwice({ settings: { provisionMs: 180_000, provisioningWeight: 1 } });
    scene.fn().provisioned['live'] = { requested: 1, requestedAt: 0, readyAt: 0 };
    scene.world.image(commit(3));
    const { result, runner } = await scene[action]({}, action === 'deploy' ? { commit: commit(3) } : {});
    expect(result).toMatchObject({ outcome: action === 'deploy' ? 'ok' : 'rolled-back', error: undefined });
    expect(runner.lines.join('\n')).toContain('AWS is moving provisioned concurrency');
  },
);

test('row 74: a role that may not ask about provisioned concurrency: the answer is judged as it is', async () => {
  const scene = await releasedTwice({ settings: { provisionMs: 180_000, provisioningWeight: 1 } });
  scene.fn().provisioned['live'] = { requested: 1, requestedAt: 0, readyAt: 0 };
  scene.world.aws.faults.add({ kind: 'denied', operation: 'GetProvisionedConcurrencyConfig', times: null });
  expectFailure(await scene.rollback(), 'not-verified', [/version 2 answered instead of 1/]);
});

test('row 74: AWS itself put weights there for provisioned concurrency: waited for, not fought', async () => {
  const scene = await released();
  const { aws } = scene.world;
  scene.fn().provisioned['live'] = { requested: 1, requestedAt: aws.now(), readyAt: aws.now() + 60_000 };
  scene.world.image(commit(3));
  await scene.deploy();
  const again = begin(scene);
  scene.alias().injected = { weights: { '1': 0.5 }, until: aws.now() + 60_000 };
  const { result } = await again.deploy({}, { commit: commit(3) });
  expect(result).toMatchObject({ outcome: 'ok' });
  expect(again.writes().filter((name) => name === 'UpdateAlias')).toHaveLength(1);
  expect(scene.alias().functionVersion).toBe('3');
});
