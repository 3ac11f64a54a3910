/**
 * The failure bar for attach: whatever happens at whichever request, running it again ends with one pull request and one commit
 * for each repository, and with nothing left to write.
 */
import { FAULT_KINDS, type FaultKind } from '../../local/faults.ts';
import type { World } from '../harness/attach-world.ts';
import { allFlaws, fleet, mortalRun, settle } from './attach-fleet.ts';
import { Dealer, Findings, type LevelOptions, type LevelResult } from './level.ts';

interface Case {
  readonly name: string;
  /** What happens to the fleet before it is left in peace. */
  readonly trouble: (world: World) => Promise<void>;
}

export async function attachFaults(options: LevelOptions): Promise<LevelResult> {
  const findings = new Findings('attach');
  const dealer = new Dealer(options);
  const calm = await fleet();
  await mortalRun(calm, 'first');
  const requests = calm.github.calls.length;
  const judge = (name: string, flaws: readonly string[], world: World) => {
    const violations = flaws.map((detail) => ({ id: 'A1', says: SAYS, detail }));
    findings.add(name, { violations, trace: world.github.calls.map(({ operation }) => operation) });
  };
  judge('no fault', allFlaws(calm), calm);
  for (const { name, trouble } of [
    ...singleFaults(requests),
    ...halfDocuments(requests),
    ...twice(requests),
  ]) {
    if (!dealer.takes(name)) continue;
    if (options.firstOnly === true && findings.broken.length > 0) break;
    const world = await fleet();
    await trouble(world);
    judge(name, await settle(world), world);
    findings.runs += 1;
  }
  return findings.result;
}

const SAYS =
  'every repository ends with exactly one pull request and one commit, and then nothing is written';

/** Every request × every fault. */
function singleFaults(requests: number): Case[] {
  return FAULT_KINDS.flatMap((kind) =>
    upTo(requests).map((at) => ({
      name: `${kind} at ${at}`,
      trouble: async (world: World) => {
        world.github.faults.add({ kind, at, times: 1 });
        await mortalRun(world, 'first');
        if (world.github.faults.applied.length !== 1) throw new Error(`${kind} at ${at} struck nothing`);
      },
    })),
  );
}

/** The server dies between two mutations of a document; the first request is no such document. */
function halfDocuments(requests: number): Case[] {
  return upTo(requests)
    .slice(1)
    .flatMap((at) =>
      [0, 1, 2].map((after) => ({
        name: `server dies after ${after} mutations of ${at}`,
        trouble: async (world: World) => {
          world.github.interruption = { at, after };
          await mortalRun(world, 'first');
        },
      })),
    );
}

/** Killed, started again and killed again, at every pair of requests. */
function twice(requests: number): Case[] {
  return upTo(requests).flatMap((first) =>
    upTo(requests).map((second) => {
      const kinds: readonly [FaultKind, FaultKind] =
        (first + second) % 2 === 0 ? ['crash-after', 'crash-before'] : ['crash-before', 'crash-after'];
      return {
        name: `${kinds[0]} at ${first}, ${kinds[1]} at ${second} of the next run`,
        trouble: async (world: World) => {
          world.github.faults.add({ kind: kinds[0], at: first });
          await mortalRun(world, 'first');
          world.github.faults.add({ kind: kinds[1], at: world.github.calls.length + second });
          await mortalRun(world, 'second');
          // A second run with fewer requests than that was not killed at all.
          world.github.faults.clear();
        },
      };
    }),
  );
}

function upTo(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index + 1);
}
