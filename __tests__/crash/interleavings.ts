/**
 * L3: two deploys and a rollback at once, with one fault: every state, visited once. Stateless exploration: a schedule is replayed
 * from the start through `beforeCall`, and a state is what the world holds and what each process has been told.
 */
import { createHash } from 'node:crypto';
import type { RecordedCall } from '../../local/calls.ts';
import type { FaultKind } from '../../local/faults.ts';
import type { Guards } from '../../src/record/guards.ts';
import { fromUtf8 } from '../../local/http.ts';
import {
  clientsFor,
  open,
  start,
  type CrashWorld,
  type Ended,
  type RunSpec,
  type Running,
  type Snapshot,
} from './crash-world.ts';
import { check, type Violation } from './invariants.ts';
import { Dealer, Findings, type LevelOptions, type LevelResult } from './level.ts';
import { FUNCTION } from './observer.ts';
import { atRest } from './outcomes.ts';
import { hashOf, Random } from './random.ts';
import {
  deployRun,
  LAST_RUN_OF_START,
  LATER,
  rollbackRun,
  startState,
  TRIAL,
  type StartName,
} from './starts.ts';

/** Who meets, where, and what goes wrong once. */
interface Scenario {
  readonly name: string;
  readonly from: Snapshot;
  readonly runs: readonly RunSpec[];
  readonly fault: PlacedFault | undefined;
}

interface PlacedFault {
  readonly kind: FaultKind;
  readonly run: string;
  /** The n-th writing call of that run. */
  readonly write: number;
}

const STARTS: readonly StartName[] = ['steady', 'dead canary', 'just rolled back', 'drifted record'];
/** At a write, these are all there is: lost before or after, unheard before or after, refused. Elsewhere a crash is one of them. */
const KINDS: readonly FaultKind[] = [
  'crash-before',
  'crash-after',
  'timeout-before',
  'timeout-after',
  'denied',
];
/** Writing calls of a deploy without an API (code, version, alias; one more where a canary is ended first) and of a rollback. */
const WRITES = { deploy: 4, rollback: 1 } as const;

function parties(rollbackOf: 'asked for' | 'companion'): readonly RunSpec[] {
  const older = deployRun('older', 2000, TRIAL);
  const newer = deployRun('newer', 2001, LATER);
  const back = rollbackRun('back', 2002);
  return [older, newer, rollbackOf === 'asked for' ? back : { ...back, runId: 2000, event: 'push' }];
}

async function* scenarios(): AsyncGenerator<Scenario> {
  for (const name of STARTS) {
    const from = await startState({ start: name, api: 'no API', slow: false });
    for (const how of ['asked for', 'companion'] as const) {
      const runs = parties(how);
      const common = { from, runs };
      yield { ...common, name: `${name} | rollback ${how}`, fault: undefined };
      for (const { name: run, action } of runs) {
        for (let write = 1; write <= WRITES[action]; write += 1) {
          for (const kind of KINDS) {
            const fault = { kind, run, write };
            yield {
              ...common,
              name: `${name} | rollback ${how} | ${kind} at write ${write} of ${run}`,
              fault,
            };
          }
        }
      }
    }
  }
}

export async function interleavings(options: LevelOptions): Promise<LevelResult> {
  const findings = new Findings('L3');
  const dealer = new Dealer(options);
  void LAST_RUN_OF_START;
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
  const open: number[][] = [[]];
  while (open.length > 0) {
    const schedule = open.pop() ?? [];
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
      for (const other of others) open.push([...replay.choices, other]);
      await replay.step(first);
    }
    findings.runs += 1;
    if (process.env['L3DEBUG'] && findings.runs % 100 === 0)
      console.error(findings.runs, visited.size, open.length, performance.now() | 0);
    const violations = await replay.end();
    if (violations.length > 0) {
      findings.add(`${scenario.name} | ${replay.choices.join('')}`, { violations, trace: replay.trace });
      if (options.firstOnly) return;
    }
  }
  findings.count('states', visited.size);
}

