/** Several runs at once: where each of them stands, what the world holds, and whose call may go on. */
import { createHash } from 'node:crypto';
import { CallerProcess, FAULT_KINDS, TransportFault, type FaultKind } from '../../local/faults.ts';
import type { Guards } from '../../src/release/record/guards.ts';
import { SeenRevisions, Behaviour, type Knowing, type Reply, type Wanted } from './behaviour.ts';
import { open, runOf, type CrashWorld, type RunSpec, type Snapshot } from './crash-world.ts';
import { check, type Violation } from './invariants.ts';
import { ALIAS, FUNCTION } from './observer.ts';
import { atRest } from './outcomes.ts';
import { Random } from './random.ts';

/** Who meets, and where. */
export interface Scenario {
  readonly name: string;
  readonly from: Snapshot;
  readonly runs: readonly RunSpec[];
  /** One of them happens, at each place where it can; none happens where there are none. */
  readonly faults: readonly FaultKind[];
}

/**
 * The faults that a writing call meets. A crash needs none of its own: a party that is lost is one whose next call never goes on, and
 * every state in which a party waits is visited, with all that the others come to. To a client, a dropped connection is a time-out.
 */
export const ALL_FAULTS: readonly FaultKind[] = FAULT_KINDS.filter((kind) => !/^(crash|drop)-/.test(kind));

/** One step of a schedule: whose call goes on, and the fault that hits it. */
export interface Choice {
  readonly party: number;
  readonly fault?: FaultKind;
}

interface Party {
  readonly spec: RunSpec;
  readonly behaviour: Behaviour;
  readonly knows: Knowing;
  readonly seen: SeenRevisions;
}

interface Around {
  readonly scenario: Scenario;
  readonly guards: Guards | undefined;
}

/** The others may still be at work: the clock is theirs too, and so is the alias. */
const OF_ONE = atRest.filter(({ id }) => id !== 'C5' && id !== 'T2');

/** One moment of a scenario. It does not change: `step` gives the next. */
export class Meeting {
  readonly #around: Around;
  readonly #world: CrashWorld;
  readonly #parties: Party[];
  readonly #last: { readonly meeting: Meeting; readonly choice: Choice } | undefined;
  /** What the last step broke. */
  readonly violations: Violation[] = [];

  private constructor(
    around: Around,
    now: { readonly world: CrashWorld; readonly parties: readonly Party[] },
    last?: { readonly meeting: Meeting; readonly choice: Choice },
  ) {
    this.#around = around;
    this.#world = now.world;
    this.#parties = [...now.parties];
    this.#last = last;
  }

  /** Everybody has started, and nobody has been answered. */
  static async begin(
    scenario: Scenario,
    around: { readonly seed: number; readonly guards?: Guards },
  ): Promise<Meeting> {
    const world = open(scenario.from, new Random(0), around.guards);
    const parties: Party[] = [];
    for (const spec of scenario.runs) {
      world.history.runs[spec.name] = runOf(spec);
      const behaviour = new Behaviour(scenario.from, spec, around);
      parties.push({ spec, behaviour, knows: await behaviour.begin(), seen: new SeenRevisions() });
    }
    const meeting = new Meeting({ scenario, guards: around.guards }, { world, parties });
    await meeting.#privateCalls();
    return meeting;
  }

