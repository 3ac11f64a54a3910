/** One schedule of L3, replayed: which calls wait, whose goes on, and what the world and each party then know. */
import { createHash } from 'node:crypto';
import type { RecordedCall } from '../../local/calls.ts';
import type { FaultKind } from '../../local/faults.ts';
import type { Guards } from '../../src/record/guards.ts';
import { fromUtf8, type LocalRequest } from '../../local/http.ts';
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
import { FUNCTION } from './observer.ts';
import { atRest } from './outcomes.ts';
import { hashOf, Random } from './random.ts';

/** Who meets, and where. */
export interface Scenario {
  readonly name: string;
  readonly from: Snapshot;
  readonly runs: readonly RunSpec[];
  /** Whether one fault happens, at each place where it can. */
  readonly fault: boolean;
}

/**
 * Where the one fault may be. A crash needs no fault of its own: a party that is lost is one whose next call never goes on, and each
 * state in which a party waits is visited, with what the others come to. A reply that is lost before the effect, a throttle and a
 * 5xx are the same call a moment later; code and version are asked for again with the same answer (L1 shows each alone).
 */
const FAULTS: Readonly<Record<string, readonly FaultKind[]>> = { UpdateAlias: ['timeout-after', 'denied'] };

/** One step of a schedule: whose call goes on, and the fault that hits it. */
export interface Choice {
  readonly party: number;
  readonly fault?: FaultKind;
}

interface Asked {
  readonly call: RecordedCall;
  readonly request: LocalRequest;
}

interface Party {
  readonly spec: RunSpec;
  readonly running: Running;
  /** Calls that wait to be let go, oldest first. */
  readonly waiting: (Asked & { readonly go: () => void })[];
  /** What it has been told: everything it can know. */
  heard: string;
  /** The last call and what it was told, and how often in a row. */
  last: { readonly operation: string; readonly line: string; times: number };
  /** It has moved the alias. */
  moved: boolean;
  ended: Ended | undefined;
  judged: boolean;
}

/** The others may still be at work: the clock is theirs too, and so is the alias. */
const OF_ONE = atRest.filter(({ id }) => id !== 'C5' && id !== 'T2');

export class Replay {
  readonly choices: Choice[] = [];
  readonly trace: string[] = [];
  readonly #scenario: Scenario;
  readonly #world: CrashWorld;
  readonly #parties: Party[] = [];
  readonly #seed: number;
  readonly #atRest: Violation[] = [];
  #activity = 0;

  constructor(scenario: Scenario, seed: number, guards: Guards | undefined) {
    this.#scenario = scenario;
    this.#seed = seed;
    this.#world = open(scenario.from, new Random(seed), guards);
  }

  async begin(): Promise<void> {
    const { aws } = this.#world;
    const observed = aws.afterEffect;
    aws.beforeCall = (call, request) => this.#hold({ call, request });
    aws.afterEffect = async (effect) => {
      await observed?.(effect);
      this.#activity += 1;
      const { call, response } = effect;
      const party = this.#party(call.process);
      const told = concernsNobodyElse(effect, party) ? '' : fromUtf8(response.body);
      if (party !== undefined) hear(party, call, { status: response.status, told });
    };
    for (const spec of this.#scenario.runs) {
      const clients = await clientsFor(spec.inputs);
      const random = new Random(hashOf(`${this.#seed}/${spec.name}`));
      const running = start(this.#world, spec, { random, clients });
      const party: Party = {
        spec,
        running,
        waiting: [],
        heard: '',
        last: { operation: '', line: '', times: 0 },
        moved: false,
        ended: undefined,
        judged: false,
      };
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

  /** What can happen next: a party's call goes on, or one of the faults hits it if none has happened yet. */
  enabled(): Choice[] {
    const faultLess = this.#world.aws.faults.applied.length === 0;
    return this.#parties.flatMap(({ waiting: [next] }, party) => {
      if (next === undefined) return [];
      const hit =
        this.#scenario.fault && faultLess
          ? (FAULTS[next.call.operation] ?? []).map((fault) => ({ party, fault }))
          : [];
      return [{ party }, ...hit];
    });
  }

  async step(choice: Choice): Promise<void> {
    this.choices.push(choice);
    const kind = choice.fault;
    const name = this.#parties[choice.party]?.spec.name;
    if (kind !== undefined && name !== undefined)
      this.#world.aws.faults.add({ kind, process: name, times: 1 });
    await this.#letGo(choice.party);
    await this.#letPrivateCallsGo();
    this.#judge();
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
    // What a party knows does not matter any more when it has ended; what it said does.
    const heard = this.#parties.map(({ heard: told, waiting, ended }) =>
      ended?.kind === 'finished' ? ended.story.outcome : (ended?.kind ?? [told, waiting[0]?.call.operation]),
    );
    return digest(JSON.stringify([fn, past, own, heard, aws.faults.applied.length]));
  }