interface Party {
  readonly spec: RunSpec;
  readonly running: Running;
  /** Calls that wait to be let go, oldest first. */
  readonly waiting: { readonly call: RecordedCall; readonly go: () => void }[];
  /** What it has been told: everything it can know. */
  readonly heard: string[];
  writes: number;
  ended: Ended | undefined;
}

class Replay {
  readonly choices: number[] = [];
  readonly trace: string[] = [];
  readonly #scenario: Scenario;
  readonly #world: CrashWorld;
  readonly #parties: Party[] = [];
  readonly #seed: number;
  #activity = 0;

  constructor(scenario: Scenario, seed: number, guards: Guards | undefined) {
    this.#scenario = scenario;
    this.#seed = seed;
    this.#world = open(scenario.from, new Random(seed), guards);
  }

  async begin(): Promise<void> {
    const { aws } = this.#world;
    const observed = aws.afterEffect;
    aws.beforeCall = (call) => this.#hold(call);
    aws.afterEffect = async (effect) => {
      await observed?.(effect);
      this.#activity += 1;
      const { call, response } = effect;
      const told = isPrivate(call) ? '' : fromUtf8(response.body);
      this.#party(call.process)?.heard.push(`${call.operation} ${response.status} ${told}`);
    };
    const { fault, runs } = this.#scenario;
    if (fault !== undefined) {
      const matches = (call: RecordedCall | { process: string; isWrite: boolean }) =>
        call.process === fault.run && call.isWrite && this.#party(call.process)?.writes === fault.write;
      aws.faults.add({ kind: fault.kind, matches, times: 1 });
    }
    for (const spec of runs) {
      const clients = await clientsFor(spec.inputs);
      const random = new Random(hashOf(`${this.#seed}/${spec.name}`));
      const running = start(this.#world, spec, { random, clients });
      const party: Party = { spec, running, waiting: [], heard: [], writes: 0, ended: undefined };
      this.#parties.push(party);
      void running.ended.then((ended) => {
        party.ended = ended;
        party.waiting.length = 0;
        this.#activity += 1;
      });
      await this.#quiet();
    }
    await this.#letPrivateCallsGo();
  }

  /** The parties that have a call to make. */
  enabled(): number[] {
    return this.#parties.flatMap(({ waiting }, index) => (waiting.length > 0 ? [index] : []));
  }

  async step(choice: number): Promise<void> {
    this.choices.push(choice);
    await this.#letGo(choice);
    await this.#letPrivateCallsGo();
  }

  /** A name for the state: equal names have equal futures. */
  state(): string {
    const { aws, history } = this.#world;
    const fn = aws.state.functions[FUNCTION];
    const { truth, smoked, bad, served, changes } = history;
    const past = { truth, smoked: smoked.toSorted(), bad: bad.toSorted(), served: served.toSorted() };
    const own = changes
      .filter(({ by }) => by !== 'console')
      .map(({ by, kind }) => `${by} ${kind}`)
      .toSorted();
    const heard = this.#parties.map(({ heard: lines, waiting, ended }) => [
      lines,
      waiting[0]?.call.operation,
      ended?.kind,
    ]);
    const text = JSON.stringify([fn, past, own, heard, aws.faults.applied.length]);
    return createHash('sha1').update(anonymous(text)).digest('base64');
  }

  /** What is broken now, and at rest if all are done. */
  async end(): Promise<Violation[]> {
    const violations = [...this.#world.broken];
    const { history, aws } = this.#world;
    if (this.enabled().length === 0) {
      for (const { spec, ended } of this.#parties) {
        if (ended === undefined) throw new Error(`${spec.name} neither ended nor has a call to make`);
        const calls = aws.calls.filter(({ process }) => process === spec.name);
        const rest = {
          world: this.#world,
          spec,
          ended,
          before: this.#scenario.from.history,
          calls,
          faulted: this.#scenario.fault !== undefined,
        };
        violations.push(
          ...check(
            atRest.filter(({ id }) => id !== 'C5' && id !== 'T2'),
            rest,
          ),
        );
      }
      violations.push(...check([highestWins], { world: this.#world, parties: this.#parties }));
    }
    if (violations.length > 0) this.#write();
    for (const { running } of this.#parties) {
      running.caller.kill();
      running.release();
    }
    void history;
    await Promise.resolve();
    return violations;
  }

  #write(): void {
    const { aws, history } = this.#world;
    for (const { number, process, service, operation, status } of aws.calls)
      this.trace.push(`  ${number} ${process} ${service} ${operation} ${status}`);
    for (const { spec, ended } of this.#parties) {
      const end =
        ended?.kind === 'finished'
          ? `${ended.story.outcome} ${ended.story.why} ${ended.story.error?.message ?? ''}`
          : ended?.kind;
      this.trace.push(`  ${spec.name} (run ${spec.runId}) ended: ${end ?? 'not'}`);
    }
    for (const { by, kind, to } of history.changes.slice(this.#scenario.from.history.changes.length))
      this.trace.push(`  ${by} ${kind}: version ${to.version} ${to.description}`);
  }

  #party(name: string): Party | undefined {
    return this.#parties.find(({ spec }) => spec.name === name);
  }

  #hold(call: RecordedCall): Promise<void> {
    this.#activity += 1;
    const party = this.#party(call.process) ?? this.#parties.at(-1);
    return new Promise((go) => {
      party?.waiting.push({ call, go });
    });
  }

  async #letGo(index: number): Promise<void> {
    const party = this.#parties[index];
    const next = party?.waiting.shift();
    if (party === undefined || next === undefined) throw new Error(`party ${index} has no call to make`);
    if (next.call.isWrite) party.writes += 1;
    this.#activity += 1;
    next.go();
    await this.#quiet();
  }

  /** Calls that no other party can influence or notice need no choice. */
  async #letPrivateCallsGo(): Promise<void> {
    for (;;) {
      const index = this.#parties.findIndex(
        ({ waiting }) => waiting[0] !== undefined && isPrivate(waiting[0].call),
      );
      if (index < 0) return;
      await this.#letGo(index);
    }
  }

  /** Until nobody is at work: everybody waits for a call to be let go, or is done. Pauses end by themselves. */
  async #quiet(): Promise<void> {
    const { clock } = this.#world.aws;
    for (let turns = 0, seen = -1, now = -1; turns < QUIET_TURNS;) {
      turns = seen === this.#activity && now === clock.now() ? turns + 1 : 0;
      seen = this.#activity;
      now = clock.now();
      await new Promise<void>((resolve) => setImmediate(resolve));
    }
  }
}

