/** L1: every call of every flow × ten faults × five starts, each continued three ways. */
import { at, faults, type Fault } from './faults.ts';
import {
  continuations,
  flows,
  following,
  settingOf,
  trialRun,
  type ContinuationKind,
  type Flow,
} from './flows.ts';
import { Dealer, Findings, type LevelOptions, type LevelResult } from './level.ts';
import { hashOf, Random } from './random.ts';
import { startNames, startState, type StartName } from './starts.ts';
import { attempt, follow, type Outcome } from './trial.ts';
import type { RunSpec, Snapshot } from './crash-world.ts';

/** A flow from a start, and how it goes when nothing fails. */
export interface Ground {
  readonly name: string;
  readonly flow: Flow;
  readonly start: StartName;
  readonly from: Snapshot;
  readonly spec: RunSpec;
  /** How many calls a faultless run makes. */
  readonly calls: number;
  readonly writes: readonly number[];
  /** The code with which a faultless run is refused, where it is. */
  readonly refused: string | undefined;
  readonly faultless: Outcome;
}

export async function* grounds(
  options: LevelOptions,
  wanted: readonly Flow[] = flows,
): AsyncGenerator<Ground> {
  for (const start of startNames) {
    for (const flow of wanted) {
      const name = `${start} | ${flow.name}`;
      if (options.only !== undefined && !options.only.startsWith(name) && !name.includes(options.only))
        continue;
      const made = await startState(settingOf(flow, start));
      const from = flow.given === undefined ? made : { ...made, state: structuredClone(made.state) };
      flow.given?.(from.state);
      const spec = trialRun(flow, from, start);
      const faultless = await attempt(from, { spec }, around(options, name));
      const { aws } = faultless.world;
      const refused = faultless.ended.kind === 'finished' ? faultless.ended.result.error?.code : undefined;
      const writes = aws.calls.filter(({ isWrite }) => isWrite).map(({ number }) => number);
      yield { name, flow, start, from, spec, calls: aws.calls.length, writes, refused, faultless };
    }
  }
}

export function around({ seed, guards }: LevelOptions, name: string) {
  const random = new Random(hashOf(`${seed}/${name}`));
  return guards === undefined ? { random } : { random, guards };
}

export async function singleFaults(options: LevelOptions): Promise<LevelResult> {
  const findings = new Findings('L1');
  const dealer = new Dealer(options);
  for await (const ground of grounds(options)) {
    if (dealer.takes(ground.name)) {
      findings.runs += 1;
      findings.add(ground.name, ground.faultless.report);
      await continueThrice(ground, ground.faultless, { options, findings, name: ground.name });
    }
    for (let call = 1; call <= ground.calls; call += 1) {
      for (const fault of faults) {
        const name = `${ground.name} | ${fault.name} at call ${call}`;
        if (options.firstOnly && findings.broken.length > 0) return findings.result;
        if (dealer.takes(name)) await oneFault(ground, { call, fault }, { options, findings, name });
      }
    }
  }
  return findings.result;
}

export interface Book {
  readonly options: LevelOptions;
  readonly findings: Findings;
  readonly name: string;
  /** Which continuations; all three without. */
  readonly kinds?: readonly ContinuationKind[];
  readonly round?: number;
}

async function oneFault(
  ground: Ground,
  { call, fault }: { call: number; fault: Fault },
  book: Book,
): Promise<void> {
  const { options, findings, name } = book;
  const step = { spec: ground.spec, faults: [at(call, fault)] };
  const trial = await attempt(ground.from, step, around(options, name));
  findings.runs += 1;
  findings.add(name, trial.report);
  if (findings.runs % REPEATED === 0) {
    const again = await attempt(ground.from, step, around(options, name));
    const same = JSON.stringify(again.report.trace) === JSON.stringify(trial.report.trace);
    if (!same)
      findings.add(name, {
        violations: [
          {
            id: 'D1',
            says: 'the same seed gives the same trace byte for byte',
            detail: again.report.trace.join('\n'),
          },
        ],
        trace: trial.report.trace,
      });
    findings.count('repeated');
  }
  await continueThrice(ground, trial, book);
}

/** Every so many cases one is run twice. */
const REPEATED = 50;

export async function continueThrice(
  ground: Ground,
  trial: Outcome,
  { options, findings, name, kinds = continuations, round = 1 }: Book,
): Promise<void> {
  for (const kind of kinds) {
    if (options.firstOnly && findings.broken.length > 0) return;
    const full = `${name} | ${kind}`;
    const spec = following(kind, ground, round);
    const refusedAnyway = kind === 're-run' ? ground.refused : undefined;
    const next = await follow(trial, { kind, spec, refusedAnyway }, around(options, full));
    findings.count('continuations');
    findings.add(full, next.report);
  }
}
