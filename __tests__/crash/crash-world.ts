/** A world that can be copied at any moment, and the runs in it: each one a process that may be lost at any call. */
import type { AwsState } from '../../local/aws/state.ts';
import type { LocalAws } from '../../local/aws/aws.ts';
import { VirtualClock } from '../../local/clock.ts';
import { CallerProcess } from '../../local/faults.ts';
import type { Guards } from '../../src/release/record/guards.ts';
import { UserError } from '../../src/errors.ts';
import { noPermits } from '../../src/clients/writes.ts';
import { KeptClients } from '../harness/kept-clients.ts';
import { shellOf } from '../harness/shell.ts';
import { ACCOUNT, createWorld, type Finished, type World } from '../harness/world.ts';
import { newHistory, type History, type Run } from './history.ts';
import { afterEveryCall, check, type Violation } from './invariants.ts';
import { observe } from './observer.ts';
import type { Random } from './random.ts';

/** Everything a world is made of, at rest: copied before it is used. */
export interface Snapshot {
  readonly state: AwsState;
  readonly history: History;
  readonly now: number;
}

/** One run of an action: who it is and what it is given. */
export interface RunSpec {
  /** Unique in its world; calls and history carry it. */
  readonly name: string;
  readonly action: 'deploy' | 'rollback';
  readonly inputs: Readonly<Record<string, string>>;
  readonly runId: number;
  readonly attempt: number;
  readonly commit: string;
  readonly event: string;
}

export type Ended = ({ readonly kind: 'finished' } & Finished) | { readonly kind: 'crashed' };

export interface CrashWorld {
  readonly aws: LocalAws;
  readonly world: World;
  readonly history: History;
  readonly random: Random;
  /** Broken invariants, in the order they were seen; each kind once. */
  readonly broken: Violation[];
  readonly guards: Guards | undefined;
}

/** Images and their programs are the same in all worlds; only state is copied. */
const shared = createWorld();

export function open(from: Snapshot | undefined, random: Random, guards?: Guards): CrashWorld {
  const history = from === undefined ? newHistory() : copyOf(from.history);
  const world = createWorld({
    ...(from === undefined ? {} : { state: copyOf(from.state) }),
    clock: new VirtualClock(from?.now),
    blobs: shared.aws.blobs,
    runtime: shared.aws.runtime,
  });
  const { aws } = world;
  const broken: Violation[] = [];
  observe(aws, history, () => {
    for (const violation of check(afterEveryCall, { state: aws.state, history })) {
      if (!broken.some(({ id }) => id === violation.id)) broken.push(violation);
    }
  });
  return { aws, world, history, random, broken, guards };
}

export function snapshot({ aws, history }: CrashWorld): Snapshot {
  return { state: copyOf(aws.state), history: copyOf(history), now: aws.clock.now() };
}

/** A copy of plain data. Worlds are copied a million times: this takes a third of what structuredClone does. */
function copyOf<T>(data: T): T {
  if (typeof data !== 'object' || data === null) return data;
  if (Array.isArray(data)) return data.map(copyOf) as T;
  const copy: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(data)) copy[name] = copyOf(value);
  return copy as T;
}

/** Clients of runs that ended well; what a lost or failed run left under way must not reach the next one. */
const idle: KeptClients[] = [];

const stranger = {
  clock: shared.aws.clock,
  random: () => 0,
  signal: new AbortController().signal,
  log: { info: () => undefined },
  permits: noPermits,
  aws: ACCOUNT,
};

export async function clientsFor(inputs: RunSpec['inputs']): Promise<KeptClients> {
  const clients = idle.pop() ?? new KeptClients();
  const [rest, http] = [inputs['rest-api-id'], inputs['http-api-id']];
  const stage = inputs['api-stage'] ?? '$default';
  const address =
    rest === undefined
      ? http && ({ kind: 'HTTP', apiId: http, stage } as const)
      : ({ kind: 'REST', apiId: rest, stage } as const);
  await clients.warmUp(stranger, address || undefined);
  return clients;
}

/** The images are in ECR: these runners have no docker. */
const noDocker = shellOf(({ file }) => {
  throw new UserError('program-missing', { what: `There is no ${file} here.` });
});

/** A run under way. */
export interface Running {
  readonly caller: CallerProcess;
  readonly ended: Promise<Ended>;
  /** Gives its clients back; only when no call and no pause of it can come any more. */
  readonly release: () => void;
}

/** Runs to its end, or until its process is lost. */
export async function run(world: CrashWorld, spec: RunSpec): Promise<Ended> {
  const { ended, release } = start(world, spec, {
    random: world.random,
    clients: await clientsFor(spec.inputs),
  });
  const end = await ended;
  if (end.kind === 'finished' && end.result.error === undefined) release();
  return end;
}

/** A run as the history knows it. */
export function runOf({ name, action, runId, attempt, inputs }: RunSpec): Run {
  return { name, action, runId, attempt, force: inputs['force'] === 'true', to: inputs['to'] ?? 'previous' };
}

/** Starts a run; the caller decides when its calls go on. */
export function start(
  world: CrashWorld,
  spec: RunSpec,
  { random, clients }: { readonly random: Random; readonly clients: KeptClients },
): Running {
  const { action, inputs, name, runId, attempt, commit, event } = spec;
  const { guards } = world;
  world.history.runs[name] = runOf(spec);
  let lost: () => void = () => undefined;
  const caller = new CallerProcess(name, () => lost());
  const ended = new Promise<Ended>((resolve, reject) => {
    lost = () => resolve({ kind: 'crashed' });
    const who = { runId, attempt, commit, event, caller };
    const how = {
      clients,
      shell: noDocker,
      random: random.next,
      ...(guards === undefined ? {} : { guards }),
    };
    world.world[action](inputs, { ...who, ...how }).then(
      (finished) => resolve({ kind: 'finished', ...finished }),
      reject,
    );
  });
  return { caller, ended, release: () => void idle.push(clients) };
}