  /** What can happen next: a party's call goes on, or one of the faults hits it if none has happened yet. */
  get choices(): Choice[] {
    const { faults } = this.#around.scenario;
    const failed = this.#world.aws.faults.applied.length > 0;
    return this.#parties.flatMap(({ knows: { wanted } }, party) => {
      const [next] = wanted;
      if (next === undefined) return [];
      const hit = !failed && writes(next) ? faults.map((fault) => ({ party, fault })) : [];
      return [{ party }, ...hit];
    });
  }

  async step(choice: Choice): Promise<Meeting> {
    const next = new Meeting(
      this.#around,
      { world: worldLike(this.#world), parties: this.#parties },
      { meeting: this, choice },
    );
    await next.#letGo(choice);
    await next.#privateCalls();
    next.#judge(this);
    return next;
  }

  /** A name for this moment: equal names have equal futures. */
  get key(): string {
    const { aws, history } = this.#world;
    const fn = aws.state.functions[FUNCTION];
    const { truth, smoked, bad, served, changes } = history;
    const past = { truth, smoked: smoked.toSorted(), bad: bad.toSorted(), served: served.toSorted() };
    const own = changes
      .filter(({ by }) => by !== 'console')
      .map(({ by, kind }) => `${by} ${kind}`)
      .toSorted();
    const revision = fn?.aliases[ALIAS]?.revisionId ?? '';
    // What a party knows does not matter any more when it has ended; what it said does.
    const parties = this.#parties.map(({ knows: { id, ended }, seen }) =>
      ended === undefined ? [id, seen.ids.indexOf(revision)] : outcomeOf(ended),
    );
    const text = JSON.stringify([fn, past, own, parties, aws.faults.applied.length]);
    return createHash('sha1').update(text.replaceAll(TIMES_AND_REVISIONS, '')).digest('base64');
  }

  /** How many different things its parties were asked what they do after. */
  get asked(): number {
    return this.#parties.reduce((sum, { behaviour }) => sum + behaviour.size, 0);
  }

  /** The choices that led here, in the form `0 1 0:timeout-after`. */
  get schedule(): string {
    if (this.#last === undefined) return '';
    const { meeting, choice } = this.#last;
    const name = choice.fault === undefined ? String(choice.party) : `${choice.party}:${choice.fault}`;
    return `${meeting.schedule} ${name}`.trim();
  }

  get trace(): string[] {
    const { aws, history } = this.#world;
    return [
      ...aws.calls.map(
        ({ number, process, service, operation, status }) =>
          `  ${number} ${process} ${service} ${operation} ${status}`,
      ),
      ...this.#parties.map(({ spec, knows: { ended } }) => {
        const end =
          ended?.kind === 'finished'
            ? `${ended.result.outcome} ${ended.result.why} ${ended.result.error?.message ?? ''}`
            : ended?.kind;
        return `  ${spec.name} (run ${spec.runId}) ended: ${end ?? 'not'}`;
      }),
      ...history.changes
        .slice(this.#around.scenario.from.history.changes.length)
        .map(({ by, kind, to }) => `  ${by} ${kind}: version ${to.version} ${to.description}`),
    ];
  }

  /** Ends the runs behind it, and behind every other moment of the same scenario. */
  end(): void {
    for (const { behaviour } of this.#parties) behaviour.end();
  }

  async #letGo({ party: index, fault }: Choice): Promise<void> {
    const party = this.#parties[index];
    const wanted = party?.knows.wanted[0];
    if (party === undefined || wanted === undefined) throw new Error(`party ${index} has no call to make`);
    const { aws } = this.#world;
    const { spec, behaviour, knows, seen } = party;
    if (fault !== undefined) aws.faults.add({ kind: fault, process: spec.name, times: 1 });
    const answer = await aws.handle(seen.reveal(wanted.request), new CallerProcess(spec.name)).then(
      (response): Reply => ({ response }),
      (error: unknown): Reply => {
        if (error instanceof TransportFault) return { fault: error };
        throw error;
      },
    );
    const told = seen.hide(answer);
    this.#parties[index] = { ...party, knows: await behaviour.after(knows, told.reply), seen: told.seen };
  }

  /** Calls that no other party can influence or notice need no choice. */
  async #privateCalls(): Promise<void> {
    for (;;) {
      const index = this.#parties.findIndex(({ knows }) => isPrivate(knows));
      if (index < 0) return;
      await this.#letGo({ party: index });
    }
  }

  /** Whoever has ended just now must have told the truth; whoever is still to make a call may be lost for ever. */
  #judge(before: Meeting): void {
    const world = this.#world;
    const { aws } = world;
    this.violations.push(...world.broken);
    for (const [index, { spec, knows }] of this.#parties.entries()) {
      const { ended } = knows;
      if (ended === undefined || before.#parties[index]?.knows.ended !== undefined) continue;
      const calls = aws.calls.filter(({ process }) => process === spec.name);
      const faulted = aws.faults.applied.length > 0;
      const { history } = this.#around.scenario.from;
      this.violations.push(...check(OF_ONE, { world, spec, ended, before: history, calls, faulted }));
      this.violations.push(...check([highestWins], { world, parties: this.#parties }));
    }
  }
}

function worldLike(world: CrashWorld): CrashWorld {
  const { aws, history, random, guards } = world;
  // Nobody here writes to ECR: its images, half of the state, are everybody's.
  const { repositories } = aws.state;
  const copy = open(
    { state: { ...aws.state, repositories: {} }, history, now: aws.clock.now() },
    random,
    guards,
  );
  copy.aws.state.repositories = repositories;
  copy.aws.calls.push(...aws.calls);
  copy.aws.faults.applied.push(...aws.faults.applied);
  return copy;
}

function outcomeOf(ended: NonNullable<Knowing['ended']>): string {
  return ended.kind === 'finished' ? ended.result.outcome : ended.kind;
}

/** Of an alias's RevisionIds only their equality counts: whether each party has seen the one that is there now. */
const TIMES_AND_REVISIONS =
  /\\*"(LastModified|lastModified|updateUntil|stateUntil|RevisionId|revisionId)\\*":(\\*"[^"]*"|[\d.]+),?/g;

function writes({ request, operation }: Wanted): boolean {
  return (
    operation !== 'Invoke' && request.method !== 'GET' && !/^(BatchGet|Describe|Get|List)/.test(operation)
  );
}

/**
 * Images and their configuration, a published version and its own answer, and what a run reads for its summary after its release: no
 * other party can influence or notice these calls. A poll that hears the same is one step until it hears something else or gives up.
 */
function isPrivate({ wanted: [next], moved, patience, lastAsked }: Knowing): boolean {
  if (next === undefined) return false;
  const { service, operation, request } = next;
  if (operation === lastAsked && patience >= PATIENCE) return true;
  if (service === 'ecr' || service === 'blobs' || operation === 'GetProvisionedConcurrencyConfig')
    return true;
  if (operation === 'ListVersionsByFunction') return moved;
  const qualifier = request.query['Qualifier'];
  const ofVersion = typeof qualifier === 'string' && /^\d+$/.test(qualifier);
  return ofVersion && (operation === 'GetFunction' || operation === 'Invoke');
}

const PATIENCE = 2;

const highestWins = {
  id: 'T3',
  says: 'without a rollback, the alias ends on the newest run that reported ok',
  broken: ({ world, parties }: { readonly world: CrashWorld; readonly parties: readonly Party[] }) => {
    const { changes, alias } = world.history;
    const own = changes.filter(({ by }) => parties.some(({ spec }) => spec.name === by));
    if (own.some(({ kind }) => kind === 'rollback' || kind === 'revert')) return undefined;
    const ok = parties.filter(({ knows: { ended } }) => ended !== undefined && outcomeOf(ended) === 'ok');
    const newest = ok.toSorted((a, b) => b.spec.runId - a.spec.runId)[0];
    const its = own.findLast(({ by }) => by === newest?.spec.name)?.to.version;
    // A newer run that was lost, or could not know, after its write took effect reported nothing; its release stands all the same.
    const last = parties.find(({ spec }) => spec.name === own.at(-1)?.by);
    if (last !== undefined && newest !== undefined && last.spec.runId > newest.spec.runId) return undefined;
    return its === undefined || its === alias?.version
      ? undefined
      : `run ${newest?.spec.runId} reported ok with version ${its}, and version ${alias?.version} is live`;
  },
};
