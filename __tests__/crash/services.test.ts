/**
 * The failure bar for several services: every call of a deploy and of a rollback of two, with every fault, continued in three ways.
 * The services must never be left apart without the run saying so, and must be together again after whatever comes next.
 */
import { expect, test } from '@jest/globals';
import { CallerProcess, FAULT_KINDS, type FaultKind } from '../../local/faults.ts';
import {
  deployBoth,
  live,
  released,
  rollbackBoth,
  seedImages,
  type BothOptions,
} from '../harness/two-services.ts';
import type { Finished, World } from '../harness/world.ts';

const FLOWS = {
  deploy: (world: World, options: BothOptions) => deployBoth(world, 2, options),
  rollback: rollbackBoth,
};
type Flow = keyof typeof FLOWS;
const CONTINUATIONS = ['again', 'rollback', 'newer deploy'] as const;

/** One in so many positions in `npm test`; MODEL_RELEASE_CRASH=all tries every one. */
const SHARE = process.env['MODEL_RELEASE_CRASH'] === 'all' ? 1 : 7;

/** Version 1 is live for a deploy; for a rollback version 2 is, and 1 was before it. */
async function start(flow: Flow): Promise<World> {
  const world = await released(...(flow === 'deploy' ? [1] : [1, 2]));
  seedImages(world, 2);
  seedImages(world, 3);
  return world;
}

/** The flow under one fault; undefined when it died of it. */
function underFault(
  world: World,
  flow: Flow,
  fault: { kind: FaultKind; at: number; times?: number },
): Promise<Finished | undefined> {
  world.aws.faults.add(fault);
  return new Promise((resolve, reject) => {
    const caller = new CallerProcess('trial', () => resolve(undefined));
    FLOWS[flow](world, { runId: 2000, caller }).then(resolve, reject);
  });
}

function versions(world: World): string {
  return Object.values(live(world))
    .map((text) => text.split(' ')[0])
    .join(' and ');
}

/** What a run claims must be so; `unknown` claims nothing. */
function claimHolds(flow: Flow, { runner }: Finished, world: World): void {
  const now = versions(world);
  const outcome = runner.outputs['outcome'] ?? '';
  const expected = {
    ok: ['2 and 2'],
    'ok:noop': ['1 and 1', '2 and 2'],
    'rolled-back': ['1 and 1'],
    failed: [flow === 'deploy' ? '1 and 1' : '2 and 2'],
  }[outcome];
  if (expected !== undefined) expect(expected).toContain(now);
  expect(outcome).not.toBe('superseded');
}

async function continued(world: World, flow: Flow, way: (typeof CONTINUATIONS)[number]): Promise<void> {
  world.aws.faults.clear();
  switch (way) {
    case 'again': {
      const { runner } = await FLOWS[flow](world, { runId: 2000, attempt: 2 });
      const outcome = runner.outputs['outcome'] ?? '';
      // A deploy that took itself back stays back until a newer run: so said, and the services are together.
      const fitting = {
        ok: '2 and 2',
        'ok:noop': flow === 'deploy' ? '2 and 2' : '1 and 1',
        superseded: '1 and 1',
        'rolled-back': '1 and 1',
      }[outcome];
      expect([outcome, versions(world)]).toEqual([outcome, fitting]);
      break;
    }
    case 'rollback':
      await rollbackBoth(world, { runId: 2001 });
      expect(versions(world)).toBe('1 and 1');
      break;
    case 'newer deploy':
      await deployBoth(world, 3, { runId: 2001 });
      expect(live(world).features).toMatch(/^\d ok$/);
      expect(new Set(Object.values(live(world))).size).toBeLessThanOrEqual(2);
      for (const name of ['features', 'serving'] as const) {
        const fn = world.aws.state.functions[name];
        const version = fn?.versions[fn.aliases['live']?.functionVersion ?? ''];
        expect(version?.code.digest).toBe(fn?.latest.code.digest);
      }
  }
}

interface Trial {
  readonly fault: { readonly kind: FaultKind; readonly at: number; readonly times?: number };
  readonly way: (typeof CONTINUATIONS)[number];
}

/** Every fault at every call between these two, with every continuation; of them this run's share. */
function trials(first: number, last: number): readonly Trial[] {
  const calls = Array.from({ length: last - first + 1 }, (_, index) => first + index);
  const faults = calls.flatMap((at) => [
    ...FAULT_KINDS.map((kind) => ({ kind, at })),
    { kind: 'throttle' as const, at, times: Infinity },
  ]);
  const all = faults.flatMap((fault) => CONTINUATIONS.map((way) => ({ fault, way })));
  return all.filter((_, index) => index % SHARE === 0);
}

async function run(flow: Flow, { fault, way }: Trial): Promise<void> {
  const world = await start(flow);
  const finished = await underFault(world, flow, fault);
  if (finished !== undefined) claimHolds(flow, finished, world);
  await continued(world, flow, way);
}

test.each(['deploy', 'rollback'] as const)(
  'two services: %s, under every fault, is all or none',
  async (flow) => {
    const calm = await start(flow);
    const first = calm.aws.calls.length + 1;
    await FLOWS[flow](calm, { runId: 2000 });
    const all = trials(first, calm.aws.calls.length);
    expect(all.length).toBeGreaterThan(40);
    for (const trial of all) {
      const { kind, at, times = 1 } = trial.fault;
      const operation = calm.aws.calls[at - 1]?.operation;
      await run(flow, trial).catch((error: Error) => {
        throw new Error(
          `${flow}: ${kind} × ${times} at call ${at} (${operation}), then ${trial.way}: ${error.message}`,
          {
            cause: error,
          },
        );
      });
    }
  },
  600_000,
);
