import { expect, test } from '@jest/globals';
import { CallerProcess } from '../../local/faults.ts';
import { fetchFor } from '../../local/github/fetch.ts';
import { attachAction } from '../../src/actions/attach.ts';
import { fleetTools } from '../../src/fleet/tools.ts';
import { runAlone } from '../../src/run/run-alone.ts';
import { GRACE_MS } from '../../src/run/supervise.ts';
import { attachRunner, attachWorld, model, writesOf, type World } from '../harness/attach-world.ts';

/** Runs attach as the process of a runner, whose exits are kept and whose stop can be pulled by the world. */
function supervised(world: World, action = attachAction) {
  const runner = attachRunner();
  const exits: number[] = [];
  const graces: number[] = [];
  let pull: ((signal: string) => void) | undefined;
  const handle = world.github.handle;
  const process = {
    runner,
    onStop: (stop: (signal: string) => void) => void (pull = stop),
    exit: (code: number) => void exits.push(code),
    grace: async (ms: number) => void graces.push(ms),
  };
  return {
    runner,
    exits,
    graces,
    /** Sends the signal while this request is under way; `hangs`: it is never answered. */
    stopAt(call: number, hangs = false) {
      world.github.handle = async (request, caller) => {
        if (world.github.calls.length + 1 === call) pull?.('SIGTERM');
        if (world.github.calls.length + 1 !== call || !hangs) return handle(request, caller);
        // It may happen all the same; only its answer never comes.
        await handle(request, caller);
        return new Promise<never>(() => undefined);
      };
      // Where the answer comes, the grace does not run out first.
      if (!hangs) process.grace = (ms) => (graces.push(ms), new Promise<never>(() => undefined));
    },
    run: () => {
      const fetch = fetchFor(world.github, new CallerProcess());
      const tools = fleetTools({ clock: world.clock, home: world.home, fetch });
      return runAlone(action, { ...process, tools });
    },
  };
}

function fleet(): World {
  const world = attachWorld();
  for (let n = 0; n < 3; n += 1) model(world, `m${n}`);
  return world;
}

test('a stop during a write lets it end, begins no other, and the report says what remains', async () => {
  const world = fleet();
  const { runner, exits, stopAt, run } = supervised(world);
  stopAt(2);
  await run();
  expect([writesOf(world), runner.outputs['changed'], runner.outputs['remaining']]).toEqual([1, '1', '2']);
  expect(runner.annotations).toEqual([
    {
      level: 'error',
      title: 'attach failed (attach-partial)',
      message: expect.stringContaining('Run it again'),
    },
  ]);
  expect([runner.exitCode, exits]).toEqual([1, [1]]);
});

test('a write that hangs after a stop is cut off, and the report has a row for each repository', async () => {
  const world = fleet();
  const { runner, exits, graces, stopAt, run } = supervised(world);
  stopAt(3, true);
  const { rows } = await run();
  expect(rows.map(({ name, outcome }) => [name, outcome])).toEqual([
    ['acme/m0', 'created'],
    ['acme/m1', 'remaining'],
    ['acme/m2', 'remaining'],
  ]);
  expect(rows.map(({ reason }) => reason)).toEqual([
    '',
    expect.stringContaining('cut off during its write'),
    expect.stringContaining('told to stop'),
  ]);
  expect(runner.outputs).toMatchObject({ outcome: 'partial', changed: '1', remaining: '2' });
  expect(runner.summaryText).toContain('acme/m2');
  expect([writesOf(world), exits, graces]).toEqual([2, [1], [GRACE_MS]]);
});

test('a request that hangs after a stop does not keep the process', async () => {
  const { runner, exits, graces, stopAt, run } = supervised(fleet());
  stopAt(1, true);
  await run();
  expect(runner.annotations.map(({ title }) => title)).toEqual(['attach failed (cancelled)']);
  expect([exits, graces]).toEqual([[1], [GRACE_MS]]);
});

test('a defect of ours is told with its stack, and fails the run', async () => {
  const broken = () => Promise.reject(new TypeError('x is not a function'));
  const { runner, exits, run } = supervised(fleet(), { ...attachAction, run: broken });
  await run();
  expect(runner.annotations).toEqual([
    {
      level: 'error',
      title: 'attach failed (defect)',
      message: expect.stringMatching(/report it.*\n.*TypeError: x/),
    },
  ]);
  expect([runner.exitCode, exits]).toEqual([1, []]);
});