  /** Puts the world away. @returns what was broken on the way: after each call, and at the end of each party. */
  end(): Violation[] {
    const violations = [...this.#world.broken, ...this.#atRest];
    if (violations.length > 0) this.#write();
    for (const { running } of this.#parties) {
      running.caller.kill();
      running.release();
    }
    return violations;
  }

  /** Whoever has ended just now must have told the truth; whoever is still to make a call may be lost for ever. */
  #judge(): void {
    const { aws } = this.#world;
    for (const party of this.#parties) {
      const { spec, ended } = party;
      if (ended === undefined || party.judged) continue;
      party.judged = true;
      const calls = aws.calls.filter(({ process }) => process === spec.name);
      const faulted = aws.faults.applied.length > 0;
      const rest = { world: this.#world, spec, ended, before: this.#scenario.from.history, calls, faulted };
      this.#atRest.push(...check(OF_ONE, rest));
      this.#atRest.push(...check([highestWins], { world: this.#world, parties: this.#parties }));
    }
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

  #hold(asked: Asked): Promise<void> {
    this.#activity += 1;
    const party = this.#party(asked.call.process);
    return new Promise((go) => {
      party?.waiting.push({ ...asked, go });
    });
  }

  async #letGo(index: number): Promise<void> {
    const party = this.#parties[index];
    const next = party?.waiting.shift();
    if (party === undefined || next === undefined) throw new Error(`party ${index} has no call to make`);
    this.#activity += 1;
    next.go();
    await this.#quiet();
  }

  /** Calls that no other party can influence or notice need no choice. */
  async #letPrivateCallsGo(): Promise<void> {
    for (;;) {
      const index = this.#parties.findIndex(
        (party) => party.waiting[0] && isPrivate(party.waiting[0], party),
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

/**
 * Calls that need no choice, because no other party can influence or notice them: images and their configuration, a published
 * version and its own answer, and what a run reads for its summary after its release.
 */
function concernsNobodyElse({ call, request }: Asked, party: Party | undefined): boolean {
  const { service, operation } = call;
  if (service === 'ecr' || service === 'blobs' || operation === 'GetProvisionedConcurrencyConfig')
    return true;
  if (operation === 'ListVersionsByFunction') return party?.moved ?? false;
  const qualifier = request.query['Qualifier'];
  return (
    (operation === 'GetFunction' || operation === 'Invoke') &&
    typeof qualifier === 'string' &&
    /^\d+$/.test(qualifier)
  );
}

/** Calls that go on without a choice. */
function isPrivate(asked: Asked, party: Party): boolean {
  const { operation, times } = party.last;
  return (operation === asked.call.operation && times >= PATIENCE) || concernsNobodyElse(asked, party);
}

/** From here on a poll that hears the same is let go until it hears something else or gives up: one step, not sixteen. */
const PATIENCE = 2;

function hear(
  party: Party,
  { operation }: RecordedCall,
  { status, told }: { status: number; told: string },
): void {
  if (status < 300 && /^(Update|Create)Alias$/.test(operation)) party.moved = true;
  const line = digest(`${operation} ${status} ${told}`);
  const times = party.last.line === line ? party.last.times + 1 : 1;
  party.last = { operation, line, times };
  party.heard = digest(`${party.heard}${line}`);
}

export function nameOf({ party, fault }: Choice): string {
  return fault === undefined ? String(party) : `${party}:${fault}`;
}

/**
 * Without what tells nobody anything: times, and RevisionIds. Of an alias's RevisionIds only their equality counts, and each write
 * of ours has an op id of its own in the Description beside it.
 */
function digest(text: string): string {
  const plain = text.replaceAll(
    /\\*"(LastModified|lastModified|updateUntil|stateUntil|RevisionId|revisionId)\\*":(\\*"[^"]*"|[\d.]+),?/g,
    '',
  );
  return createHash('sha1').update(plain).digest('base64');
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
    // A newer run that was lost, or could not know, after its write took effect reported nothing; its release stands all the same.
    const last = all.find(({ spec }) => spec.name === own.at(-1)?.by);
    if (last !== undefined && newest !== undefined && last.spec.runId > newest.spec.runId) return undefined;
    return its === undefined || its === alias?.version
      ? undefined
      : `run ${newest?.spec.runId} reported ok with version ${its}, and version ${alias?.version} is live`;
  },
};
