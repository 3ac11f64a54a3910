/**
 * L3: two deploys and a rollback at once, with one fault: every state, visited once. A state is what the world holds and what each
 * run has been told.
 */
import type { FaultKind } from '../../local/faults.ts';
import { open, run, snapshot, type RunSpec, type Snapshot } from './crash-world.ts';
import { Dealer, Findings, type LevelOptions, type LevelResult } from './level.ts';
import { Random } from './random.ts';
import { ALL_FAULTS, Meeting, type Choice, type Scenario } from './meeting.ts';
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

/** A scenario to be had from each of its starts. */
interface Encounter extends Omit<Scenario, 'from'> {
  readonly starts: readonly StartName[];
  /** A million states and more: only with `--long`. */
  readonly long?: true;
}

/**
 * Who meets, and which fault one call of theirs may meet. The re-runs find their versions made: what they fight over is the alias.
 * Where all three start from nothing, the fault is the one that leaves a party in the dark: a call that is refused for good, or lost
 * before its effect, is to the others a party that stops, or comes later, and every state has both.
 */
const encounters: readonly Encounter[] = [
  { name: 'two deploys', runs: [older, newer], faults: [], starts: ['steady'] },
  {
    name: 'two re-runs and a rollback, a fault',
    runs: [...again, back],
    faults: ALL_FAULTS,
    starts: ['steady', 'dead canary'],
  },
  {
    name: "two re-runs and the older one's companion, a fault",
    runs: [...again, companion],
    faults: ALL_FAULTS,
    starts: ['steady'],
  },
  {
    name: 'two deploys and a rollback',
    runs: [older, newer, back],
    faults: [],
    starts: ['steady', 'dead canary'],
  },
  { name: 'two deploys, a fault', runs: [older, newer], faults: ALL_FAULTS, starts: ['steady'] },
  {
    name: 'two deploys and a rollback, a lost answer',
    runs: [older, newer, back],
    faults: ['timeout-after'],
    starts: ['steady'],
    long: true,
  },
];

async function* scenarios(options: LevelOptions): AsyncGenerator<Scenario> {
  for (const { starts, name, long, ...encounter } of encounters) {
    if (long === true && !options.long) continue;
    for (const start of starts) {
      const from = encounter.runs[0]?.attempt === 1 ? await plain(start) : await lostBefore(start);
      yield { ...encounter, name: `${start} | ${name}`, from };
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
  for await (const scenario of scenarios(options)) {
    const schedule = scheduleOf(scenario, options.only);
    if (schedule !== undefined) await follow(scenario, schedule, { options, findings });
    if (options.only === undefined ? !dealer.takes(scenario.name) : options.only !== scenario.name) continue;
    if (options.only !== undefined && options.part.index !== 0) continue;
    await explore(scenario, options, findings);
    findings.count('scenarios');
  }
  return findings.result;
}

/** Every state of one scenario once, depth first. */
async function explore(scenario: Scenario, options: LevelOptions, findings: Findings): Promise<void> {
  const begin = await Meeting.begin(scenario, options);
  const visited = new Set([begin.key]);
  const left = [begin];
  const over = () => options.firstOnly === true && findings.broken.length > 0;
  for (let meeting = left.pop(); meeting !== undefined && !over(); meeting = left.pop()) {
    for (const choice of meeting.choices) {
      const next = await meeting.step(choice);
      findings.count('transitions');
      add(findings, scenario, next);
      const { key } = next;
      if (visited.has(key) || next.violations.length > 0) continue;
      visited.add(key);
      left.push(next);
    }
  }
  findings.runs += visited.size;
  findings.count('asked', begin.asked);
  begin.end();
}

/** One schedule of a scenario, as `--only` names it: `steady | two deploys | 0 1 1:timeout-after 0`. */
function scheduleOf({ name }: Scenario, only: string | undefined): Choice[] | undefined {
  if (!only?.startsWith(`${name} | `)) return undefined;
  return only
    .slice(name.length + 3)
    .split(' ')
    .map((step) => {
      const [party, fault] = step.split(':');
      return { party: Number(party), ...(fault === undefined ? {} : { fault: fault as FaultKind }) };
    });
}

async function follow(
  scenario: Scenario,
  schedule: readonly Choice[],
  { options, findings }: { readonly options: LevelOptions; readonly findings: Findings },
): Promise<void> {
  if (options.part.index !== 0) return;
  let meeting = await Meeting.begin(scenario, options);
  for (const choice of schedule) {
    meeting = await meeting.step(choice);
    add(findings, scenario, meeting);
  }
  findings.runs += 1;
  meeting.end();
}

function add(findings: Findings, scenario: Scenario, meeting: Meeting): void {
  if (meeting.violations.length === 0) return;
  const { violations, trace, schedule } = meeting;
  findings.add(`${scenario.name} | ${schedule}`, { violations, trace });
}
