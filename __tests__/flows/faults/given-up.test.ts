/** What a run may undo, and whose word it takes for it: its own release, and nothing that somebody else has decided since. */
import { expect, test } from '@jest/globals';
import { commit } from '../../harness/world.ts';
import { begin, giveWeights, releasedTwice, type Scene } from './scene.ts';

const wrong = () => ({ ok: false });
const companion = [{ 'released-by': 'this-run' }, { runId: 2000, event: 'push' }] as const;

/** Version 3 has a share of the traffic, and commit 4 answers its samples wrongly. */
async function withWeights(whose: 'a dead canary' | 'the console'): Promise<Scene> {
  const scene = await releasedTwice();
  giveWeights(scene, whose);
  scene.world.image(commit(4), { program: wrong });
  return scene;
}

/** Version 3 was released by run 2000, and a person has returned the alias to version 2 by hand. */
async function returnedByHand(): Promise<Scene> {
  const scene = await releasedTwice();
  scene.world.image(commit(3));
  await scene.deploy({}, { runId: 2000, commit: commit(3) });
  Object.assign(scene.alias(), { functionVersion: '2', revisionId: 'by-hand' });
  return begin(scene);
}

test.each(['a dead canary', 'the console'] as const)(
  'the weights of %s were ended by a run that then failed: it released nothing, and its companion undoes nothing',
  async (whose) => {
    const scene = await withWeights(whose);
    const { result } = await scene.deploy({}, { runId: 2000, commit: commit(4) });
    expect(result).toMatchObject({ outcome: 'failed', error: { code: 'samples-failed' } });
    expect(scene.alias().description).toMatch(/^mr2;v=2;p=1;st=ok;cand=3;/);
    const back = await scene.rollback(...companion);
    expect(back.result).toMatchObject({ outcome: 'ok:noop', changed: false });
    expect(scene.alias().functionVersion).toBe('2');
  },
);

test('after it, anyone’s rollback still leads where the record led before', async () => {
  const scene = await withWeights('the console');
  await scene.deploy({}, { runId: 2000, commit: commit(4) });
  expect((await scene.rollback({}, { runId: 2001 })).result).toMatchObject({
    outcome: 'rolled-back',
    after: { version: '1' },
  });
});

test('a person returned the alias by hand: the companion of the bad release leaves it there', async () => {
  const scene = await returnedByHand();
  expect((await scene.rollback(...companion)).result.outcome).toBe('ok:noop');
  expect(scene.writes()).toEqual([]);
});

test('and a re-run of the bad release does not undo it; a newer run, or force, may', async () => {
  const scene = await returnedByHand();
  const again = { runId: 2000, attempt: 2, commit: commit(3) };
  const { result } = await scene.deploy({}, again);
  expect(result).toMatchObject({ outcome: 'superseded', changed: false });
  expect(result.why).toMatch(/somebody shifted the alias to version 2 after this run had released/);
  expect(scene.writes()).toEqual([]);
  expect((await scene.deploy({ force: 'true' }, again)).result.outcome).toBe('ok');
});

test('a rollback that yields to a newer run says so in its plan, and publishes nothing before', async () => {
  const scene = await releasedTwice();
  delete scene.fn().versions['1'];
  for (const inputs of [{ 'dry-run': 'true' }, {}]) {
    const { result } = await scene.rollback(inputs, { runId: 3 });
    expect(result.outcome).toBe('superseded');
    expect(result.why).toMatch(/^run 1002 has released since/);
  }
  expect(scene.writes()).toEqual([]);
});
