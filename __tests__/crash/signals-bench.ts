/** A local AWS behind its HTTP server, and one process of the bundle at a time that is stopped exactly at a call. */
import type { LocalAws } from '../../local/aws/aws.ts';
import type { RecordedCall } from '../../local/calls.ts';
import { TransportFault } from '../../local/faults.ts';
import { startLocal, type RunningLocal } from '../../local/start.ts';
import { open, runOf, type CrashWorld, type RunSpec, type Snapshot } from './crash-world.ts';
import { afterEveryCall, check, type Violation } from './invariants.ts';
import { FUNCTION, observe } from './observer.ts';
import { Random } from './random.ts';
import { startBundle, type BundleProcess, type Place, type Remains } from './signals-process.ts';

export type StopSignal = 'SIGINT' | 'SIGTERM' | 'SIGKILL';

/** The moment between two things that a process does: before a call's effect, or after it and before its answer. */
export interface Boundary {
  /** Of the call, counted from 1 in the order of arrival. */
  readonly call: number;
  readonly side: 'before' | 'after';
  readonly signal: StopSignal;
}

export interface BenchRun {
  readonly world: CrashWorld;
  readonly remains: Remains;
  /** Undefined when the run was over before its boundary. */
  readonly stopped: Stopped | undefined;
  /** Invariants that broke after one of its calls. */
  readonly broken: readonly Violation[];
  /** It had to be ended from here. */
  readonly hung: boolean;
}

/** How a run was stopped. */
interface Stopped {
  /** On performance.now()'s scale. */
  readonly at: number;
  /** Calls that had arrived when the process had taken note of the signal. */
  readonly calls: number;
}

/** Longest time for a process that hangs, in milliseconds; nothing waits for it otherwise. */
const SAFETY_MS = 60_000;

export class Bench {
  readonly #local: RunningLocal;
  readonly #place: Place;

  constructor(local: RunningLocal, place: Omit<Place, 'url'>) {
    this.#local = local;
    this.#place = { ...place, url: local.url };
  }

  static async start(place: Omit<Place, 'url'>): Promise<Bench> {
    return new Bench(await startLocal({ runtime: anyWorld().aws.runtime }), place);
  }

  /** Runs the bundle from a copy of `from`, and signals it at the boundary. */
  async run(from: Snapshot, spec: RunSpec, boundary?: Boundary): Promise<BenchRun> {
    const world = this.#world(from, spec);
    const { aws, history, broken } = world;
    const stop = new Stop(boundary, aws);
    aws.beforeCall = async (call) => {
      // What a process sent just before it was killed must not reach the next one's world.
      if (call.process !== spec.name && call.process !== 'main') throw new TransportFault('reset');
      await stop.reach(call, 'before');
    };
    observe(aws, history, () => {
      const now = check(afterEveryCall, { state: aws.state, history });
      broken.push(...now.filter(({ id }) => !broken.some((known) => known.id === id)));
    });
    const note = aws.afterEffect;
    aws.afterEffect = async (effect) => {
      await note?.(effect);
      await stop.reach(effect.call, 'after');
    };
    const child = await startBundle(this.#withApiUrl(spec), this.#place);
    stop.aimAt(child);
    let hung = false;
    const safety = setTimeout(() => {
      hung = true;
      child.kill('SIGKILL');
    }, SAFETY_MS);
    const remains = await child.ended;
    clearTimeout(safety);
    return { world, remains, stopped: stop.done, broken, hung };
  }

  /** A REST API is asked where it answers here; AWS's own host is another machine. */
  #withApiUrl(spec: RunSpec): RunSpec {
    const api = spec.inputs['rest-api-id'];
    if (api === undefined || spec.action === 'rollback') return spec;
    return { ...spec, inputs: { ...spec.inputs, 'api-url': `${this.#local.apiUrl(api, 'prod')}/predict` } };
  }

  close(): Promise<void> {
    return this.#local.stop();
  }

  #world(from: Snapshot, spec: RunSpec): CrashWorld {
    const { aws, url } = this.#local;
    const copy = open(from, new Random(0));
    aws.state = { ...copy.aws.state, blobUrlBase: `${url}/_aws/blobs` };
    // API Gateway takes one deployment per five seconds; that long ago is the last one.
    delete aws.state.lastApiDeploymentAt;
    aws.calls.length = 0;
    giveBlobs(copy.aws, aws);
    copy.history.runs[spec.name] = runOf(spec);
    return { ...copy, aws, broken: [] };
  }
}

/** Programs and blobs are the same in every world. */
function anyWorld(): CrashWorld {
  return open(undefined, new Random(0));
}

/** The configurations of the images, which a release reads before it trusts one. */
function giveBlobs(from: LocalAws, to: LocalAws): void {
  for (const { manifest } of Object.values(to.state.repositories[FUNCTION]?.images ?? {})) {
    const { digest } = (JSON.parse(manifest) as { config: { digest: string } }).config;
    const bytes = from.blobs.get(digest);
    if (bytes instanceof Uint8Array && !to.blobs.has(digest)) to.blobs.put(digest, bytes);
  }
}

/** Holds the call at its boundary until the process has taken the signal: no clock is involved. */
class Stop {
  done: Stopped | undefined;
  readonly #boundary: Boundary | undefined;
  readonly #aws: LocalAws;
  readonly #child = Promise.withResolvers<BundleProcess>();

  constructor(boundary: Boundary | undefined, aws: LocalAws) {
    this.#boundary = boundary;
    this.#aws = aws;
  }

  aimAt(child: BundleProcess): void {
    this.#child.resolve(child);
  }

  async reach(call: RecordedCall, side: Boundary['side']): Promise<void> {
    if (this.#boundary?.call !== call.number || this.#boundary.side !== side) return;
    const { signal } = this.#boundary;
    const child = await this.#child.promise;
    const at = performance.now();
    child.kill(signal);
    if (signal !== 'SIGKILL') await child.says(`${signal}: `);
    this.done = { at, calls: this.#aws.calls.length };
    if (signal !== 'SIGKILL') return;
    await child.ended;
    // Nobody is there any more: before its effect the call is lost, after it its answer.
    throw new TransportFault('reset');
  }
}
