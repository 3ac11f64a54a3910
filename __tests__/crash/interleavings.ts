/**
 * L3: two deploys and a rollback at once, with one fault: every state, visited once. Stateless exploration: a schedule is replayed
 * from the start through `beforeCall`, and a state is what the world holds and what each process has been told.
 */
import { open, run, snapshot, type RunSpec, type Snapshot } from './crash-world.ts';
import { Dealer, Findings, type LevelOptions, type LevelResult } from './level.ts';
import { Random } from './random.ts';
import { nameOf, Replay, type Choice, type Scenario } from './replay.ts';
import {
  CANARY,
  deployRun,
  LATER,
  leaveCanary,
  rollbackRun,
  startState,
  TRIAL,
  type StartName,
} from './starts.ts';

const older = deployRun('older', 2000, TRIAL);
const newer = deployRun('newer', 2001, LATER);
const back = rollbackRun('back', 2002);
const companion: RunSpec = { ...back, runId: older.runId, event: 'push' };
/** The two deploys again, after their first attempts were lost right before they moved the alias: their versions are there. */
const again: readonly RunSpec[] = [
  { ...older, attempt: 2 },
  { ...newer, attempt: 2 },
];

/**
 * Who meets. Two deploys that both make a version fight over `$LATEST`: they meet with a fault. All three meet with a fault where
 * the versions are made already, so that what they fight over is the alias. All three meet in full without one.
 */
const meetings: readonly (Omit<Scenario, 'from' | 'name'> & {
  readonly name: string;
  readonly starts: readonly StartName[];
})[] = [
  {
    name: 'two re-runs and a rollback, a fault',
    runs: [...again, back],
    fault: true,
    starts: ['steady', 'dead canary'],
  },
  {
    name: "two re-runs and the older one's companion, a fault",
    runs: [...again, companion],
    fault: true,
    starts: ['steady'],
  },
  { name: 'two deploys, a fault', runs: [older, newer], fault: true, starts: ['steady'] },
  { name: 'two deploys and a rollback', runs: [older, newer, back], fault: false, starts: ['steady'] },
];

async function* scenarios(): AsyncGenerator<Scenario> {
  for (const { starts, name, ...meeting } of meetings) {
    for (const start of starts) {
      const from = meeting.runs[0]?.attempt === 1 ? await plain(start) : await lostBefore(start);
      yield { ...meeting, name: `${start} | ${name}`, from };
    }
  }
}

function plain(start: StartName): Promise<Snapshot> {
  return startState({ start, api: 'no API', slow: false });
}

/** Both deploys were lost right before they moved the alias; then the start's misfortune happened. */
async function lostBefore(start: StartName): Promise<Snapshot> {
  const world = open(await plain('steady'), new Random(0));
  for (const spec of [older, newer]) {
    world.aws.faults.add({ kind: 'crash-before', operation: 'UpdateAlias' });
    await run(world, { ...spec, name: `${spec.name} lost` });
  }
  if (start === 'dead canary') await leaveCanary(world, CANARY);
  return snapshot(world);
}

export async function interleavings(options: LevelOptions): Promise<LevelResult> {
  const findings = new Findings('L3');
  const dealer = new Dealer(options);
  for await (const scenario of scenarios()) {
    if (!dealer.takes(scenario.name)) continue;
    if (options.firstOnly && findings.broken.length > 0) break;
    await explore(scenario, options, findings);
    findings.count('scenarios');
  }
  return findings.result;
}

/** Every state of one scenario once: depth first, one replay per schedule that leads somewhere new. */
async function explore(scenario: Scenario, options: LevelOptions, findings: Findings): Promise<void> {
  const visited = new Set<string>();
  const left: Choice[][] = [[]];
  while (left.length > 0) {
    const schedule = left.pop() ?? [];
    const replay = new Replay(scenario, options.seed, options.guards);
    await replay.begin();
    for (const choice of schedule) await replay.step(choice);
    for (;;) {
      const state = replay.state();
      if (visited.has(state)) break;
      visited.add(state);
      const [first, ...others] = replay.enabled();
      if (first === undefined) break;
      findings.count('transitions', 1 + others.length);
      for (const other of others) left.push([...replay.choices, other]);
      await replay.step(first);
    }
    findings.runs += 1;
    const violations = replay.end();
    if (violations.length > 0) {
      findings.add(`${scenario.name} | ${replay.choices.map(nameOf).join(' ')}`, {
        violations,
        trace: replay.trace,
      });
      if (options.firstOnly) return;
    }
  }
  findings.count('states', visited.size);
}