/** More turns than a virtual clock takes to wake a sleeper, or a stream to hand on a chunk. */
const QUIET_TURNS = 6;

/** What nobody of these runs ever changes: images, their configuration, and a version's own answer. */
function isPrivate({ service, operation }: RecordedCall): boolean {
  return service === 'ecr' || service === 'blobs' || operation === 'GetProvisionedConcurrencyConfig';
}

/** RevisionIds count, not their names; times do not count at all. */
function anonymous(text: string): string {
  const names = new Map<string, string>();
  return text
    .replaceAll(/\\*"(LastModified|lastModified|updateUntil|stateUntil)\\*":(\\*"[^"]*"|[\d.]+),?/g, '')
    .replaceAll(/00000000-0000-4000-[89]000-[0-9a-f]{12}/g, (id) => {
      const name = names.get(id) ?? `#${names.size}`;
      names.set(id, name);
      return name;
    });
}

const highestWins = {
  id: 'T3',
  says: 'without a rollback, the alias ends on the newest run that reported ok',
  broken: ({ world, parties: all }: { readonly world: CrashWorld; readonly parties: readonly Party[] }) => {
    const { changes, alias } = world.history;
    const own = changes.filter(({ by }) => all.some(({ spec }) => spec.name === by));
    if (own.some(({ kind }) => kind === 'rollback' || kind === 'revert')) return undefined;
    const ok = all.filter(({ ended }) => ended?.kind === 'finished' && ended.story.outcome === 'ok');
    const newest = ok.toSorted((a, b) => b.spec.runId - a.spec.runId)[0];
    const its = own.findLast(({ by }) => by === newest?.spec.name)?.to.version;
    return its === undefined || its === alias?.version
      ? undefined
      : `run ${newest?.spec.runId} reported ok with version ${its}, and version ${alias?.version} is live`;
  },
};
