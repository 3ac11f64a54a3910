/** L2: every pair of faults on writing calls: both in one run, or the second in the run that follows. */
import { snapshot, type RunSpec } from './crash-world.ts';
import { at, faults, type Fault } from './faults.ts';
import { continuations, flows, following } from './flows.ts';
import { Dealer, Findings, type LevelOptions, type LevelResult } from './level.ts';
import { around, continueThrice, grounds, type Ground } from './single-faults.ts';
import { attempt, type Outcome } from './trial.ts';

export async function faultPairs(options: LevelOptions): Promise<LevelResult> {
  const findings = new Findings('L2');
  const dealer = new Dealer(options);
  const wanted = flows.filter(({ pairs }) => pairs);
  const done = () => options.firstOnly === true && findings.broken.length > 0;
  for await (const ground of grounds(options, wanted)) {
    for (const call of ground.writes) {
      for (const fault of faults) {
        if (done()) return findings.result;
        await pairsAfter(ground, { call, fault }, { options, findings, dealer });
      }
    }
  }
  return findings.result;
}

interface Hit {
  readonly call: number;
  readonly fault: Fault;
}

interface Book {
  readonly options: LevelOptions;
  readonly findings: Findings;
  readonly dealer: Dealer;
}

/** A run that a first fault hit already, and in which a second one is due. */
interface Second {
  readonly name: string;
  readonly run: (second: Hit, random: ReturnType<typeof around>) => Promise<Outcome>;
  readonly writes: readonly number[];
}

async function pairsAfter(ground: Ground, first: Hit, book: Book): Promise<void> {
  const { options } = book;
  const name = `${ground.name} | ${first.fault.name} at call ${first.call}`;
  const { from, spec } = ground;
  const alone = await attempt(from, { spec, faults: [at(first.call, first.fault)] }, around(options, name));
  const sameRun: Second = {
    name,
    writes: writesAfter(alone, first.call),
    run: ({ call, fault }, random) =>
      attempt(from, { spec, faults: [at(first.call, first.fault), at(call, fault)] }, random),
  };
  await seconds(ground, sameRun, book);
  const middle = snapshot(alone.world);
  // The run that follows is one of the three ways, in turn, so that every pair meets its own.
  const kind = continuations[(first.call + faults.indexOf(first.fault)) % continuations.length] ?? 're-run';
  const next: RunSpec = following(kind, ground);
  const clean = await attempt(middle, { spec: next }, around(options, `${name} | ${kind}`));
  const nextRun: Second = {
    name: `${name} | ${kind}`,
    writes: writesAfter(clean, 0),
    run: async ({ call, fault }, random) => {
      const outcome = await attempt(middle, { spec: next, faults: [at(call, fault)] }, random);
      return {
        ...outcome,
        report: { ...outcome.report, trace: [...alone.report.trace, ...outcome.report.trace] },
      };
    },
  };
  await seconds(ground, nextRun, book);
}

function writesAfter({ world }: Outcome, call: number): number[] {
  return world.aws.calls
    .filter(({ isWrite, number }) => isWrite && number > call)
    .map(({ number }) => number);
}

/** A write that is repeated for ever has as many places as its budget; beyond these the second fault finds the same state. */
const PLACES = 6;

async function seconds(ground: Ground, second: Second, { options, findings, dealer }: Book): Promise<void> {
  for (const call of second.writes.slice(0, PLACES)) {
    for (const fault of faults) {
      if (options.firstOnly && findings.broken.length > 0) return;
      const name = `${second.name} | ${fault.name} at call ${call}`;
      if (!dealer.takes(name)) continue;
      const outcome = await second.run({ call, fault }, around(options, name));
      findings.runs += 1;
      findings.add(name, outcome.report);
      // One of the three, in turn: L1 has shown each alone.
      const kinds = [continuations[findings.runs % continuations.length] ?? 're-run'];
      await continueThrice(ground, outcome, { options, findings, name, kinds, round: 2 });
    }
  }
}
