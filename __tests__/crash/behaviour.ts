/**
 * What a run does, as a tree over what it has been told: the real code with the real clients, asked once for each thing it can
 * hear. A run knows nothing but the answers it got, so whoever has heard the same does the same, and a schedule that comes by again
 * need not run it again.
 */
import { createHash } from 'node:crypto';
import type { TransportFault } from '../../local/faults.ts';
import { fromUtf8, utf8, type LocalRequest, type LocalResponse } from '../../local/http.ts';
import { routeRequest } from '../../local/aws/router.ts';
import type { Guards } from '../../src/release/record/guards.ts';
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
import { hashOf, Random } from './random.ts';

/** A call that a run wants to make. */
export interface Wanted {
  readonly service: string;
  readonly operation: string;
  readonly request: LocalRequest;
}

/** What a run is told: an answer, or that its connection failed. */
export type Reply = { readonly response: LocalResponse } | { readonly fault: TransportFault };

/** A run that has heard certain things. */
export interface Knowing {
  readonly id: number;
  /** Calls it wants to make now, oldest first. */
  readonly wanted: readonly Wanted[];
  readonly ended: Ended | undefined;
  /** It has moved the alias. */
  readonly moved: boolean;
  /** How often in a row it has asked the last thing and heard the same. */
  readonly patience: number;
  readonly lastAsked: string;
}

interface Node extends Knowing {
  readonly from: { readonly node: Node; readonly reply: Reply; readonly heard: string } | undefined;
  readonly next: Map<string, Node>;
}

export class Behaviour {
  readonly #from: Snapshot;
  readonly #spec: RunSpec;
  readonly #seed: number;
  readonly #guards: Guards | undefined;
  /** Runs that wait for an answer, each at the end of what it has heard. */
  readonly #parked = new Map<Node, Process>();
  #nodes = 0;
  #root: Node | undefined;

  constructor(from: Snapshot, spec: RunSpec, around: { readonly seed: number; readonly guards?: Guards }) {
    this.#from = from;
    this.#spec = spec;
    this.#seed = around.seed;
    this.#guards = around.guards;
  }

  /** How many different things it was asked what it does after. */
  get size(): number {
    return this.#nodes;
  }

  /** Before it has heard anything. */
  async begin(): Promise<Knowing> {
    if (this.#root !== undefined) return this.#root;
    const process = await this.#start();
    this.#root = this.#note(process, undefined);
    return this.#root;
  }

  /** @returns the run after its oldest call was answered. */
  async after(knowing: Knowing, reply: Reply): Promise<Knowing> {
    const node = knowing as Node;
    const heard = gist(node.wanted[0], reply);
    const known = node.next.get(heard);
    if (known !== undefined) return known;
    const process = this.#parked.get(node) ?? (await this.#replay(node));
    this.#parked.delete(node);
    await process.tell(reply);
    const next = this.#note(process, { node, reply, heard });
    node.next.set(heard, next);
    return next;
  }

  /** Ends every run that still waits. */
  end(): void {
    for (const process of this.#parked.values()) process.end();
    this.#parked.clear();
  }

  #note(process: Process, from: Node['from']): Node {
    const { wanted, ended } = process;
    const asked = from?.node.wanted[0];
    const again = from !== undefined && from.heard === from.node.from?.heard;
    const node: Node = {
      id: (this.#nodes += 1),
      wanted,
      ended,
      from,
      next: new Map(),
      moved: (from?.node.moved ?? false) || (from !== undefined && movesAlias(asked, from.reply)),
      patience: again ? from.node.patience + 1 : 1,
      lastAsked: asked?.operation ?? '',
    };
    if (ended === undefined) this.#park(node, process);
    else process.end();
    return node;
  }

  #park(node: Node, process: Process): void {
    const [oldest] = this.#parked;
    if (oldest !== undefined && this.#parked.size >= MOST_PARKED) {
      this.#parked.delete(oldest[0]);
      oldest[1].end();
    }
    this.#parked.set(node, process);
  }

  /** A new run, told what this one has heard. */
  async #replay(node: Node): Promise<Process> {
    const replies: Reply[] = [];
    for (let at = node; at.from !== undefined; at = at.from.node) replies.unshift(at.from.reply);
    const process = await this.#start();
    for (const reply of replies) await process.tell(reply);
    return process;
  }

