/** L6: SIGINT, SIGTERM and SIGKILL of the built bundle at every call boundary, over HTTP, and the next run. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { snapshot, type RunSpec, type Snapshot } from './crash-world.ts';
import { flows, settingOf, trialRun, type Flow } from './flows.ts';
import { Dealer, Findings, type LevelOptions, type LevelResult } from './level.ts';
import { Bench, type Boundary, type StopSignal } from './signals-bench.ts';
import { buildBundle } from './signals-process.ts';
import { judgeNext, judgeStopped, traceOf } from './signals-verdict.ts';
import { startState, type StartName } from './starts.ts';

/** Processes at a time: each waits for the server most of its life. */
const BENCHES = 4;
const SIGNALS: readonly StopSignal[] = ['SIGINT', 'SIGTERM', 'SIGKILL'];
const SIDES: readonly Boundary['side'][] = ['before', 'after'];

/** By image-uri, so that no docker is needed. */
const deployImage = flowNamed('deploy an image-uri');

/** The flow from a start; a new variant is a line here. */
const variants: readonly { readonly start: StartName; readonly flow: Flow }[] = [
  { start: 'steady', flow: deployImage },
  { start: 'first deploy ever', flow: deployImage },
  { start: 'dead canary', flow: { ...deployImage, name: 'deploy an image-uri to a REST API', api: 'REST' } },
  { start: 'steady', flow: flowNamed('rollback') },
  { start: 'steady', flow: flowNamed('rollback with a REST API') },
];

interface Case {
  readonly name: string;
  readonly from: Snapshot;
  readonly spec: RunSpec;
  readonly boundary: Boundary;
}

export async function signals(options: LevelOptions): Promise<LevelResult> {
  const temp = await mkdtemp(join(tmpdir(), 'model-release-signals-'));
  const benches: Bench[] = [];
  try {
    const bundle = join(temp, 'bundle');
    buildBundle(bundle);
    for (let n = 0; n < BENCHES; n += 1) benches.push(await Bench.start({ bundle, temp }));
    const findings = new Findings('L6');
    const cases = await allCases(benches, options, findings);
    const stop = () => options.firstOnly === true && findings.broken.length > 0;
    await eachWith(benches, cases, async (bench, one) => {
      if (!stop()) await tryCase(bench, one, findings);
    });
    return findings.result;
  } finally {
    await Promise.all(benches.map((bench) => bench.close()));
    await rm(temp, { recursive: true, force: true });
  }
}

/** Every boundary of every variant; how many there are, a run that nothing disturbs shows. */
async function allCases(
  benches: readonly Bench[],
  options: LevelOptions,
  findings: Findings,
): Promise<Case[]> {
  const grounds = await Promise.all(variants.map(groundOf));
  const calls = new Map<string, number>();
  await eachWith(benches, grounds, async (bench, { name, from, spec }) => {
    const run = await bench.run(from, spec);
    const violations = judgeNext({ from, spec, run });
    findings.add(name, { violations, trace: traceOf(spec, run) });
    calls.set(name, run.world.aws.calls.length);
  });
  const dealer = new Dealer(options);
  return grounds
    .flatMap(({ name, from, spec }) =>
      boundaries(calls.get(name) ?? 0).map((boundary) => ({
        name: `${name} | ${boundary.signal} ${boundary.side} call ${boundary.call}`,
        from,
        spec,
        boundary,
      })),
    )
    .filter(({ name }) => dealer.takes(name));
}

async function groundOf({ start, flow }: (typeof variants)[number]): Promise<Omit<Case, 'boundary'>> {
  const from = await startState(settingOf(flow, start));
  return { name: `${start} | ${flow.name}`, from, spec: trialRun(flow, from, start) };
}

function boundaries(calls: number): Boundary[] {
  const numbers = Array.from({ length: calls }, (_, index) => index + 1);
  return numbers.flatMap((call) =>
    SIDES.flatMap((side) => SIGNALS.map((signal) => ({ call, side, signal }))),
  );
}

async function tryCase(bench: Bench, { name, from, spec, boundary }: Case, findings: Findings) {
  const run = await bench.run(from, spec, boundary);
  findings.runs += 1;
  findings.count(boundary.signal);
  if (boundary.signal !== 'SIGKILL') findings.count(`ended ${run.remains.outputs['outcome'] ?? 'mute'}`);
  const trace = traceOf(spec, run);
  findings.add(name, { violations: judgeStopped({ from, spec, run, boundary }), trace });
  const between = snapshot(run.world);
  const again = { ...spec, name: 'again', attempt: spec.attempt + 1 };
  const next = await bench.run(between, again);
  findings.count('re-runs');
  const violations = judgeNext({ from: between, spec: again, run: next });
  findings.add(name, { violations, trace: [...trace, ...traceOf(again, next)] });
}

/** Each bench takes the next item as soon as it is free. */
async function eachWith<Item>(
  benches: readonly Bench[],
  items: readonly Item[],
  work: (bench: Bench, item: Item) => Promise<void>,
): Promise<void> {
  const queue = items.values();
  await Promise.all(
    benches.map(async (bench) => {
      for (const item of queue) await work(bench, item);
    }),
  );
}

function flowNamed(name: string): Flow {
  const flow = flows.find((known) => known.name === name);
  if (flow === undefined) throw new Error(`there is no flow "${name}"`);
  return flow;
}
