import { describe, expect, test } from '@jest/globals';
import { CallerProcess } from '../../local/faults.ts';
import {
  deployBoth,
  fileOf,
  live,
  NAMES,
  nth,
  released,
  RIGHT,
  rollbackBoth,
  seedImages,
  watchAliases,
} from '../harness/two-services.ts';
import { commit, createWorld, type Finished, type World } from '../harness/world.ts';

const outcomes = ({ results }: Finished) => results.map(({ outcome }) => outcome);

/** The run that releases commit 2 and dies before its second alias. */
async function diesBetween(world: World): Promise<void> {
  await new Promise<void>((resolve) => {
    world.aws.faults.add({ operation: 'UpdateAlias', matches: nth(2), kind: 'crash-before' });
    void deployBoth(world, 2, { runId: 2000, caller: new CallerProcess('dying', resolve) });
  });
  world.aws.faults.clear();
}

describe('a deploy of several services', () => {
  test('prepares all of them before the first alias moves, and moves them in the order of the file', async () => {
    const world = await released(1);
    seedImages(world, 2);
    const from = world.aws.calls.length;
    const moved = watchAliases(world);
    const done = await deployBoth(world, 2);
    expect(outcomes(done)).toEqual(['ok', 'ok']);
    expect(live(world)).toEqual({ features: '2 ok', serving: '2 ok' });
    expect(moved).toEqual(['features', 'serving']);
    const operations = world.aws.calls.slice(from).map(({ operation }) => operation);
    expect(operations.lastIndexOf('PublishVersion')).toBeLessThan(operations.indexOf('UpdateAlias'));
    expect(done.runner.exitCode).toBe(0);
  });

  test('tells each service by its name, and what they have in common', async () => {
    const world = await released(1);
    seedImages(world, 2);
    const { runner } = await deployBoth(world, 2);
    const common = { outcome: 'ok', changed: 'true', version: '2', digest: '', commit: commit(2) };
    expect(runner.outputs).toMatchObject(common);
    const services = JSON.parse(runner.outputs['services'] ?? '') as Record<string, Record<string, string>>;
    expect(Object.keys(services)).toEqual(NAMES);
    expect(services['serving']).toMatchObject({ outcome: 'ok', version: '2', 'previous-version': '1' });
    expect(services['features']?.['digest']).toMatch(/^sha256:/);
    expect(services['features']?.['digest']).not.toBe(services['serving']?.['digest']);
    expect(runner.summaryText).toContain('# ✅ Released: 2 services together');
    expect(runner.summaryText).toContain('## ✅ Released: features, deploy `features` → `live`');
    expect(runner.summaryText).toContain(
      'gh workflow run rollback.yml --repo acme/iris -f to=previous -f service=serving',
    );
    expect(runner.lines).toContain('▸ serving: Shift the traffic');
  });

  test('moves nothing when one answers wrong before it gets traffic', async () => {
    const world = await released(1);
    seedImages(world, 2, (name) => (name === 'serving' ? { ok: false } : RIGHT));
    const moved = watchAliases(world);
    const { runner, results } = await deployBoth(world, 2);
    expect(moved).toEqual([]);
    expect(results.map(({ outcome, why }) => [outcome, why])).toEqual([
      ['failed', 'not reached: serving failed first'],
      ['failed', ''],
    ]);
    expect(runner.outputs['outcome']).toBe('failed');
    expect(runner.exitCode).toBe(1);
  });

  test('of which one cannot be moved returns those that were, and says so', async () => {
    const world = await released(1);
    seedImages(world, 2);
    const moved = watchAliases(world);
    world.aws.faults.add({ operation: 'UpdateAlias', matches: nth(2), kind: 'denied' });
    const done = await deployBoth(world, 2);
    expect(outcomes(done)).toEqual(['rolled-back', 'failed']);
    expect(live(world)).toEqual({ features: '1 rb', serving: '1 ok' });
    expect(moved).toEqual(['features', 'features']);
    expect(done.results[0]?.why).toBe('serving did not go live, and services are released together');
    expect(done.runner.outputs).toMatchObject({
      outcome: 'rolled-back',
      changed: 'true',
      commit: commit(1),
    });
    expect(done.runner.annotations.map(({ title }) => title)).toContain('deploy failed (aws-permission)');
    expect(done.runner.exitCode).toBe(1);
  });

  test('of which one answers wrong once it is live returns all of them, in reverse order', async () => {
    const world = await released(1);
    const asked = { features: 0, serving: 0 };
    seedImages(world, 2, (name) => ((asked[name] += 1) > 1 && name === 'serving' ? { ok: false } : RIGHT));
    const moved = watchAliases(world);
    const done = await deployBoth(world, 2);
    expect(outcomes(done)).toEqual(['rolled-back', 'rolled-back']);
    expect(moved).toEqual(['features', 'serving', 'serving', 'features']);
    expect(live(world)).toEqual({ features: '1 rb', serving: '1 rb' });
    expect(done.runner.exitCode).toBe(1);
  });

  test('returns three in the reverse of the order in which they went', async () => {
    const world = await released(1);
    const files = fileOf([...NAMES, 'ranking']);
    for (const n of [1, 2]) {
      seedImages(world, n);
      world.image(commit(n), { repository: 'ranking', content: `ranking ${n}`, program: () => RIGHT });
    }
    await deployBoth(world, 1, { files });
    const moved = watchAliases(world);
    world.aws.faults.add({ operation: 'UpdateAlias', matches: nth(3), kind: 'denied' });
    expect(outcomes(await deployBoth(world, 2, { files }))).toEqual(['rolled-back', 'rolled-back', 'failed']);
    expect(moved).toEqual(['features', 'serving', 'serving', 'features']);
  });

  test('that cannot return one says which version serves, and is not called failed or rolled back', async () => {
    const world = await released(1);
    seedImages(world, 2);
    const writes = nth(1);
    world.aws.faults.add({ operation: 'UpdateAlias', matches: () => !writes(), kind: 'denied' });
    const done = await deployBoth(world, 2);
    expect(outcomes(done)).toEqual(['unknown', 'failed']);
    expect(live(world)).toEqual({ features: '2 ok', serving: '1 ok' });
    expect(done.runner.outputs).toMatchObject({ outcome: 'unknown', changed: 'true' });
    expect(done.runner.summaryText).toContain('The services are at different releases.');
    expect(done.runner.annotations.map(({ message }) => message).join('\n')).toContain(
      'features could not be returned to what was live',
    );
  });

  test('changes nothing when all are live, and moves only what is not', async () => {
    const world = await released(1);
    expect(outcomes(await deployBoth(world, 1))).toEqual(['ok:noop', 'ok:noop']);
    seedImages(world, 2);
    await deployBoth(world, 2, { inputs: { service: 'serving' } });
    expect(live(world)).toEqual({ features: '1 ok', serving: '2 ok' });
    const done = await deployBoth(world, 2);
    expect(outcomes(done)).toEqual(['ok', 'ok:noop']);
    expect(done.runner.outputs['outcome']).toBe('ok');
  });

  test('only plans in a dry run', async () => {
    const world = await released(1);
    seedImages(world, 2);
    const from = world.aws.calls.length;
    const done = await deployBoth(world, 2, { inputs: { 'dry-run': 'true' } });
    expect(world.aws.calls.slice(from).filter(({ isWrite }) => isWrite)).toEqual([]);
    expect(outcomes(done)).toEqual(['ok:noop', 'ok:noop']);
    expect(done.runner.summaryText).toContain('# 📋 Plan: 2 services together');
    expect(done.runner.summaryText.match(/### What a run would do/g)).toHaveLength(2);
  });
});

describe('a deploy that died between two aliases', () => {
  test('is finished by its next attempt', async () => {
    const world = await released(1);
    seedImages(world, 2);
    await diesBetween(world);
    expect(live(world)).toEqual({ features: '2 ok', serving: '1 ok' });
    const done = await deployBoth(world, 2, { runId: 2000, attempt: 2 });
    expect(outcomes(done)).toEqual(['ok:noop', 'ok']);
    expect(live(world)).toEqual({ features: '2 ok', serving: '2 ok' });
  });

  test('is undone by its next attempt when that fails: what the first one moved goes back too', async () => {
    const world = await released(1);
    seedImages(world, 2);
    await diesBetween(world);
    world.aws.faults.add({ operation: 'UpdateAlias', matches: nth(1), kind: 'denied' });
    const done = await deployBoth(world, 2, { runId: 2000, attempt: 2 });
    expect(outcomes(done)).toEqual(['rolled-back', 'failed']);
    expect(live(world)).toEqual({ features: '1 rb', serving: '1 ok' });
    expect(done.results[0]).toMatchObject({
      changed: true,
      before: { version: '2' },
      after: { version: '1' },
    });
  });

  test('is undone by a rollback, which leaves alone what it had not moved', async () => {
    const world = await released(1, 5);
    seedImages(world, 2);
    await diesBetween(world);
    expect(live(world)).toEqual({ features: '3 ok', serving: '2 ok' });
    const done = await rollbackBoth(world, { runId: 2001 });
    expect(outcomes(done)).toEqual(['rolled-back', 'ok:noop']);
    expect(live(world)).toEqual({ features: '2 rb', serving: '2 ok' });
  });

  test('and finished by another run is still one release to a rollback', async () => {
    const world = await released(1, 5);
    seedImages(world, 2);
    await diesBetween(world);
    await deployBoth(world, 2, { runId: 2001 });
    expect(outcomes(await rollbackBoth(world, { runId: 2002 }))).toEqual(['rolled-back', 'rolled-back']);
    expect(live(world)).toEqual({ features: '2 rb', serving: '2 rb' });
  });
});

describe('a stop signal between two aliases', () => {
  test('starts no further write and says that the services are apart; the next attempt goes on', async () => {
    const world = await released(1);
    seedImages(world, 2);
    let stop: (signal: string) => void = () => undefined;
    world.aws.afterEffect = ({ call }) => {
      if (call.operation === 'UpdateAlias') stop('SIGINT');
    };
    const done = await deployBoth(world, 2, { runId: 2000, onStop: (told) => void (stop = told) });
    delete world.aws.afterEffect;
    expect(live(world)).toEqual({ features: '2 ok', serving: '1 ok' });
    expect(done.runner.outputs['outcome']).toBe('unknown');
    expect(done.runner.exitCode).toBe(1);
    const next = await deployBoth(world, 2, { runId: 2000, attempt: 2 });
    expect(next.runner.outputs['outcome']).toBe('ok');
    expect(live(world)).toEqual({ features: '2 ok', serving: '2 ok' });
  });
});

describe('a run that comes too late', () => {
  test('moves none of the services when one of them was rolled back, even those that could be moved', async () => {
    const world = await released(1);
    seedImages(world, 2);
    await diesBetween(world);
    await rollbackBoth(world, { runId: 2001 });
    const moved = watchAliases(world);
    const done = await deployBoth(world, 2, { runId: 2000, attempt: 2 });
    expect(outcomes(done)).toEqual(['superseded', 'superseded']);
    expect(moved).toEqual([]);
    expect(done.runner.exitCode).toBe(0);
  });
});

describe('a rollback of several services', () => {
  test('checks all, then returns them in reverse order; asking again changes nothing', async () => {
    const world = await released(1, 2);
    const moved = watchAliases(world);
    const done = await rollbackBoth(world);
    expect(outcomes(done)).toEqual(['rolled-back', 'rolled-back']);
    expect(moved).toEqual(['serving', 'features']);
    expect(live(world)).toEqual({ features: '1 rb', serving: '1 rb' });
    expect(done.runner.exitCode).toBe(0);
    const again = await rollbackBoth(world);
    expect(outcomes(again)).toEqual(['ok:noop', 'ok:noop']);
    expect(again.results[0]?.why).toContain('already rolled back from version 2');
  });

  test('moves none when one of them has nowhere safe to go', async () => {
    const world = await released(1, 2);
    const repository = world.aws.state.repositories['serving'];
    const gone = world.aws.state.functions['serving']?.versions['1']?.code.digest ?? '';
    delete repository?.images[gone];
    const moved = watchAliases(world);
    const done = await rollbackBoth(world);
    expect(moved).toEqual([]);
    expect(done.results[1]?.error?.code).toBe('target-image-gone');
    expect(done.runner.outputs['outcome']).toBe('failed');
    expect(outcomes(await rollbackBoth(world, { inputs: { service: 'features' } }))).toEqual(['rolled-back']);
    expect(live(world)).toEqual({ features: '1 rb', serving: '2 ok' });
  });

  test('returns what it can when one cannot be moved, fails, and goes on when it is asked again', async () => {
    const world = await released(1, 2);
    world.aws.faults.add({ operation: 'UpdateAlias', matches: nth(1), kind: 'denied', times: 1 });
    const done = await rollbackBoth(world);
    expect(live(world)).toEqual({ features: '1 rb', serving: '2 ok' });
    expect(outcomes(done)).toEqual(['rolled-back', 'failed']);
    expect(done.runner.outputs['outcome']).toBe('unknown');
    expect(done.runner.exitCode).toBe(1);
    expect(outcomes(await rollbackBoth(world))).toEqual(['ok:noop', 'rolled-back']);
    expect(live(world)).toEqual({ features: '1 rb', serving: '1 rb' });
  });

  test('leaves alone a service whose image the last release did not change', async () => {
    const world = await released(1, 2);
    const revision = { 'org.opencontainers.image.revision': commit(2) };
    world.image(commit(4), { repository: 'features', content: 'features 2', labels: revision });
    world.image(commit(4), { repository: 'serving', content: 'serving 4', program: () => RIGHT });
    expect(outcomes(await deployBoth(world, 4))).toEqual(['ok:noop', 'ok']);
    const done = await rollbackBoth(world);
    expect(outcomes(done)).toEqual(['ok:noop', 'rolled-back']);
    expect(done.results[0]?.why).toBe('the last release did not shift it');
    expect(live(world)).toEqual({ features: '2 ok', serving: '2 rb' });
    expect(outcomes(await rollbackBoth(world))).toEqual(['ok:noop', 'ok:noop']);
  });

  test('leaves a service that the last release added, because nothing served before it', async () => {
    const world = createWorld();
    seedImages(world, 1);
    await deployBoth(world, 1, { inputs: { service: 'features' } });
    seedImages(world, 2);
    await deployBoth(world, 2);
    const done = await rollbackBoth(world);
    expect(outcomes(done)).toEqual(['rolled-back', 'ok:noop']);
    expect(done.results[1]?.why).toBe('there is no release of it before this one');
    expect(live(world)).toEqual({ features: '1 rb', serving: '1 ok' });
  });

  test('that have no release before is refused as for one', async () => {
    const world = await released(1);
    const done = await rollbackBoth(world);
    expect(done.results[0]?.error?.code).toBe('nothing-to-roll-back');
    expect(done.runner.exitCode).toBe(1);
  });
});