  async #start(): Promise<Process> {
    const world = open(this.#from, new Random(0), this.#guards);
    const random = new Random(hashOf(`${this.#seed}/${this.#spec.name}`));
    const process = new Process(world, this.#spec, { random, clients: await clientsFor(this.#spec.inputs) });
    // What is read of the checkout, before the first call, comes from the disk in its own time.
    do await process.quiet();
    while (process.wanted.length === 0 && process.ended === undefined);
    return process;
  }
}

/** Clients are costly to build and to keep. */
const MOST_PARKED = 64;

/** A run whose every call waits for whoever tells it the answer; it has a clock of its own. */
class Process {
  readonly #world: CrashWorld;
  readonly #running: Running;
  readonly #waiting: (Wanted & { readonly tell: (reply: Reply) => void })[] = [];
  #ended: Ended | undefined;
  #activity = 0;

  constructor(world: CrashWorld, spec: RunSpec, around: Parameters<typeof start>[2]) {
    this.#world = world;
    world.aws.handle = (request) => this.#hold(request);
    this.#running = start(world, spec, around);
    void this.#running.ended.then((ended) => {
      this.#ended = ended;
      this.#activity += 1;
    });
  }

  get wanted(): readonly Wanted[] {
    if (this.#ended !== undefined) return [];
    return this.#waiting.map(({ service, operation, request }) => ({ service, operation, request }));
  }

  get ended(): Ended | undefined {
    return this.#ended;
  }

  get now(): number {
    return this.#world.aws.clock.now();
  }

  async tell(reply: Reply): Promise<void> {
    const oldest = this.#waiting.shift();
    if (oldest === undefined) throw new Error('this run waits for no answer');
    this.#activity += 1;
    oldest.tell(reply);
    await this.quiet();
  }

  end(): void {
    this.#running.caller.kill();
    this.#running.release();
  }

  /** Until it waits for an answer, or is done. Its pauses end by themselves. */
  async quiet(): Promise<void> {
    for (let turns = 0, seen = -1, now = -1; turns < QUIET_TURNS;) {
      turns = seen === this.#activity && now === this.now ? turns + 1 : 0;
      seen = this.#activity;
      now = this.now;
      await new Promise<void>((resolve) => setImmediate(resolve));
    }
  }

  #hold(request: LocalRequest): Promise<LocalResponse> {
    this.#activity += 1;
    const { service, operation } = routeRequest(this.#world.aws, request);
    return new Promise((resolve, reject) => {
      const tell = (reply: Reply): void => ('fault' in reply ? reject(reply.fault) : resolve(reply.response));
      this.#waiting.push({ service: service.name, operation, request, tell });
    });
  }
}

/** More turns than a virtual clock takes to wake a sleeper, or a stream to hand on a chunk. */
const QUIET_TURNS = 6;

function movesAlias(asked: Wanted | undefined, reply: Reply): boolean {
  return (
    'response' in reply &&
    reply.response.status < 300 &&
    /^(Update|Create)Alias$/.test(asked?.operation ?? '')
  );
}

/** What a reply tells, without the times in it. */
function gist(asked: Wanted | undefined, reply: Reply): string {
  const question = `${asked?.service ?? ''} ${asked?.operation ?? ''}`;
  if ('fault' in reply) return `${question} ${reply.fault.kind}`;
  const { status, headers, body } = reply.response;
  const plain = fromUtf8(body).replaceAll(TIMES, '');
  const failed = headers['x-amz-function-error'] ?? '';
  return createHash('sha1').update(`${question} ${status} ${failed} ${plain}`).digest('base64');
}

const TIMES = /\\*"(LastModified|lastModified)\\*":(\\*"[^"]*"|[\d.]+),?/g;

/**
 * The RevisionIds that one run has seen, in the order in which it first saw them. A run can only compare them and send them back, so
 * it is told their places in that order: it does the same whatever the ids are.
 */
export class SeenRevisions {
  readonly ids: readonly string[];

  constructor(ids: readonly string[] = []) {
    this.ids = ids;
  }

  /** What the run is told instead of an answer. */
  hide(reply: Reply): { readonly reply: Reply; readonly seen: SeenRevisions } {
    if ('fault' in reply) return { reply, seen: this };
    const ids = [...this.ids];
    const text = fromUtf8(reply.response.body);
    const hidden = text.replaceAll(REVISION, (id) => {
      if (!ids.includes(id)) ids.push(id);
      return nameOf(ids.indexOf(id));
    });
    if (hidden === text) return { reply, seen: this };
    return { reply: { response: { ...reply.response, body: utf8(hidden) } }, seen: new SeenRevisions(ids) };
  }

  /** What the run's request means. */
  reveal(request: LocalRequest): LocalRequest {
    const text = fromUtf8(request.body);
    const revealed = text.replaceAll(NAME, (_name, place: string) => this.ids[Number(place)] ?? 'never seen');
    return revealed === text ? request : { ...request, body: utf8(revealed) };
  }
}

const REVISION = /00000000-0000-4000-8000-[\da-f]{12}/g;
const NAME = /revision-(\d+)/g;

function nameOf(place: number): string {
  return `revision-${place}`;
}
